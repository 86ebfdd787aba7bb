/** The words of HTTP long-poll, for both of its ends: what `open` asks for and is answered with, and what bodies are called. */
import { ProtocolError } from '../errors.ts';
import { own } from './fields.ts';
import { show } from './show.ts';

/** Bytes that a request to open a transport, and its answer, may have. */
export const MAX_OPENING = 16_384;

/** Characters up to which messages are put into one body. One that is longer alone goes alone. */
export const MAX_BATCH = 65_536;

const BATCHED = '.batched';
const MAX_TRANSPORT = 256;

/** What `open` is answered with. */
export interface LongPollOpened {
  /** The serializer, by its WebSocket name. */
  readonly protocol: string;
  /** What the connection is called in the path of its requests. */
  readonly transport: string;
}

/** Whether a body holds messages as a batch, or one alone. */
export function isBatched(subprotocol: string): boolean {
  return subprotocol.endsWith(BATCHED);
}

/** The name of the batched form of a serializer. */
export function batchedForm(subprotocol: string): string {
  return `${subprotocol}${BATCHED}`;
}

/** The name of a serializer without its batches. */
export function plainForm(subprotocol: string): string {
  return isBatched(subprotocol) ? subprotocol.slice(0, -BATCHED.length) : subprotocol;
}

/** Whether the messages of a serializer are text. */
export function isText(subprotocol: string): boolean {
  return plainForm(subprotocol) === 'wamp.2.json';
}

/** The media type of bodies, by serializer, as Crossbar.io names it. */
export function mediaTypeOf(subprotocol: string): string {
  switch (plainForm(subprotocol)) {
    case 'wamp.2.json': return 'application/json';
    case 'wamp.2.msgpack': return 'application/x-msgpack';
    case 'wamp.2.cbor': return 'application/cbor';
    case 'wamp.2.ubjson': return 'application/ubjson';
    case 'wamp.2.flatbuffers': return 'application/x-flatbuffers';
    default: return 'application/octet-stream';
  }
}

/** The serializers that a request to open offers. Throws ProtocolError where it is none. */
export function readOpenRequest(text: string): readonly string[] {
  const protocols = own(readObject(text), 'protocols');
  if (Array.isArray(protocols) && protocols.every((name) => typeof name === 'string')) return protocols;
  throw new ProtocolError(`open.protocols must be a list of names, got ${show(protocols)}`);
}

/** What a request to open was answered with. Throws ProtocolError where it is no such answer. */
export function readOpened(text: string): LongPollOpened {
  const answer = readObject(text);
  const [protocol, transport] = [own(answer, 'protocol'), own(answer, 'transport')];
  if (typeof protocol !== 'string') throw new ProtocolError(`opened.protocol must be a name, got ${show(protocol)}`);
  // It becomes a part of a path: dots alone would lead elsewhere.
  if (typeof transport !== 'string' || transport.length > MAX_TRANSPORT || /^\.{0,2}$/.test(transport)) {
    throw new ProtocolError(`opened.transport must be a name of 1 to ${MAX_TRANSPORT} characters, got ${show(transport)}`);
  }
  return { protocol, transport };
}

function readObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError(`body must be JSON, got ${show(text)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ProtocolError(`body must be a JSON object, got ${show(value)}`);
  return value;
}
