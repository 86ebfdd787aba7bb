/**
 * Looks into the text of a JSON list without parsing it. Every text that comes here was parsed before, so it is known to be valid, and
 * these scanners may take short cuts that would be wrong elsewhere.
 */
import { SerializationError } from '../errors.ts';
import { MAX_DEPTH } from './plain.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_DICT = 0x7b;
const CLOSE_DICT = 0x7d;

/** 2^53, the last integer of either sign that every JSON parser reads right. */
const MAX_INTEGER = '9007199254740992';
const LONG = MAX_INTEGER.length;

/** Integers of more digits are refused: reading them takes more than linear time. */
const MAX_DIGITS = 1000;

/**
 * The elements of a list from index `first` on, as they stand, without the bracket that closes the list: `1,{"a":2}`.
 * Empty where the list is shorter.
 */
export function elementsFrom(text: string, first: number): string {
  let missing = first;
  let depth = 0;
  for (let at = text.indexOf('[') + 1; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = stringEnd(text, at);
        break;
      case OPEN_LIST:
      case OPEN_DICT:
        depth++;
        break;
      case CLOSE_LIST:
      case CLOSE_DICT:
        depth--;
        break;
      case COMMA:
        if (depth === 0 && --missing === 0) return text.slice(at + 1, text.lastIndexOf(']'));
    }
  }
  return '';
}

/** Whether lists and dictionaries may be nested too deep: says no at once where there are not enough of them. */
export function mayBeDeep(text: string): boolean {
  // Each level takes two characters.
  return text.length > 2 * MAX_DEPTH && countUpTo(text, '[', MAX_DEPTH) + countUpTo(text, '{', MAX_DEPTH) > MAX_DEPTH;
}

function countUpTo(text: string, letter: string, most: number): number {
  let count = 0;
  for (let at = text.indexOf(letter); at >= 0 && count <= most; at = text.indexOf(letter, at + 1)) count++;
  return count;
}

/**
 * Whether there may be an integer beyond ±2^53, which `JSON.parse` would round. Text inside strings can look like one; fractions and
 * strings of digits do not. What stands before the first dictionary is skipped where there is one: a message has only its ids there.
 */
export function mayHoldBigInteger(text: string): boolean {
  // Such an integer has 16 digits or more, so one of them is under every 16th character.
  for (let probe = text.indexOf('{') + LONG; probe < text.length; probe += LONG) {
    if (!isDigit(text.charCodeAt(probe))) continue;
    let to = probe + 1;
    while (isDigit(text.charCodeAt(to))) to++;
    let from = probe;
    while (from > to - LONG && isDigit(text.charCodeAt(from - 1))) from--;
    if (to - from >= LONG && isBigRun(text, from, to)) return true;
    probe = to;
  }
  return false;
}

function isBigRun(text: string, someDigit: number, to: number): boolean {
  let from = someDigit;
  while (isDigit(text.charCodeAt(from - 1))) from--;
  const before = text.charCodeAt(from - 1);
  return before !== POINT && before !== QUOTE && isBig(text.slice(from, to));
}

/**
 * The same text with the kind of each string that is no key written before its first character: `s` for what was a string, and `i`
 * for what was an integer beyond ±2^53, now in quotes. {@link readMarked} reads such a string.
 */
export function markBigIntegers(text: string): string {
  let marked = '';
  let done = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = stringEnd(text, at);
      if (!isKey(text, end)) {
        marked += `${text.slice(done, at)}"s`;
        done = at + 1;
      }
      at = end;
    } else if (code === MINUS || isDigit(code)) {
      const end = numberEnd(text, at);
      const literal = text.slice(at, end);
      if (/^-?\d+$/.test(literal) && isBig(literal.replace('-', ''))) {
        marked += `${text.slice(done, at)}"i${literal}"`;
        done = end;
      }
      at = end - 1;
    }
  }
  return marked + text.slice(done);
}

/** What a string of a marked text stands for. */
export function readMarked(marked: string): string | bigint {
  const literal = marked.slice(1);
  if (marked.startsWith('s')) return literal;
  if (literal.length > MAX_DIGITS) throw new SerializationError(`integer must have at most ${MAX_DIGITS} digits, got ${literal.length}`);
  return BigInt(literal);
}

/** Index of the quote that closes a string, given that of the one that opens it. */
function stringEnd(text: string, open: number): number {
  for (let end = text.indexOf('"', open + 1); ; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((end - before) % 2 === 1) return end; // an even number of backslashes: they escape each other, not the quote
  }
}

function numberEnd(text: string, start: number): number {
  let end = start + 1;
  while (/[\d+\-.eE]/.test(text.charAt(end))) end++;
  return end;
}

function isKey(text: string, close: number): boolean {
  let next = close + 1;
  while (/\s/.test(text.charAt(next))) next++;
  return text.charCodeAt(next) === COLON;
}

// JSON has no leading zeros, so digits of one length are in the order of their values.
function isBig(digits: string): boolean {
  return digits.length > LONG || (digits.length === LONG && digits > MAX_INTEGER);
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
