import { asyncScheduler, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { assertRange } from '../../transports/assert-range.ts';
import type { Connection } from '../../transports/transport.ts';
import { faulty } from './faulty.ts';
import { QueueLane } from './queue-lane.ts';

/** Options of {@link latency}. */
export interface LatencyOptions {
  /** Milliseconds that a frame may be under way in addition, drawn anew for each. @default 0 */
  readonly jitter?: number | undefined;
  /** Source of chance from 0 up to 1; a test passes its own. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Each frame is under way for `ms` milliseconds, in either direction; so is the end of a connection. Dials take no time.
 *
 * With jitter, each takes up to so much longer, in whole milliseconds. A frame never overtakes another one of its direction, and none is
 * doubled, for this is a stream and not datagrams: one that had luck waits for those before it. Only what comes over two links can come
 * in another order than it was sent.
 *
 * With `latency(3)`, and with `latency(3, { jitter: 4 })` where chance says 4, 0 and 4:
 *
 * ```
 * sent      -a-b-|
 * latency   ----a-b-|
 * jitter    --------(ab)|
 * ```
 *
 * What is dropped is dropped at once at this end, and at the other one a latency later; what is under way is lost. More than 32 MiB under
 * way in one direction drop the connection. Throws RangeError where `ms` or `jitter` is no number from 0.
 *
 * ```ts
 * createClient({ transport: ws('ws://127.0.0.1:8080/ws').pipe(latency(80, { jitter: 40 })), realm: 'realm1' });
 * ```
 */
export function latency(
  ms: number, { jitter = 0, random = Math.random, scheduler = asyncScheduler }: LatencyOptions = {},
): MonoTypeOperatorFunction<Connection> {
  assertRange({ ms, jitter });
  return latencyOf(() => delayOf(ms, jitter, random), scheduler);
}

/** {@link latency} that may change: `delay` is asked for each frame, as it is sent. */
export function latencyOf(delay: () => number, scheduler: SchedulerLike): MonoTypeOperatorFunction<Connection> {
  return faulty(() => ({ lane: (outlet) => new QueueLane(outlet, { delay, isBuffer: false, scheduler }) }));
}

/** Draws how long one frame is under way. */
export function delayOf(ms: number, jitter: number, random: () => number): number {
  return jitter === 0 ? ms : ms + jitter * random();
}
