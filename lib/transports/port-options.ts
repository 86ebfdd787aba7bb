import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { assertRange } from './assert-range.ts';
import type { PortDialSettings, PortSettings } from './port-line.ts';
import { DEFAULT_SUBPROTOCOLS, assertSubprotocols } from './subprotocols.ts';
import type { DialOptions } from './transport.ts';

/** Options of who takes connections over a port. */
export interface PortOptions extends DialOptions {
  /** Longest frame that is taken, in bytes; the other end does not send a longer one. @default 16777216 */
  readonly maxPayload?: number | undefined;
  /** Characters or bytes that the other end has not read above which `writable$` turns `false`. @default 65536 */
  readonly highWaterMark?: number | undefined;
  /** Where the timeouts run. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** Options of who asks for them. */
export interface MessagePortOptions extends PortOptions {
  /** Milliseconds until the other end must have opened the connection. `0` waits for ever. @default 10000 */
  readonly openTimeout?: number | undefined;
}

/** Reads the options of either end. Throws TypeError or RangeError. */
export function readPortOptions(options: PortOptions): PortSettings {
  const { subprotocols = DEFAULT_SUBPROTOCOLS, maxPayload = 16 * 1024 * 1024, highWaterMark = 65_536, scheduler = asyncScheduler } = options;
  assertSubprotocols(subprotocols);
  assertRange({ highWaterMark });
  assertRange({ maxPayload }, 1);
  return { subprotocols, maxPayload, highWaterMark, scheduler };
}

/** Reads the options of who asks for connections. Throws TypeError or RangeError. */
export function readPortDialOptions(options: MessagePortOptions): PortDialSettings {
  const { openTimeout = 10_000 } = options;
  assertRange({ openTimeout });
  return { ...readPortOptions(options), openTimeout };
}
