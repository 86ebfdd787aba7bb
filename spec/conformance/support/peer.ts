/**
 * A WAMP client that is nothing but a WebSocket and lists: what it sends is what the spec wrote, what it receives is what the router
 * wrote. Nothing of the library is in it.
 */
import { once } from 'node:events';
import { expect } from '@jest/globals';
import { WebSocket } from 'ws';
import type { Format, List } from './formats.ts';

/** Types of the messages in which a client numbers its requests ("Session Scope IDs"). */
const REQUESTS: ReadonlySet<unknown> = new Set([16, 32, 34, 48, 64, 66]);

/** The id of a subscription that no router gives. */
const NOBODYS = 4_503_599_627_370_497;

/** Any id that the router chose. */
export const ANY_ID: number = expect.any(Number) as unknown as number;

/** Any dictionary. */
export const ANY_DICT: object = expect.any(Object) as unknown as object;

/** One connection, and the session on it once it has joined. */
export class Peer {
  readonly format: Format;
  /** `WELCOME.Session`. */
  session = 0;
  /** `WELCOME.Details`. */
  welcome: { readonly [key: string]: unknown } = {};
  /** How many invocations were answered without being asked for. */
  answered = 0;
  readonly #socket: WebSocket;
  readonly #received: List[] = [];
  readonly #waiting: { readonly resolve: (list: List) => void; readonly reject: (error: Error) => void }[] = [];
  readonly #closed: Promise<number>;
  #code: number | undefined;
  #answer: ((request: unknown) => List) | undefined;
  #request = 0;

  private constructor(socket: WebSocket, format: Format) {
    this.format = format;
    this.#socket = socket;
    socket.on('message', (data: Buffer, isBinary) => this.#read(data, isBinary));
    socket.on('error', () => {});
    this.#closed = new Promise((resolve) => socket.once('close', (code) => {
      this.#code = code;
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`the router must say something, got close ${code}`));
      resolve(code);
    }));
  }

  /** Opens a connection and says nothing on it. */
  static async open(url: string, format: Format): Promise<Peer> {
    const socket = new WebSocket(url, [format.subprotocol], { perMessageDeflate: false });
    const peer = new Peer(socket, format);
    await once(socket, 'open');
    return peer;
  }

  /** The id of the next request: 1, 2, 3, ... Those that were sent with {@link send} count. */
  next(): number {
    return ++this.#request;
  }

  /** Sends lists, each as a WebSocket message of its own. */
  send(...lists: readonly List[]): void {
    for (const list of lists) {
      if (REQUESTS.has(list[0])) this.#request = Math.max(this.#request, Number(list[1]));
      this.sendFrame(this.format.encode(list));
    }
  }

  /** Sends what need not be a message, as text or as binary. */
  sendFrame(frame: string | Uint8Array, binary: boolean = this.format.isBinary): void {
    this.#socket.send(frame, { binary });
  }

  /** The next message: that which came first of those that were not asked for yet. Rejects where the connection ends before it comes. */
  receive(): Promise<List> {
    const list = this.#received.shift();
    if (list !== undefined) return Promise.resolve(list);
    if (this.#code !== undefined) return Promise.reject(new Error(`the router must say something, got close ${this.#code}`));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** The next so many messages, in order. */
  async receiveMany(count: number): Promise<readonly List[]> {
    const lists: List[] = [];
    for (let at = 0; at < count; at++) lists.push(await this.receive());
    return lists;
  }

  /**
   * Shows that the router has sent nothing more: the answer to one more request is the next message. Whatever this session has sent has
   * been handled then, so the silence of the others may be asked for afterwards.
   */
  async silence(): Promise<void> {
    const request = this.next();
    this.send([34, request, NOBODYS]);
    expect(await this.receive()).toEqual([8, 34, request, {}, 'wamp.error.no_such_subscription']);
  }

  /** Subscribes, and gives the id of the subscription. */
  async subscribe(topic: string, options: object = {}): Promise<number> {
    const request = this.next();
    this.send([32, request, options, topic]);
    const answer = await this.receive();
    expect(answer).toEqual([33, request, ANY_ID]);
    return answer[2] as number;
  }

  /** Registers, and gives the id of the registration. */
  async register(procedure: string, options: object = {}): Promise<number> {
    const request = this.next();
    this.send([64, request, options, procedure]);
    const answer = await this.receive();
    expect(answer).toEqual([65, request, ANY_ID]);
    return answer[2] as number;
  }

  /** Calls, and gives the answer, whatever it is. */
  call(procedure: string, args: readonly unknown[] = [], kwargs: object = {}, options: object = {}): Promise<List> {
    this.send([48, this.next(), options, procedure, args, kwargs]);
    return this.receive();
  }

  /** Shows that the router ends the session with this ABORT, says nothing after it, and drops the connection. */
  async aborted(reason: string): Promise<void> {
    expect(await this.receive()).toEqual([3, ANY_DICT, reason]);
    await this.closed();
    expect(this.#received).toEqual([]);
  }

  /** Answers each INVOCATION from now on with a YIELD of these arguments, and takes it for received. */
  serve(...args: readonly unknown[]): void {
    this.#answer = (request) => [70, request, {}, args];
  }

  /** Answers each INVOCATION from now on with ERROR `unavailable`, and takes it for received. */
  decline(): void {
    this.#answer = (request) => [8, 68, request, {}, 'wamp.error.unavailable'];
  }

  /** Says GOODBYE, and waits until the router has answered. */
  async leave(): Promise<void> {
    this.send([6, {}, 'wamp.close.close_realm']);
    expect(await this.receive()).toEqual([6, {}, 'wamp.close.goodbye_and_out']);
  }

  /** The code with which the connection was or will be closed. */
  closed(): Promise<number> {
    return this.#closed;
  }

  /** Loses the connection, as a network does. */
  cut(): void {
    this.#socket.terminate();
  }

  /** Ends what is left of the session and of the connection. */
  async dispose(): Promise<void> {
    if (this.#socket.readyState === WebSocket.OPEN) this.send([3, {}, 'wamp.close.close_realm']);
    await this.#closed;
  }

  #read(data: Buffer, isBinary: boolean): void {
    if (isBinary !== this.format.isBinary) throw new TypeError(`messages of ${this.format.subprotocol} must not be ${isBinary ? 'binary' : 'text'}`);
    const list = this.format.decode(data);
    if (this.#answer !== undefined && list[0] === 68) {
      this.answered++;
      return this.send(this.#answer(list[1]));
    }
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#received.push(list);
    else waiting.resolve(list);
  }
}
