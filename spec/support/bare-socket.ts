/** A WebSocket of nothing but bytes, over TCP: it can break the rules of RFC 6455, which no library does. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { batchingOf, type Batching } from '../../lib/protocol/batches.ts';
import type { WampList } from '../../lib/protocol/messages.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import type { Frame } from '../../lib/transports/transport.ts';

export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

/** What may be wrong about a frame. */
export interface BareFrameOptions {
  readonly opcode: number;
  /** @default true */
  readonly isFinal?: boolean;
  /** The reserved bits, as they stand in the first byte. @default 0 */
  readonly reserved?: number;
  /** @default true */
  readonly isMasked?: boolean;
  /** The length it claims to have. @default its own, in the shortest form */
  readonly claims?: bigint;
}

/** The bytes of one frame of a client. */
export function bareFrame(payload: Buffer | string, { opcode, isFinal = true, reserved = 0, isMasked = true, claims }: BareFrameOptions): Buffer {
  const data = Buffer.from(payload as string);
  const length = claims ?? BigInt(data.length);
  const size = length < 126n ? 0 : length < 65_536n ? 2 : 8;
  const head = Buffer.alloc(2 + size + (isMasked ? 4 : 0));
  head[0] = (isFinal ? 0x80 : 0) | reserved | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (size === 0 ? Number(length) : size === 2 ? 126 : 127);
  if (size === 2) head.writeUInt16BE(Number(length), 2);
  if (size === 8) head.writeBigUInt64BE(length, 2);
  // A mask of zeros is one, and leaves the payload as it is.
  return Buffer.concat([head, data]);
}

/** One frame that arrived. */
interface Arrived {
  readonly opcode: number;
  readonly payload: Buffer;
}

export class BareSocket {
  readonly socket: Socket;
  readonly #serializer: Serializer;
  /** Where its messages go in batches. */
  readonly #batching: Batching | undefined;
  readonly #frames: Arrived[] = [];
  #bytes = Buffer.alloc(0);
  readonly #closed: Promise<void>;
  #onFrame = (): void => {};

  private constructor(socket: Socket, serializer: Serializer) {
    this.socket = socket;
    this.#serializer = serializer;
    this.#batching = serializer.subprotocol.endsWith('.batched') ? batchingOf(serializer.binary) : undefined;
    socket.on('error', () => {});
    this.#closed = new Promise<void>((resolve) => { socket.once('close', () => resolve()); }).then(() => this.#onFrame());
  }

  /** Connects, and asks for a WebSocket. */
  static async open(url: string, serializer: Serializer): Promise<BareSocket> {
    const { port, pathname } = new URL(url);
    const bare = new BareSocket(connect(Number(port), '127.0.0.1'), serializer);
    bare.socket.write([
      `GET ${pathname} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`, `Sec-WebSocket-Protocol: ${serializer.subprotocol}`, '\r\n',
    ].join('\r\n'));
    const [answer] = await once(bare.socket, 'data') as [Buffer];
    if (!answer.toString('latin1').startsWith('HTTP/1.1 101 ')) throw new Error(`WebSocket was refused: ${answer.toString()}`);
    bare.socket.on('data', (bytes: Buffer) => bare.#read(bytes));
    return bare;
  }

  /** The lists that have arrived. */
  get received(): readonly WampList[] {
    return this.#frames
      .filter(({ opcode }) => opcode === TEXT || opcode === BINARY)
      .flatMap(({ opcode, payload }) => this.#messagesOf(opcode === TEXT ? payload.toString() : new Uint8Array(payload)))
      .map((message) => this.#serializer.decode(message));
  }

  /** The codes of the close frames that have arrived. */
  get closeCodes(): readonly number[] {
    return this.#frames.filter(({ opcode }) => opcode === CLOSE).map(({ payload }) => (payload.length < 2 ? 1005 : payload.readUInt16BE(0)));
  }

  /** How many frames of one kind have arrived. */
  count(opcode: number): number {
    return this.#frames.filter((frame) => frame.opcode === opcode).length;
  }

  /** Sends bytes as they are. */
  write(...parts: readonly Buffer[]): this {
    this.socket.write(Buffer.concat(parts));
    return this;
  }

  /** Sends lists, one frame each. */
  send(...lists: readonly WampList[]): this {
    return this.write(...lists.map((list) => this.frameOf(this.messageOf(list))));
  }

  /** A list as it stands in a frame; batches of them can be put behind each other. */
  messageOf(list: WampList): Frame {
    const message = this.#serializer.encode(list);
    return this.#batching?.batch(message) ?? message;
  }

  /** A whole frame, as its serializer's are. */
  frameOf(frame: Frame): Buffer {
    return typeof frame === 'string' ? bareFrame(frame, { opcode: TEXT }) : bareFrame(Buffer.from(frame), { opcode: BINARY });
  }

  /** The first list of a type that came or will come; fails where the connection is closed before. */
  async next(type: number): Promise<WampList> {
    for (;;) {
      const found = this.received.find(([received]) => received === type);
      if (found !== undefined) return found;
      if (this.socket.destroyed) throw new Error(`connection was closed before a message of type ${type}`);
      await new Promise<void>((resolve) => { this.#onFrame = resolve; });
    }
  }

  /** Resolves when the connection is gone. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  #messagesOf(frame: Frame): readonly Frame[] {
    if (this.#batching === undefined) return [frame];
    const messages: Frame[] = [];
    this.#batching.check(frame);
    this.#batching.split(frame, (message) => messages.push(message), () => true);
    return messages;
  }

  #read(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (;;) {
      const { length } = this.#bytes;
      if (length < 2) return;
      const short = this.#bytes[1]! & 0x7f;
      const head = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (length < head) return;
      const size = short < 126 ? short : short === 126 ? this.#bytes.readUInt16BE(2) : Number(this.#bytes.readBigUInt64BE(2));
      if (length < head + size) return;
      this.#frames.push({ opcode: this.#bytes[0]! & 0x0f, payload: this.#bytes.subarray(head, head + size) });
      this.#bytes = this.#bytes.subarray(head + size);
      // Whoever is told to go answers, or is waited for.
      if (this.#frames.at(-1)?.opcode === CLOSE) this.write(bareFrame('', { opcode: CLOSE }));
      this.#onFrame();
    }
  }
}
