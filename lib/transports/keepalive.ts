import { interval, type SchedulerLike, type Subscription } from 'rxjs';

/** Pings without an answer after which a peer is taken for dead. */
const MAX_MISSES = 2;

/** Options of {@link Keepalive}. */
export interface KeepaliveOptions {
  /** Milliseconds between two looks. `0` never looks. */
  readonly pingInterval: number;
  readonly scheduler: SchedulerLike;
  /** Sends a ping. */
  readonly ping: () => void;
  /** The peer is dead. Called once; nothing is looked at afterwards. */
  readonly lost: () => void;
}

/**
 * Finds out that a peer is gone although nobody closed the connection.
 *
 * Where an interval passed without a frame a ping is sent. Whatever arrives proves life; two pings without anything mean that the peer is
 * lost, which is noticed three to four intervals after its last sign. There is one timer, and a frame costs two assignments.
 */
export class Keepalive {
  readonly #ticks: Subscription | undefined;
  #quiet = true;
  #misses = 0;

  constructor({ pingInterval, scheduler, ping, lost }: KeepaliveOptions) {
    if (pingInterval === 0) return;
    this.#ticks = interval(pingInterval, scheduler).subscribe(() => {
      if (this.#misses === MAX_MISSES) {
        this.stop();
        lost();
      } else if (this.#quiet) {
        this.#misses++;
        ping();
      }
      this.#quiet = true;
    });
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
    this.#ticks?.unsubscribe();
  }
}
