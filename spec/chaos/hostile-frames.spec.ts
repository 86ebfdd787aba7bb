/**
 * Frames that break a rule: of WebSocket, of RawSocket, of a serializer, of WAMP. Whoever sends them hears which one, by a close code or ABORT, and is gone;
 * others, with a call under way all the time, are answered and hear every event in order; and nothing of it stays in the router. What the wire
 * can do beyond that (floods, peers that never speak) is in floods.spec.ts, those who do not read are in slow-consumers.spec.ts, and batches of messages
 * in hostile-batches.spec.ts.
 */
import { describe, expect, it } from '@jest/globals';
import type { WampList } from '../../lib/protocol/messages.ts';
import { SERIALIZERS } from '../../lib/serializers/all.ts';
import { batched } from '../../lib/serializers/batched.ts';
import { cbor } from '../../lib/serializers/cbor.ts';
import { flatbuffers } from '../../lib/serializers/flatbuffers.ts';
import { json } from '../../lib/serializers/json.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import { FrameType } from '../../lib/protocol/rawsocket.ts';
import { ubjson } from '../../lib/serializers/ubjson.ts';
import type { Frame } from '../../lib/transports/transport.ts';
import { BareRaw, rawFrame, rawPrefix } from '../support/bare-raw.ts';
import { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, bareFrame } from '../support/bare-socket.ts';
import { HELLO, MEBIBYTE, SUBSCRIPTIONS, VIOLATION, hostileStage } from '../support/hostile-stage.ts';
import { ROLES } from '../support/raw-peer.ts';

const text = (payload: string | Buffer, wrong: Partial<Parameters<typeof bareFrame>[1]> = {}): Buffer => bareFrame(payload, { opcode: TEXT, ...wrong });
const times = <T>(count: number, make: (n: number) => T): readonly T[] => Array.from({ length: count }, (_, n) => make(n));

const keys = (count: number, make: (key: string) => string): string[] => [...times(count, (n) => make(`k${String(n).padStart(6, '0')}`))];

const stage = hostileStage();
const { loose } = stage;

describe('a frame that breaks the rules of WebSocket', () => {
  it.each<[string, number, readonly Buffer[]]>([
    ['that is not masked', 1002, [text('[]', { isMasked: false })]],
    ['of a reserved type', 1002, [bareFrame('', { opcode: 0x3 })]],
    ['of a reserved control type', 1002, [bareFrame('', { opcode: 0xb })]],
    ['with a reserved bit', 1002, [text('[]', { reserved: 0x40 })]],
    ['of control that is longer than 125', 1002, [bareFrame('x'.repeat(126), { opcode: PING })]],
    ['of control in fragments', 1002, [bareFrame('x', { opcode: PING, isFinal: false })]],
    ['that goes on with nothing', 1002, [bareFrame('[]', { opcode: CONTINUATION })]],
    ['that begins within another one', 1002, [text('[', { isFinal: false }), text('[]')]],
    ['of a close code that nobody may send', 1002, [bareFrame(Buffer.from([0x03, 0xed]), { opcode: CLOSE })]],
    ['that claims 2^63 bytes', 1009, [text('[', { claims: 2n ** 63n })]],
    ['that claims a gigabyte', 1009, [text('[', { claims: 2n ** 30n })]],
    ['of text that is no UTF-8', 1007, [text(Buffer.from([0x5b, 0xff, 0xfe, 0x5d]))]],
    ['of text that is no UTF-8 only when its fragments are put together', 1007, [text(Buffer.from([0x5b, 0x22, 0xc3]), { isFinal: false }), bareFrame(Buffer.from([0x22, 0x5d]), { opcode: CONTINUATION })]],
    ['in fragments that never end', 1009, [text('[', { isFinal: false }), ...times(17, () => bareFrame(Buffer.alloc(MEBIBYTE, 0x20), { opcode: CONTINUATION, isFinal: false }))]],
    ['in more empty fragments than anybody needs', 1008, [text('[', { isFinal: false }), ...times(20_000, () => bareFrame('', { opcode: CONTINUATION, isFinal: false }))]],
  ])('is answered with its code, and the connection is over: one %s', async (_, code, frames) => {
    for (const isToJoin of [false, true]) {
      const bare = await loose(json(), isToJoin, async (offender) => {
        offender.write(...frames);
        await offender.closed();
      });

      expect(bare.closeCodes).toEqual([code]);
    }
  });

  it('ends a connection that sends pings and takes no pongs', async () => {
    const ping = bareFrame('x'.repeat(125), { opcode: PING });
    const many = Buffer.concat(times(8_000, () => ping) as Buffer[]);

    await loose(json(), true, async (bare) => {
      bare.socket.pause();
      for (let sent = 0; sent < 40 && !bare.socket.destroyed; sent++) {
        bare.write(many);
        await stage.bystanders.round();
      }
      bare.socket.resume();
      await bare.closed();
    });
  });

  it('may be a ping, before anything else and between fragments', async () => {
    const [first, rest] = [JSON.stringify(HELLO).slice(0, 5), JSON.stringify(HELLO).slice(5)];

    const bare = await loose(json(), false, async (peer) => {
      peer.write(bareFrame('a', { opcode: PING }), text(first, { isFinal: false }), bareFrame('b', { opcode: PING }), bareFrame(rest, { opcode: CONTINUATION }));
      await peer.next(2);
    });

    expect(bare.count(PONG)).toBe(2);
    bare.socket.destroy();
  });
});

