import { expect, it } from '@jest/globals';
import { FORMATS, type List } from '../support/formats.ts';
import { ANY_ID } from '../support/peer.ts';
import { announced, section } from '../support/section.ts';

const PPT = ['payload_passthru_mode'];
const ALL = { publisher: PPT, subscriber: PPT, caller: [...PPT, 'progressive_call_results'], callee: [...PPT, 'call_canceling', 'progressive_call_results'] };

const PARTS = { caller: [...PPT, 'progressive_call_invocations'], callee: [...PPT, 'progressive_call_invocations', 'call_canceling'] };

/** The attributes of the examples. */
const ATTRIBUTES = { ppt_scheme: 'wamp', ppt_serializer: 'cbor', ppt_cipher: 'xsalsa20poly1305', ppt_keyid: 'GTtQ37XGJO2O4R8Dvx4AUo8pe61D9evIWpKGQAPdOh0=' };
const MQTT = { ppt_scheme: 'mqtt', ppt_serializer: 'native' };
const OCTETS = [0x10, 0xe3, 0xff, 0x90, 0x00, 0x7c, 0xdb];

/** The one binary item of a payload, as plain octets or text. */
function binary(list: List, at: number): unknown {
  const [item, ...more] = list[at] as List;
  expect(more).toEqual([]);
  return item instanceof Uint8Array ? Uint8Array.from(item) : item;
}

