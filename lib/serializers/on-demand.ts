import { catchError, concatMap, from, map, of, tap, type Observable } from 'rxjs';
import { ConnectFailedError } from '../errors.ts';
import type { WampList } from '../protocol/messages.ts';
import type { Connection, Frame, Transport } from '../transports/transport.ts';
import { codecAt } from './codec.ts';
import { json } from './json.ts';
import type { Codec, CodecOptions, Serializer } from './serializer.ts';

/** A serializer whose code is loaded for the first connection that has agreed on it. Until then it has a name, and can do nothing. */
export class SerializerOnDemand implements Serializer {
  readonly subprotocol: string;
  readonly rawSocketId: number;
  readonly binary = true;
  readonly #load: () => Promise<Serializer>;
  #serializer: Serializer | undefined;

  constructor(subprotocol: string, rawSocketId: number, load: () => Promise<Serializer>) {
    this.subprotocol = subprotocol;
    this.rawSocketId = rawSocketId;
    this.#load = load;
  }

  /** Emits it once it can be used, at once where it was loaded before. Errors with whatever kept it from loading. */
  load(): Observable<Serializer> {
    return this.#serializer === undefined ? from(this.#load()).pipe(tap((serializer) => (this.#serializer = serializer))) : of(this.#serializer);
  }

  encode(list: WampList): Frame {
    return this.#loaded.encode(list);
  }

  decode(frame: Frame): WampList {
    return this.#loaded.decode(frame);
  }

  codec(options: CodecOptions): Codec {
    return codecAt(this.#loaded, options);
  }

  get #loaded(): Serializer {
    if (this.#serializer === undefined) throw new Error(`${this.subprotocol} must be loaded before it is used`);
    return this.#serializer;
  }
}

/** Those of `SERIALIZERS`, in their order. JSON is there from the beginning, since nearly every connection speaks it. */
export const SERIALIZERS_ON_DEMAND: readonly Serializer[] = [
  json(),
  new SerializerOnDemand('wamp.2.msgpack', 2, async () => (await import('./msgpack.ts')).msgpack()),
  new SerializerOnDemand('wamp.2.cbor', 3, async () => (await import('./cbor.ts')).cbor()),
  new SerializerOnDemand('wamp.2.ubjson', 4, async () => (await import('./ubjson.ts')).ubjson()),
];

/**
 * The same way to a router, with connections that are handed on once their serializer can be used: at once, but for the first that speaks one on demand.
 * Errors with ConnectFailedError where that cannot be loaded, and drops the connection. What arrives meanwhile waits in the connection.
 */
export function withSerializerLoaded(transport: Transport, serializers: readonly Serializer[]): Transport {
  const loaded = (way: Observable<Connection>): Observable<Connection> => way.pipe(concatMap((connection) => {
    const serializer = serializers.find(({ subprotocol }) => subprotocol === connection.subprotocol);
    return serializer instanceof SerializerOnDemand ? onceLoaded(serializer, connection) : of(connection);
  }));
  const { offering } = transport;
  // One that was not told what to offer still can be.
  return offering === undefined ? loaded(transport) : Object.assign(loaded(transport), { offering: (subprotocols: readonly string[]) => loaded(offering(subprotocols)) });
}

function onceLoaded(serializer: SerializerOnDemand, connection: Connection): Observable<Connection> {
  return serializer.load().pipe(
    map(() => connection),
    catchError((cause: unknown) => { throw new ConnectFailedError(`${serializer.subprotocol} cannot be loaded`, { cause }); }),
  );
}
