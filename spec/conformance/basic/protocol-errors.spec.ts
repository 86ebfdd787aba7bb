import { expect, it } from '@jest/globals';
import type { List } from '../support/formats.ts';
import { ANY_ID } from '../support/peer.ts';
import { roles, section } from '../support/section.ts';

/** "Receiving [...] message, after session was established", and those that only a router sends ("Message Codes and Direction"). */
const NOT_FROM_A_CLIENT: readonly (readonly [string, List])[] = [
  ['WELCOME', [2, 1, { roles: { broker: {} } }]],
  ['HELLO', [1, 'realm1', { roles: roles() }]],
  ['CHALLENGE', [4, 'ticket', {}]],
  ['AUTHENTICATE', [5, 'signature', {}]],
  ['PUBLISHED', [17, 1, 1]],
  ['SUBSCRIBED', [33, 1, 1]],
  ['UNSUBSCRIBED', [35, 1]],
  ['EVENT', [36, 1, 1, {}]],
  ['RESULT', [50, 1, {}]],
  ['REGISTERED', [65, 1, 1]],
  ['UNREGISTERED', [67, 1]],
  ['INVOCATION', [68, 1, 1, {}]],
  ['INTERRUPT', [69, 1, {}]],
];

/** "Receiving [...] message, before session was established." */
const BEFORE: readonly (readonly [string, List])[] = [
  ['GOODBYE', [6, {}, 'wamp.close.close_realm']],
  ['ERROR', [8, 68, 1, {}, 'com.error']],
  ['YIELD', [70, 1, {}]],
  ['CANCEL', [49, 1, {}]],
  ['UNSUBSCRIBE', [34, 1, 1]],
  ['UNREGISTER', [66, 1, 1]],
  ...NOT_FROM_A_CLIENT.filter(([name]) => name !== 'HELLO'),
];

/** "protocol incompatible message, such as empty array, invalid WAMP message type id, etc." */
const INCOMPATIBLE: readonly (readonly [string, unknown])[] = [
  ['an empty array', []],
  ['a dictionary', { 0: 32, 1: 1 }],
  ['a string', 'SUBSCRIBE'],
  ['a number', 32],
  ['null', null],
  ['a type that is a string', ['32', 1, {}, 'com.topic']],
  ['a type that is null', [null, 1, {}, 'com.topic']],
  ['a type that is a fraction', [32.5, 1, {}, 'com.topic']],
  ['a type that nobody has', [99, 1, {}, 'com.topic']],
  ['type 0', [0]],
  ['a type below 0', [-1]],
  ['an ERROR to what is no request', [8, 99, 1, {}, 'com.error']],
  ['an ERROR to a request that a router does not make', [8, 48, 1, {}, 'com.error']],
  ['an ERROR whose URI is none', [8, 68, 1, {}, 'no uri']],
  ['an ERROR that is too short', [8, 68, 1]],
];

/** "Catching error during message encoding/decoding." */
const UNREADABLE: { readonly [format: string]: readonly (readonly [string, string | Uint8Array])[] } = {
  'JSON': [['no JSON', 'SUBSCRIBE'], ['half of a message', '[32, 1, {}, "com'], ['two messages', '[32,1,{},"com.a"][32,2,{},"com.b"]'], ['nothing', '']],
  'MsgPack': [
    ['a byte that has no meaning', Uint8Array.of(0xc1)], ['half of a message', Uint8Array.of(0x94, 32, 1, 0x80)],
    ['more than a message', Uint8Array.of(0x91, 32, 1)], ['nothing', new Uint8Array()],
    ['keys that are no strings', Uint8Array.of(0x94, 32, 1, 0x81, 1, 1, 0xa1, 0x61)],
  ],
  'CBOR': [
    ['a break that ends nothing', Uint8Array.of(0xff)], ['half of a message', Uint8Array.of(0x84, 0x18, 32, 1, 0xa0)],
    ['more than a message', Uint8Array.of(0x82, 0x18, 32, 1, 1)], ['nothing', new Uint8Array()],
    ['keys that are no strings', Uint8Array.of(0x84, 0x18, 32, 1, 0xa1, 1, 1, 0x61, 0x61)],
  ],
};

section('Basic Profile, Protocol Errors', (bench) => {
  it.each(BEFORE)('aborts who sends %s before there is a session', async (_, list) => {
    const peer = await bench.connect();

    peer.send(list);

    await peer.aborted('wamp.error.protocol_violation');
  });

  it.each(NOT_FROM_A_CLIENT)('aborts who sends %s', async (_, list) => {
    const peer = await bench.join();

    peer.send(list);

    await peer.aborted('wamp.error.protocol_violation');
  });

  it.each(INCOMPATIBLE)('aborts who sends %s', async (_, value) => {
    const peer = await bench.join();

    peer.sendFrame(peer.format.encode(value));

    await peer.aborted('wamp.error.protocol_violation');
  });

  it.each(UNREADABLE[bench.format.name] ?? [])('aborts who sends %s', async (_, frame) => {
    const peer = await bench.join();

    peer.sendFrame(frame);

    await peer.aborted('wamp.error.protocol_violation');
  });

  // "MUST abort the WAMP session by disposing any allocated subscriptions/registrations for that particular client and without waiting for
  // or processing any messages subsequently received from the peer".
  it('disposes of what the offender had, does nothing more for it, and leaves the others alone', async () => {
    const [offender, other] = [await bench.join(), await bench.join()];
    await offender.subscribe('com.topic');
    await offender.register('com.offender');
    const registration = await other.register('com.other');
    const subscription = await other.subscribe('com.more');
    offender.send([48, offender.next(), {}, 'com.other']);
    expect(await other.receive()).toEqual([68, 1, registration, {}]);

    offender.sendFrame(offender.format.encode([99]));
    offender.send([16, offender.next(), {}, 'com.more', ['too late']]);

    await offender.aborted('wamp.error.protocol_violation');
    await other.silence();
    expect(await other.call('com.offender')).toEqual([8, 48, expect.any(Number), {}, 'wamp.error.no_such_procedure']);
    await other.register('com.offender');
    // What it called goes on; nobody hears the answer.
    other.send([70, 1, {}, ['nobody waits']]);
    const third = await bench.join();
    third.send([16, 1, {}, 'com.more', ['in time']]);
    expect(await other.receive()).toEqual([36, subscription, ANY_ID, {}, ['in time']]);
  });

  it('takes keys that have a meaning to some language for what they are: keys', async () => {
    const [peer, other] = [await bench.join(), await bench.join()];
    await peer.register('com.procedure');
    const strange = { constructor: 1, toString: 2, hasOwnProperty: 3 };

    other.send([48, 1, strange, 'com.procedure', [strange], strange]);

    expect(await peer.receive()).toEqual([68, 1, ANY_ID, {}, [strange], strange]);
  });
});
