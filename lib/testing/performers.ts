import { Observable, ReplaySubject, Subscription, delayWhen, switchMap, type SchedulerLike } from 'rxjs';
import { ApplicationError } from '../errors.ts';
import { isDict } from '../protocol/fields.ts';
import type { PublishOptions } from '../protocol/options.ts';
import { show } from '../protocol/show.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import { join, type JoinOptions } from '../session/join.ts';
import { CallAnswer, FinalAnswer } from '../session/options.ts';
import type { Session } from '../session/session.ts';
import type { Transport } from '../transports/transport.ts';
import type { Dict, Payload, PayloadInput, Uri } from '../types.ts';
import type { MemoryRouter } from './memory-router.ts';
import { marblesOf, meaningOf, playMarbles, type Marble } from './notation.ts';
import type { SubscriptionLog } from './subscriptions-mismatch.ts';

/** Who plays marbles into the router. */
export interface PerformerOptions extends Partial<Pick<JoinOptions, 'realm' | 'auth'>> {}

/** Options of `publishes`: those of `publish`, and who publishes. */
export interface PublishesOptions extends PublishOptions {
  readonly as?: PerformerOptions | undefined;
}

/** A procedure that marbles answer for. */
export interface AnsweringProcedure {
  /** What it is called with, as it is called; who comes later gets the last 1000 at once. */
  readonly calls$: Observable<Payload>;
  /** One for each call: when it began to be answered, and when it was over or cancelled. */
  readonly subscriptions: readonly SubscriptionLog[];
}

/** What {@link Performers} needs. */
export interface PerformersContext {
  /** Whom they join. */
  readonly router: MemoryRouter;
  /** Where time passes. */
  readonly scheduler: SchedulerLike;
  /** Told of what went wrong on a performer's side, and who that is: it fails the test. */
  readonly onFailure: (error: unknown, who: string) => void;
}

/** Whether anybody wants to know of a performer. */
interface Audience {
  readonly who: string;
  /** What to say of it where nobody did. */
  readonly missed: string;
  state: 'not yet' | 'nobody' | 'somebody';
}

const MOST_CALLS = 1000;

/** Sessions that play marbles into a router, one for each of its methods' calls, over lines of their own that nothing happens to. */
export class Performers {
  readonly #context: PerformersContext;
  readonly #transport: Transport;
  readonly #sessions = new Subscription();
  readonly #audiences: Audience[] = [];
  /** Emits when those may play that were made since the last time, and to those that join after that. */
  #starting = new ReplaySubject<void>(1);

  constructor(context: PerformersContext) {
    this.#context = context;
    this.#transport = context.router.link();
  }

  publishes(uri: Uri, marbles: string, values?: { readonly [letter: string]: unknown }, { as, ...options }: PublishesOptions = {}): void {
    const plan = marblesOf(marbles);
    if (plan.some(({ kind }) => kind === 'error')) throw new TypeError('what publishes cannot end with #: a topic has no errors');
    const steps = plan.map((marble) => ({ frame: marble.frame, payload: marble.kind === 'next' ? payloadOf(meaningOf(marble.letter, values)) : undefined }));
    const audience = this.#enter(`publishes('${uri}', …)`, `nobody was subscribed to ${uri} when it was published`);
    const error = this.#failureOf(audience);
    const starting = this.#starting;
    const life = new Subscription();
    const play = (session: Session): Subscription => playMarbles(steps, ({ payload }) => {
      if (payload === undefined) return life.unsubscribe();
      const before = audience.state === 'somebody' ? 0 : this.#sent;
      session.publish(uri, payload, options).subscribe({ error });
      if (audience.state !== 'somebody') audience.state = this.#sent > before ? 'somebody' : 'nobody';
    }, this.#context.scheduler);
    life.add(this.#join(audience, as).pipe(delayWhen(() => starting)).subscribe({ next: (session) => life.add(play(session)), error }));
    this.#sessions.add(life);
  }

  answers(uri: Uri, marbles: string | readonly string[], values?: { readonly [letter: string]: unknown }, error: unknown = failure(), as?: PerformerOptions): AnsweringProcedure {
    const plans = (typeof marbles === 'string' ? [marbles] : marbles).map((diagram) => answersOf(marblesOf(diagram), values, error));
    if (plans.length === 0) throw new TypeError('answers must have marbles for one call at least, got an empty list');
    const calls = new ReplaySubject<Payload>(MOST_CALLS);
    const subscriptions: SubscriptionLog[] = [];
    const audience = this.#enter(`answers('${uri}', …)`, `nobody called ${uri}`, 'nobody');
    let called = 0;
    this.#sessions.add(this.#join(audience, as).pipe(switchMap((session) => session.register(uri, ({ args, kwargs }) => {
      audience.state = 'somebody';
      const plan = plans[Math.min(called++, plans.length - 1)]!;
      calls.next({ args, kwargs });
      return playing(plan, subscriptions, this.#context.scheduler);
    }))).subscribe({ error: this.#failureOf(audience) }));
    return { calls$: calls.asObservable(), subscriptions };
  }

  fails(uri: Uri, marbles: string | readonly string[], error: ApplicationError | Uri, as?: PerformerOptions): AnsweringProcedure {
    if (typeof error !== 'string' && !(error instanceof ApplicationError)) throw new TypeError(`error must be an ApplicationError or a URI, got ${show(error)}`);
    return this.answers(uri, marbles, undefined, typeof error === 'string' ? new ApplicationError(error) : error, as);
  }

  /** Lets those play that have waited for it: whoever is subscribed at the first frame hears the first marble. */
  start(): void {
    const starting = this.#starting;
    this.#starting = new ReplaySubject(1);
    starting.next();
  }

  /** Whom nobody wanted to know of, in words: a URI may be mistyped. */
  get unheard(): readonly string[] {
    return this.#audiences.filter(({ state }) => state === 'nobody').map(({ missed }) => missed);
  }

  /** They all leave. */
  leave(): void {
    this.#sessions.unsubscribe();
  }

  /** Messages that the router has sent: what is published is sent at once to who is subscribed. */
  get #sent(): number {
    return this.#context.router.stats().messagesOut;
  }

  #enter(who: string, missed: string, state: Audience['state'] = 'not yet'): Audience {
    const audience: Audience = { who, missed, state };
    this.#audiences.push(audience);
    return audience;
  }

  #failureOf({ who }: Audience): (error: unknown) => void {
    return (error) => this.#context.onFailure(error, who);
  }

  #join(audience: Audience, { realm = this.#context.router.realm, auth }: PerformerOptions = {}): Observable<Session> {
    return join(this.#transport, { realm, auth, scheduler: this.#context.scheduler, report: this.#failureOf(audience) });
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

function playing(answers: readonly Answer[], subscriptions: SubscriptionLog[], scheduler: SchedulerLike): Observable<unknown> {
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
  return Array.isArray(value) || isPayload(value) ? value as PayloadInput : [value];
}

// An empty object is an empty payload, as for publish.
function isPayload(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('args' in value || 'kwargs' in value || (isDict(value) && Object.keys(value).length === 0));
}

function failure(): ApplicationError {
  return new ApplicationError(WampUri.runtimeError, { args: ['error'] });
}
