import type { Observable, Subscription } from 'rxjs';
import { ApplicationError, DrainingError, NotJoinedError, QueueFullError, TimeoutError, TransportLostError, WampError } from '../../../lib/errors.ts';
import type { ErrorMessage, Result } from '../../../lib/protocol/messages.ts';
import type { CallProgress, CallResult, Publication } from '../../../lib/session/options.ts';
import type { Faults } from './faults.ts';
import type { WireLedger, Written } from './wire-ledger.ts';

/** What a request was made with. */
export interface RequestManner {
  readonly n: number;
  readonly type: 'call' | 'publish';
  readonly progress: boolean;
  readonly timeout: number | undefined;
  readonly cancelMode: 'skip' | 'kill' | 'killnowait' | 'none';
  readonly acknowledge: boolean;
  readonly onSession: boolean;
  /** Whoever is called may not answer. */
  readonly isEndless: boolean;
}

/** What stands around all requests of a run. */
export interface RequestSurroundings {
  readonly faults: Faults;
  readonly ledger: WireLedger;
  readonly now: () => number;
  /** Whether nobody leaves the client. */
  readonly isStaying: () => boolean;
  readonly isJoined: () => boolean;
  /** Whether requests fail that have no session. */
  readonly offline: () => boolean;
  readonly onEnd: () => void;
  /** The last request that was told of the loss of its session. */
  readonly lost: { session: number; request: number };
}

/** URIs that say that nothing was run (A.2). */
const WITHOUT_EFFECT = ['wamp.error.no_such_procedure', 'wamp.error.no_available_callee', 'wamp.error.unavailable', 'wamp.error.not_authorized', 'wamp.error.authorization_failed', 'wamp.error.invalid_argument'];

/** One call or publication, and what it may be told next. */
export class RequestWitness {
  readonly manner: RequestManner;
  readonly #around: RequestSurroundings;
  readonly #madeIn: number | undefined;
  #subscription: Subscription | undefined;
  #expected: string[] = [];
  #progressed = false;
  #end: 'complete' | WampError | undefined;
  #isLeft = false;

  constructor(manner: RequestManner, around: RequestSurroundings) {
    this.manner = manner;
    this.#around = around;
    this.#madeIn = around.ledger.isJoined ? around.ledger.sessions : undefined;
  }

