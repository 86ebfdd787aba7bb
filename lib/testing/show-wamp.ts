import { isDict } from '../protocol/fields.ts';
import { MessageType } from '../protocol/messages.ts';
import type { Dict } from '../types.ts';
import { fieldOf } from './alike.ts';

/**
 * What the library emits is recognised by its fields, since what a test expects of it is written as plain objects. An object with a field
 * that none of them has is something else, so that nothing of it is left unshown.
 */
const MESSAGE = ['type', 'realm', 'session', 'method', 'signature', 'extra', 'reason', 'request', 'requestType', 'options', 'details', 'error', 'topic', 'procedure', 'publication', 'subscription', 'registration', 'args', 'kwargs', 'payload', 'source'];
const EVENT = ['topic', 'publication', 'params', 'details', 'args', 'kwargs'];
const RESULT = ['progress', 'details', 'args', 'kwargs'];
const INVOCATION = ['procedure', 'params', 'details', 'caller', 'progress', 'signal', 'cause', 'registration', 'args', 'kwargs'];
const FRAME = ['direction', 'at', 'session', 'message', 'bytes'];

/** The kinds of states and signals: the fields that are facts to a reader, and those that are not. */
const KINDS: ReadonlyMap<unknown, { readonly facts: readonly string[]; readonly more: readonly string[] }> = new Map([
  ['idle', { facts: [], more: [] }],
  ['connecting', { facts: ['attempt', 'url'], more: [] }],
  ['authenticating', { facts: ['attempt', 'method'], more: [] }],
  ['joined', { facts: [], more: ['session', 'details', 'since'] }],
  ['waiting', { facts: ['attempt', 'delay', 'cause'], more: ['retryAt'] }],
  ['draining', { facts: [], more: [] }],
  ['closed', { facts: ['cause'], more: [] }],
  ['event', { facts: ['event'], more: [] }],
  ['subscribed', { facts: ['session', 'subscription'], more: [] }],
  ['suspended', { facts: ['cause'], more: [] }],
  ['gap', { facts: ['from', 'duration', 'cause'], more: [] }],
]);

const TYPES: ReadonlySet<unknown> = new Set(Object.values(MessageType));

/** Tells a message by its type and its fields. */
export function isMessage(value: unknown): boolean {
  return isDict(value) && TYPES.has(value['type']) && hasOnly(value, MESSAGE) && Object.keys(value).length > 1;
}

/** What the library emits, in the words of WAMP; `undefined` for anything else. */
export function showWamp(value: object, show: (part: unknown) => string): string | undefined {
  const args = fieldOf(value, 'args');
  if (Array.isArray(args)) {
    const name = nameOf(value);
    return name === undefined ? undefined : [name, ...payload(args, fieldOf(value, 'kwargs'), show)].join(' ');
  }
  if (!isDict(value)) return undefined;
  if (isMessage(value['message']) && hasOnly(value, FRAME)) return `${String(value['direction'])} ${show(value['message'])}`;
  return state(value, show);
}

function nameOf(value: object): string | undefined {
  const { topic, procedure, progress } = { topic: fieldOf(value, 'topic'), procedure: fieldOf(value, 'procedure'), progress: fieldOf(value, 'progress') };
  if (typeof topic === 'string' && hasOnly(value, EVENT)) return `EVENT ${topic}`;
  if (typeof progress !== 'boolean') return undefined;
  if (typeof procedure === 'string' && hasOnly(value, INVOCATION)) return `INVOCATION ${procedure}`;
  if (!hasOnly(value, RESULT)) return undefined;
  return progress ? 'PROGRESS' : 'RESULT';
}

function payload(args: readonly unknown[], kwargs: unknown, show: (part: unknown) => string): readonly string[] {
  const some = isDict(kwargs) ? Object.keys(kwargs).length > 0 : kwargs !== undefined;
  return [...(args.length > 0 || !some ? [show(args)] : []), ...(some ? [show(kwargs)] : [])];
}

function state(value: Dict, show: (part: unknown) => string): string | undefined {
  const { kind } = value;
  const form = KINDS.get(kind);
  if (form === undefined || !hasOnly(value, ['kind', ...form.facts, ...form.more])) return undefined;
  const facts = form.facts.filter((name) => value[name] !== undefined).map((name) => fact(name, value[name], show));
  return facts.length === 0 ? String(kind) : `${String(kind)} (${facts.join(', ')})`;
}

function fact(name: string, value: unknown, show: (part: unknown) => string): string {
  switch (name) {
    case 'delay': case 'duration': return `${show(value)} ms`;
    case 'url': case 'method': return typeof value === 'string' ? value : show(value);
    case 'cause': case 'event': return show(value);
    default: return `${name} ${show(value)}`;
  }
}

function hasOnly(value: object, fields: readonly string[]): boolean {
  return Object.keys(value).every((key) => fields.includes(key));
}
