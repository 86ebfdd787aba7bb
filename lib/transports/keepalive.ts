import { interval, timer, type SchedulerLike, type Subscription } from 'rxjs';

/** Pings without an answer after which a peer is taken for dead. */
const MAX_MISSES = 2;

/** Options of {@link Keepalive}. */
export interface KeepaliveOptions {
  /** Milliseconds between two looks. `0` never looks. */
  readonly pingInterval: number;
  /** Milliseconds in which a ping must be answered. @default two intervals, and what is left of the next */
  readonly pingTimeout?: number | undefined;
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
 * lost, which is noticed three to four intervals after its last sign; with `pingTimeout`, so long after the first of them. A frame costs two assignments.
 */
export class Keepalive {
  readonly #options: KeepaliveOptions;
  readonly #ticks: Subscription | undefined;
  #quiet = true;
  /** Pings since the last sign. */
  #misses = 0;
  /** Times that the peer has fallen silent. */
  #silences = 0;

  constructor(options: KeepaliveOptions) {
    this.#options = options;
    const { pingInterval, scheduler } = options;
    if (pingInterval > 0) this.#ticks = interval(pingInterval, scheduler).subscribe(() => this.#look());
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

  #look(): void {
    const { ping, pingTimeout } = this.#options;
    if (pingTimeout === undefined && this.#misses === MAX_MISSES) {
      this.#give();
    } else if (this.#quiet) {
      if (pingTimeout !== undefined && this.#misses === 0) this.#await(pingTimeout);
      this.#misses++;
      ping();
    }
    this.#quiet = true;
  }

  // A sign does not stop the timer, which would cost each frame: it finds out that there was one.
  #await(pingTimeout: number): void {
    const silence = ++this.#silences;
    this.#ticks?.add(timer(pingTimeout, this.#options.scheduler).subscribe(() => {
      if (silence === this.#silences && this.#misses > 0) this.#give();
    }));
  }

  #give(): void {
    this.stop();
    this.#options.lost();
  }
}
