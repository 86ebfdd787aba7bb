import { firstValueFrom, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { wampMarbles, type AsyncMarbleHelpers, type MarbleHelpers, type WampMarblesOptions } from '../../lib/testing/index.ts';

/** Does something so many milliseconds from now; `now()` tells the time. */
export interface At {
  (ms: number, act: () => void): void;
  now(): number;
}

/** What {@link tidyMarbles} hands to its callback besides. */
export interface TidyHelpers {
  readonly at: At;
  /** The time of the test, for a look at what is left on it before its end. */
  readonly scheduler: TestScheduler;
}

/** What {@link tidyMarbles.async} hands to its callback besides. */
export interface AsyncTidyHelpers extends TidyHelpers {
  /** Resolves so many milliseconds from now; what was promised until then has come to its end. */
  readonly wait: (ms: number) => Promise<unknown>;
}

/** `wampMarbles` that leaves nothing behind: every client, the router and the clock are looked through at the end. */
export interface TidyMarbles {
  (callback: (helpers: MarbleHelpers & TidyHelpers) => void, options?: WampMarblesOptions): void;
  async(callback: (helpers: AsyncMarbleHelpers & AsyncTidyHelpers) => unknown, options?: WampMarblesOptions): Promise<void>;
}

/** See {@link TidyMarbles}. */
export const tidyMarbles: TidyMarbles = Object.assign(run, { async: runSettling });

function run(callback: (helpers: MarbleHelpers & TidyHelpers) => void, options?: WampMarblesOptions): void {
  wampMarbles((helpers) => callback({ ...helpers, ...tidied(helpers) }), options);
}

function runSettling(callback: (helpers: AsyncMarbleHelpers & AsyncTidyHelpers) => unknown, options?: WampMarblesOptions): Promise<void> {
  return wampMarbles.async((helpers) => {
    const { scheduler, at } = tidied(helpers);
    return callback({ ...helpers, scheduler, at, wait: (ms) => firstValueFrom(timer(ms, scheduler)) });
  }, options);
}

function tidied({ cold, expectLeaks }: Pick<MarbleHelpers, 'cold' | 'expectLeaks'>): TidyHelpers {
  expectLeaks().toBeEmpty();
  const { scheduler } = cold('|');
  if (!(scheduler instanceof TestScheduler)) throw new TypeError('a cold Observable must be of a TestScheduler');
  const at = (ms: number, act: () => void): void => { timer(ms, scheduler).subscribe(act); };
  return { scheduler, at: Object.assign(at, { now: () => scheduler.now() }) };
}
