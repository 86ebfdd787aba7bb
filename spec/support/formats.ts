import { batched } from '../../lib/serializers/batched.ts';
import { cbor } from '../../lib/serializers/cbor.ts';
import { flatbuffers } from '../../lib/serializers/flatbuffers.ts';
import { json } from '../../lib/serializers/json.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import { ubjson } from '../../lib/serializers/ubjson.ts';

/** A serializer by a name that no other has: the two dialects of UBJSON are one to WAMP. */
export interface Format {
  readonly name: string;
  readonly serializer: Serializer;
  /** What it has no place for, with the reason: scenarios about that are not played in it. */
  readonly lacks: { readonly [T in Trait]?: string };
}

/** Something of a message that not every format can carry. */
export type Trait = 'extra' | 'attributes' | 'credit' | 'disclose_me' | 'payload passthru' | 'progress of calls' | 'retry_after';

type SingleName = 'json' | 'msgpack' | 'cbor' | 'ubjson' | 'bjdata' | 'flatbuffers';

/** The name of a {@link Format}. */
export type FormatName = SingleName | `${SingleName}.batched`;

const SINGLE: Readonly<Record<SingleName, Serializer>> = {
  json: json(), msgpack: msgpack(), cbor: cbor(), ubjson: ubjson(), bjdata: ubjson({ dialect: 'bjdata' }), flatbuffers: flatbuffers(),
};

/** Its tables have slots for what Autobahn|Python knows, and no room for anything else. */
const FLATBUFFERS_LACKS: Readonly<Record<Trait, string>> = {
  extra: 'the extra of HELLO and CHALLENGE is one text, so that nothing can be said of salts, nonces and keys',
  attributes: 'no message has a slot for keys of others',
  credit: 'CALL and INVOCATION have no slot for it',
  disclose_me: 'PUBLISH and CALL have no slot for it: Crossbar.io leaves it to the rules of the realm',
  'payload passthru': 'schemes are numbers, and those that begin with x_ have none',
  'progress of calls': 'CALL and INVOCATION have no slot for it',
  retry_after: 'GOODBYE has no slot for it',
};

/** Every serializer, one message to a frame. */
export const SINGLE_FORMATS: readonly Format[] = Object.entries(SINGLE).map(([name, serializer]) => ({ name, serializer, lacks: name === 'flatbuffers' ? FLATBUFFERS_LACKS : {} }));

/** The batched form of each. */
export const BATCHED_FORMATS: readonly Format[] = SINGLE_FORMATS.map(({ name, serializer, lacks }) => ({ name: `${name}.batched`, serializer: batched(serializer), lacks }));

export const FORMATS: readonly Format[] = [...SINGLE_FORMATS, ...BATCHED_FORMATS];
