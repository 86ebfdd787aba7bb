/** What is inside a box: a payload, what it belongs to, and which way it goes; written in JSON or in CBOR. */
import { EncryptionError, SerializationError } from '../errors.ts';
import { isDict } from '../protocol/fields.ts';
import { cbor } from '../serializers/cbor.ts';
import { json } from '../serializers/json.ts';
import { isUtf8 } from '../serializers/utf8.ts';
import type { Dict, Payload } from '../types.ts';
import type { PayloadContext } from './payload-codec.ts';

/** Serializers of envelopes. */
export type EnvelopeFormat = 'cbor' | 'json';

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** CBOR's list of one item (RFC 8949, 3.1): serializers write and read lists, and an envelope is a dictionary. */
const LIST_OF_ONE = 0x81;

/**
 * Writes a payload with its URI and direction, so that nobody on the way can have it read as anything else. `args` and `kwargs` stand as the specification
 * has them, `uri` as Autobahn has it; `from`, and of errors `procedure`, are ours alone, and others take no notice of them. Throws SerializationError.
 */
export function writeEnvelope({ args, kwargs }: Payload, { uri, from, procedure }: PayloadContext, format: EnvelopeFormat): Uint8Array {
  const list = [{ uri, args, kwargs, from, procedure }];
  return format === 'json' ? utf8.encode((json().encode(list) as string).slice(1, -1)) : (cbor().encode(list) as Uint8Array).slice(1);
}

/**
 * Reads what was sealed. Throws EncryptionError: `unsupported` where the format is none of ours, `malformed` where it is no envelope, `misdirected` where it
 * was written for another URI or for the other direction. What an envelope does not say of these is taken for right.
 */
export function readEnvelope(bytes: Uint8Array, context: PayloadContext, format: string | undefined): Payload {
  const { uri } = context;
  const envelope = dictionaryIn(bytes, uri, format);
  const { args, kwargs } = { args: envelope['args'] ?? [], kwargs: envelope['kwargs'] ?? {} };
  if (!Array.isArray(args) || !isDict(kwargs)) throw malformed(uri);
  if ((['uri', 'from', 'procedure'] as const).some((key) => (envelope[key] ?? context[key]) !== context[key])) {
    throw new EncryptionError(`payload of ${uri} must be one that was written for it, got another`, { reason: 'misdirected' });
  }
  return { args, kwargs };
}

function dictionaryIn(bytes: Uint8Array, uri: string, format: string | undefined): Dict {
  if (format !== 'json' && format !== 'cbor') throw new EncryptionError(`payload of ${uri} must be in cbor or json, got another serializer`, { reason: 'unsupported' });
  try {
    const [envelope, ...more] = format === 'json' ? listInJson(bytes) : listInCbor(bytes);
    if (isDict(envelope) && more.length === 0) return envelope;
  } catch (error) {
    // What a parser says may show what it has read.
    if (!(error instanceof SerializationError)) throw error;
  }
  throw malformed(uri);
}

function listInCbor(bytes: Uint8Array): readonly unknown[] {
  const list = new Uint8Array(bytes.length + 1);
  list[0] = LIST_OF_ONE;
  list.set(bytes, 1);
  return cbor().decode(list);
}

function listInJson(bytes: Uint8Array): readonly unknown[] {
  if (!isUtf8(bytes, 0, bytes.length)) throw new SerializationError('payload must be UTF-8');
  return json().decode(`[${text.decode(bytes)}]`);
}

function malformed(uri: string): EncryptionError {
  return new EncryptionError(`payload of ${uri} must be a dictionary with args and kwargs, got something else`, { reason: 'malformed' });
}
