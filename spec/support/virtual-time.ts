import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
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

/** `asyncScheduler`, and how much of what was scheduled on it has neither happened nor been given up. */
export function watchedScheduler(): { readonly scheduler: SchedulerLike; readonly open: () => number } {
  const actions: Subscription[] = [];
  const schedule: SchedulerLike['schedule'] = (...action: Parameters<SchedulerLike['schedule']>) => {
    const subscription = asyncScheduler.schedule(...action);
    actions.push(subscription);
    return subscription;
  };
  return { scheduler: { now: () => asyncScheduler.now(), schedule }, open: () => actions.filter(({ closed }) => !closed).length };
}