describe('a frame that breaks the rules of RawSocket', () => {
  const join = async (): Promise<BareRaw> => {
    const raw = (await BareRaw.open(stage.rawUrl)).send(HELLO);
    await raw.until(() => raw.frames.length === 1);
    return raw;
  };

  it.each<[string, readonly Buffer[]]>([
    ['of a reserved type', [rawPrefix(0x0300_0000)]],
    ['of the last reserved type', [rawPrefix(0x0700_0000)]],
    ['with a reserved bit', [rawPrefix(0x1000_0000)]],
    ['that is longer than anything', [rawPrefix(0x0800_0001)]],
    ['of text that is no UTF-8', [rawFrame(Buffer.from([0x5b, 0xff, 0xfe, 0x5d]))]],
  ])('ends the connection without a word: one %s', async (_, frames) => {
    const raw = await join();

    await stage.bystanders.talkDuring(raw.write(Buffer.concat([...frames, rawFrame('[32,1,{},"com.x"]')])).closed());

    expect(raw.frames).toHaveLength(1);
  });

  it('is answered with ABORT where only WAMP is broken', async () => {
    const raw = await join();

    await stage.bystanders.talkDuring(raw.send([9999, 1]).closed());

    expect(JSON.parse(raw.texts[1] ?? '')).toEqual([3, { message: expect.any(String) }, VIOLATION]);
    expect(raw.ended).toBe(true);
  });

  it('may be a ping, and a pong that nobody asked for', async () => {
    const raw = await join();
    raw.write(Buffer.concat([rawFrame('a', FrameType.ping), rawFrame('b', FrameType.pong)]));
    await stage.bystanders.talkDuring(raw.until(() => raw.frames.length === 2));

    expect(raw.frames[1]).toEqual({ type: FrameType.pong, payload: Buffer.from('a') });
    raw.socket.destroy();
  });

  it.each<[string, Buffer]>([['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')], ['a serializer that is none', Buffer.from([0x7f, 0xf0, 0, 0])], ['zeros', Buffer.alloc(100)]])(
    'is not read at all behind a handshake of %s', async (_, bytes) => {
      const raw = BareRaw.connect(stage.rawUrl).write(bytes);
      await stage.bystanders.talkDuring(raw.closed());
      expect(raw.opening).toHaveLength(0);
    });
});

