import { AbortError, AuthenticationError, ConnectFailedError, GoodbyeError, ProtocolError, SerializationError, WampError } from '../errors.ts';
import { backoffDelay, type BackoffOptions } from '../operators/retry-backoff.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Uri } from '../types.ts';

/** How a client comes back. All times are milliseconds. */
export interface RetryOptions extends BackoffOptions {
  /** Failures in a row after which it gives up. @default Infinity */
  readonly maxAttempts?: number | undefined;
  /** Overrides every other rule: `false` gives up, `true` waits as computed, a number waits so long. */
  readonly shouldReconnect?: ((cause: unknown, attempt: number) => boolean | number | undefined) | undefined;
}

/**
 * What is done about the reason of a GOODBYE or ABORT; any other reason, and every loss of the connection, is retried.
 *
 * - `slowly`: retried after the longest wait, since it lasts: routers restart with realms missing, operators expect that a kick lasts
 * - `twice`: retried once, with credentials that were asked for anew; the second in a row is the end
 * - `thrice`: retried twice; the third in a row is the end
 */
const RULES: { readonly [reason: Uri]: 'slowly' | 'twice' | 'thrice' } = {
  [WampUri.noSuchRealm]: 'slowly',
  [WampUri.noSuchRole]: 'slowly',
  [WampUri.killed]: 'slowly',
  [WampUri.authenticationFailed]: 'twice',
  [WampUri.authenticationDenied]: 'twice',
  [WampUri.notAuthorized]: 'twice',
  [WampUri.noAuthMethod]: 'twice',
  [WampUri.protocolViolation]: 'thrice',
};

/** Decides what comes after each failure of a client; remembers how often the same thing went wrong in a row. */
export class Reconnection {
  readonly #options: RetryOptions;
  readonly #random: () => number;
  #rule: string | undefined;
  #times = 0;
  #hadSession = false;

  constructor(options: RetryOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  /** A session was joined: the credentials are good. */
  joined(): void {
    this.#hadSession = true;
    if (this.#rule === 'twice') this.#rule = undefined;
  }

  /** Milliseconds to wait, or `false` to give up. */
  decide(cause: unknown, attempt: number): number | false {
    const verdict = this.#options.shouldReconnect?.(cause, attempt);
    if (verdict === false || typeof verdict === 'number') return verdict;
    // What is no WampError is a mistake of the program, and would be made again.
    if (verdict === undefined && !(cause instanceof WampError)) return false;
    if (verdict === undefined && cause instanceof AuthenticationError && cause.terminal) return false;
    // The count was started afresh: what went wrong before is forgotten.
    if (attempt === 1) this.#rule = undefined;
    const rule = ruleOf(cause);
    this.#times = rule !== undefined && rule === this.#rule ? this.#times + 1 : 1;
    this.#rule = rule;
    if (verdict === undefined && ((rule === 'twice' && this.#times > 1) || (rule === 'thrice' && this.#times > 2))) return false;
    return this.#delay(cause, attempt, rule);
  }

  #delay(cause: unknown, attempt: number, rule: string | undefined): number {
    const { initialDelay = 500, maxDelay = 30_000, jitter } = this.#options;
    const hint = retryAfter(cause);
    if (hint !== undefined) return hint;
    if (rule === 'slowly') return maxDelay;
    // A router that restarts is not to be met by all its clients at once.
    if (attempt === 1 && this.#hadSession && jitter !== 'none') return this.#random() * Math.min(maxDelay, 2 * initialDelay);
    return backoffDelay(this.#options, attempt, this.#random);
  }
}

/** Whether a router has refused the credentials of an attempt. */
export function isRejection(cause: unknown): boolean {
  return ruleOf(cause) === 'twice';
}

function ruleOf(cause: unknown): 'slowly' | 'twice' | 'thrice' | undefined {
  if (cause instanceof AbortError || cause instanceof GoodbyeError) return Object.hasOwn(RULES, cause.reason) ? RULES[cause.reason] : undefined;
  if (cause instanceof AuthenticationError) return undefined;
  return cause instanceof ProtocolError || cause instanceof SerializationError ? 'thrice' : undefined;
}

/** A router that knows when it will be back may say so, in seconds, and so may a proxy in front of it; at most a day is believed. */
function retryAfter(cause: unknown): number | undefined {
  const seconds = cause instanceof AbortError || cause instanceof GoodbyeError ? cause.details['retry_after']
    : cause instanceof ConnectFailedError ? (cause.cause as { readonly retryAfter?: unknown } | undefined)?.retryAfter : undefined;
  return typeof seconds === 'number' && seconds >= 0 && seconds <= 86_400 ? seconds * 1000 : undefined;
}
