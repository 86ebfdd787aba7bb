import { Subscription, timer } from 'rxjs';
import type { Rounds, Watched } from './rounds.ts';

/** Pings without an answer after which a peer is taken for dead. */
const MAX_MISSES = 2;

/** How a connection of some kind is kept alive: the same for all of its kind. */
export interface KeepaliveCare<T> {
  /** Sends a ping. */
  readonly ping: (connection: T) => void;
  /** The peer is dead. Called once; nothing is looked at afterwards. */
  readonly lost: (connection: T) => void;
}

/** Options of {@link Keepalive}. */
export interface KeepaliveOptions {
  /** When it is looked at. */
  readonly rounds: Rounds;
  /** Milliseconds in which a ping must be answered. @default two rounds, and what is left of the next */
  readonly pingTimeout?: number | undefined;
}

/**
 * Finds out that a peer is gone although nobody closed the connection.
 *
 * Where a round passed without a frame a ping is sent. Whatever arrives proves life; two pings without anything mean that the peer is
 * lost, which is noticed three to four rounds after its last sign; with `pingTimeout`, so long after the first of them. A frame costs two assignments.
 */
export class Keepalive<T> implements Watched {
  readonly #connection: T;
  readonly #care: KeepaliveCare<T>;
  readonly #options: KeepaliveOptions;
  #quiet = true;
  /** Pings since the last sign. */
  #misses = 0;
  /** Times that the peer has fallen silent. */
  #silences = 0;
  /** The silences that are timed. */
  #timed: Subscription | undefined;

  constructor(connection: T, care: KeepaliveCare<T>, options: KeepaliveOptions) {
    this.#connection = connection;
    this.#care = care;
    this.#options = options;
    options.rounds.add(this);
  }

  /** A frame with a message arrived. */
  heard(): void {
    this.#quiet = false;
    this.#misses = 0;
  }

  /** A ping or pong arrived: the peer lives, and is as quiet as before. */
  answered(): void {
    this.#misses = 0;
  }

  stop(): void {
    this.#options.rounds.delete(this);
    this.#timed?.unsubscribe();
  }

  look(): void {
    const { pingTimeout } = this.#options;
    if (pingTimeout === undefined && this.#misses === MAX_MISSES) {
      this.#give();
    } else if (this.#quiet) {
      if (pingTimeout !== undefined && this.#misses === 0) this.#await(pingTimeout);
      this.#misses++;
      this.#care.ping(this.#connection);
    }
    this.#quiet = true;
  }

  // A sign does not stop the timer, which would cost each frame: it finds out that there was one.
  #await(pingTimeout: number): void {
    const silence = ++this.#silences;
    this.#timed ??= new Subscription();
    this.#timed.add(timer(pingTimeout, this.#options.rounds.scheduler).subscribe(() => {
      if (silence === this.#silences && this.#misses > 0) this.#give();
    }));
  }

  #give(): void {
    this.stop();
    this.#care.lost(this.#connection);
  }
}