/** A message of FlatBuffers, with a part of it overwritten. */
function spoiltTable(list: WampList, offset: number, ...bytes: readonly number[]): Buffer {
  const frame = Buffer.from(flatbuffers().encode(list) as Uint8Array);
  frame.set(bytes, offset);
  return bareFrame(frame, { opcode: BINARY });
}

/** The same with a hundred thousand levels in the CBOR of its arguments. */
function nestedTable(): Buffer {
  const [text, levels] = ['x'.repeat(100_000), Buffer.alloc(100_000, 0x81)];
  const frame = Buffer.from(flatbuffers().encode([16, 1, {}, 'com.x', [text]]) as Uint8Array);
  return bareFrame(frame.fill(levels, frame.indexOf(text) - 5, frame.indexOf(text) + 99_000), { opcode: BINARY });
}

const nestings: readonly (readonly [Serializer, Buffer])[] = [
  [json(), text(`[16,1,{},"com.x",${'['.repeat(100_000)}${']'.repeat(100_000)}]`)],
  [msgpack(), bareFrame(Buffer.concat([Buffer.alloc(120_000, 0x91), Buffer.from([1])]), { opcode: BINARY })],
  [msgpack(), bareFrame(Buffer.concat([Buffer.alloc(120_000, 0xdc), Buffer.from([1])]), { opcode: BINARY })],
  [cbor(), bareFrame(Buffer.concat([Buffer.alloc(120_000, 0x81), Buffer.from([1])]), { opcode: BINARY })],
  [cbor(), bareFrame(Buffer.concat([Buffer.alloc(120_000, 0x9f), Buffer.alloc(120_000, 0xff)]), { opcode: BINARY })],
  [cbor(), bareFrame(Buffer.concat([Buffer.alloc(120_000, 0xc6), Buffer.from([1])]), { opcode: BINARY })],
  [ubjson(), bareFrame(Buffer.concat([Buffer.alloc(120_000, 0x5b), Buffer.alloc(120_000, 0x5d)]), { opcode: BINARY })],
];

