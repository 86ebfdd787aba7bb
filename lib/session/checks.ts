import type { Checks } from '../contract/checks.ts';
import type { Api } from '../contract/define-api.ts';
import type { Validate } from '../contract/validation.ts';
import { show } from '../protocol/fields.ts';

/** What is longer, a timer of the runtime takes for 1 ms. */
const MAX_DURATION = 2 ** 31 - 1;

/** Throws RangeError unless `value` is absent or a number of milliseconds that a timer can wait for. */
export function checkDuration(value: number | undefined, name: string): void {
  if (value !== undefined && !isDuration(value)) throw new RangeError(`${name} must be a number of milliseconds from 0 to ${MAX_DURATION}, got ${show(value)}`);
}

/** Whether it is a number of milliseconds that a timer can wait for. */
export function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_DURATION;
}

/** Throws RangeError unless `value` is absent or a whole number of at least `least`. */
export function checkCount(value: number | undefined, name: string, least = 0): void {
  if (value !== undefined && value !== Infinity && !(Number.isInteger(value) && value >= least)) {
    throw new RangeError(`${name} must be a whole number from ${least} up, got ${show(value)}`);
  }
}

/** Throws RangeError unless `value` is absent or one of `choices`. */
export function checkOneOf(value: string | undefined, choices: readonly string[], name: string): void {
  if (value !== undefined && !choices.includes(value)) throw new RangeError(`${name} must be ${choices.map((choice) => `'${choice}'`).join(' or ')}, got ${show(value)}`);
}

/** Throws TypeError unless `value` is absent or an AbortSignal, of whatever realm or library. */
export function checkSignal(value: AbortSignal | undefined, name: string): void {
  if (value === undefined) return;
  const { aborted } = Object(value) as Partial<AbortSignal>;
  if (typeof aborted !== 'boolean' || !('addEventListener' in value && 'removeEventListener' in value)) {
    throw new TypeError(`${name} must be an AbortSignal, got ${show(value)}`);
  }
}

/** What a contract has to say. Throws TypeError where `api` is none, and RangeError where there is no such way to hold to it. */
export function checksOf(api: Api | undefined, validate: Validate | undefined): Checks | undefined {
  if (api !== undefined && typeof (Object(api) as Partial<Api>).checks !== 'function') throw new TypeError(`api must be made by defineApi, got ${show(api)}`);
  return api?.checks(validate);
}
