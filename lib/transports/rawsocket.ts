// [node]
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type SecureContextOptions } from 'node:tls';
import { NEVER, Observable, asyncScheduler, timer, type SchedulerLike } from 'rxjs';
import { MAX_LENGTH, RawSocketRefusal, explainRefusal, readReply, serializerNumber, writeOpening, type RawSocketOpening } from '../protocol/rawsocket.ts';
import { assertRange } from './assert-range.ts';
import { RawSocketConnection } from './rawsocket-connection.ts';
import { takeOpening } from './rawsocket-opening.ts';
import { parseRawUrl } from './rawsocket-url.ts';
import { Rounds } from './rounds.ts';
import { offering } from './subprotocols.ts';
import type { Connection, DialOptions, Transport } from './transport.ts';
import type { TransportUrl } from './url.ts';
import { failureOf } from './websocket-close.ts';

/** Options of {@link rawSocket}. */
export interface RawSocketOptions extends DialOptions {
  /** Certificates and keys for `rss:`, as tls.connect() takes them. */
  readonly tls?: (SecureContextOptions & { readonly rejectUnauthorized?: boolean | undefined; readonly servername?: string | undefined }) | undefined;
  /**
   * Longest message that is taken, in bytes: up to 16777216, which is what RawSocket knows. The router is told the next power of two from
   * 512; a message that is longer than that ends the connection. @default 16777216
   */
  readonly maxPayload?: number | undefined;
  /** Milliseconds until the connection must be open. `0` waits as long as the system does. @default 10000 */
  readonly openTimeout?: number | undefined;
  /**
   * Milliseconds of silence after which a ping is sent; after two without an answer the connection is lost. `0` sends none.
   *
   * @default 10000
   */
  readonly pingInterval?: number | undefined;
  /** Bytes of unsent data above which `writable$` turns `false`. @default 65536 */
  readonly highWaterMark?: number | undefined;
  /** Where the timeouts run. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * A transport over a RawSocket (14.3), for Node: WAMP with four bytes around each message, over TCP (`rs://localhost:8081`), TLS
 * (`rss://example.com`) or a Unix socket (`rs+unix:///run/wamp.sock`).
 *
 * Each subscription dials once for each serializer, best first, until the router takes one: RawSocket cannot offer several. Subprotocols
 * that RawSocket has no number for are left out. Unsubscribing gives the attempt up, or drops the connection; one that `complete()` is
 * closing goes on to close in order. Errors with ConnectFailedError where no connection comes about: refused, not in time, or the router
 * speaks none of the serializers. Throws TypeError or RangeError at once where the URL or an option is none.
 *
 * ```ts
 * const client = createClient({ transport: rawSocket('rs+unix:///run/wamp.sock'), realm: 'realm1' });
 * ```
 */
export function rawSocket(url: string, options: RawSocketOptions = {}): Transport {
  const { maxPayload = MAX_LENGTH, openTimeout = 10_000, pingInterval = 10_000, highWaterMark = 65_536 } = options;
  const { scheduler = asyncScheduler, tls } = options;
  const target = parseRawUrl(url);
  assertRange({ openTimeout, pingInterval, highWaterMark });
  assertRange({ maxPayload }, 1);
  if (maxPayload > MAX_LENGTH) throw new RangeError(`maxPayload must be a number from 1 to ${MAX_LENGTH}, got ${maxPayload}`);

  const dialWith = ([first, ...others]: Numbered): Observable<Connection> => new Observable((subscriber) => {
    let attempt: Attempt | undefined;
    let connection: RawSocketConnection | undefined;
    const fail = (reason: string, cause?: unknown): void => subscriber.error(failureOf(target.label, reason, cause));
    const late = openTimeout === 0 ? NEVER : timer(openTimeout, scheduler);
    const deadline = late.subscribe(() => fail(`it must open within ${openTimeout} ms`));
    const dialFor = (subprotocol: string, ...others: readonly string[]): void => {
      const [next, ...rest] = others;
      attempt = dial(target, tls, { maxLength: maxPayload, serializer: serializerNumber(subprotocol) ?? 0 }, {
        failed: fail,
        refused: (code) => (code === RawSocketRefusal.serializer && next !== undefined ? dialFor(next, ...rest) : fail(`the router refused it with ${explainRefusal(code)}`)),
        opened: (socket, { maxLength }, rest) => {
          deadline.unsubscribe();
          const onEnd = (): void => subscriber.complete();
          connection = new RawSocketConnection({ socket, rest, subprotocol, maxPayload, maxLength, label: target.label, highWaterMark, keepalive: { rounds: new Rounds(pingInterval, scheduler) }, scheduler, isClient: true, onEnd });
          subscriber.next(connection);
        },
      });
    };
    dialFor(first, ...others);

    return () => {
      deadline.unsubscribe();
      if (connection === undefined) attempt?.abandon();
      else connection.release();
    };
  });
  return offering(options.subprotocols, (subprotocols) => dialWith(numbered(subprotocols)));
}

/** Subprotocols that RawSocket has a number for. */
type Numbered = readonly [string, ...string[]];

function numbered(subprotocols: readonly string[]): Numbered {
  const [first, ...others] = subprotocols.filter((name) => serializerNumber(name) !== undefined);
  if (first === undefined) throw new TypeError(`subprotocols must have one that RawSocket has a number for, got ${subprotocols.join(', ')}`);
  return [first, ...others];
}

/** A socket that is not open yet. */
interface Attempt {
  abandon(): void;
}

/** What becomes of an {@link Attempt}: one of them is called, once. */
interface Outcome {
  readonly failed: (reason: string, cause?: unknown) => void;
  readonly refused: (code: number) => void;
  readonly opened: (socket: Socket, opening: RawSocketOpening, rest: Uint8Array) => void;
}

function dial(target: TransportUrl, tls: RawSocketOptions['tls'], opening: RawSocketOpening, { failed, refused, opened }: Outcome): Attempt {
  const socket = connect(target, tls);
  const giveUp = (reason: string, cause?: unknown): void => {
    abandon();
    failed(reason, cause);
  };
  const onError = (error: Error): void => giveUp('', error);
  const onEnd = (): void => giveUp('the router closed it without an answer');
  const abandon = (): void => {
    release();
    socket.on('error', () => {}); // Node would throw where nobody listens
    socket.destroy();
  };
  const release = (): void => void socket.off('error', onError).off('end', onEnd);

  socket.setNoDelay(true);
  socket.on('error', onError).on('end', onEnd);
  socket.once(target.secure ? 'secureConnect' : 'connect', () => socket.write(writeOpening(opening)));
  takeOpening(socket, (bytes, rest) => {
    let answer: RawSocketOpening | number;
    try {
      answer = readReply(bytes, opening.serializer);
    } catch (error) {
      return giveUp('', error);
    }
    if (typeof answer === 'number') {
      abandon();
      return refused(answer);
    }
    release();
    opened(socket, answer, rest);
  });
  return { abandon };
}

function connect({ scheme, hostname, port, path, secure }: TransportUrl, tls: RawSocketOptions['tls']): Socket {
  if (scheme === 'rs+unix') return connectTcp({ path, allowHalfOpen: true });
  if (!secure) return connectTcp({ host: hostname, port, allowHalfOpen: true });
  const options: ConnectionOptions = { host: hostname, port, ...(tls as ConnectionOptions) };
  // Unknown to its types, and known to its manual.
  return connectTls(Object.assign(options, { allowHalfOpen: true }));
}
