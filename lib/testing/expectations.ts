import { Subscription, isObservable, map, type Observable, type Observer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { Message } from '../protocol/messages.ts';
import type { TappedFrame } from '../session/wire-tap.ts';
import type { MessagePattern } from './builders.ts';
import { Expectation, siteOf } from './expectation.ts';
import { FramePattern } from './frame-pattern.ts';
import type { TimedNotification } from './letters.ts';
import { marblesOf, meaningOf, type Marble } from './notation.ts';
import { notificationsMismatch } from './notifications-mismatch.ts';
import { subscriptionsMismatch, type SubscriptionLog } from './subscriptions-mismatch.ts';

/** What an Observable should emit. Of several things that are said of one, the last counts. */
export interface ObservableExpectation<T> {
  /**
   * A diagram in RxJS's marbles; its letters stand for `values`, or for themselves where there are none, and `#` for `error`, `'error'`
   * where there is none. Values may be or hold matchers such as `expect.any(Number)`. Throws TypeError where it is no diagram, where a letter
   * has no value though others have, and where it goes on when time has come to its end.
   */
  toBe(marbles: string, values?: { readonly [letter: string]: unknown }, error?: unknown): void;
  /** The same as another Observable, which is watched in the same frames. */
  toEqual(other: Observable<T>): void;
}

/** What the subscriptions to a source should be. */
export interface SubscriptionsExpectation {
  /** A diagram such as `'^--!'`, or several for several subscriptions one after the other. */
  toBe(marbles: string | readonly string[]): void;
}

/** What messages should go over the wire. */
export interface FramesExpectation {
  /** Each letter stands for a pattern. Throws as {@link ObservableExpectation.toBe} does. */
  toBe(marbles: string, values: { readonly [letter: string]: MessagePattern }): void;
}

type Values = { readonly [letter: string]: unknown };
type Patterns = { readonly [letter: string]: MessagePattern };

/**
 * What a marble test expects, in the run mode of a TestScheduler: RxJS's `expectObservable` and `expectSubscriptions`, except that what
 * differs is drawn, that whatever is watched can be let go of, and that it needs no test runner.
 *
 * ```ts
 * scheduler.run(({ cold, flush }) => {
 *   const expectations = new Expectations(scheduler);
 *   expectations.expectObservable(cold('--a--b|').pipe(map((letter) => ({ letter })))).toBe('--x--y|', { x: { letter: 'a' }, y: { letter: 'b' } });
 *   flush();
 *   expectations.check();
 *   expectations.release();
 * });
 * ```
 */
export class Expectations {
  readonly #scheduler: TestScheduler;
  readonly #pending = new Set<Pick<Expectation<never>, 'ready' | 'check' | 'finish'>>();
  #watched = new Subscription();

  constructor(scheduler: TestScheduler) {
    this.#scheduler = scheduler;
  }

  /**
   * Watches an Observable from the `^` to the `!` of `subscription`, or from the first frame on; an inner Observable counts as the list of
   * what it emits. Both it and the other one of `toEqual` are unsubscribed at the `!`, where TestScheduler leaves the first subscribed.
   */
  expectObservable<T>(source: Observable<T>, subscription: string | null = null): ObservableExpectation<T> {
    const frames = framesOf(subscription);
    const unfinished = siteOf(this.expectObservable, 'expectObservable must be followed by toBe or toEqual, got neither');
    const expectation = this.#expect('marbles', this.#watch(source, frames), frames, unfinished);
    const toBe = (marbles: string, values?: Values, error?: unknown): void => expectation.is(this.#read(marbles, values, error), siteOf(toBe));
    const toEqual = (other: Observable<T>): void => expectation.is(this.#watch(other, frames), siteOf(toEqual));
    return { toBe, toEqual };
  }

  /** Expects subscriptions to a source that logs them, as what `cold()` and `hot()` make does in `subscriptions`. */
  expectSubscriptions(logs: readonly SubscriptionLog[]): SubscriptionsExpectation {
    const unfinished = siteOf(this.expectSubscriptions, 'expectSubscriptions must be followed by toBe, got nothing');
    const expectation = new Expectation((expected: readonly SubscriptionLog[]) => subscriptionsMismatch(expected, logs), unfinished);
    this.#pending.add(expectation);
    const toBe = (marbles: string | readonly string[]): void => {
      const drawn = (typeof marbles === 'string' ? [marbles] : marbles).map((each) => TestScheduler.parseMarblesAsSubscriptions(each, true));
      expectation.is(drawn.filter(({ subscribedFrame }) => subscribedFrame !== Infinity), siteOf(toBe));
    };
    return { toBe };
  }

  /**
   * The same as {@link expectObservable} for messages, as `link.sent$`, `link.received$` and `client.frames$` show them. A `^` at the first
   * frame is now: what is used before time begins to pass has sent its HELLO by then.
   */
  expectFrames(source: Observable<Message | TappedFrame>, subscription: string | null = null): FramesExpectation {
    const frames = framesOf(subscription);
    const unfinished = siteOf(this.expectFrames, 'expectFrames must be followed by toBe, got nothing');
    const expectation = this.#expect('frames', this.#watch(source.pipe(map(messageOf)), frames, 'now'), frames, unfinished);
    const toBe = (marbles: string, values: Patterns): void => expectation.is(this.#read(marbles, patternsOf(values)), siteOf(toBe));
    return { toBe };
  }

  /** Looks at what was expected so far, which is then done with. Throws {@link MarbleMismatchError} at the first that differs. */
  check(): void {
    for (const expectation of this.#pending) {
      if (!expectation.ready) continue;
      this.#pending.delete(expectation);
      expectation.check();
    }
  }

  /** Throws where something was to be expected, and nothing was said of it. */
  finish(): void {
    for (const expectation of this.#pending) expectation.finish();
  }

  /** Unsubscribes from everything that is watched. */
  release(): void {
    this.#watched.unsubscribe();
    this.#watched = new Subscription();
  }

  #expect(what: string, actual: readonly TimedNotification[], { unsubscribedFrame: unsubscribed }: SubscriptionLog, unfinished: Error): Expectation<readonly TimedNotification[]> {
    const expectation = new Expectation((expected: readonly TimedNotification[]) => notificationsMismatch(what, { expected, actual, unsubscribed }), unfinished);
    this.#pending.add(expectation);
    return expectation;
  }

  #read(marbles: string, values?: Values, error?: unknown): readonly TimedNotification[] {
    const read = notificationsOf(marbles, values, error);
    const late = read.find(({ frame }) => frame > this.#scheduler.maxFrames);
    if (late !== undefined) throw new TypeError(`marbles must end while time passes, until ${this.#scheduler.maxFrames} ms (maxTime), got one at ${late.frame} ms`);
    return read;
  }

  /** What an Observable emits in the frames given: the list fills while time goes by. */
  #watch(source: Observable<unknown>, { subscribedFrame, unsubscribedFrame }: SubscriptionLog, begins: 'now' | 'scheduled' = 'scheduled'): readonly TimedNotification[] {
    const record: TimedNotification[] = [];
    const watching = new Subscription();
    this.#watched.add(watching);
    const subscribe = (): void => { watching.add(source.subscribe(this.#recorder(record, 0, (value) => isObservable(value) ? this.#inner(value) : value))); };
    const delay = subscribedFrame === Infinity ? 0 : subscribedFrame;
    if (begins === 'now' && delay === 0) subscribe();
    else watching.add(this.#scheduler.schedule(subscribe, delay));
    if (unsubscribedFrame !== Infinity) this.#watched.add(this.#scheduler.schedule(() => watching.unsubscribe(), unsubscribedFrame));
    return record;
  }

  /** The same for an Observable that was emitted, counted from now. */
  #inner(source: Observable<unknown>): readonly TimedNotification[] {
    const record: TimedNotification[] = [];
    this.#watched.add(source.subscribe(this.#recorder(record, this.#scheduler.frame, (value) => value)));
    return record;
  }

  #recorder(record: TimedNotification[], origin: number, read: (value: unknown) => unknown): Observer<unknown> {
    const enter = (notification: TimedNotification['notification']): void => { record.push({ frame: this.#scheduler.frame - origin, notification }); };
    return {
      next: (value) => enter({ kind: 'N', value: read(value) }),
      error: (error: unknown) => enter({ kind: 'E', error }),
      complete: () => enter({ kind: 'C' }),
    };
  }
}

function framesOf(marbles: string | null): SubscriptionLog {
  return TestScheduler.parseMarblesAsSubscriptions(marbles, true);
}

function notificationsOf(marbles: string, values: Values | undefined, error: unknown): readonly TimedNotification[] {
  return marblesOf(marbles).map((marble) => ({
    frame: marble.frame, notification: notificationOf(marble, values, error), letter: marble.kind === 'next' ? marble.letter : undefined,
  }));
}

function notificationOf(marble: Marble, values: Values | undefined, error: unknown): TimedNotification['notification'] {
  switch (marble.kind) {
    case 'complete': return { kind: 'C' };
    case 'error': return { kind: 'E', error: error ?? 'error' };
    case 'next': return { kind: 'N', value: innerOf(meaningOf(marble.letter, values)) };
  }
}

// What cold() and hot() make counts as the list of what it emits.
function innerOf(value: unknown): unknown {
  return isObservable(value) && 'messages' in value ? value.messages : value;
}

function patternsOf(values: Patterns): Values {
  return Object.fromEntries(Object.entries(values).map(([letter, pattern]) => [letter, new FramePattern(pattern)]));
}

function messageOf(shown: Message | TappedFrame): Message {
  return 'message' in shown ? shown.message : shown;
}
