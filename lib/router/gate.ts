import type { SchedulerLike } from 'rxjs';
import type { Census } from '../census.ts';
import { FailedLogins } from './failed-logins.ts';
import { addressOf } from './peer-address.ts';
import type { LimitSettings } from './settings.ts';
import { TokenBuckets } from './token-buckets.ts';
import type { Dict } from '../types.ts';

/** Why somebody is not let in: what ABORT says. */
export interface Refusal {
  readonly message: string;
  /** Goes into `ABORT.Details`, beside the message. */
  readonly details?: Dict | undefined;
}

/** What a {@link Gate} needs. */
export interface GateOptions {
  readonly limits: Pick<LimitSettings, 'sessions' | 'sessionsPerPeer' | 'joinsPerSecond' | 'failedLogins'>;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
}

/** Milliseconds over which those who came too often are spread when they come back. */
const SPREAD = 1_000;

/**
 * Counts who comes into a realm, and says who is one too many. A peer is an address, however many connections come from it; links in the same
 * process have none, and only the number of sessions bounds them.
 */
export class Gate {
  readonly #random: () => number;
  readonly #now: () => number;
  #limits: GateOptions['limits'];
  #joins: TokenBuckets | undefined;
  #failures: FailedLogins | undefined;
  readonly #sessionsOf = new Map<string, number>();
  #sessions = 0;

  constructor({ limits, scheduler, random }: GateOptions) {
    this.#limits = limits;
    this.#random = random;
    this.#now = () => scheduler.now();
    this.#joins = this.#joinsWithin(limits);
    this.#failures = this.#failuresWithin(limits);
  }

  /**
   * Has other limits from now on, for those who come; whoever is in stays in, and counts. What is counted under a limit that stays as it was is not forgotten.
   *
   * @param transports of the sessions that are there
   */
  limit(limits: GateOptions['limits'], transports: Iterable<Dict>): void {
    const before = this.#limits;
    this.#limits = limits;
    if (limits.joinsPerSecond !== before.joinsPerSecond) this.#joins = this.#joinsWithin(limits);
    const [now, was] = [limits.failedLogins, before.failedLogins];
    if (now.perAuthid !== was.perAuthid || now.perPeer !== was.perPeer || now.period !== was.period) this.#failures = this.#failuresWithin(limits);
    this.#sessions = 0;
    this.#sessionsOf.clear();
    for (const transport of transports) this.entered(transport);
  }

  /** Somebody says HELLO: why he may not, if he says it too often. What he wants to be let in for is not looked at before. */
  knock(transport: Dict): Refusal | undefined {
    const address = this.#joins && addressOf(transport);
    const wait = address === undefined ? 0 : this.#joins?.take(address) ?? 0;
    if (wait === 0) return undefined;
    const { joinsPerSecond } = this.#limits;
    return {
      message: `one address may join ${joinsPerSecond} times a second`,
      details: { retry_after: (wait + SPREAD * this.#random()) / 1_000 },
    };
  }

  /**
   * Why somebody may not try to log in now, if too many of his logins have failed. It is asked before a login is looked at, and once more when it
   * is: of attempts side by side no more are answered than of attempts in turn.
   */
  isBlocked(transport: Dict, authid: string | undefined): Refusal | undefined {
    const address = this.#failures && addressOf(transport);
    const wait = address === undefined ? 0 : this.#failures?.wait(address, authid) ?? 0;
    if (wait === 0) return undefined;
    return { message: 'too many logins have failed', details: { retry_after: (wait + SPREAD * this.#random()) / 1_000 } };
  }

  /** A login fails. Tells whether it is the last one before a limit. */
  failed(transport: Dict, authid: string | undefined): boolean {
    const address = this.#failures && addressOf(transport);
    return address !== undefined && this.#failures?.failed(address, authid) === true;
  }

  /** A login succeeds. */
  passed(transport: Dict, authid: string | undefined): void {
    const address = this.#failures && addressOf(transport);
    if (address !== undefined) this.#failures?.passed(address, authid);
  }

  /** Why there is no room for one more, if there is none. */
  isFull(transport: Dict): Refusal | undefined {
    const { sessions, sessionsPerPeer } = this.#limits;
    if (this.#sessions >= sessions) return { message: `realm may have ${sessions} sessions` };
    const address = this.#peerOf(transport);
    if (address === undefined || (this.#sessionsOf.get(address) ?? 0) < sessionsPerPeer) return undefined;
    return { message: `one address may have ${sessionsPerPeer} sessions` };
  }

  /** A session begins. */
  entered(transport: Dict): void {
    this.#sessions += 1;
    const address = this.#peerOf(transport);
    if (address !== undefined) this.#sessionsOf.set(address, (this.#sessionsOf.get(address) ?? 0) + 1);
  }

  /** A session that has {@link entered} is over. */
  left(transport: Dict): void {
    this.#sessions -= 1;
    const address = this.#peerOf(transport);
    if (address === undefined) return;
    const rest = (this.#sessionsOf.get(address) ?? 0) - 1;
    if (rest > 0) this.#sessionsOf.set(address, rest);
    else this.#sessionsOf.delete(address);
  }

  /** @internal */
  census(): Census {
    return { 'counted sessions': this.#sessions, 'counted peers': this.#sessionsOf.size };
  }

  #joinsWithin({ joinsPerSecond }: GateOptions['limits']): TokenBuckets | undefined {
    return joinsPerSecond === Infinity ? undefined : new TokenBuckets(joinsPerSecond, this.#now);
  }

  #failuresWithin({ failedLogins }: GateOptions['limits']): FailedLogins | undefined {
    return Math.min(failedLogins.perAuthid, failedLogins.perPeer) === Infinity ? undefined : new FailedLogins(failedLogins, this.#now);
  }

  // Where peers are not counted nothing is kept of them.
  #peerOf(transport: Dict): string | undefined {
    return this.#limits.sessionsPerPeer === Infinity ? undefined : addressOf(transport);
  }
}
