/** Checks of options: a value of the right kind, or a TypeError or RangeError that names the option. */
import { isDict, show } from '../protocol/fields.ts';

/** Says what an option must be and what it is. */
export function mustBe(name: string, expected: string, value: unknown): never {
  throw new TypeError(`${name} must be ${expected}, got ${show(value)}`);
}

/** Lets an object of options pass that has only these keys: a misspelt one would otherwise be a silent default. */
export function knownKeys(options: unknown, name: string, keys: readonly string[]): void {
  if (!isDict(options)) mustBe(name, 'an object', options);
  const unknown = Object.keys(options).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw new TypeError(`${name} must have no keys but ${keys.join(', ')}, got ${show(unknown)}`);
}

/** Lets a number pass that is not below the least; Infinity is one. */
export function numberFrom(least: number, value: number, name: string): number {
  if (typeof value !== 'number') mustBe(name, 'a number', value);
  if (!(value >= least)) throw new RangeError(`${name} must be a number from ${least}, got ${value}`);
  return value;
}

/** Lets a whole number pass that says how many there may be. What is kept is bounded: Infinity is none. */
export function wholeNumber(value: number, name: string): number {
  if (!Number.isSafeInteger(numberFrom(0, value, name))) throw new RangeError(`${name} must be a whole number, got ${value}`);
  return value;
}

/** Lets a whole number pass that is in a range. */
export function wholeNumberFrom(least: number, most: number, value: number, name: string): number {
  if (typeof value !== 'number') mustBe(name, 'a number', value);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, got ${value}`);
}

/** Lets a number of times a second pass. One that is 0 would let nothing happen, ever. */
export function rate(value: number, name: string): number {
  if (numberFrom(0, value, name) === 0) throw new RangeError(`${name} must be more than 0, got 0`);
  return value;
}

/** Timers take no more milliseconds: a longer wait would end at once. */
export const LONGEST_WAIT: number = 2 ** 31 - 1;

/** Lets a time to wait pass. */
export function duration(value: number, name: string): number {
  if (numberFrom(0, value, name) > LONGEST_WAIT) throw new RangeError(`${name} must be a number up to ${LONGEST_WAIT}, got ${value}`);
  return value;
}

/** Lets one of several words pass. */
export function oneOf<const T extends string>(words: readonly T[], value: T, name: string): T {
  return words.includes(value) ? value : mustBe(name, `one of ${words.map(show).join(', ')}`, value);
}
