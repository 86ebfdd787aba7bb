import { show } from '../protocol/show.ts';

/** The longest time a runtime's timers know, and the largest size that `ws` does. */
const MOST = 2 ** 31 - 1;

/** Throws RangeError where one of the options, by name, is no number from `least` to 2^31 - 1. */
export function assertRange(options: { readonly [name: string]: number }, least = 0): void {
  for (const [name, value] of Object.entries(options)) {
    if (!(typeof value === 'number' && value >= least && value <= MOST)) {
      throw new RangeError(`${name} must be a number from ${least} to ${MOST}, got ${show(value)}`);
    }
  }
}
