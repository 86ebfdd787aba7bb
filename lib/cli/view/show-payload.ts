import { toBase64 } from '../../protocol/base64.ts';
import type { Dict, List } from '../../types.ts';

/** What was sent with a request or an answer. */
export interface Shown {
  readonly args: List;
  readonly kwargs: Dict;
}

/**
 * A value as one line of JSON. Bytes are written as WAMP writes them in JSON, a text of U+0000 and their base64, and integers beyond 2^53 as text,
 * since who reads JSON would else read another number.
 */
export function asJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === 'bigint') return String(each);
    return each instanceof Uint8Array ? `\0${toBase64(each)}` : each;
  }, indent) ?? 'null';
}

/** A value for a person, on one line: a text as it is, bytes by their number and beginning, all else as JSON. */
export function asWords(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return `<${value.length} bytes${value.length === 0 ? '' : ` ${Buffer.from(value.subarray(0, 16)).toString('hex')}${value.length > 16 ? '…' : ''}`}>`;
  return typeof value === 'bigint' ? String(value) : asJson(value);
}

/** A payload on one line: `1 tea {"a":1} key=value`. */
export function payloadLine({ args, kwargs }: Shown): string {
  return [...args.map(asWords), ...Object.entries(kwargs).map(([key, value]) => `${key}=${asWords(value)}`)].join(' ');
}

const BROAD = 60;

/** A payload for a person who waits for it: a line for each argument and each keyword, and more where a value is large. */
export function payloadLines({ args, kwargs }: Shown): readonly string[] {
  const lines = [...args.map(block), ...Object.entries(kwargs).map(([key, value]) => `${key}: ${block(value)}`)];
  return lines.flatMap((text) => text.split('\n'));
}

function block(value: unknown): string {
  const line = asWords(value);
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && line.length > BROAD ? asJson(value, 2) : line;
}

/** A line without what a terminal would obey: whoever is at the other end may write anything, also ends of lines. */
export function printable(line: string): string {
  return line.replace(/(?!\t)[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
