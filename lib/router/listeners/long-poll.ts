// [node]
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asyncScheduler, timer, type Subscription } from 'rxjs';
import { ProtocolError } from '../../errors.ts';
import { MAX_BATCH, MAX_OPENING, isBatched, isText, mediaTypeOf, readOpenRequest } from '../../protocol/long-poll.ts';
import { show } from '../../protocol/show.ts';
import { assertRange } from '../../transports/assert-range.ts';
import { assertSubprotocols } from '../../transports/subprotocols.ts';
import { CLOSE_GRACE_MS, type ListenerOptions } from './listener.ts';
import { PolledConnection, type PollAnswer } from './polled-connection.ts';
import { readBody } from './request-body.ts';
import { assertPath, pathOf } from './request-path.ts';
import { Visitors, type VisitorOptions } from './visitors.ts';

/** How clients are waited for. */
export interface LongPollTimes {
  /**
   * Milliseconds after which a request for messages is answered with none, and made again. autobahn of npm waits for 12 seconds and is gone, proxies often
   * for 30 or 60. @default 10000
   */
  readonly holdTime?: number | undefined;
  /** Milliseconds without a request for messages after which a client is taken for gone. @default 30000 */
  readonly silenceTimeout?: number | undefined;
}

/** Options of {@link LongPollRequests}. */
export interface LongPollRequestsOptions extends Omit<ListenerOptions, 'pingInterval' | 'maxHandshakes'>, VisitorOptions, LongPollTimes {}

const ID_BYTES = 24;

/** Behind the path: to open a transport, or what becomes of one that is open. */
const REQUEST = /^\/(?:open|([^/]+)\/(send|receive|close))$/;

/** Seconds for which a browser may remember what a page of another origin is allowed: two hours, the most that Chromium takes. */
const PREFLIGHT_S = 7200;

const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Makes connections of HTTP requests (14.4), on whichever server gets them: `open`, `<transport>/send`, `<transport>/receive` and `<transport>/close`
 * under a path, each by POST.
 *
 * A client gets the first of our subprotocols that it offers, those that batch before the others: a body of one message costs a request of its own.
 * Who sends to, or asks, a transport that is not there gets 404; who asks one that was closed in order, 410. Messages that were taken are answered with
 * 204: the text says "202 (no content)", and autobahn of npm takes 202 for a failure.
 */
export class LongPollRequests {
  readonly #options: LongPollRequestsOptions;
  readonly #base: string;
  readonly #visitors: Visitors;
  readonly #open = new Map<string, PolledConnection>();
  /** Those that are not out yet. */
  readonly #responses = new Set<ServerResponse>();
  #isStopped = false;
  #stopped: Promise<void> | undefined;
  #emptied: (() => void) | undefined;

  /** `path` is what those of the requests begin with: `/lp` for `/lp/open` and the others. Throws TypeError or RangeError over options. */
  constructor(path: string, options: LongPollRequestsOptions) {
    const { subprotocols, maxPayload = 16 * 1024 * 1024, highWaterMark = 65_536, maxConnections = 2 ** 31 - 1 } = options;
    const { holdTime = 10_000, silenceTimeout = 30_000, handshakeTimeout = 10_000 } = options;
    assertPath(path, 'longPoll.path');
    assertSubprotocols(subprotocols);
    assertRange({ maxPayload, holdTime, silenceTimeout, handshakeTimeout }, 1);
    assertRange({ highWaterMark, maxConnections });
    this.#options = options;
    this.#base = path.replace(/\/$/, '');
    this.#visitors = new Visitors(options);
  }

  /** Answers a request, or says that it is none of ours. */
  readonly answer = (request: IncomingMessage, response: ServerResponse): boolean => {
    const path = pathOf(request);
    const [match, transport, verb] = (path.startsWith(`${this.#base}/`) && REQUEST.exec(path.slice(this.#base.length))) || [];
    if (match === undefined) return false;
    this.#watch(response);
    const refusal = this.#visitors.refusalOf(request);
    if (refusal === undefined) allowOrigin(request, response);
    if (refusal !== undefined) refuse(response, 403, refusal);
    else if (request.method === 'OPTIONS') preflight(request, response);
    else if (request.method !== 'POST') refuse(response.setHeader('Allow', 'POST, OPTIONS'), 405, `method must be POST, got ${show(request.method)}`);
    else if (transport === undefined) this.#read(request, response, MAX_OPENING, (body) => this.#begin(body, request, response));
    else this.#go(transport, verb, request, response);
    return true;
  };

  /** Opens no other transport; those that are open stay. Resolves when the last of them is gone, and the last answer is out. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopped ??= this.#isEmpty ? Promise.resolve() : new Promise((resolve) => { this.#emptied = resolve; });
    return this.#stopped;
  }

  /** The same, and drops those that nobody has closed after five seconds. */
  async close(): Promise<void> {
    const grace = timer(CLOSE_GRACE_MS, this.#scheduler).subscribe(() => {
      for (const connection of this.#open.values()) connection.error(undefined);
      for (const response of this.#responses) response.destroy();
    });
    await this.stop();
    grace.unsubscribe();
  }

  get #scheduler(): NonNullable<LongPollRequestsOptions['scheduler']> {
    return this.#options.scheduler ?? asyncScheduler;
  }

  get #isEmpty(): boolean {
    return this.#open.size === 0 && this.#responses.size === 0;
  }

  #watch(response: ServerResponse): void {
    this.#responses.add(response);
    response.on('error', () => {}); // the client may be gone already
    response.once('close', () => {
      this.#responses.delete(response);
      if (this.#isEmpty) this.#emptied?.();
    });
  }

  #go(transport: string, verb: string | undefined, request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#open.get(transport);
    if (connection === undefined) refuse(response, 404, `transport ${show(transport)} does not exist`);
    else if (verb === 'receive') receive(connection, response);
    else if (verb === 'close') leave(connection, response);
    else this.#read(request, response, this.#maxBody(connection), (body) => send(connection, body, response));
  }

  // A body of several messages may be longer than one may be; each is held to its own bound by who reads it.
  #maxBody({ subprotocol }: PolledConnection): number {
    const { maxPayload = 16 * 1024 * 1024 } = this.#options;
    return isBatched(subprotocol) ? maxPayload + 3 * MAX_BATCH : maxPayload;
  }

