// [node]
import type { ClientOptions } from 'ws';
import { show } from '../protocol/show.ts';
import { assertRange } from './assert-range.ts';

/**
 * How messages are compressed (permessage-deflate, RFC 7692). Both ends must want it; what goes each way is settled in the handshake.
 *
 * It costs time: at 1 KB a connection carries a twentieth of the messages. And memory: a context that is kept (no `...NoContextTakeover`) is some 300 KB for each
 * connection, at each end. What a page sends beside a secret in one message tells of the secret by its length, as it does with HTTP.
 */
export interface CompressionOptions {
  /** Bytes (of a text, characters) from which on a message is compressed. @default 1024 */
  readonly threshold?: number | undefined;
  /** Window of what the router compresses, 9 to 15: it looks back over 2 to the power of it bytes. @default 15 */
  readonly serverMaxWindowBits?: number | undefined;
  /** Window of what the client compresses, 9 to 15. @default 15 */
  readonly clientMaxWindowBits?: number | undefined;
  /** Has the router forget what it has compressed after each message. @default false */
  readonly serverNoContextTakeover?: boolean | undefined;
  /** Has the client do so. @default false */
  readonly clientNoContextTakeover?: boolean | undefined;
  /** From 0 (no effort) to 9 (the smallest result). @default 6 */
  readonly level?: number | undefined;
  /** Memory of the compression, 1 to 9. @default 8 */
  readonly memLevel?: number | undefined;
  /** Messages that are compressed or decompressed at a time in the whole process; the first connection that compresses decides. @default 10 */
  readonly concurrency?: number | undefined;
}

/** Bytes from which on a message is compressed, where nothing is said. */
export const DEFAULT_THRESHOLD = 1024;

const NAMES: ReadonlySet<string> = new Set([
  'threshold', 'serverMaxWindowBits', 'clientMaxWindowBits', 'serverNoContextTakeover', 'clientNoContextTakeover', 'level', 'memLevel', 'concurrency',
]);

/** Messages from which on are compressed, of options. */
export function thresholdOf(compression: boolean | CompressionOptions): number {
  return typeof compression === 'object' ? compression.threshold ?? DEFAULT_THRESHOLD : DEFAULT_THRESHOLD;
}

/** The options as `ws` takes them. Throws TypeError or RangeError where one cannot be right. */
export function perMessageDeflate(compression: boolean | CompressionOptions): NonNullable<ClientOptions['perMessageDeflate']> {
  if (compression === false) return false;
  const { threshold = DEFAULT_THRESHOLD, level = 6, memLevel = 8, concurrency = 10, ...negotiated } = compression === true ? {} : checked(compression);
  const { serverMaxWindowBits, clientMaxWindowBits, serverNoContextTakeover, clientNoContextTakeover } = negotiated;
  assertRange({ threshold });
  assertInteger({ level }, 0, 9);
  assertInteger({ memLevel }, 1, 9);
  assertInteger({ concurrency }, 1, 1024);
  if (serverMaxWindowBits !== undefined) assertInteger({ serverMaxWindowBits }, 9, 15);
  if (clientMaxWindowBits !== undefined) assertInteger({ clientMaxWindowBits }, 9, 15);
  for (const [name, value] of Object.entries({ serverNoContextTakeover, clientNoContextTakeover })) {
    if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`compression.${name} must be true or false, got ${show(value)}`);
  }
  return {
    serverMaxWindowBits, clientMaxWindowBits,
    // `false` would refuse a peer that wants to.
    serverNoContextTakeover: serverNoContextTakeover === true || undefined, clientNoContextTakeover: clientNoContextTakeover === true || undefined,
    threshold, concurrencyLimit: concurrency, zlibDeflateOptions: { level, memLevel },
  };
}

function checked(compression: CompressionOptions): CompressionOptions {
  if (typeof compression !== 'object' || compression === null) throw new TypeError(`compression must be true, false or an object, got ${show(compression)}`);
  const unknown = Object.keys(compression).find((name) => !NAMES.has(name));
  if (unknown !== undefined) throw new TypeError(`compression must have no keys but ${[...NAMES].join(', ')}, got ${show(unknown)}`);
  return compression;
}

function assertInteger(option: { readonly [name: string]: number }, least: number, most: number): void {
  for (const [name, value] of Object.entries(option)) {
    if (!(Number.isInteger(value) && value >= least && value <= most)) {
      throw new RangeError(`compression.${name} must be a whole number from ${least} to ${most}, got ${show(value)}`);
    }
  }
}
