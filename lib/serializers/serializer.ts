import type { Message, WampList } from '../protocol/messages.ts';
import type { WireEnd } from '../protocol/wire.ts';
import type { Connection, Frame } from '../transports/transport.ts';

/** Lists to frames and back. Stateless to its users: one object serves any number of connections. */
export interface Serializer {
  /** Its WebSocket subprotocol: `wamp.2.json`, `wamp.2.msgpack`, ... */
  readonly subprotocol: string;
  /** Its number in the RawSocket handshake (14.3). */
  readonly rawSocketId: number;
  /** Whether its frames are bytes; the others are text. */
  readonly binary: boolean;
  /** Writes a list. Throws SerializationError where it holds what the format cannot carry. The frame is the caller's to keep. */
  encode(list: WampList): Frame;
  /** Reads a frame from anybody. Throws SerializationError, and nothing else, where it is not one well-formed list of this format. */
  decode(frame: Frame): WampList;
  /** A codec made for this format, where going through lists would be slower. See {@link codec}. */
  codec?(options: CodecOptions): Codec;
}

/** Messages to frames and back: a serializer and the wire as one. */
export interface Codec {
  readonly subprotocol: string;
  readonly binary: boolean;
  /** Throws SerializationError. Where `message.source` was written by the same serializer its payload is passed on as it stands. */
  encode(message: Message): Frame;
  /** Throws SerializationError or ProtocolError, and nothing else. */
  decode(frame: Frame): Message;
  /** Where a frame of the transport may hold several messages: the connection as one of messages. */
  unbatch?(connection: Connection): Connection;
}

/** Options of a codec. */
export interface CodecOptions {
  /** Which messages it reads and writes. */
  readonly end: WireEnd;
  /** For JSON: sees each message that was read, the list it was read from, and its frame, and may keep that in `message.source`. */
  readonly keepJsonSource?: ((message: Message, list: WampList, frame: Frame) => void) | undefined;
}
