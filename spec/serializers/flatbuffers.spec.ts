import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SerializationError } from '../../lib/errors.ts';
import type { WampList } from '../../lib/protocol/messages.ts';
import { flatbuffers } from '../../lib/serializers/flatbuffers.ts';

const { encode, decode } = flatbuffers();
const roundTrip = (list: WampList): WampList => decode(encode(list));

const FORWARDED = [{ session: 7, authid: 'a', authrole: 'b' }, { session: 2 ** 53, authid: 'c', authrole: 'd' }];

const MESSAGES: readonly WampList[] = [
  [1, 'realm1', { roles: { caller: { features: { call_canceling: true } }, callee: {} }, authmethods: ['ticket', 'wampcra'], authid: 'joe', authextra: { a: 'b' } }],
  [2, 2 ** 53, { roles: { broker: { features: { session_meta_api: true } }, dealer: {} }, realm: 'realm1', authid: 'joe', authrole: 'user', authmethod: 'ticket' }],
  [3, { message: 'no' }, 'wamp.error.no_such_realm'],
  [4, 'wampcra', { challenge: '{"a":1}' }],
  [5, 'secret', {}],
  [6, {}, 'wamp.close.normal'],
  [8, 48, 7, { forward_for: FORWARDED }, 'com.error', [1, 'a'], { b: 2 }],
  [16, 1, { acknowledge: true, exclude_me: false, exclude: [1, 2 ** 40], eligible_authid: ['joe', ''], retain: true }, 'a.b', [], { b: [Uint8Array.of(1)] }],
  [17, 1, 2 ** 53],
  [32, 1, { match: 'wildcard', get_retained: true }, 'a..b'],
  [33, 1, 2],
  [34, 1, 2],
  [35, 1],
  [35, 1, { subscription: 5, reason: 'wamp.error.x' }],
  [36, 1, 2, { publisher: 3, publisher_authid: 'joe', topic: 'a.b', retained: true }, [1.5, null, { a: -1 }]],
  [36, 1, 2, { ppt_scheme: 'wamp', ppt_serializer: 'cbor', ppt_cipher: 'xsalsa20poly1305', ppt_keyid: 'k' }, Uint8Array.of(1, 2, 3)],
  [48, 1, { timeout: 2 ** 32 - 1, receive_progress: true }, 'a.b', ['text']],
  [49, 1, { mode: 'skip' }],
  [49, 1, {}],
  [50, 1, { progress: true }, [1]],
  [64, 1, { match: 'prefix', invoke: 'roundrobin', concurrency: 3, force_reregister: true }, 'a'],
  [65, 1, 2],
  [66, 1, 2],
  [67, 1],
  [68, 1, 2, { procedure: 'a.b', caller: 4, caller_authrole: 'user' }, [], { a: 1 }],
  [69, 1, { mode: 'kill', reason: 'a.b' }],
  [70, 1, { progress: false }],
];

/** The value, or nothing where it was refused; any other error fails the spec. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof SerializationError) return undefined;
    throw error;
  }
}

describe('flatbuffers', () => {
  it.each(MESSAGES.map((list) => [JSON.stringify(list), list] as const))('reads back %s', (_name, list) => {
    expect(roundTrip(list)).toStrictEqual(list);
  });

  it('writes and reads EVENT_RECEIVED in either number', () => {
    expect(roundTrip([337, 5])).toEqual([37, 5]);
    expect(roundTrip([37, 5])).toEqual([37, 5]);
  });

  it('takes a peer that says nothing of its roles to have all of them', () => {
    expect(roundTrip([1, 'realm1', {}])).toEqual([1, 'realm1', { roles: { publisher: {}, subscriber: {}, caller: {}, callee: {} } }]);
    expect(roundTrip([2, 1, {}])).toEqual([2, 1, { roles: { broker: {}, dealer: {} } }]);
  });

  it('leaves out what the schema has no slot for', () => {
    expect(roundTrip([48, 1, { _more: 1, rkey: 'a' }, 'a.b'])).toEqual([48, 1, {}, 'a.b']);
    expect(roundTrip([1, 'realm1', { agent: 'x', roles: { caller: { features: { unheard_of: true } } } }])).toEqual([1, 'realm1', { roles: { caller: {} } }]);
  });

  it.each<[string, WampList]>([
    ['an extra of two texts', [4, 'wampcra', { challenge: 'a', salt: 'b' }]],
    ['an extra that is no text', [5, 'secret', { a: 1 }]],
    ['a method without a number', [4, 'x_own', {}]],
    ['a scheme of payload passthru mode without a number', [36, 1, 2, { ppt_scheme: 'x_own' }, Uint8Array.of(1)]],
    ['an empty scheme', [36, 1, 2, { ppt_scheme: '' }, Uint8Array.of(1)]],
    ['an id beyond 64 bits', [33, 1, 2n ** 64n]],
    ['an id that is none', [33, -1, 2]],
    ['a timeout beyond 32 bits', [48, 1, { timeout: 2 ** 32 }, 'a.b']],
    ['a topic that is no text', [32, 1, {}, 5]],
    ['a list that is none', [16, 1, { exclude: 5 }, 'a.b']],
    ['roles that are none', [1, 'realm1', { roles: [] }]],
    ['arguments that are no data', [48, 1, {}, 'a.b', [() => 1]]],
    ['a message of another type', [1000, 1]],
    ['a message without a type', ['text']],
  ])('refuses to write %s', (_name, list) => {
    expect(() => encode(list)).toThrow(SerializationError);
  });

  it('refuses a frame that is text, empty, or of no type', () => {
    for (const frame of ['', new Uint8Array(), new Uint8Array(3), new Uint8Array(64), Uint8Array.of(255, 255, 255, 255, 0, 0)]) {
      expect(() => decode(frame)).toThrow(SerializationError);
    }
  });

  it('throws nothing but SerializationError at a frame that is cut short or spoiled anywhere', () => {
    fc.assert(fc.property(fc.constantFrom(...MESSAGES), fc.nat(), fc.integer({ min: 0, max: 255 }), fc.boolean(), (list, at, byte, isCut) => {
      const frame = (encode(list) as Uint8Array).slice();
      frame[at % frame.length] = byte;
      const read = attempt(() => decode(isCut ? frame.subarray(0, at % frame.length) : frame));
      if (read !== undefined) attempt(() => encode(read));
    }), { numRuns: 5000 });
  });

  it('reads no byte of a frame twice', () => {
    const list: WampList = [16, 1, { eligible_authid: ['x'.repeat(40_000), ...Array.from({ length: 10_000 }, () => '')] }, 'a.b'];
    const frame = encode(list) as Uint8Array;
    const view = new DataView(frame.buffer, frame.byteOffset);
    const vector = Array.from({ length: frame.length / 4 - 1 }, (_, n) => 4 * n).find((at) => view.getUint32(at, true) === 10_001)!;
    const long = vector + 4 + view.getUint32(vector + 4, true);

    expect(decode(frame)).toEqual(list);
    for (let n = 1; n <= 10_000; n++) view.setUint32(vector + 4 + 4 * n, long - (vector + 4 + 4 * n), true);
    expect(() => decode(frame)).toThrow(new SerializationError('FlatBuffers frame must not use its bytes more than once'));
  });

  it('reads what it finds in the middle of a larger buffer', () => {
    const frame = encode([17, 1, 2]) as Uint8Array;
    const around = new Uint8Array(frame.length + 20);
    around.set(frame, 7);

    expect(decode(around.subarray(7, 7 + frame.length))).toEqual([17, 1, 2]);
  });
});
