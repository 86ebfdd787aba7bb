// [node]
import { lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket, createServer as createTlsServer, type SecureContextOptions, type TlsOptions } from 'node:tls';
import { asyncScheduler, timer } from 'rxjs';
import { ProtocolError } from '../../errors.ts';
import {
  MAX_LENGTH, RawSocketRefusal, announcedLength, readRequest, serializerNumber, writeOpening, writeRefusal, type RawSocketOpening,
} from '../../protocol/rawsocket.ts';
import { assertRange } from '../../transports/assert-range.ts';
import type { KeepaliveOptions } from '../../transports/keepalive.ts';
import { RawSocketConnection } from '../../transports/rawsocket-connection.ts';
import { takeOpening } from '../../transports/rawsocket-opening.ts';
import { parseRawUrl } from '../../transports/rawsocket-url.ts';
import { Rounds } from '../../transports/rounds.ts';
import { assertSubprotocols } from '../../transports/subprotocols.ts';
import { bracketed, type TransportUrl } from '../../transports/url.ts';
import type { Dict } from '../../types.ts';
import { CLOSE_GRACE_MS, bind, setSecureContext, type BoundListener, type ListenerOptions } from './listener.ts';
import { peerOf, tlsDetails } from './request-details.ts';
import { WaitingSockets } from './waiting-sockets.ts';

/** Options of {@link listenRawSocket}: serializers that RawSocket has no number for are left out, and clients are told the next power of two of `maxPayload`, 16777216 at most. */
export interface RawSocketListenOptions extends ListenerOptions {
  /** For `rss:`, which must have it: the certificate and its key, and whatever else tls.createServer() takes. */
  readonly tls?: TlsOptions | undefined;
}

type Settings = { readonly [K in Exclude<keyof RawSocketListenOptions, 'tls'>]-?: NonNullable<RawSocketListenOptions[K]> };

/**
 * Listens for RawSockets at `rs://host:port`, `rss://host:port` or `rs+unix:///file`; port 0 takes a free one. The file of a Unix socket that
 * nobody listens at any more is replaced, and removed when the listener is closed.
 *
 * A client that asks for a serializer we do not speak is answered with error 1, one that uses reserved bits with 3; who speaks something else is
 * cut without a word. Rejects with TypeError or RangeError where the URL or an option is none, and with an Error where the address cannot be had.
 */
export async function listenRawSocket(url: string, options: RawSocketListenOptions): Promise<BoundListener> {
  const target = parseRawUrl(url);
  const { accept, subprotocols, tls, maxPayload = MAX_LENGTH, handshakeTimeout = 10_000, maxHandshakes = 1000, maxConnections = 2 ** 31 - 1 } = options;
  const { pingInterval = 10_000, highWaterMark = 65_536, scheduler = asyncScheduler } = options;
  assertSubprotocols(subprotocols);
  assertRange({ maxPayload, handshakeTimeout, maxHandshakes }, 1);
  assertRange({ pingInterval, highWaterMark, maxConnections });
  if (target.secure !== (tls !== undefined)) throw new RangeError(target.secure ? 'tls must be there to listen on rss, got none' : `tls must not be there to listen on ${target.scheme}, got one`);

  const server = tls === undefined ? createServer({ allowHalfOpen: true }) : createTlsServer({ ...tls, allowHalfOpen: true, handshakeTimeout });
  await bindTo(server, target);
  return new RawSocketListener(target, server, {
    accept, subprotocols, maxPayload: announcedLength(maxPayload), handshakeTimeout, maxHandshakes, maxConnections, pingInterval, highWaterMark, scheduler,
  });
}

class RawSocketListener implements BoundListener {
  readonly url: string;
  readonly #server: Server;
  readonly #options: Settings;
  readonly #names: ReadonlyMap<number, string>;
  readonly #open = new Set<Socket>();
  readonly #waiting: WaitingSockets;
  readonly #keepalive: KeepaliveOptions;
  readonly #path: string;
  #stopped: Promise<unknown> | undefined;
  #closed: Promise<void> | undefined;

