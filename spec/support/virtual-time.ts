import { asyncScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';

/** Says what is to be done so many milliseconds after the beginning. */
export type At = (ms: number, act: () => void) => void;

/** Runs a plan, and lets time pass until nothing is left to happen. Gives back at which millisecond that was. */
export function inVirtualTime(plan: (at: At) => void): number {
  let end = 0;
  new TestScheduler(() => {}).run(({ flush }) => {
    plan((ms, act) => { asyncScheduler.schedule(act, ms); });
    flush();
    end = asyncScheduler.now();
  });
  return end;
}
