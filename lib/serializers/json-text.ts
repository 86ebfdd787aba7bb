/**
 * Looks into the text of a JSON list without parsing it. Every text that comes here was parsed before, so it is known to be valid, and
 * these scanners may take short cuts that would be wrong elsewhere.
 */
import { SerializationError } from '../errors.ts';
import { MAX_DEPTH } from './plain.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_DICT = 0x7b;
const CLOSE_DICT = 0x7d;

/** Digits of 2^53, the last integer of either sign that every JSON parser reads right. */
const LONG = 16;

/** Integers of more digits are refused: reading them takes more than linear time. */
const MAX_DIGITS = 1000;

// Sixteen digits that begin with a 9, or any seventeen. Written out as far as engines look ahead, so that they skip text which has no digits.
const BIG_DIGITS = /[^.\d"](?:9\d|\d\d\d)\d\d\d\d\d\d\d{8}/;

const BIG_INTEGER = /^-?(?!9007199254740992$)\d+$/;

// What can be told from left to right without looking back: an escape, a quote, the end of a key, a number.
const TOKEN = /\\.|"(?:\s*:)?|-?\d[\d.eE+-]*/g;

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
  const from = Math.max(text.indexOf('{'), 0);
  return text.length - from > LONG && BIG_DIGITS.test(text.slice(from));
}

/**
 * The same text with the kind of each string that is no key written behind its last character: `s` for what was a string, and `i`
 * for what was an integer beyond ±2^53, now in quotes. {@link readMarked} reads such a string.
 */
export function markBigIntegers(text: string): string {
  let inString = false;
  return text.replace(TOKEN, (token) => {
    if (token.startsWith('"')) {
      inString = !inString;
      return inString || token !== '"' ? token : 's"';
    }
    return !inString && BIG_INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}i"` : token;
  });
}

/** What a string of a marked text stands for. */
export function readMarked(marked: string): string | bigint {
  const literal = marked.slice(0, -1);
  if (marked.endsWith('s')) return literal;
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
