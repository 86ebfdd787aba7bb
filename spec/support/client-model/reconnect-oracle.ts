import type { ClientState } from '../../../lib/client/state.ts';
import { AbortError, GoodbyeError, ProtocolError, SerializationError, WampError } from '../../../lib/errors.ts';
import type { Faults } from './faults.ts';
import type { WireLedger } from './wire-ledger.ts';

/** What the client of a run was told about its retries. */
export interface RetryPlan {
  readonly initialDelay: number;
  readonly maxDelay: number;
  readonly maxAttempts: number | undefined;
  readonly stableAfter: number;
}

const SLOWLY = ['wamp.error.no_such_realm', 'wamp.error.no_such_role', 'wamp.close.killed'];
const TWICE = ['wamp.error.authentication_failed', 'wamp.error.authentication_denied', 'wamp.error.not_authorized', 'wamp.error.no_auth_method'];

/** The states that may follow one another. */
const AFTER: { readonly [K in ClientState['kind']]: readonly ClientState['kind'][] } = {
  idle: ['connecting', 'closed'],
  connecting: ['authenticating', 'waiting', 'idle', 'closed'],
  authenticating: ['authenticating', 'joined', 'waiting', 'idle', 'closed'],
  joined: ['waiting', 'idle', 'draining', 'closed'],
  waiting: ['connecting', 'idle', 'closed'],
  draining: ['closed'],
  closed: [],
};

/** Holds what a client does about each loss to the table of reasons, which is written down here once more. */
export class ReconnectOracle {
  readonly #plan: RetryPlan;
  readonly #faults: Faults;
  readonly #ledger: () => Pick<WireLedger, 'cause'>;
  #kind: ClientState['kind'] = 'idle';
  #failures = 0;
  #joinedAt: number | undefined;
  #due: number | undefined;
  #refusals = 0;
  #violations = 0;
  /** The user has asked for what happens. */
  isClosing = false;
  isHurried = false;

  constructor(plan: RetryPlan, faults: Faults, ledger: () => Pick<WireLedger, 'cause'>) {
    this.#plan = plan;
    this.#faults = faults;
    this.#ledger = ledger;
  }

  state(state: ClientState, now: number): void {
    if (!AFTER[this.#kind].includes(state.kind) && !(this.#kind === 'idle' && state.kind === 'idle')) this.#faults.add(`${state.kind} after ${this.#kind}`);
    this.#kind = state.kind;
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the others decide nothing
    switch (state.kind) {
      case 'connecting': return this.#dials(now);
      case 'joined': {
        this.#joinedAt = now;
        this.#refusals = 0;
        return;
      }
      case 'idle': {
        this.#failures = 0;
        this.#joinedAt = undefined;
        this.#due = undefined;
        this.#ledger().cause.kind = undefined;
        return;
      }
      case 'waiting': return this.#waits(state, now);
      case 'closed': return this.#gaveUp(state.cause, now);
    }
  }

  #dials(now: number): void {
    const due = this.#due;
    this.#due = undefined;
    if (due !== undefined && now !== due && !(this.isHurried && now < due)) this.#faults.add(`dialled at ${now}, and was to wait until ${due}`);
    this.isHurried = false;
  }

  #waits({ attempt, delay, retryAt, cause }: ClientState & { kind: 'waiting' }, now: number): void {
    this.#heard(cause);
    if (cause instanceof ProtocolError && !this.#faults.isProvoked) this.#faults.addOfWire(`session ended with ${String(cause)}`);
    const isStable = this.#count(now);
    if (attempt !== this.#failures && !(isStable === 'just' && attempt === 1)) this.#faults.add(`attempt ${attempt} after ${this.#failures - 1} failures`);
    this.#failures = attempt;
    const verdict = this.#verdict(cause, attempt);
    if (verdict !== delay) this.#faults.add(`waits ${delay} ms and not ${verdict} after ${String(cause)}`);
    if (retryAt !== now + delay) this.#faults.add(`retryAt ${retryAt} with ${delay} ms from ${now}`);
    this.#due = retryAt;
    this.isHurried = false;
  }

  #gaveUp(cause: unknown, now: number): void {
    if (this.isClosing) return;
    this.#count(now);
    const { maxAttempts = Infinity } = this.#plan;
    if (this.#failures <= maxAttempts && this.#verdict(cause, this.#failures) !== false) this.#faults.add(`gave up over ${String(cause)}`);
  }

  /** One failure more. Says whether a session lasted long enough for the count to start afresh, in doubt `just`. */
  #count(now: number): boolean | 'just' {
    const lasted = this.#joinedAt === undefined ? -1 : now - this.#joinedAt;
    this.#joinedAt = undefined;
    if (lasted > this.#plan.stableAfter) this.#failures = 0;
    this.#failures += 1;
    return lasted === this.#plan.stableAfter ? 'just' : lasted > this.#plan.stableAfter;
  }

  // What the router said is the cause.
  #heard(cause: unknown): void {
    const ledger = this.#ledger();
    const { kind, reason } = ledger.cause;
    ledger.cause.kind = undefined;
    if (kind === 'goodbye' && !(cause instanceof GoodbyeError && cause.reason === reason)) this.#faults.add(`GOODBYE ${reason} was told as ${String(cause)}`);
    if (kind === 'abort' && !(cause instanceof AbortError && cause.reason === reason)) this.#faults.add(`ABORT ${reason} was told as ${String(cause)}`);
  }

  #verdict(cause: unknown, attempt: number): number | false {
    if (!(cause instanceof WampError)) return false;
    if (attempt === 1) [this.#refusals, this.#violations] = [0, 0];
    const reason = cause instanceof AbortError || cause instanceof GoodbyeError ? cause.reason : undefined;
    const isRefusal = reason !== undefined && TWICE.includes(reason);
    const isViolation = reason === 'wamp.error.protocol_violation' || cause instanceof ProtocolError || cause instanceof SerializationError;
    this.#refusals = isRefusal ? this.#refusals + 1 : 0;
    this.#violations = isViolation ? this.#violations + 1 : 0;
    if (this.#refusals > 1 || this.#violations > 2) return false;
    const { initialDelay, maxDelay } = this.#plan;
    const hint = cause instanceof AbortError || cause instanceof GoodbyeError ? cause.details['retry_after'] : undefined;
    if (typeof hint === 'number') return hint * 1000;
    return reason !== undefined && SLOWLY.includes(reason) ? maxDelay : Math.min(maxDelay, initialDelay * 2 ** (attempt - 1));
  }
}
