/** A session of a client that costs nothing: it reads type and id of what arrives, and writes the frames of one tick at once. */
import type { Socket } from 'node:net';
import { MessageType } from '../../../lib/protocol/messages.ts';
import { REALM } from '../subjects/subject.ts';
import { clientFrame, roomFor, writeClientFrame } from './frames.ts';
import { dial } from './handshake.ts';
import { FrameScanner, readInteger } from './scanner.ts';

const SCRATCH_BYTES = 256 * 1024;
const EMPTY = Buffer.alloc(0);
const ROLES = {
  publisher: {},
  subscriber: { features: { pattern_based_subscription: true } },
  caller: { features: { progressive_call_results: true } },
  callee: { features: { progressive_call_results: true, call_canceling: true } },
};

type Answer = readonly unknown[];

/** A joined session over a bare socket. */
export class TrafficSession {
  /** Told of each message that is not the answer to a request of setting up: its type, and the id that stands second in it. */
  onMessage: ((type: number, id: number) => void) | undefined;
  readonly #socket: Socket;
  #answer: ((answer: Answer) => void) | undefined;
  #request = 0;
  #scratch: Buffer = EMPTY;
  #filled = 0;

  /** Opens a socket and joins the realm of the benchmarks. */
  static async join(url: string): Promise<TrafficSession> {
    const session = new TrafficSession(await dial(url));
    await session.#ask(MessageType.WELCOME, [MessageType.HELLO, REALM, { roles: ROLES }]);
    return session;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    const scanner = new FrameScanner((buffer, start, end) => this.#receive(buffer, start, end));
    socket.on('data', (chunk) => scanner.push(chunk));
  }

  /** The next request id of the session. */
  nextRequest(): number {
    return ++this.#request;
  }

  /** Sends a frame of an ASCII head and a masked tail, with whatever else is sent in this tick. */
  send(head: string, tail: Buffer): void {
    const room = roomFor(head, tail);
    if (this.#filled + room > this.#scratch.length) {
      this.#flush();
      this.#scratch = Buffer.allocUnsafeSlow(Math.max(SCRATCH_BYTES, room));
    }
    if (this.#filled === 0) process.nextTick(() => this.#flush());
    this.#filled = writeClientFrame(this.#scratch, this.#filled, head, tail);
  }

  /** Resolves when the broker has answered. */
  async subscribe(topic: string): Promise<void> {
    await this.#ask(MessageType.SUBSCRIBED, [MessageType.SUBSCRIBE, this.nextRequest(), {}, topic]);
  }

  /** Resolves when the dealer has answered. */
  async register(procedure: string): Promise<void> {
    await this.#ask(MessageType.REGISTERED, [MessageType.REGISTER, this.nextRequest(), {}, procedure]);
  }

  async #ask(answerType: number, request: readonly unknown[]): Promise<void> {
    this.#socket.write(clientFrame(JSON.stringify(request)));
    const answer = await new Promise<Answer>((resolve) => (this.#answer = resolve));
    this.#answer = undefined;
    if (answer[0] !== answerType) throw new Error(`the router answered ${JSON.stringify(request)} with ${JSON.stringify(answer)}`);
  }

  #receive(buffer: Buffer, start: number, end: number): void {
    if (this.#answer !== undefined) return this.#answer(JSON.parse(buffer.toString('utf8', start, end)));
    const type = readInteger(buffer, start + 1);
    this.onMessage?.(type, readInteger(buffer, start + (type < 10 ? 3 : 4)));
  }

  #flush(): void {
    if (this.#filled === 0) return;
    this.#socket.write(this.#scratch.subarray(0, this.#filled));
    this.#filled = 0;
    // Bytes that the system did not take at once are still the socket's.
    if (this.#socket.writableLength > 0) this.#scratch = EMPTY;
  }
}
