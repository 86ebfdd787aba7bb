import type { TestScheduler, RunHelpers } from 'rxjs/testing';
// Where RxJS keeps what its run mode puts in the place of timers and clocks. It has no public door, and run mode ends with a callback.
import { animationFrameProvider } from 'rxjs/internal/scheduler/animationFrameProvider';
import { dateTimestampProvider } from 'rxjs/internal/scheduler/dateTimestampProvider';
import { immediateProvider } from 'rxjs/internal/scheduler/immediateProvider';
import { intervalProvider } from 'rxjs/internal/scheduler/intervalProvider';
import { performanceTimestampProvider } from 'rxjs/internal/scheduler/performanceTimestampProvider';
import { timeoutProvider } from 'rxjs/internal/scheduler/timeoutProvider';
import { TestScheduler as Scheduler } from 'rxjs/testing';

const PROVIDERS: readonly { delegate: unknown }[] = [
  animationFrameProvider, dateTimestampProvider, immediateProvider, intervalProvider, performanceTimestampProvider, timeoutProvider,
];

const INTERVALS = PROVIDERS.indexOf(intervalProvider);

// Taken before a test can put fake timers in their place.
const later = globalThis.setTimeout;
const now = performance.now.bind(performance);

/** Milliseconds of real time that a callback may wait for something when nothing is left to happen in virtual time. */
const PATIENCE = 1000;

/** Lets every promise that can come to its end do so. */
function settled(): Promise<void> {
  return new Promise((resolve) => { turn(resolve); });
}

// No runner fakes it, and browsers do not slow it down as they do timers; jsdom has none.
function turn(act: () => void): void {
  if (typeof MessageChannel === 'undefined') {
    later(act, 0);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    act();
  };
  port2.postMessage(undefined);
}

/** RxJS's run mode for longer than one call: until {@link leave}. */
export class RunMode {
  readonly helpers: RunHelpers;
  readonly #before = PROVIDERS.map(({ delegate }) => delegate);
  readonly #frameTimeFactor = Scheduler.frameTimeFactor;

  constructor(scheduler: TestScheduler) {
    let during: unknown[] = [];
    let helpers: RunHelpers | undefined;
    scheduler.run((given) => {
      helpers = given;
      during = PROVIDERS.map(({ delegate }) => delegate);
    });
    this.helpers = helpers!;
    during[INTERVALS] = apart(during[INTERVALS] as Intervals);
    PROVIDERS.forEach((provider, index) => { provider.delegate = during[index]; });
    Scheduler.frameTimeFactor = 1;
    Reflect.set(scheduler, 'runMode', true);
  }

  leave(): void {
    PROVIDERS.forEach((provider, index) => { provider.delegate = this.#before[index]; });
    Scheduler.frameTimeFactor = this.#frameTimeFactor;
  }
}

type Intervals = NonNullable<typeof intervalProvider.delegate>;
type TimerHandle = ReturnType<Intervals['setInterval']>;

/** Virtual timers with handles of their own. One of real time that rings in the midst of a test is cleared there, or it would ring for ever. */
function apart(virtual: Intervals): Intervals {
  const handles = new WeakMap<object, TimerHandle>();
  return {
    setInterval: (...given) => {
      const own = {};
      handles.set(own, virtual.setInterval(...given));
      return own as TimerHandle;
    },
    clearInterval: (handle) => {
      const known = typeof handle === 'object' ? handles.get(handle) : undefined;
      if (known === undefined) clearInterval(handle);
      else virtual.clearInterval(known);
    },
  };
}

/** Lets time pass until nothing is left to happen before `maxFrames`; promises come to their end between any two actions. */
export async function passTime(scheduler: TestScheduler): Promise<void> {
  await settled();
  for (let action = scheduler.actions[0]; action !== undefined && action.delay <= scheduler.maxFrames; action = scheduler.actions[0]) {
    scheduler.actions.shift();
    scheduler.frame = action.delay;
    const error: unknown = action.execute(action.state, action.delay);
    if (error !== undefined && error !== null && error !== false) throw error;
    await settled();
  }
}

/** Lets time pass until a promise has come to its end. Rejects where it waits for what virtual time cannot bring. */
export async function passTimeUntil<T>(scheduler: TestScheduler, promise: PromiseLike<T>): Promise<T> {
  let isOver = false;
  const over = (): void => { isOver = true; };
  Promise.resolve(promise).then(over, over);
  await passTime(scheduler);
  for (const start = now(); !isOver && now() - start < PATIENCE;) {
    await new Promise<void>((resolve) => { later(resolve, 1); });
    await passTime(scheduler);
  }
  if (!isOver) throw new Error(`the callback must come to its end, got one that still waits at ${scheduler.frame} ms when nothing is left to happen`);
  return promise;
}