section('Advanced Profile, Payload Passthru Mode', (bench) => {
  it('is announced by both roles', async () => {
    const peer = await bench.join();

    expect(announced(peer, 'broker')).toMatchObject({ payload_passthru_mode: true });
    expect(announced(peer, 'dealer')).toMatchObject({ payload_passthru_mode: true });
  });

  // "These additional attributes must be forwarded via INVOCATION, EVENT and RESULT messages", and the payload is "one binary item".
  it.each(FORMATS)('forwards attributes and payload of an event to $name', async (format) => {
    const [publisher, subscriber] = [await bench.join(ALL), await bench.join(ALL, { format })];
    const subscription = await subscriber.subscribe('com.myapp.mytopic1');

    publisher.send([16, 1, ATTRIBUTES, 'com.myapp.mytopic1', [publisher.format.bytes(...OCTETS)]]);

    const event = await subscriber.receive();
    expect(event.slice(0, 4)).toEqual([36, subscription, ANY_ID, ATTRIBUTES]);
    expect(binary(event, 4)).toEqual(format.bytes(...OCTETS));
    expect(event).toHaveLength(5);
  });

  it.each(FORMATS)('forwards attributes and payload of a call and its result to and from $name', async (format) => {
    const [callee, caller] = [await bench.join(ALL, { format }), await bench.join(ALL)];
    const registration = await callee.register('com.myapp.secret');

    caller.send([48, 1, ATTRIBUTES, 'com.myapp.secret', [caller.format.bytes(...OCTETS)]]);
    const invocation = await callee.receive();
    expect(invocation.slice(0, 4)).toEqual([68, 1, registration, ATTRIBUTES]);
    expect(binary(invocation, 4)).toEqual(format.bytes(...OCTETS));
    callee.send([70, 1, MQTT, [format.bytes(1, 2, 3)]]);

    const result = await caller.receive();
    expect(result.slice(0, 3)).toEqual([50, 1, MQTT]);
    expect(binary(result, 3)).toEqual(caller.format.bytes(1, 2, 3));
  });

  // "as well as ERROR messages in the case of failures".
  it('forwards the attributes of an error', async () => {
    const [callee, caller] = [await bench.join(ALL), await bench.join(ALL)];
    await callee.register('com.myapp.secret');
    caller.send([48, 1, {}, 'com.myapp.secret']);
    await callee.receive();

    callee.send([8, 68, 1, ATTRIBUTES, 'com.myapp.invalid_revenue_year', [callee.format.bytes(...OCTETS)]]);

    const error = await caller.receive();
    expect(error.slice(0, 5)).toEqual([8, 48, 1, ATTRIBUTES, 'com.myapp.invalid_revenue_year']);
    expect(binary(error, 5)).toEqual(caller.format.bytes(...OCTETS));
  });

  // "nothing prevents the use of Payload Passthru Mode with other features such as, for example, Progressive Call Results".
  it('goes with progressive results', async () => {
    const [callee, caller] = [await bench.join(ALL), await bench.join(ALL)];
    await callee.register('com.myapp.secret');
    caller.send([48, 1, { receive_progress: true, ...ATTRIBUTES }, 'com.myapp.secret', [caller.format.bytes(1)]]);
    expect((await callee.receive())[3]).toEqual({ receive_progress: true, ...ATTRIBUTES });

    callee.send([70, 1, { progress: true, ...ATTRIBUTES }, [callee.format.bytes(2)]], [70, 1, ATTRIBUTES, [callee.format.bytes(3)]]);

    expect((await caller.receiveMany(2)).map(([, , details]) => details)).toEqual([{ progress: true, ...ATTRIBUTES }, ATTRIBUTES]);
  });

  // "a Router shall not inspect and analyze the ppt_ options": any scheme, serializer or cipher is handed on.
  it('looks at none of the attributes', async () => {
    const [publisher, subscriber] = [await bench.join(ALL), await bench.join(ALL)];
    await subscriber.subscribe('com.topic');
    const own = { ppt_scheme: 'x_my_scheme', ppt_serializer: 'x_my_serializer', ppt_cipher: 'rot13', ppt_keyid: '0x00' };

    publisher.send([16, 1, own, 'com.topic', [publisher.format.bytes(1)]]);

    expect((await subscriber.receive())[3]).toEqual(own);
  });

  // "without announcing it during the HELLO handshake MUST be treated as PROTOCOL ERRORS and underlying WAMP connections must be aborted".
  it.each<readonly [string, List]>([
    ['CALL', [48, 1, ATTRIBUTES, 'com.procedure', []]], ['PUBLISH', [16, 1, ATTRIBUTES, 'com.topic', []]],
  ])('aborts who sends such a %s without having announced it', async (_, list) => {
    const peer = await bench.join();

    peer.send(list);

    await peer.aborted('wamp.error.protocol_violation');
  });

  it('aborts a callee that sends such a YIELD without having announced it', async () => {
    const [callee, caller] = [await bench.join(), await bench.join(ALL)];
    await callee.register('com.procedure');
    caller.send([48, 1, {}, 'com.procedure']);
    await callee.receive();

    callee.send([70, 1, ATTRIBUTES, [callee.format.bytes(1)]]);

    await callee.aborted('wamp.error.protocol_violation');
    expect((await caller.receive()).slice(0, 5)).toEqual([8, 48, 1, {}, 'wamp.error.canceled']);
  });

  // "routed to a Callee which doesn't support payload passthru, MUST be treated as APPLICATION ERRORS": feature_not_supported for the Caller.
  it('answers feature_not_supported where the callee has not announced it', async () => {
    const [callee, caller] = [await bench.join(), await bench.join(ALL)];
    await callee.register('com.procedure');

    caller.send([48, 1, ATTRIBUTES, 'com.procedure', [caller.format.bytes(1)]]);

    expect((await caller.receive()).slice(0, 5)).toEqual([8, 48, 1, {}, 'wamp.error.feature_not_supported']);
    await callee.silence();
  });

  // Not quite as the text has it: "the Caller which doesn't support payload passthru, MUST be treated as APPLICATION ERRORS and the Dealer MUST
  // respond to the Callee with a wamp.error.feature_not_supported error message". YIELD is no request that an ERROR could answer, and the
  // caller waits: so it is the caller who is told.
  it('answers feature_not_supported to a caller that has not announced what the callee sends', async () => {
    const [callee, caller] = [await bench.join(ALL), await bench.join()];
    await callee.register('com.procedure');
    caller.send([48, 1, {}, 'com.procedure']);
    await callee.receive();

    callee.send([70, 1, ATTRIBUTES, [callee.format.bytes(1)]]);

    expect((await caller.receive()).slice(0, 5)).toEqual([8, 48, 1, {}, 'wamp.error.feature_not_supported']);
    await callee.silence();
  });

  // ppt_scheme|string, ppt_serializer|string, ppt_cipher|string, ppt_keyid|string
  it.each([{ ppt_scheme: 1 }, { ppt_scheme: 'wamp', ppt_keyid: 7 }, { ppt_scheme: 'wamp', ppt_cipher: {} }])('aborts who sends %j', async (options) => {
    const peer = await bench.join(ALL);

    peer.send([16, 1, options, 'com.topic', []]);

    await peer.aborted('wamp.error.protocol_violation');
  });

  // "Freezing of Options in Progressive Call Invocations": the ppt_ attributes are among the "options that are frozen upon the initial" one.
  it('keeps the attributes of the first part of a call for all of them', async () => {
    const [callee, caller] = [await bench.join(PARTS), await bench.join(PARTS)];
    await callee.register('com.upload');

    caller.send(
      [48, 1, { progress: true, ...ATTRIBUTES }, 'com.upload', [caller.format.bytes(1)]],
      [48, 1, { progress: true }, 'com.upload', [caller.format.bytes(2)]],
      [48, 1, { ...ATTRIBUTES, ppt_keyid: 'another' }, 'com.upload', [caller.format.bytes(3)]],
    );

    expect((await callee.receiveMany(3)).map(([, , , details]) => details)).toEqual([{ progress: true, ...ATTRIBUTES }, { progress: true, ...ATTRIBUTES }, ATTRIBUTES]);
  });
});