describe('a frame that its serializer does not read', () => {
  it.each<[string, Serializer, Buffer]>([
    ...nestings.map(([serializer, frame]) => ['with a hundred thousand levels', serializer, frame] as [string, Serializer, Buffer]),
    ['without anything in it', json(), text('')],
    ['without anything in it', msgpack(), bareFrame('', { opcode: BINARY })],
    ['without anything in it', cbor(), bareFrame('', { opcode: BINARY })],
    ['of bytes where text was agreed on', json(), bareFrame('[48,1,{},"com.x"]', { opcode: BINARY })],
    ['of text where bytes were agreed on', msgpack(), text('[48,1,{},"com.x"]')],
    ['of text where bytes were agreed on', cbor(), text('[48,1,{},"com.x"]')],
    ['with text that is no UTF-8', msgpack(), bareFrame(Buffer.from([0x94, 16, 1, 0x80, 0xa1, 0xff]), { opcode: BINARY })],
    ['with four thousand million elements', msgpack(), bareFrame(Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]), { opcode: BINARY })],
    ['with 2^64 - 1 elements', cbor(), bareFrame(Buffer.from([0x9b, ...Buffer.alloc(8, 0xff)]), { opcode: BINARY })],
    ['with a string of 2^64 - 1 bytes', cbor(), bareFrame(Buffer.from([0x81, 0x7b, ...Buffer.alloc(8, 0xff)]), { opcode: BINARY })],
    ['with 2^31 nulls that take no byte', ubjson(), bareFrame(Buffer.from([0x5b, 0x24, 0x5a, 0x23, 0x6c, 0x7f, 0xff, 0xff, 0xff]), { opcode: BINARY })],
    ['with 2^31 elements', ubjson(), bareFrame(Buffer.from([0x5b, 0x23, 0x6c, 0x7f, 0xff, 0xff, 0xff]), { opcode: BINARY })],
    ['with a string of 2^62 bytes', ubjson(), bareFrame(Buffer.from([0x5b, 0x53, 0x4c, 0x3f, ...Buffer.alloc(7, 0xff)]), { opcode: BINARY })],
    ['with 2^31 bytes that are not there', ubjson({ dialect: 'bjdata' }), bareFrame(Buffer.from([0x5b, 0x5b, 0x24, 0x55, 0x23, 0x6c, 0xff, 0xff, 0xff, 0x7f]), { opcode: BINARY })],
    ['with a table of 2^16 by 2^16 that is not there', ubjson({ dialect: 'bjdata' }), bareFrame(Buffer.from('5b5b2455235b753f3f753f3f5d', 'hex'), { opcode: BINARY })],
    ['with nothing but no-ops', ubjson(), bareFrame(Buffer.alloc(MEBIBYTE, 0x4e), { opcode: BINARY })],
    ['with an integer of a million digits', ubjson(), bareFrame(Buffer.concat([Buffer.from('5b69105a', 'hex'), Buffer.from('H', 'latin1'), Buffer.from('6c000f4240', 'hex'), Buffer.alloc(1_000_000, 0x31), Buffer.from(']')]), { opcode: BINARY })],
    ['without anything in it', flatbuffers(), bareFrame('', { opcode: BINARY })],
    ['of text where bytes were agreed on', flatbuffers(), text('[48,1,{},"com.x"]')],
    ['with a hundred thousand levels', flatbuffers(), nestedTable()],
    ['with its first table outside of it', flatbuffers(), spoiltTable([32, 1, {}, 'com.x'], 0, 0xff, 0xff, 0xff, 0x7f)],
    ['with its first table before it', flatbuffers(), spoiltTable([32, 1, {}, 'com.x'], 0, 0xff, 0xff, 0xff, 0xff)],
    ['of nothing but zeros', flatbuffers(), bareFrame(Buffer.alloc(1000), { opcode: BINARY })],
    ['of nothing but ones', flatbuffers(), bareFrame(Buffer.alloc(1000, 0xff), { opcode: BINARY })],
    ['that is cut in halves', flatbuffers(), bareFrame(Buffer.from(flatbuffers().encode([32, 1, {}, 'com.x']) as Uint8Array).subarray(0, 40), { opcode: BINARY })],
    ['with an extension type', msgpack(), bareFrame(Buffer.from([0x91, 0xc7, 0, 1]), { opcode: BINARY })],
    ['with more behind its end', json(), text('[48,1,{},"com.x"][48,2,{},"com.x"]')],
    ['with more behind its end', msgpack(), bareFrame(Buffer.from([0x90, 0x90]), { opcode: BINARY })],
    ['with more behind its end', cbor(), bareFrame(Buffer.from([0x80, 0x80]), { opcode: BINARY })],
    ['with an integer of a million digits', json(), text(`[16,1,{},"com.x",[1${'0'.repeat(1_000_000)}]]`)],
  ])('is answered with ABORT: one %s (%#)', async (_, serializer, frame) => {
    const bare = await loose(serializer, true, async (offender) => {
      offender.write(frame, offender.frameOf(serializer.encode([16, 2, { acknowledge: true }, 'com.x'])));
      await offender.closed();
    });

    expect(bare.received.slice(1)).toEqual([[3, { message: expect.any(String) }, VIOLATION]]);
    expect(bare.closeCodes).toEqual([1000]);
  });

  it.each<[Serializer, Buffer]>([
    [json(), text(`[16,1,{"acknowledge":true,${keys(1_000_000, (key) => `"${key}":0`).join(',')}},"com.x"]`)],
    [msgpack(), bareFrame(Buffer.concat([Buffer.from('941001df00030d41ab', 'hex'), Buffer.from('acknowledge'), Buffer.from([0xc3]), Buffer.from(keys(200_000, (key) => `\xa7${key}\0`).join(''), 'latin1'), Buffer.from('\xa5com.x', 'latin1')]), { opcode: BINARY })],
    [cbor(), bareFrame(Buffer.concat([Buffer.from('841001ba00030d416b', 'hex'), Buffer.from('acknowledge'), Buffer.from([0xf5]), Buffer.from(keys(200_000, (key) => `\x67${key}\0`).join(''), 'latin1'), Buffer.from('\x65com.x', 'latin1')]), { opcode: BINARY })],
  ])('may have hundreds of thousands of keys, where it has no more bytes than may be: %#', async (serializer, frame) => {
    const bare = await loose(serializer, true, async (peer) => {
      peer.write(frame);
      expect(await peer.next(17)).toEqual([17, 1, expect.any(Number)]);
      peer.send([48, 2, {}, 'com.bystander.echo', [2]]);
      await peer.next(50);
    });

    expect(bare.received.map(([type]) => type)).toEqual([2, 17, 50]);
    bare.socket.destroy();
  }, 60_000);

  it.each(SERIALIZERS)('may not be long before its sender has joined: %#', async (serializer) => {
    const bare = await loose(serializer, false, async (peer) => {
      peer.send([1, 'realm1', { roles: ROLES, authextra: { long: 'x'.repeat(MEBIBYTE) } }]);
      await peer.closed();
    });

    expect(bare.received).toEqual([[3, { message: expect.stringContaining('262144') }, 'wamp.error.payload_size_exceeded']]);
  });
});

