import type { RunHelpers, TestScheduler } from 'rxjs/testing';
import { promises } from '../auth/maybe-later.ts';
import type { ApiDefinition, NoApi } from '../contract/api-types.ts';
import type { ApplicationError } from '../errors.ts';
import type { LinkOptions } from '../router/router.ts';
import { checkCount } from '../session/checks.ts';
import type { Uri } from '../types.ts';
import { Chance, type Random } from './chance.ts';
import { siteOf } from './expectation.ts';
import { Expectations } from './expectations.ts';
import { expectNoLeaks } from './leaks.ts';
import { Link } from './link.ts';
import type { LinkedClient, LinkedClientOptions } from './linked-client.ts';
import { MemoryRouter, type MemoryRouterOptions } from './memory-router.ts';
import { MarbleMismatchError } from './mismatch-error.ts';
import { Performers, type AnsweringProcedure, type PerformerOptions, type PublishesOptions } from './performers.ts';
import { replay, type ReplayOptions } from './replay.ts';
import { scriptedRouter, type ScriptedRouter, type ScriptedRouterOptions } from './scripted-router.ts';
import { showValue } from './show-value.ts';

/** Options of {@link wampMarbles}. */
export interface WampMarblesOptions {
  /** The router's, as of `createRouter`. @default one realm, `realm1`, that allows everything */
  readonly router?: MemoryRouterOptions | undefined;
  /** What all chance comes from, a whole number: jitter, spoilt bytes, session ids. The same seed plays the same test again. @default 1 */
  readonly seed?: number | undefined;
  /** Virtual milliseconds after which time stands still, whatever is still scheduled: a heartbeat never ends. @default 3600000 */
  readonly maxTime?: number | undefined;
}

/** What {@link wampMarbles} hands to its callback: the helpers of RxJS's TestScheduler, and these. */
export interface MarbleHelpers extends Pick<RunHelpers, 'cold' | 'hot' | 'time' | 'animate' | 'flush'> {
  /** The router that clients and fixtures join. */
  readonly router: MemoryRouter;
  /**
   * Makes a client of the router, or of another transport, over a `link` of its own that the test can cut, slow and spoil. Options are those
   * of `createClient`, all optional; its retries have no jitter unless they ask for it.
   */
  readonly client: <D extends ApiDefinition = NoApi>(options?: LinkedClientOptions<D>) => LinkedClient<D>;
  /** Makes a line to the router for a client that the test makes itself, or for `join`. It is a Transport. */
  readonly link: (options?: LinkOptions) => Link;
  /** Makes a router whose part the test writes. What it did not expect, and what it waited for in vain, fails the test. */
  readonly scriptedRouter: (options?: ScriptedRouterOptions) => ScriptedRouter;
  /** Makes a router of a recording: what a client must send, and what it gets, and when. Anything else fails the test. */
  readonly replay: (recording: unknown, options?: ReplayOptions) => ScriptedRouter;
  /**
   * Publishes as another session: a PUBLISH for each marble, counted from the first frame; at `|` the session leaves. A value is a payload,
   * which is a list or an object of `args` and `kwargs`, or else it is the only argument; without `values` it is the letter.
   *
   * ```
   * publishes('com.x', '--a-b|')    PUBLISH ['a'] at 2 ms, ['b'] at 4 ms, leaves at 5 ms
   * ```
   */
  readonly publishes: (uri: Uri, marbles: string, values?: { readonly [letter: string]: unknown }, options?: PublishesOptions) => void;
  /**
   * Registers a procedure as another session, and answers each call with the marbles, counted from the call: each is a progressive result,
   * and the one that comes together with `|` is the result itself. A value is what a procedure would return; `#` answers with `error`. Of a
   * list of diagrams the first call gets the first, the next one the second, and all calls after them the last.
   *
   * ```
   * answers('com.add', '--p-q-(r|)')    progress p, progress q, result r
   * answers('com.add', '--p-|')         progress p, an empty result
   * ```
   */
  readonly answers: (
    uri: Uri, marbles: string | readonly string[], values?: { readonly [letter: string]: unknown }, error?: unknown, as?: PerformerOptions,
  ) => AnsweringProcedure;
  /** Registers a procedure as another session that fails: {@link answers} where `#` is an ApplicationError, or one of this URI. */
  readonly fails: (uri: Uri, marbles: string | readonly string[], error: ApplicationError | Uri, as?: PerformerOptions) => AnsweringProcedure;
  readonly expectObservable: Expectations['expectObservable'];
  readonly expectSubscriptions: Expectations['expectSubscriptions'];
  /**
   * Expects messages: `expectFrames(client.link.sent$).toBe('h-s', { h: HELLO('realm1'), s: SUBSCRIBE('com.x') })`. What a pattern does not
   * name may be anything. It looks from now on, and not from the first frame, unless subscription marbles are given.
   */
  readonly expectFrames: Expectations['expectFrames'];
  /**
   * Expects that nothing remains after the test: once everything that was expected has been unsubscribed from and time has passed, no
   * subscription, registration, request, invocation, connection, timer or entry of any table is left in a client or in the router.
   */
  readonly expectLeaks: () => { toBeEmpty(): void };
  /** A new source of chance, from the seed. */
  readonly random: () => Random;
}

