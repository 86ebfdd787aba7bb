import { ReplaySubject, firstValueFrom, filter, lastValueFrom } from 'rxjs';
import { WebSocket } from 'ws';
import type { WampList } from '../../lib/protocol/messages.ts';
import { json } from '../../lib/serializers/json.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import { ROLES } from './raw-peer.ts';

/** A client over a real socket that is nothing but frames: it can say what no client says, and not read what it is told. */
export class RawSocket {
  readonly socket: WebSocket;
  /** What has been received. */
  readonly received: WampList[] = [];
  readonly #lists = new ReplaySubject<WampList>();
  readonly #closed = new ReplaySubject<number>(1);

  private constructor(url: string, serializer: Serializer) {
    this.socket = new WebSocket(url, [serializer.subprotocol], { perMessageDeflate: false });
    this.socket.binaryType = 'nodebuffer';
    this.socket.on('message', (data: Buffer, isBinary) => {
      const list = serializer.decode(isBinary ? new Uint8Array(data) : data.toString());
      this.received.push(list);
      this.#lists.next(list);
    });
    this.socket.on('error', () => {});
    this.socket.on('close', (code) => {
      this.#lists.complete();
      this.#closed.next(code);
      this.#closed.complete();
    });
  }

  /** Connects. */
  static async open(url: string, serializer: Serializer = json()): Promise<RawSocket> {
    const raw = new RawSocket(url, serializer);
    await new Promise<void>((resolve, reject) => {
      raw.socket.once('open', resolve);
      raw.socket.once('error', reject);
    });
    return raw;
  }

  /** Connects and joins realm1 without a name. */
  static async join(url: string): Promise<RawSocket> {
    const raw = await RawSocket.open(url);
    raw.send([1, 'realm1', { roles: ROLES }]);
    await raw.next(2);
    return raw;
  }

  /** Sends a list as JSON. */
  send(list: WampList): this {
    this.socket.send(JSON.stringify(list));
    return this;
  }

  /** The first message of a type that came or will come. */
  next(type: number): Promise<WampList> {
    return firstValueFrom(this.#lists.pipe(filter((list) => list[0] === type)));
  }

  /** The code with which the connection was or will be closed; 1006 where it was dropped. */
  closed(): Promise<number> {
    return lastValueFrom(this.#closed);
  }
}
