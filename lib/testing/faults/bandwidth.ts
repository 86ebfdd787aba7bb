import { asyncScheduler, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { assertRange } from '../../transports/assert-range.ts';
import type { Connection } from '../../transports/transport.ts';
import { faulty } from './faulty.ts';
import { QueueLane } from './queue-lane.ts';

/** Options of {@link bandwidth}. */
export interface BandwidthOptions {
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * So many bytes pass in a second, in either direction: frames leave one after the other, each once all its bytes are through. A text
 * counts as the bytes of its UTF-8.
 *
 * What has not left waits in `bufferedAmount`, and above 64 KiB of it `writable$` is `false`, as with a slow socket. What comes from the
 * peer waits too, but the peer does not see it in its own `bufferedAmount`. More than 32 MiB in one direction drop the connection.
 *
 * With `bandwidth(1000)`, where a has three bytes, b two and c one:
 *
 * ```
 * sent      -(abc)--|
 * arrives   ----a-bc|
 * ```
 *
 * The end of a connection waits behind its frames and has no bytes. Throws RangeError where the bytes are no number from 1.
 */
export function bandwidth(bytesPerSecond: number, { scheduler = asyncScheduler }: BandwidthOptions = {}): MonoTypeOperatorFunction<Connection> {
  assertRange({ bytesPerSecond }, 1);
  return bandwidthOf(() => bytesPerSecond, scheduler);
}

/** {@link bandwidth} that may change: `rate` is asked as each frame begins to leave, and `undefined` is any number. */
export function bandwidthOf(rate: () => number | undefined, scheduler: SchedulerLike): MonoTypeOperatorFunction<Connection> {
  return faulty(() => ({ lane: (outlet) => new QueueLane(outlet, { rate, isBuffer: true, scheduler }) }));
}