  get isOpen(): boolean { return this.#end === undefined && !this.#isLeft; }

  get written(): Written | undefined {
    const { calls, publications } = this.#around.ledger;
    return (this.manner.type === 'call' ? calls : publications).get(this.manner.n);
  }

  /** Whether it was made before the session was there. */
  get waited(): boolean { return this.#madeIn !== this.#around.ledger.sessions; }

  /** Whether it waits for a session. */
  get isWaiting(): boolean { return this.isOpen && this.written === undefined && !this.manner.onSession; }

  watch(source: Observable<CallResult | CallProgress | Publication>): void {
    const isOffline = this.#around.offline() && !this.manner.onSession;
    this.#subscription = source.subscribe({
      next: (value) => this.#next(value),
      error: (error: WampError) => this.#error(error),
      complete: () => this.#told('complete', 'complete'),
    });
    if (this.#isLeft) this.#subscription.unsubscribe();
    else if (isOffline && this.isOpen) this.#fault('waits, and was to fail');
  }

  /** Stops waiting. A call that is open at the router is cancelled. */
  leave(): void {
    const { type, cancelMode } = this.manner;
    const { ledger } = this.#around;
    const wasOpen = this.isOpen && this.written?.isOpen === true && this.written.session === ledger.sessions && ledger.isJoined;
    this.#isLeft = true;
    this.#subscription?.unsubscribe();
    if (this.#subscription === undefined || !wasOpen || type !== 'call') return;
    if (this.written.isOpen && ledger.isJoined) this.written.isOpen = false;
    if (this.written.isCancelled !== (cancelMode !== 'none') && ledger.isJoined) this.#fault(`was left with the mode ${cancelMode}, and ${this.written.isCancelled ? 'a' : 'no'} CANCEL was sent`);
  }

  result({ details, args = [] }: Result): void {
    if (!this.isOpen) return;
    const isProgress = details['progress'] === true;
    if (isProgress && !this.manner.progress) return;
    if (isProgress || !(this.#progressed && args.length === 0)) this.#expected.push(isProgress ? `progress ${args.join()}` : `result ${args.join()}`);
    if (isProgress) this.#progressed = true;
    else this.#expected.push('complete');
  }

  /** It is about to be sent. */
  sending(): void {
    if (!this.isOpen && !this.#isLeftEarly) this.#fault('is sent after its end');
  }

  published(): void {
    if (this.isOpen) this.#expected.push('published', 'complete');
  }

  refused({ error }: ErrorMessage): void {
    if (!this.isOpen) return;
    const effect = this.manner.type === 'publish' || (WITHOUT_EFFECT.includes(error) && !this.#progressed) ? 'none' : 'unknown';
    this.#expected.push(`${error} ${effect}`);
  }

  settled(): void {
    if (this.isOpen && this.#expected.length > 0) this.#fault(`was not told ${this.#expected.join(', ')}`);
    this.#expected = [];
  }

  // From within its own subscribe(), which has nothing to unsubscribe from yet.
  get #isLeftEarly(): boolean { return this.#isLeft && this.#subscription === undefined; }

  #next(value: CallResult | CallProgress | Publication): void {
    if (!('progress' in value)) {
      if (this.manner.acknowledge) this.#told('published');
      else this.#expected.push('complete');
      return;
    }
    this.#told(`${value.progress ? 'progress' : 'result'} ${value.args.join()}`);
  }

  #told(what: string, end?: 'complete' | WampError): void {
    if (this.#isLeftEarly) return;
    if (!this.isOpen) return this.#fault(`${what} after its end`);
    if (this.written === undefined) this.#fault(`${what}, and was never sent`);
    const expected = this.#expected.shift();
    if (expected !== what) this.#fault(`${what} in the place of ${expected ?? 'nothing'}`);
    if (end !== undefined) this.#over(end);
  }

  #error(error: WampError): void {
    if (error instanceof ApplicationError) return this.#told(`${error.uri} ${error.effect}`, error);
    if (this.#isLeftEarly) return;
    if (!this.isOpen) return this.#fault(`${error.code} after its end`);
    const isSent = this.written !== undefined;
    if (error.effect !== (isSent ? 'unknown' : 'none')) this.#fault(`${error.code} with the effect ${error.effect}, and ${isSent ? 'was' : 'was never'} sent`);
    if (error instanceof TimeoutError) this.#late();
    else if (error instanceof TransportLostError) this.#lost(error);
    else if (error instanceof NotJoinedError) this.#refusedOffline();
    else if (!(error instanceof QueueFullError || error instanceof DrainingError)) this.#fault(`errors with ${error.code}: ${error.message}`);
    this.#over(error);
  }

  #late(): void {
    const { written, manner: { timeout, cancelMode } } = this;
    if (written === undefined || timeout === undefined) return this.#fault('timed out of no time');
    const waited = this.#around.now() - written.sign;
    if (waited !== timeout) this.#fault(`timed out after ${waited} ms of ${timeout}`);
    if (written.isCancelled !== (cancelMode !== 'none')) this.#fault(`timed out with the mode ${cancelMode}, and ${written.isCancelled ? 'a' : 'no'} CANCEL was sent`);
    written.isOpen = false;
  }

  #lost({ sent }: TransportLostError): void {
    const { lost } = this.#around;
    const { written } = this;
    if (written === undefined || !sent || !written.isOpen) return this.#fault('was lost with a session in which it was not open');
    if (this.#around.isJoined()) this.#fault('was lost before the state said so, or for no reason');
    if (lost.session === written.session && lost.request > written.request) this.#fault(`was told of the loss behind request ${lost.request}`);
    Object.assign(lost, { session: written.session, request: written.request });
    written.isOpen = false;
  }

  #refusedOffline(): void {
    const { offline, isStaying } = this.#around;
    if (!offline() && isStaying() && !this.manner.onSession) this.#fault('was not to fail for want of a session');
  }

  #over(end: 'complete' | WampError): void {
    this.#end = end;
    this.#around.onEnd();
  }

  #fault(what: string): void {
    this.#around.faults.addOfWire(`${this.manner.type} ${this.manner.n} ${what}`);
  }
}
