import { batched } from './batched.ts';
import { cbor } from './cbor.ts';
import { json } from './json.ts';
import { msgpack } from './msgpack.ts';
import type { Serializer } from './serializer.ts';
import { ubjson } from './ubjson.ts';

/**
 * Every serializer, best first. JSON is parsed by the engine itself, every peer has it, and a router passes its payloads on as they
 * stand; MessagePack is smaller and faster with bytes and numbers; CBOR is as small and slower; UBJSON is slower still, and its two
 * dialects are a reason to choose something else.
 */
export const SERIALIZERS: readonly Serializer[] = [json(), msgpack(), cbor(), ubjson()];

/**
 * What a router takes: the same, and then their batched forms, for clients that offer nothing else.
 */
export const ROUTER_SERIALIZERS: readonly Serializer[] = [...SERIALIZERS, ...SERIALIZERS.map(batched)];

/** The serializer of a WebSocket subprotocol such as `wamp.2.json`; `undefined` where we have none. */
export function serializerOf(subprotocol: string): Serializer | undefined {
  return ROUTER_SERIALIZERS.find((serializer) => serializer.subprotocol === subprotocol);
}
