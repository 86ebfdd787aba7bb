import { Observable, ReplaySubject, Subscription, switchMap, type SchedulerLike } from 'rxjs';
import { ApplicationError } from '../errors.ts';
import type { PublishOptions } from '../protocol/options.ts';
import { WampUri } from '../protocol/uri.ts';
import { join, type JoinOptions } from '../session/join.ts';
import { CallAnswer, FinalAnswer } from '../session/options.ts';
import type { Session } from '../session/session.ts';
import type { Transport } from '../transports/transport.ts';
import type { Dict, Payload, PayloadInput, Uri } from '../types.ts';
import { marblesOf, meaningOf, playMarbles, type Marble } from './notation.ts';

/** Who plays marbles into the router. */
export interface PerformerOptions extends Partial<Pick<JoinOptions, 'realm' | 'auth'>> {}

/** Options of {@link Performers.publishes}: those of `publish`, and who publishes. */
export interface PublishesOptions extends PublishOptions {
  readonly as?: PerformerOptions | undefined;
}

/** When an Observable was subscribed to and unsubscribed from, in frames; what `expectSubscriptions` takes. */
export interface SubscriptionTimes {
  readonly subscribedFrame: number;
  readonly unsubscribedFrame: number;
}

/** A procedure that marbles answer for. */
export interface AnsweringProcedure {
  /** What it is called with, as it is called; who comes later gets the last 1000 at once. */
  readonly calls$: Observable<Payload>;
  /** One for each call: when it began to be answered, and when it was over or cancelled. */
  readonly subscriptions: SubscriptionTimes[];
}

/** What {@link Performers} needs. */
export interface PerformersContext {
  readonly realm: Uri;
  /** The way to the router. */
  readonly transport: Transport;
  /** Where time passes. */
  readonly scheduler: SchedulerLike;
  /** Told of what went wrong on a performer's side: it fails the test. */
  readonly onFailure: (error: unknown) => void;
}

const MOST_CALLS = 1000;

/** Sessions that play marbles into a router, one for each of its methods' calls, over lines of their own that nothing happens to. */
export class Performers {
  readonly #context: PerformersContext;
  readonly #sessions = new Subscription();
  #waiting: (() => void)[] = [];

  constructor(context: PerformersContext) {
    this.#context = context;
  }

  publishes(uri: Uri, marbles: string, values?: { readonly [letter: string]: unknown }, { as, ...options }: PublishesOptions = {}): void {
    const plan = marblesOf(marbles);
    if (plan.some(({ kind }) => kind === 'error')) throw new TypeError('what publishes cannot end with #: a topic has no errors');
    const payloads = plan.map((marble) => (marble.kind === 'next' ? payloadOf(meaningOf(marble.letter, values)) : undefined));
    const life = new Subscription();
    life.add(this.#join(as).subscribe({
      next: (session) => this.#waiting.push(() => life.add(playMarbles(plan.map((marble, index) => ({ frame: marble.frame, index })), ({ index }) => {
        if (plan[index]!.kind === 'complete') life.unsubscribe();
        else session.publish(uri, payloads[index], options).subscribe({ error: this.#context.onFailure });
      }, this.#context.scheduler))),
      error: this.#context.onFailure,
    }));
    this.#sessions.add(life);
  }

  answers(uri: Uri, marbles: string | readonly string[], values?: { readonly [letter: string]: unknown }, error: unknown = failure(), as?: PerformerOptions): AnsweringProcedure {
    const plans = (typeof marbles === 'string' ? [marbles] : marbles).map((diagram) => answersOf(marblesOf(diagram), values, error));
    if (plans.length === 0) throw new TypeError('answers must have marbles for one call at least, got an empty list');
    const calls = new ReplaySubject<Payload>(MOST_CALLS);
    const subscriptions: SubscriptionTimes[] = [];
    let called = 0;
    this.#sessions.add(this.#join(as).pipe(switchMap((session) => session.register(uri, ({ args, kwargs }) => {
      const plan = plans[Math.min(called++, plans.length - 1)]!;
      calls.next({ args, kwargs });
      return playing(plan, subscriptions, this.#context.scheduler);
    }))).subscribe({ error: this.#context.onFailure }));
    return { calls$: calls.asObservable(), subscriptions };
  }

  /** Lets those play that have waited for it: whoever is subscribed at the first frame hears the first marble. */
  start(): void {
    const starting = this.#waiting;
    this.#waiting = [];
    for (const start of starting) start();
  }

  /** They all leave. */
  leave(): void {
    this.#sessions.unsubscribe();
  }

  #join({ realm = this.#context.realm, auth }: PerformerOptions = {}): Observable<Session> {
    return join(this.#context.transport, { realm, auth, scheduler: this.#context.scheduler, report: this.#context.onFailure });
  }
}

/** What is done at one time of an answer. */
interface Answer {
  readonly frame: number;
  readonly kind: 'progress' | 'final' | 'complete' | 'error';
  readonly value: unknown;
}

// The value that comes with the end is the result itself; all others are progress.
function answersOf(marbles: readonly Marble[], values: { readonly [letter: string]: unknown } | undefined, error: unknown): readonly Answer[] {
  return marbles.flatMap((marble, index): readonly Answer[] => {
    const { frame } = marble;
    if (marble.kind === 'error') return [{ frame, kind: 'error', value: error }];
    if (marble.kind !== 'next') return marbles[index - 1]?.frame === frame ? [] : [{ frame, kind: 'complete', value: undefined }];
    const following = marbles[index + 1];
    return [{ frame, kind: following?.kind === 'complete' && following.frame === frame ? 'final' : 'progress', value: meaningOf(marble.letter, values) }];
  });
}

function playing(answers: readonly Answer[], subscriptions: SubscriptionTimes[], scheduler: SchedulerLike): Observable<unknown> {
  return new Observable((subscriber) => {
    const index = subscriptions.push({ subscribedFrame: scheduler.now(), unsubscribedFrame: Infinity }) - 1;
    subscriber.add(() => { subscriptions[index] = { subscribedFrame: subscriptions[index]!.subscribedFrame, unsubscribedFrame: scheduler.now() }; });
    subscriber.add(playMarbles(answers, ({ kind, value }) => {
      if (kind === 'error') subscriber.error(value);
      else if (kind === 'complete') subscriber.complete();
      else if (kind === 'progress') subscriber.next(value);
      else {
        subscriber.next(finalOf(value));
        subscriber.complete();
      }
    }, scheduler));
  });
}

function finalOf(value: unknown): FinalAnswer {
  return value instanceof CallAnswer ? new FinalAnswer(value.args, value.kwargs as Dict) : new FinalAnswer([value], {});
}

// In a diagram a plain value reads best; it is the only argument.
function payloadOf(value: unknown): PayloadInput {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) ? value as PayloadInput : [value];
}

function failure(): ApplicationError {
  return new ApplicationError(WampUri.runtimeError, { args: ['error'] });
}
