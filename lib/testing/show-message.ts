import { MessageType, type Message } from '../protocol/messages.ts';
import { show } from '../protocol/show.ts';
import type { Dict } from '../types.ts';
import { isMatcher, type AsymmetricMatcher } from './alike.ts';
import type { MessagePattern } from './builders.ts';

/** The most characters that a message is shown with. */
const MAX_LENGTH = 300;
/** The most characters of one string, of one key, and of one element that shows itself. */
const MAX_TEXT = 60;
/** The most elements of one list or dictionary. */
const MAX_ELEMENTS = 12;
/** The most lists and dictionaries inside each other. */
const MAX_DEPTH = 5;

const NAMES: ReadonlyMap<unknown, string> = new Map(Object.entries(MessageType).map(([name, type]) => [type, name]));

/** The name of a type of message, as the specification has it: `CALL`. */
export function nameOf(type: unknown): string {
  return NAMES.get(type) ?? `a message of type ${show(type)}`;
}

/**
 * A message, or a pattern of one, in one line of at most 300 characters, for the failures of tests.
 *
 * Request, URI and arguments stand as they are, other ids and the keyword arguments with their names, and options or details at the end
 * where there are any. A field that a pattern leaves out is left out. What AUTHENTICATE carries is never shown. Throws nothing, whatever
 * stands in the message.
 *
 * ```ts
 * showMessage(CALL('com.add', [2, 3], { options: { receive_progress: true } })); // => 'CALL com.add [2,3] {"receive_progress":true}'
 * showMessage(EVENT({ args: ['a'], kwargs: { b: 2 } })); // => 'EVENT ["a"] kwargs={"b":2}'
 * showMessage(ERROR('com.shop.sold_out', ['left: 0'])); // => 'ERROR com.shop.sold_out ["left: 0"]'
 * ```
 */
export function showMessage(message: Message | MessagePattern): string {
  try {
    return shorten(wordsOf(message as unknown as Dict).filter((word) => word !== '').join(' '), MAX_LENGTH);
  } catch {
    // Getters and proxies may throw whatever they like.
    return 'a message that cannot be shown';
  }
}

function wordsOf(message: Dict): readonly string[] {
  const { type, requestType, request, signature } = message;
  const name = nameOf(type);
  if (type === MessageType.AUTHENTICATE) return [name, signature === undefined ? '' : '***'];
  // Of what peers can do, the roles are enough: their features would fill the line.
  const opens = type === MessageType.HELLO || type === MessageType.WELCOME;
  return [
    name,
    requestType === undefined ? '' : nameOf(requestType),
    request === undefined ? '' : showValue(request),
    ...['session', 'subscription', 'registration', 'publication'].map((field) => labelled(message, field)),
    ...['realm', 'method', 'topic', 'procedure', 'error', 'reason'].map((field) => bare(message[field])),
    message['args'] === undefined ? '' : showValue(message['args']),
    ...['kwargs', 'payload'].map((field) => labelled(message, field)),
    ...['options', 'details', 'extra'].map((field) => unlessEmpty(message[field], opens ? MAX_DEPTH - 1 : 1)),
  ];
}

function labelled(message: Dict, field: string): string {
  return message[field] === undefined ? '' : `${field}=${showValue(message[field])}`;
}

// URIs stand without quotes where nobody can take them for something else.
function bare(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' && /^[\w.<>-]+$/.test(value) ? shorten(value, MAX_LENGTH / 2) : showValue(value);
}

function unlessEmpty(value: unknown, depth: number): string {
  const text = value === undefined ? '' : showValue(value, depth);
  return text === '{}' ? '' : text;
}

function showValue(value: unknown, depth = 1): string {
  if (typeof value === 'bigint') return shorten(String(value), MAX_TEXT);
  if (typeof value === 'string') return JSON.stringify(shorten(value, MAX_TEXT));
  if (typeof value !== 'object' || value === null) return show(value);
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (isMatcher(value)) return shorten(showMatcher(value), MAX_TEXT);
  if (depth > MAX_DEPTH) return '…';
  return Array.isArray(value) ? `[${showList(value, depth)}]` : `{${showDict(value as Dict, depth)}}`;
}

function showList(list: readonly unknown[], depth: number): string {
  const shown = list.slice(0, MAX_ELEMENTS).map((item) => showValue(item, depth + 1));
  return [...shown, ...left(list.length)].join(',');
}

function showDict(dict: Dict, depth: number): string {
  const keys = Object.keys(dict);
  const shown = keys.slice(0, MAX_ELEMENTS).map((key) => `${JSON.stringify(shorten(key, MAX_TEXT))}:${showValue(dict[key], depth + 1)}`);
  return [...shown, ...left(keys.length)].join(',');
}

function left(length: number): readonly string[] {
  return length > MAX_ELEMENTS ? [`… ${length - MAX_ELEMENTS} more`] : [];
}

// As jest and vitest print theirs: Any<Number>.
function showMatcher(matcher: AsymmetricMatcher & { readonly toAsymmetricMatcher?: () => unknown }): string {
  return typeof matcher.toAsymmetricMatcher === 'function' ? String(matcher.toAsymmetricMatcher()) : 'a matcher';
}

/** Cuts a text, and says so by an ellipsis. */
export function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
