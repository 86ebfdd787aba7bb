import { EMPTY, catchError, concat, defer, filter, finalize, map, share, take, tap, timeout, type Observable, type SchedulerLike } from 'rxjs';
import type { MaybeLater } from '../auth/authenticator.ts';
import { answerOf, isLater } from '../auth/maybe-later.ts';
import type { MatchPolicy } from '../protocol/uri.ts';
import type { Dict, List, Payload, Uri } from '../types.ts';
import { sessionDetails } from './core/meta/session-meta.ts';
import { DecisionCache } from './decision-cache.ts';
import type { Action, Authorize, Decision, DecisionFilter, SessionInfo } from './options.ts';

/** `authorize` with nothing left out. */
export interface AuthorizeSettings {
  readonly by: Authorize | Uri;
  /** Milliseconds. */
  readonly timeout: number;
  readonly cache: { readonly ttl: number; readonly size: number; readonly per: 'authid' | 'authrole' };
}

/** Calls a procedure of the realm for the router itself. */
export type InnerCall = (procedure: Uri, args: List) => Observable<Payload>;

/** Options of {@link Decider}. */
export interface DeciderOptions {
  readonly settings: AuthorizeSettings;
  readonly call: InnerCall;
  readonly scheduler: SchedulerLike;
}

/** What somebody wants to do, and with what. */
export interface Question {
  readonly action: Action;
  readonly uri: Uri;
  readonly match: MatchPolicy;
}

/** What a function or a procedure said, whatever that is. */
export type Answer = boolean | Decision;

// A key holds a URI, which a client may make as long as a message.
const LONGEST_KEY = 1000;

/**
 * Has a function or a procedure decide, and keeps the decisions that it says may be kept (`cache`). The same question is not asked twice at a time:
 * who comes second waits for the first answer, and asks for himself only where that may not be kept.
 */
export class Decider {
  /** The procedure that decides, where it is one. */
  readonly procedure: Uri | undefined;
  readonly #options: DeciderOptions;
  readonly #cache: DecisionCache;
  readonly #pending = new Map<string, Observable<Answer>>();

  constructor(options: DeciderOptions) {
    const { settings: { by, cache: { ttl, size } }, scheduler } = options;
    this.#options = options;
    this.procedure = typeof by === 'string' ? by : undefined;
    this.#cache = new DecisionCache({ ttl, size, now: () => scheduler.now() });
  }

  /** How many questions are open that others may wait for. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Asks, or knows. Throws what a function throws; the Observable errors with it, and where the answer takes too long. */
  ask(session: SessionInfo, question: Question, options: Dict): Answer | Observable<Answer> {
    // A key is made only where there is something to be found by it.
    const key = this.#cache.size + this.#pending.size > 0 ? this.#keyOf(session, question) : undefined;
    if (key !== undefined) {
      const known = this.#cache.find(key);
      if (known !== undefined) return known;
      const pending = this.#pending.get(key);
      if (pending !== undefined) return this.#askAfter(pending, session, question, options);
    }
    const answer = this.#decide(session, question, options);
    if (isLater(answer)) return this.#shared(answer, session, question);
    this.#keep(session, question, answer);
    return answer;
  }

  /** Forgets decisions, and tells how many. What is being asked meanwhile is not kept either. */
  invalidate(which: DecisionFilter): number {
    this.#pending.clear();
    return this.#cache.forget(which);
  }

  #decide(session: SessionInfo, { action, uri }: Question, options: Dict): MaybeLater<Answer> {
    const { settings: { by }, call } = this.#options;
    if (typeof by === 'function') return by(session, action, uri, options);
    const details = { realm: session.realm, ...sessionDetails(session) };
    // Whatever it is: who reads it takes nothing but a clear yes for one.
    return call(by, [details, uri, action, options]).pipe(map(({ args }) => args[0] as Answer));
  }

  #timed(answer: MaybeLater<Answer>): Observable<Answer> {
    const { settings: { timeout: first }, scheduler } = this.#options;
    return answerOf(() => answer).pipe(timeout({ first, scheduler }));
  }

  #shared(answer: MaybeLater<Answer>, session: SessionInfo, question: Question): Observable<Answer> {
    const key = this.#keyOf(session, question);
    if (key === undefined) return this.#timed(answer);
    const isCurrent = (): boolean => this.#pending.get(key) === shared;
    const shared: Observable<Answer> = defer(() => {
      this.#pending.set(key, shared);
      return this.#timed(answer);
    }).pipe(
      tap((given) => {
        if (isCurrent()) this.#keep(session, question, given);
      }),
      finalize(() => {
        if (isCurrent()) this.#pending.delete(key);
      }),
      share(),
    );
    return shared;
  }

  // What cannot be kept was meant for who asked it, and so was an error: his options may have been at fault.
  #askAfter(pending: Observable<Answer>, session: SessionInfo, question: Question, options: Dict): Observable<Answer> {
    const own = defer(() => this.#timed(this.#decide(session, question, options)));
    return concat(pending.pipe(filter(mayBeKept), catchError(() => EMPTY)), own).pipe(take(1));
  }

  #keep(session: SessionInfo, question: Question, answer: Answer): void {
    if (!mayBeKept(answer)) return;
    const key = this.#keyOf(session, question);
    if (key === undefined) return;
    const { allow, disclose, trustlevel } = answer;
    const authid = this.#options.settings.cache.per === 'authid' ? session.authid : undefined;
    this.#cache.keep(key, { authid, authrole: session.authrole, uri: question.uri, decision: { allow, disclose, trustlevel } });
  }

  #keyOf({ authid, authrole }: SessionInfo, { action, uri, match }: Question): string | undefined {
    const key = JSON.stringify([this.#options.settings.cache.per === 'authid' ? authid : null, authrole, action, match, uri]);
    return key.length <= LONGEST_KEY ? key : undefined;
  }
}

function mayBeKept(answer: Answer): answer is Decision {
  return typeof answer === 'object' && answer !== null && answer.cache === true;
}
