import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { firstValueFrom, type Subscription } from 'rxjs';
import { SerializationError } from '../../lib/errors.ts';
import { createClient } from '../../lib/index.ts';
import { createRouter } from '../../lib/router/index.ts';
import { ROUTER_SERIALIZERS, SERIALIZERS, serializerOf } from '../../lib/serializers/all.ts';
import { batched } from '../../lib/serializers/batched.ts';
import { codec } from '../../lib/serializers/codec.ts';
import { json } from '../../lib/serializers/json.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import type { Connection, Frame } from '../../lib/transports/transport.ts';

const bytes = (...octets: readonly number[]): Uint8Array => Uint8Array.from(octets);

/** Two ends: what is said at `near` arrives in batches at `far`, of which everything is kept. */
function linked(serializer: Serializer): { near: Connection; far: Connection; heard: Frame[]; sent: Frame[]; ends: unknown[]; farEnds: unknown[]; reading: Subscription } {
  const [inner, far] = memoryLink({ subprotocol: serializer.subprotocol });
  const near = codec(serializer).unbatch!(inner);
  const [heard, sent, ends, farEnds]: [Frame[], Frame[], unknown[], unknown[]] = [[], [], [], []];
  far.subscribe({ next: (frame) => sent.push(frame), error: (error: unknown) => farEnds.push(error), complete: () => farEnds.push('complete') });
  const reading = near.subscribe({ next: (frame) => heard.push(frame), error: (error: unknown) => ends.push(error), complete: () => ends.push('complete') });
  return { near, far, heard, sent, ends, farEnds, reading };
}

describe('batched', () => {
  it('is named after what it wraps, and writes and reads lists as that does', () => {
    for (const serializer of SERIALIZERS) {
      const form = batched(serializer);

      expect([form.subprotocol, form.rawSocketId, form.binary]).toEqual([`${serializer.subprotocol}.batched`, serializer.rawSocketId, serializer.binary]);
      expect(form.encode([1, 'a'])).toEqual(serializer.encode([1, 'a']));
      expect(form.decode(serializer.encode([1, 'a']))).toEqual([1, 'a']);
    }
  });

  it('writes a message of text with a record separator behind it, and one of bytes with its length before it', () => {
    const [text, binary] = [linked(batched(json())), linked(batched(msgpack()))];

    text.near.next('[1]');
    binary.near.next(bytes(0x91, 1));

    expect(text.sent).toEqual(['[1]\x1e']);
    expect(binary.sent).toEqual([bytes(0, 0, 0, 2, 0x91, 1)]);
  });

  it('reads however many messages are in a batch, in their order', () => {
    fc.assert(fc.property(fc.array(fc.json(), { minLength: 1 }), fc.array(fc.uint8Array(), { minLength: 1 }), (texts, arrays) => {
      const [text, binary] = [linked(batched(json())), linked(batched(msgpack()))];

      text.far.next(texts.map((each) => `${each}\x1e`).join(''));
      binary.far.next(bytes(...arrays.flatMap((each) => [0, 0, 0, each.length, ...each])));

      expect(text.heard).toEqual(texts);
      expect(binary.heard).toEqual(arrays);
    }));
  });

  it('reads the separator of Autobahn|Python, and answers with it', () => {
    const { near, far, heard, sent } = linked(batched(json()));

    far.next('[1]\x18[2]\x18');
    near.next('[3]');

    expect(heard).toEqual(['[1]', '[2]']);
    expect(sent).toEqual(['[3]\x18']);
  });

  it.each<[string, Serializer, Frame, string]>([
    ['an empty text', json(), '', 'batch must hold a message or more, each followed by U+001E'],
    ['a message that is not followed by a separator', json(), '[1]\x1e[2]', 'batch must hold a message or more, each followed by U+001E'],
    ['bytes where there should be text', json(), bytes(0x1e), 'batch must be text, got bytes'],
    ['no bytes', msgpack(), bytes(), 'batch must hold a message or more, got none'],
    ['text where there should be bytes', msgpack(), '[1]\x1e', 'batch must be bytes, got text'],
    ['a length that is cut short', msgpack(), bytes(0, 0, 0, 1, 0x90, 0, 0), 'batch must have 4 bytes of length before each message, got 2'],
    ['a message that is cut short', msgpack(), bytes(0, 0, 0, 1, 0x90, 0, 0, 0, 2, 0x90), 'message of a batch must be within it, got 2 bytes where 1 are left'],
    ['a message of four gigabytes', msgpack(), bytes(255, 255, 255, 255, 0x90), 'message of a batch must be within it, got 4294967295 bytes where 1 are left'],
  ])('ends the connection over %s, and reads nothing of it', (_name, serializer, frame, message) => {
    const { far, heard, ends, farEnds } = linked(batched(serializer));

    far.next(frame);

    expect(heard).toEqual([]);
    expect(ends).toEqual([new SerializationError(message)]);
    expect(farEnds).toHaveLength(1);
  });

  it('reads nothing more of a batch when nobody listens any more', () => {
    const [near, far] = memoryLink({ subprotocol: 'wamp.2.json.batched' });
    const heard: Frame[] = [];
    const reading: Subscription = codec(batched(json())).unbatch!(near).subscribe((frame) => {
      heard.push(frame);
      if (heard.length === 2) reading.unsubscribe();
    });

    far.next('[1]\x1e');
    far.next('[2]\x1e[3]\x1e[4]\x1e');

    expect(heard).toEqual(['[1]', '[2]']);
  });

  it('does not go through the rest of a batch when nobody listens any more, however much that is', () => {
    const [near, far] = memoryLink({ subprotocol: 'wamp.2.msgpack.batched' });
    const frame = new Uint8Array(4_000);
    const taken = jest.spyOn(frame, 'subarray');
    const reading: Subscription = codec(batched(msgpack())).unbatch!(near).subscribe(() => reading.unsubscribe());

    far.next(frame);

    expect(taken).toHaveBeenCalledTimes(1);
  });

  it('ends as the connection does, from either side', () => {
    const [there, here] = [linked(batched(json())), linked(batched(json()))];

    there.far.complete();
    here.near.complete();

    expect(there.ends).toEqual(['complete']);
    expect(here.farEnds).toEqual(['complete']);
  });
});

