import * as WampUri from '../protocol/wamp-uris.ts';
import type { Channel } from './channel.ts';

type Joining = Pick<Channel, 'state' | 'abort'>;

/**
 * The connections that have not joined yet. There are never more than so many: of one more the one goes that has kept the router waiting for
 * longest, for HELLO or for AUTHENTICATE. Who waits for the router is not sent away, so a crowd that comes back at once gets in.
 */
export class Handshakes {
  #most: number;
  readonly #open = new Set<Joining>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Has another bound from now on. Who is there may stay. */
  bound(most: number): void {
    this.#most = most;
  }

  /** Takes in a connection that is to join. Where there is no room for it, it is aborted, and the answer is `false`. */
  begin(channel: Joining): boolean {
    if (this.#open.size >= this.#most && !this.#makeRoom()) {
      channel.abort(WampUri.unavailable, `${this.#most} connections may join at a time`);
      return false;
    }
    this.#open.add(channel);
    return true;
  }

  /** A connection is closed. */
  end(channel: Joining): void {
    this.#open.delete(channel);
  }

  // Who has joined is found out here and not told, since it is looked at so seldom. What is aborted comes back through `end`.
  #makeRoom(): boolean {
    let idle: Joining | undefined;
    for (const channel of this.#open) {
      if (!isJoining(channel)) this.#open.delete(channel);
      else if (channel.state !== 'establishing') idle ??= channel;
    }
    if (this.#open.size < this.#most) return true;
    idle?.abort(WampUri.unavailable, `others join, and ${this.#most} connections may at a time`);
    return idle !== undefined;
  }
}

/** Whether a connection is open and has no session yet. */
export function isJoining({ state }: Pick<Channel, 'state'>): boolean {
  return state === 'closed' || state === 'establishing' || state === 'challenging';
}