  #read(request: IncomingMessage, response: ServerResponse, most: number, next: (body: Buffer) => void): void {
    const { handshakeTimeout = 10_000 } = this.#options;
    readBody(request, { most, deadline: timer(handshakeTimeout, this.#scheduler) }, (body) => {
      if (typeof body !== 'number') next(body);
      else refuse(response.setHeader('Connection', 'close'), body, body === 413 ? `body must have at most ${most} bytes` : `body must come within ${handshakeTimeout} ms`);
    });
  }

  #begin(body: Buffer, request: IncomingMessage, response: ServerResponse): void {
    const { subprotocols, maxConnections = 2 ** 31 - 1 } = this.#options;
    let offered: readonly string[];
    try {
      offered = readOpenRequest(body.toString());
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return refuse(response, 400, error.message);
    }
    const both = subprotocols.filter((name) => offered.includes(name));
    const protocol = both.find(isBatched) ?? both[0];
    if (protocol === undefined) return refuse(response, 400, `open.protocols must name one of ${subprotocols.join(', ')}`);
    if (this.#isStopped || this.#open.size >= maxConnections) return refuse(response, 503, this.#isStopped ? 'the router is closing' : `at most ${maxConnections} connections can be open`);
    if (response.destroyed) return;

    const transport = randomBytes(ID_BYTES).toString('base64url');
    const header = this.#visitors.cookieHeaderFor(request);
    if (header !== undefined) response.setHeader('Set-Cookie', header.replace(/^Set-Cookie: /, ''));
    const connection = this.#connect(transport, protocol, request);
    // Who does not hear what it is called cannot ask for anything.
    if (response.destroyed) return connection.lose('the client went away');
    answer(response, 200, 'application/json', JSON.stringify({ protocol, transport }));
    response.once('close', () => {
      if (!response.writableFinished) connection.lose('the client went away');
    });
  }

  #connect(transport: string, subprotocol: string, request: IncomingMessage): PolledConnection {
    const { accept, highWaterMark = 65_536, holdTime = 10_000, silenceTimeout = 30_000 } = this.#options;
    const connection = new PolledConnection({
      subprotocol, highWaterMark, holdTime, silenceTimeout, label: this.#visitors.peerOf(request), scheduler: this.#scheduler,
      onEnd: () => this.#forget(transport),
    });
    this.#open.set(transport, connection);
    accept(connection, this.#visitors.detailsOf(request, subprotocol, 'longpoll'));
    return connection;
  }

  #forget(transport: string): void {
    this.#open.delete(transport);
    if (this.#isEmpty) this.#emptied?.();
  }
}

function send(connection: PolledConnection, body: Buffer, response: ServerResponse): void {
  let frame: string | Uint8Array;
  try {
    frame = isText(connection.subprotocol) ? TEXT.decode(body) : new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  } catch {
    refuse(response, 400, 'body must be valid UTF-8');
    return connection.lose('a text must be valid UTF-8');
  }
  if (connection.take(frame)) done(response);
  else refuse(response, 404, 'the connection is over');
}

function receive(connection: PolledConnection, response: ServerResponse): void {
  let isUnderWay = false;
  const waiting: Subscription = connection.poll().subscribe((given) => {
    isUnderWay = typeof given === 'object';
    answerPoll(given, connection.subprotocol, response);
  });
  response.once('finish', () => {
    if (isUnderWay) connection.written();
    isUnderWay = false;
  });
  response.once('close', () => {
    waiting.unsubscribe();
    if (isUnderWay) connection.lose('it went away while messages were sent to it');
  });
}

function answerPoll(given: PollAnswer, subprotocol: string, response: ServerResponse): void {
  if (given === 'nothing') done(response);
  else if (given === 'over') refuse(response, 410, 'the connection was closed');
  else if (given === 'lost') refuse(response, 404, 'the connection was dropped');
  else answer(response, 200, mediaTypeOf(subprotocol), given.body);
}

function leave(connection: PolledConnection, response: ServerResponse): void {
  connection.leave();
  done(response);
}

/** Has a browser hand the answer to the page. */
function allowOrigin({ headers: { origin } }: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Vary', 'Origin');
  if (origin === undefined) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Allow-Credentials', 'true');
}

function preflight({ headers }: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Methods', 'POST');
  response.setHeader('Access-Control-Allow-Headers', headers['access-control-request-headers'] ?? 'content-type');
  response.setHeader('Access-Control-Max-Age', PREFLIGHT_S);
  done(response);
}

function done(response: ServerResponse): void {
  response.writeHead(204, { 'Cache-Control': 'no-store' }).end();
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  answer(response, status, 'text/plain; charset=utf-8', `${reason}\n`);
}

function answer(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, { 'Cache-Control': 'no-store', 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), 'X-Content-Type-Options': 'nosniff' }).end(body);
}