describe('a router', () => {
  const options = { realms: { realm1: {} } };

  it('takes every serializer in its batched form too, if a client has nothing else', () => {
    expect(ROUTER_SERIALIZERS.map(({ subprotocol }) => subprotocol)).toEqual([
      'wamp.2.json', 'wamp.2.msgpack', 'wamp.2.cbor', 'wamp.2.ubjson',
      'wamp.2.json.batched', 'wamp.2.msgpack.batched', 'wamp.2.cbor.batched', 'wamp.2.ubjson.batched',
    ]);
    for (const serializer of ROUTER_SERIALIZERS) expect(serializerOf(serializer.subprotocol)).toBe(serializer);
  });

  it('passes a call on between all of them', async () => {
    const router = createRouter({ ...options, serializers: ROUTER_SERIALIZERS });
    const clients = ROUTER_SERIALIZERS.map((serializer) =>
      createClient({ transport: router.link({ serializer: serializer.subprotocol }), realm: 'realm1', serializers: [serializer] }));
    const provided = clients.map((client, at) => client.register(`com.echo.${at}`, (invocation) => invocation.args[0]).subscribe());

    for (const client of clients) {
      for (const [at] of clients.entries()) {
        const [value] = (await firstValueFrom(client.call(`com.echo.${at}`, [{ list: [1, 'a', null, 2 ** 40] }]))).args;
        expect(value).toEqual({ list: [1, 'a', null, 2 ** 40] });
      }
    }

    for (const each of provided) each.unsubscribe();
    await Promise.all(clients.map((client) => client.close()));
    await router.close();
  });

  it('is left by nobody else when one sends what is no batch', () => {
    const router = createRouter({ ...options, serializers: ROUTER_SERIALIZERS });
    const ends: unknown[] = [];
    router.link({ serializer: 'wamp.2.json.batched' }).subscribe((connection) => {
      connection.subscribe({ error: (error: unknown) => ends.push(error), complete: () => ends.push('complete') });
      connection.next('[1,"realm1",{"roles":{"caller":{}}}]');
    });

    expect(ends).toHaveLength(1);
    expect(router.stats().connections).toBe(0);
  });
});