/** What {@link Kit} is told besides by whoever runs the test. */
export interface KitOptions extends WampMarblesOptions {
  /** Whether a promise that is met fails the test. */
  readonly promises: 'refuse' | 'allow';
}

const DEFAULT_MAX_TIME = 3_600_000;

// Until the last client has hung up and the last GOODBYE is answered, over whatever line.
const LEAVING_TIME = 30_000;

/** What failed without a subscriber. */
interface Failure {
  readonly error: unknown;
  /** Whose it is, where that is known. */
  readonly who?: string | undefined;
}

/** Everything that one test has at hand, and what is to be said at its end. */
export class Kit {
  readonly helpers: Omit<MarbleHelpers, 'flush'>;
  readonly #scheduler: TestScheduler;
  readonly #seed: number;
  readonly #router: MemoryRouter;
  readonly #performers: Performers;
  readonly #expectations: Expectations;
  readonly #scripts: ScriptedRouter[] = [];
  readonly #failures: Failure[] = [];
  readonly #knewOfPromises = promises.onMet;
  #promise: string | undefined;
  #expectsNoLeaks = false;
  /** What is to be said of an `expectLeaks` that nothing was said of. */
  #unfinished: Error | undefined;

  /** Throws RangeError or TypeError where an option cannot be right. */
  constructor(scheduler: TestScheduler, given: RunHelpers, { router, seed = 1, maxTime = DEFAULT_MAX_TIME, promises: rule }: KitOptions) {
    checkCount(seed, 'seed');
    checkCount(maxTime, 'maxTime');
    this.#scheduler = scheduler;
    this.#seed = seed;
    scheduler.maxFrames = maxTime;
    const chance = new Chance(seed);
    const onFailure = (error: unknown, who?: string): void => { this.#failures.push({ error, who }); };
    // Told, and not left to asyncScheduler: of two of its timers for one frame, the first cannot cancel the second in run mode.
    this.#router = new MemoryRouter({ scheduler, ...router }, chance, onFailure);
    this.#performers = new Performers({ router: this.#router, scheduler, onFailure });
    this.#expectations = new Expectations(scheduler);
    this.helpers = this.#helpers(given, chance);
    promises.onMet = rule === 'allow' ? undefined : (what) => { this.#promise ??= `${what} at ${scheduler.frame} ms`; };
  }

  /** Lets the fixtures begin that were made since. */
  start(): void {
    this.#performers.start();
  }

  /** {@link start}, and checks what was expected so far. Time has to pass at each `yield`. */
  * flush(): Generator<undefined, void> {
    this.start();
    yield;
    this.#check();
  }

  /** {@link flush}, and what can be known only at the end. */
  * finish(): Generator<undefined, void> {
    yield* this.flush();
    this.#leaveTime();
    // What is unsubscribed here the test has not written, and so it need not write what is sent for that.
    for (const script of this.#scripts) script.unexpected = 'keep';
    this.#expectations.release();
    yield;
    if (this.#expectsNoLeaks) yield* this.#checkLeaks();
    this.#check();
    this.#expectations.finish();
    if (this.#unfinished !== undefined) throw this.#unfinished;
    for (const script of this.#scripts) script.verify();
    const [failure] = this.#failures;
    if (failure !== undefined) throw new Error(`nothing may fail without a subscriber, got ${inWords(failure)}`, { cause: failure.error });
  }

  /** Closes whatever the test made and left open. */
  * close(): Generator<undefined, void> {
    this.#leaveTime();
    try {
      this.#expectations.release();
      this.#performers.leave();
      for (const client of this.#router.clients) void client.close();
      this.#router.shutdown({ drain: 0 }).subscribe();
      yield;
    } finally {
      promises.onMet = this.#knewOfPromises;
    }
  }

  /** Says what else went wrong, and how to play the same test again. */
  explain(error: unknown): unknown {
    if (!(error instanceof Error)) return error;
    const others = this.#failures.filter((failure) => failure.error !== error && failure.error !== error.cause).map(inWords);
    const broken = this.#scripts.map(({ failure }) => failure).filter((failure) => failure !== undefined && failure !== error).map(String);
    // Until time has passed there was nothing to hear.
    const perhaps = error instanceof MarbleMismatchError ? [...this.#strayed(), ...this.#performers.unheard] : [];
    return saying(error, [...[...others, ...broken].map((other) => `before that: ${other}`), ...perhaps, `seed: ${this.#seed}`]);
  }

  /** Clients that were on their way to the router, or have failed to get there. */
  #strayed(): readonly string[] {
    return this.#router.clients.flatMap(({ state }, index) => (
      ['connecting', 'authenticating', 'waiting'].includes(state.kind) || (state.kind === 'closed' && state.cause !== undefined)
        ? [`client ${index + 1} was ${showValue(state)}`] : []
    ));
  }

  #check(): void {
    if (this.#promise !== undefined) {
      throw new Error(`virtual time cannot wait for promises, got one for ${this.#promise}: use await wampMarbles.async(…), or a value or an Observable in its place`);
    }
    this.#expectations.check();
  }

  // A call that a fixture still owes an answer is a leak of the client's: fixtures leave after clients were looked at.
  * #checkLeaks(): Generator<undefined, void> {
    expectNoLeaks({ clients: this.#router.clients });
    this.#leaveTime();
    this.#performers.leave();
    yield;
    expectNoLeaks({ clients: this.#router.clients, router: this.#router, scheduler: this.#scheduler });
  }

  #expectLeaks(): { toBeEmpty(): void } {
    this.#unfinished = siteOf(this.helpers.expectLeaks, 'expectLeaks must be followed by toBeEmpty, got nothing');
    const toBeEmpty = (): void => {
      this.#expectsNoLeaks = true;
      this.#unfinished = undefined;
    };
    return { toBeEmpty };
  }

  #verified(script: ScriptedRouter): ScriptedRouter {
    this.#scripts.push(script);
    return script;
  }

  #leaveTime(): void {
    this.#scheduler.maxFrames = this.#scheduler.frame + LEAVING_TIME;
  }

  #helpers({ cold, hot, time, animate }: RunHelpers, chance: Chance): Omit<MarbleHelpers, 'flush'> {
    const [expectations, performers, scheduler] = [this.#expectations, this.#performers, this.#scheduler];
    return {
      cold, hot, time, animate,
      router: this.#router,
      client: (options) => this.#router.client(options),
      link: (options) => new Link(this.#router.link(options), { random: chance.stream(), scheduler }),
      scriptedRouter: (options) => this.#verified(scriptedRouter({ scheduler, ...options })),
      replay: (recording, options) => this.#verified(replay(recording, { scheduler, ...options })),
      publishes: performers.publishes.bind(performers),
      answers: performers.answers.bind(performers),
      fails: performers.fails.bind(performers),
      // Bound, so that the stack of a failure begins in the test.
      expectObservable: expectations.expectObservable.bind(expectations),
      expectSubscriptions: expectations.expectSubscriptions.bind(expectations),
      expectFrames: expectations.expectFrames.bind(expectations),
      expectLeaks: () => this.#expectLeaks(),
      random: () => chance.stream(),
    };
  }
}

function inWords({ error, who }: Failure): string {
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return who === undefined ? said : `${said}, of ${who}`;
}

// Runners print the stack, which has the message in it as it was. What is frozen, or a DOMException, stays as it is.
function saying(error: Error, notes: readonly string[]): Error {
  const { message, stack } = error;
  const more = notes.map((note) => `\n\n${note}`).join('');
  const isSaid = Reflect.set(error, 'message', message + more);
  if (isSaid && stack !== undefined && message !== '') Reflect.set(error, 'stack', stack.replace(message, () => message + more));
  return error;
}