  constructor({ scheme, hostname, path, href, secure }: TransportUrl, server: Server, options: Settings) {
    const address = server.address() as AddressInfo | string;
    this.url = typeof address === 'string' ? href : `${scheme}://${bracketed(hostname)}:${address.port}`;
    this.#path = scheme === 'rs+unix' ? path : '';
    this.#server = server;
    this.#options = options;
    this.#waiting = new WaitingSockets(options.maxHandshakes);
    this.#keepalive = { rounds: new Rounds(options.pingInterval, options.scheduler) };
    this.#names = new Map(options.subprotocols.flatMap((name) => {
      const number = serializerNumber(name);
      return number === undefined ? [] : [[number, name] as const];
    }));
    if (secure) {
      server.on('connection', (socket: Socket) => this.#waiting.begin(socket));
      server.on('secureConnection', (socket: TLSSocket) => this.#await(socket, this.#waiting.begin(socket)));
    } else {
      server.on('connection', (socket: Socket) => this.#await(socket, this.#waiting.begin(socket)));
    }
  }

  setSecureContext(options: SecureContextOptions): void {
    setSecureContext(this.#server, options);
  }

  stop(): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = new Promise((resolve) => this.#server.close(resolve));
    this.#waiting.cut();
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    const grace = timer(CLOSE_GRACE_MS, this.#options.scheduler).subscribe(() => {
      for (const socket of this.#open) socket.destroy();
    });
    this.stop();
    await this.#stopped; // which is when the last socket is gone
    grace.unsubscribe();
  }

  #await(socket: Socket, key: string): void {
    const deadline = timer(this.#options.handshakeTimeout, this.#options.scheduler).subscribe(() => socket.destroy());
    const leave = (): void => void socket.destroy();
    socket.setNoDelay(true);
    socket.on('error', () => {}); // a close follows
    socket.once('close', () => deadline.unsubscribe());
    socket.once('end', leave);
    takeOpening(socket, (bytes, rest) => {
      const request = this.#read(bytes);
      if (request === undefined) return leave();
      if (typeof request === 'number') return refuse(socket, request);
      deadline.unsubscribe();
      socket.off('end', leave);
      this.#waiting.end(key);
      this.#accept(socket, request, rest);
    });
  }

  /** What a client asks for, the error that it gets, or nothing where it shall hear nothing. */
  #read(bytes: Uint8Array): RawSocketOpening | RawSocketRefusal | undefined {
    let request: RawSocketOpening | RawSocketRefusal;
    try {
      request = readRequest(bytes);
    } catch (error) {
      if (error instanceof ProtocolError) return undefined;
      throw error;
    }
    if (typeof request === 'number') return request;
    if (!this.#names.has(request.serializer)) return RawSocketRefusal.serializer;
    return this.#open.size < this.#options.maxConnections ? request : RawSocketRefusal.connections;
  }

  #accept(socket: Socket, { maxLength, serializer }: RawSocketOpening, rest: Uint8Array): void {
    const { accept, maxPayload, highWaterMark, scheduler } = this.#options;
    const subprotocol = this.#names.get(serializer) as string;
    const details = socketDetails(socket, subprotocol, this.#path);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    socket.write(writeOpening({ maxLength: maxPayload, serializer }));
    accept(new RawSocketConnection({ socket, rest, subprotocol, maxPayload, maxLength, label: details['peer'] as string, highWaterMark, keepalive: this.#keepalive, scheduler, isClient: false }), details);
  }
}

/** Answers with an error, and waits for the client to go: what it has sent besides would otherwise take the answer away with it. */
function refuse(socket: Socket, code: RawSocketRefusal): void {
  socket.end(writeRefusal(code));
  socket.resume();
}

function socketDetails(socket: Socket, protocol: string, path: string): Dict {
  const peer = path === '' ? peerOf(socket) : `unix:${path}`;
  return { type: 'rawsocket', protocol, peer, ...(socket instanceof TLSSocket && { tls: tlsDetails(socket) }) };
}

async function bindTo(server: Server, { scheme, hostname, port, path, label }: TransportUrl): Promise<void> {
  if (scheme !== 'rs+unix') return bind(server, { host: hostname, port }, label);
  try {
    await bind(server, { path }, label);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !(await isStale(path))) throw error;
    unlinkSync(path);
    await bind(server, { path }, label);
  }
}

/** Whether a file is the socket of a program that has gone without removing it. */
async function isStale(path: string): Promise<boolean> {
  if (!lstatSync(path).isSocket()) return false;
  return new Promise((resolve) => {
    const probe = connect({ path });
    const tell = (stale: boolean): void => {
      probe.destroy();
      resolve(stale);
    };
    probe.once('connect', () => tell(false)).once('error', ({ code }: NodeJS.ErrnoException) => tell(code === 'ECONNREFUSED'));
  });
}