describe.each([...SERIALIZERS, batched(json()), batched(cbor())])('a message that breaks the rules of WAMP ($subprotocol)', (serializer) => {
  it.each<[string, boolean, readonly WampList[]]>([
    ['HELLO twice', true, [HELLO]],
    ['a request before HELLO', false, [[32, 1, {}, 'com.x']]],
    ['GOODBYE before HELLO', false, [[6, {}, 'wamp.close.normal']]],
    ['AUTHENTICATE that nobody asked for', false, [[5, 'x', {}]]],
    ['a type that does not exist', true, [[9999, 1, {}]]],
    ['a type that is none', true, [['PUBLISH', 1, {}, 'com.x']]],
    ['what only routers send', true, [[36, 1, 2, {}]]],
    ['HELLO without a role', false, [[1, 'realm1', {}]]],
    ['HELLO with roles that are none', false, [[1, 'realm1', { roles: { thief: {} } }]]],
    ['a realm that is no text', false, [[1, 7, { roles: ROLES }]]],
    ['an id that is 0', true, [[48, 0, {}, 'com.x']]],
    ['an id that is negative', true, [[48, -1, {}, 'com.x']]],
    ['an id that is text', true, [[48, '1', {}, 'com.x']]],
    ['an id that is no integer', true, [[48, 1.5, {}, 'com.x']]],
    ['options that are a list', true, [[32, 1, [], 'com.x']]],
    ['options that are nothing', true, [[32, 1, null, 'com.x']]],
    ['a topic that is a number', true, [[32, 1, {}, 7]]],
    ['arguments that are a dictionary', true, [[16, 1, {}, 'com.x', {}]]],
    ['keyword arguments that are a list', true, [[16, 1, {}, 'com.x', [], []]]],
    ['an option of the wrong type', true, [[16, 1, { exclude: 'all' }, 'com.x']]],
    ['a message that is too short', true, [[32, 1]]],
    ['an empty list', true, [[]]],
    ['a CALL with the id of one that is open', true, [[64, 1, {}, 'com.hostile.never'], [48, 2, {}, 'com.hostile.never'], [48, 2, {}, 'com.hostile.never']]],
    ['a CALL with an id that was used', true, [[48, 1, {}, 'com.nobody'], [48, 1, {}, 'com.nobody']]],
    ['an id that is not the next one', true, [[48, 1, {}, 'com.nobody'], [48, 3, {}, 'com.nobody']]],
    ['a result of an invocation that was never his', true, [[70, 1, {}, ['forged']]]],
    ['an error of an invocation that was never his', true, [[8, 68, 1, {}, 'com.forged']]],
    ['an ERROR for what is no INVOCATION', true, [[8, 48, 1, {}, 'com.x']]],
  ])('is answered with ABORT: %s', async (_, isToJoin, lists) => {
    const bare = await loose(serializer, isToJoin, async (offender) => {
      offender.send(...lists);
      await offender.closed();
    });

    expect(bare.received.at(-1)).toEqual([3, { message: expect.any(String) }, VIOLATION]);
    expect(bare.received.filter(([type]) => type === 3)).toHaveLength(1);
    expect(bare.closeCodes).toEqual([1000]);
  });

  it('says what is wrong where the realm does not exist', async () => {
    const bare = await loose(serializer, false, async (peer) => {
      peer.send([1, 'realm2', { roles: ROLES }]);
      await peer.closed();
    });

    expect(bare.received).toEqual([[3, { message: 'realm "realm2" does not exist' }, 'wamp.error.no_such_realm']]);
  });

  it('is not one where somebody asks for what is not his', async () => {
    const foreign = times(60, (n) => n + 1);
    const bare = await loose(serializer, true, async (peer) => {
      peer.send(...foreign.map((n): WampList => [34, n, n]));
      peer.send(...foreign.map((n): WampList => [66, foreign.length + n, n]));
      peer.send(...foreign.map((n): WampList => [49, n, {}]));
      peer.send([48, 2 * foreign.length + 1, {}, 'com.bystander.echo', ['still here']]);
      await peer.next(50);
    });

    const errors = bare.received.filter(([type]) => type === 8);
    expect(errors.map((error) => error[4])).toEqual([...foreign.map(() => 'wamp.error.no_such_subscription'), ...foreign.map(() => 'wamp.error.no_such_registration')]);
    expect(bare.received).toHaveLength(2 + errors.length);
    bare.socket.destroy();
  });

  it('may be too much: subscriptions are refused beyond the limit, and given back with the session', async () => {
    const bare = await loose(serializer, true, async (peer) => {
      for (let n = 1; n <= 5_000; n++) peer.send([32, n, { match: 'wildcard' }, `com.hostile..x${n}`]);
      peer.send([48, 5_001, {}, 'com.bystander.echo', ['behind all of them']]);
      await peer.next(50);
    });

    const answers = bare.received.slice(1, -1);
    expect(answers.slice(0, SUBSCRIPTIONS).map(([type]) => type)).toEqual(times(SUBSCRIPTIONS, () => 33));
    expect(new Set(answers.slice(SUBSCRIPTIONS).map((error) => error[4]))).toEqual(new Set(['wamp.error.unavailable']));
    expect(answers).toHaveLength(5_000);
    bare.socket.destroy();
  });

  it('makes nobody the heir of a key named __proto__', async () => {
    const frames = [{ __prot0__: { isAdmin: true, match: 'prefix', acknowledge: true } }].flatMap((options) => [[32, 1, options, 'com.x'], [16, 2, options, 'com.x', [options], options]]);
    const spoilt = (frame: Frame): Buffer =>
      bareFrame(Buffer.from(Buffer.from(frame as string).toString('latin1').replaceAll('__prot0__', '__proto__'), 'latin1'), { opcode: serializer.binary ? BINARY : TEXT });

    const bare = await loose(serializer, true, async (peer) => {
      peer.write(...frames.map((list) => spoilt(peer.messageOf(list as WampList))));
      peer.send([6, {}, 'wamp.close.normal']);
      await peer.closed();
    });

    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    // Refused as a whole, or read as a key like any other; never as an option.
    expect([[2, 33, 6], [2, 3]]).toContainEqual(bare.received.map(([type]) => type));
  });

  it('is no GOODBYE, which is answered', async () => {
    const bare = await loose(serializer, true, async (peer) => {
      peer.send([6, {}, 'wamp.close.close_realm']);
      await peer.closed();
    });

    expect(bare.received.slice(1)).toEqual([[6, {}, 'wamp.close.goodbye_and_out']]);
    expect(bare.closeCodes).toEqual([1000]);
  });
});
