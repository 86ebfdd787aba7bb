import type { Observable, Observer } from 'rxjs';
import type { ChannelBinding } from '../types.ts';

/** What travels in one piece: text for JSON, bytes for the binary serializers. */
export type Frame = string | Uint8Array;

/** An Observable of what arrives that is, at the same time, the Observer of what is sent. */
export type Duplex<T> = Observable<T> & Observer<T>;

/**
 * An open connection: the transport Subject. `next()` sends a frame, `complete()` closes it in order once what was sent has been
 * written, `error()` drops it at once.
 *
 * As an Observable it has one reader at a time. Frames that arrive before somebody subscribes wait for the first subscriber. They
 * arrive one after the other, never one inside the handling of another, and the end passes through the same queue: it completes when
 * the peer closed cleanly, and errors with TransportLostError otherwise. After either of the two, sending does nothing.
 */
export type Connection = Duplex<Frame> & {
  /** The serializer both ends agreed on, by its WebSocket name: `wamp.2.json`, `wamp.2.cbor`, ... */
  readonly subprotocol: string;
  /** `false` while the send buffer is over its high-water mark. Emits its current value on subscribe. */
  readonly writable$: Observable<boolean>;
  /** Bytes that were sent and have not left the process. */
  readonly bufferedAmount: number;
  /** 32 bytes that both ends of a TLS connection know, and nobody else has. Absent, or `undefined`, where there is no TLS or the runtime does not tell. */
  channelId?(type: ChannelBinding): Uint8Array | undefined;
  /** The longest frame that the peer takes, in bytes; a longer one must not be sent, and ends the connection. Absent where it has not told. */
  readonly maxLength?: number | undefined;
};

/**
 * A way to reach a router, cold: each subscription dials once and emits one {@link Connection} when it is open. Unsubscribing gives the
 * attempt up, or drops the connection that came of it. Errors with ConnectFailedError when none can be opened; how an open one ends is
 * told by the connection itself, and the transport completes after it.
 *
 * Any Observable of connections will do. One that `offering` belongs to was not told what to offer: `createClient` and `join` dial the transport that it gives for
 * the names of their `serializers`. What operators make of a transport has no `offering`, and offers JSON unless `subprotocols` says more.
 */
export type Transport = Observable<Connection> & {
  /** The same way with other serializers to offer, best first, by their WebSocket names. Throws TypeError where none of them can be offered. */
  readonly offering?: (subprotocols: readonly string[]) => Observable<Connection>;
};

/** Options that every transport over a network takes. */
export interface DialOptions {
  /**
   * Serializers to offer, best first, by their WebSocket names.
   *
   * @default those of the client's, or of `join`'s, `serializers`; `['wamp.2.json']` to whoever else subscribes
   */
  readonly subprotocols?: readonly string[] | undefined;
}
