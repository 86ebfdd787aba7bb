import { MessageType, type WampList } from '../../lib/protocol/messages.ts';
import { json } from '../../lib/serializers/json.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import type { Connection, Frame, Transport } from '../../lib/transports/transport.ts';

/** What a client of these specs announces: all that the router knows. */
export const ROLES = {
  publisher: {},
  subscriber: {},
  caller: { features: { progressive_call_results: true, call_canceling: true } },
  callee: { features: { progressive_call_results: true, call_canceling: true } },
};

/** A client that is nothing but lists: it sends what it is told to, and keeps what it gets. */
export class RawPeer {
  readonly received: WampList[] = [];
  /** How the connection ended: `undefined` while it has not. */
  ended: 'complete' | 'error' | undefined;
  /** Called for each list after it was kept. */
  onList: ((list: WampList) => void) | undefined;
  readonly connection: Connection;
  readonly #serializer: Serializer;
  #lastRequest = 0;

  constructor(connection: Connection, serializer: Serializer = json()) {
    this.connection = connection;
    this.#serializer = serializer;
    connection.subscribe({
      next: (frame) => this.#read(frame),
      error: () => (this.ended = 'error'),
      complete: () => (this.ended = 'complete'),
    });
  }

  /** What was received last. */
  get last(): WampList | undefined {
    return this.received.at(-1);
  }

  /** The id of its session, from WELCOME. */
  get session(): unknown {
    return this.of(MessageType.WELCOME)[0]?.[1];
  }

  /** Sends lists, one frame each. */
  send(...lists: readonly WampList[]): this {
    for (const list of lists) this.connection.next(this.#serializer.encode(list));
    return this;
  }

  /** Sends a request with the next id of its session, if that has asked for all that it wants in this way. */
  ask(type: MessageType, ...fields: readonly unknown[]): this {
    this.#lastRequest += 1;
    return this.send([type, this.#lastRequest, ...fields]);
  }

  /** Says HELLO; details besides the roles may be given. */
  hello(realm: string, details: object = {}): this {
    return this.send([MessageType.HELLO, realm, { roles: ROLES, ...details }]);
  }

  /** What was received of one type. */
  of(type: MessageType): readonly WampList[] {
    return this.received.filter(([received]) => received === type);
  }

  /** Drops the connection. */
  cut(): void {
    this.connection.error(new Error('cut'));
  }

  #read(frame: Frame): void {
    const list = this.#serializer.decode(frame);
    this.received.push(list);
    this.onList?.(list);
  }
}

/** Dials, and gives the peer at this end. */
export function dial(transport: Transport, serializer?: Serializer): RawPeer {
  const peers: RawPeer[] = [];
  transport.subscribe((connection) => peers.push(new RawPeer(connection, serializer)));
  const [peer] = peers;
  if (peer === undefined) throw new Error('transport must open at once');
  return peer;
}

/** Dials and joins without a name. */
export function join(transport: Transport, realm = 'realm1', details: object = {}, serializer?: Serializer): RawPeer {
  return dial(transport, serializer).hello(realm, details);
}
