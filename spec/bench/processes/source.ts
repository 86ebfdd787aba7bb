/** The router's end of one or more sessions that costs nothing: it answers, counts, and pours out EVENTs that were written ahead. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { decode as decodeMsgpack, encode as encodeMsgpack } from '@msgpack/msgpack';
import { decode as decodeCbor, encode as encodeCbor } from 'cborg';
import { MessageType } from '../../../lib/protocol/messages.ts';
import { serve } from '../harness/serve.ts';
import { routerFrame } from '../wire/frames.ts';
import { accept } from '../wire/handshake.ts';
import { FrameScanner, unmask } from '../wire/scanner.ts';

/** What this process is asked. */
export type Source = {
  /** Listens for sessions of this serializer: `json`, `msgpack` or `cbor`. Gives the URL. */
  listen(serializer: string): Promise<string>;
  /** Sends this many EVENTs to whoever subscribed to the topic, as fast as they are taken. */
  pour(topic: string, count: number): Promise<void>;
};

interface Format {
  encode(list: readonly unknown[]): string | Uint8Array;
  decode(bytes: Buffer): unknown;
}

const FORMATS: Readonly<Record<string, Format>> = {
  json: { encode: JSON.stringify, decode: (bytes) => JSON.parse(bytes.toString()) },
  msgpack: { encode: encodeMsgpack, decode: decodeMsgpack },
  cbor: { encode: encodeCbor, decode: (bytes) => decodeCbor(bytes) },
};

const CHUNK_BYTES = 32 * 1024;
const PUBLICATION = 4_711_000_000;
const PUBLISH_HEAD = Buffer.from('[16,');
const ROLES = {
  broker: { features: { pattern_based_subscription: true } },
  dealer: { features: { progressive_call_results: true, call_canceling: true } },
};

let format: Format;
let lastId = 0;
/** Where the events of a topic go: a session, and its subscription. */
const topics = new Map<string, { readonly socket: Socket; readonly subscription: number }>();

function open(socket: Socket): void {
  const scanner = new FrameScanner((buffer, start, end) => {
    // What a flood is made of is not read any further: there is nothing to answer.
    if (isPublish(buffer, start)) return;
    unmask(buffer, start, end);
    answer(socket, format.decode(buffer.subarray(start, end)) as never);
  });
  socket.on('data', (chunk) => scanner.push(chunk));
}

function isPublish(buffer: Buffer, start: number): boolean {
  for (let i = 0; i < PUBLISH_HEAD.length; i++) if ((buffer[start + i]! ^ buffer[start - 4 + i]!) !== PUBLISH_HEAD[i]) return false;
  return true;
}

function answer(socket: Socket, [type, request, , uri]: readonly [number, number, unknown, string]): void {
  const send = (...list: unknown[]): void => void socket.write(routerFrame(format.encode(list)));
  switch (type) {
    case MessageType.HELLO:
      return send(MessageType.WELCOME, ++lastId, { roles: ROLES });
    case MessageType.SUBSCRIBE:
      topics.set(uri, { socket, subscription: ++lastId });
      return send(MessageType.SUBSCRIBED, request, lastId);
    case MessageType.UNSUBSCRIBE:
      return send(MessageType.UNSUBSCRIBED, request);
    case MessageType.REGISTER:
      return send(MessageType.REGISTERED, request, ++lastId);
    case MessageType.CALL:
      return send(MessageType.RESULT, request, {}, ['RXW']);
  }
}

async function pour(topic: string, count: number): Promise<void> {
  const entry = topics.get(topic);
  if (entry === undefined) throw new Error(`nobody subscribed to ${topic}`);
  const { socket, subscription } = entry;
  const frame = routerFrame(format.encode([MessageType.EVENT, subscription, PUBLICATION, {}, ['RXW', 42.5]]));
  const framesInChunk = Math.floor(CHUNK_BYTES / frame.length);
  const chunk = Buffer.concat(Array.from({ length: framesInChunk }, () => frame));
  for (let left = count; left > 0; left -= framesInChunk) {
    const bytes = left < framesInChunk ? chunk.subarray(0, left * frame.length) : chunk;
    if (!socket.write(bytes)) await once(socket, 'drain');
  }
}

serve<Source>({
  listen: (serializer) => {
    format = FORMATS[serializer]!;
    return accept(`wamp.2.${serializer}`, open);
  },
  pour,
});
