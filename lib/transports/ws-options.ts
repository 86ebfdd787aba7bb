// [node]
import type { Agent } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { assertRange } from './assert-range.ts';
import { headersOf, type HeadersOption } from './request-headers.ts';
import type { DialOptions } from './transport.ts';
import { perMessageDeflate, type CompressionOptions } from './ws-compression.ts';

/** Options of {@link ws}. */
export interface WsOptions extends DialOptions {
  /**
   * Headers of the HTTP request that opens the connection, `Origin` and `User-Agent` among them; or what tells them, called for each attempt: for a token that
   * is short-lived. The first value counts; where there is none the attempt fails.
   */
  readonly headers?: HeadersOption | undefined;
  /** Makes the sockets: for a proxy, `new HttpsProxyAgent('http://proxy:3128')` of https-proxy-agent. @default none */
  readonly agent?: Agent | undefined;
  /**
   * For `wss:`, as tls.connect() takes them: `ca` where the router's certificate is not of one of the known issuers, `cert` and `key` where the router asks for a
   * certificate, `servername` where the router goes by another name than the URL's. `rejectUnauthorized: false` talks to anybody.
   */
  readonly tls?: Omit<ConnectionOptions, 'host' | 'port' | 'path' | 'socket' | 'timeout'> | undefined;
  /** Other addresses that the router may send the connection to; never from `wss:` to `ws:`. @default 0 */
  readonly maxRedirects?: number | undefined;
  /** Whether messages are compressed where the router wants it too, and how. It makes most connections slower. @default false */
  readonly compression?: boolean | CompressionOptions | undefined;
  /** Longest message that is taken, in bytes, decompressed; a longer one ends the connection with code 1009. @default 16777216 */
  readonly maxPayload?: number | undefined;
  /** Frames that a message may come in; more end the connection with code 1008. @default 16384 */
  readonly maxFragments?: number | undefined;
  /** Bytes of the longest frame that is sent; a longer message goes as several. `0` sends every message as one. @default 0 */
  readonly autoFragmentSize?: number | undefined;
  /** Milliseconds until the connection must be open. `0` waits as long as the system does. @default 10000 */
  readonly openTimeout?: number | undefined;
  /** Milliseconds in which the router must answer our close, before the connection is cut. @default 30000 */
  readonly closeTimeout?: number | undefined;
  /**
   * Milliseconds of silence after which a ping is sent; after two without an answer the connection is lost. `0` sends none.
   *
   * @default 10000
   */
  readonly pingInterval?: number | undefined;
  /** Milliseconds in which a ping must be answered, in the place of two intervals. @default none */
  readonly pingTimeout?: number | undefined;
  /** `false` has the system wait for more before it sends a little (Nagle's algorithm). @default true */
  readonly tcpNoDelay?: boolean | undefined;
  /** Bytes of unsent data above which `writable$` turns `false`. @default 65536 */
  readonly highWaterMark?: number | undefined;
  /** Where the timeouts run. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** {@link WsOptions} that have been looked at. */
export interface WsSettings extends Omit<WsOptions, 'subprotocols'> {
  readonly maxPayload: number;
  readonly maxFragments: number;
  readonly maxRedirects: number;
  readonly openTimeout: number;
  readonly closeTimeout: number;
  readonly compression: boolean | CompressionOptions;
  readonly scheduler: SchedulerLike;
}

/** Reads the options, but for what is offered. Throws TypeError or RangeError where one cannot be right. */
export function readWsOptions(options: WsOptions): WsSettings {
  const { maxPayload = 16 * 1024 * 1024, maxFragments = 16_384, maxRedirects = 0, openTimeout = 10_000 } = options;
  const { closeTimeout = 30_000, pingInterval = 10_000, pingTimeout = 1, highWaterMark = 65_536, autoFragmentSize = 0, compression = false, scheduler = asyncScheduler } = options;
  assertRange({ openTimeout, pingInterval, highWaterMark, maxRedirects, autoFragmentSize });
  assertRange({ maxPayload, maxFragments, closeTimeout, pingTimeout }, 1);
  void perMessageDeflate(compression);
  if (typeof options.headers !== 'function') void headersOf(options.headers ?? {});
  return { ...options, maxPayload, maxFragments, maxRedirects, openTimeout, closeTimeout, compression, scheduler };
}
