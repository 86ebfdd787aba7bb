/** A RawSocket of nothing but bytes, over TCP or a Unix socket, for either end: it can break every rule there is. */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { FrameReader, FrameType, MAX_LENGTH, framePrefix } from '../../lib/protocol/rawsocket.ts';
import { onClose } from './sockets.ts';

/** The bytes of one frame. */
export function rawFrame(payload: string | Uint8Array, type: FrameType = FrameType.message): Buffer {
  const data = Buffer.from(payload as string);
  return Buffer.concat([rawPrefix(framePrefix(type, data.length)), data]);
}

/** The four bytes of a prefix, whatever they say. */
export function rawPrefix(word: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(word);
  return bytes;
}

/** One frame that arrived. */
export interface ArrivedFrame {
  readonly type: FrameType;
  readonly payload: Buffer;
}

export class BareRaw {
  readonly socket: Socket;
  /** Frames that have arrived. */
  readonly frames: ArrivedFrame[] = [];
  /** What came before the first frame: four bytes. */
  opening: Buffer = Buffer.alloc(0);
  /** Whether the other end has closed its half. */
  ended = false;
  readonly #closed: Promise<void>;
  readonly #reader = new FrameReader(MAX_LENGTH, (type, payload) => this.frames.push({ type, payload: Buffer.from(payload) }));
  #onChange = (): void => {};

  /** Reads a socket of either end. It is destroyed after the spec. */
  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk) => this.#read(chunk as Buffer));
    socket.once('end', () => {
      this.ended = true;
      this.#onChange();
    });
    this.#closed = new Promise<void>((resolve) => { socket.once('close', () => resolve()); }).then(() => this.#onChange());
    onClose(() => socket.destroy());
  }

  /** Connects to a listener, and says nothing. */
  static connect(url: string): BareRaw {
    const { protocol, hostname, port, pathname } = new URL(url);
    const at: NetConnectOpts = protocol === 'rs+unix:' ? { path: pathname } : { host: hostname, port: Number(port) };
    return new BareRaw(connect(at));
  }

  /** Connects and opens: by default with JSON and the longest messages. */
  static async open(url: string, second = 0xf1): Promise<BareRaw> {
    const raw = BareRaw.connect(url).write([0x7f, second, 0, 0]);
    await raw.until(() => raw.opening.length === 4);
    return raw;
  }

  /** The payloads of the messages that have arrived, as text. */
  get texts(): readonly string[] {
    return this.frames.filter(({ type }) => type === FrameType.message).map(({ payload }) => payload.toString());
  }

  write(bytes: Uint8Array | readonly number[]): this {
    this.socket.write(Uint8Array.from(bytes));
    return this;
  }

  /** Sends lists as JSON, one frame each. */
  send(...lists: readonly unknown[]): this {
    for (const list of lists) this.write(rawFrame(JSON.stringify(list)));
    return this;
  }

  /** Resolves when it is so; fails where the connection is closed before. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.socket.destroyed) throw new Error('connection was closed before');
      await new Promise<void>((resolve) => { this.#onChange = resolve; });
    }
  }

  /** Resolves when the connection is gone. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  #read(chunk: Buffer): void {
    const missing = 4 - this.opening.length;
    this.opening = Buffer.concat([this.opening, chunk.subarray(0, missing)]);
    if (chunk.length > missing) this.#reader.push(chunk.subarray(missing));
    this.#onChange();
  }
}
