/** The serializations of the Basic Profile, written and read by libraries and not by our codecs. */
import { decode as readMsgpack, encode as writeMsgpack } from '@msgpack/msgpack';
import { decode as readCbor, encode as writeCbor } from 'cborg';

/** A message as it is written in the text. */
export type List = readonly unknown[];

/** One serialization, and the WebSocket subprotocol that stands for it. */
export interface Format {
  readonly name: string;
  readonly subprotocol: string;
  readonly isBinary: boolean;
  encode(list: unknown): string | Uint8Array;
  decode(frame: Buffer): List;
  /** A byte array as this serialization has it in a payload ("Binary support in JSON"). */
  bytes(...octets: readonly number[]): string | Uint8Array;
}

export const JSON_FORMAT: Format = {
  name: 'JSON',
  subprotocol: 'wamp.2.json',
  isBinary: false,
  encode: (list) => JSON.stringify(list),
  decode: (frame) => JSON.parse(frame.toString()) as List,
  bytes: (...octets) => `\0${Buffer.from(octets).toString('base64')}`,
};

export const MSGPACK_FORMAT: Format = {
  name: 'MsgPack',
  subprotocol: 'wamp.2.msgpack',
  isBinary: true,
  encode: (list) => writeMsgpack(list),
  decode: (frame) => readMsgpack(frame) as List,
  bytes: (...octets) => Uint8Array.from(octets),
};

export const CBOR_FORMAT: Format = {
  name: 'CBOR',
  subprotocol: 'wamp.2.cbor',
  isBinary: true,
  encode: (list) => writeCbor(list),
  decode: (frame) => readCbor(frame) as List,
  bytes: (...octets) => Uint8Array.from(octets),
};

/** All of them. */
export const FORMATS: readonly Format[] = [JSON_FORMAT, MSGPACK_FORMAT, CBOR_FORMAT];
