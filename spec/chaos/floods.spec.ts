import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { createClient } from '../../lib/index.ts';
import { createRouter, type ListeningRouter, type RouterOptions } from '../../lib/router/node.ts';
import { cbor } from '../../lib/serializers/cbor.ts';
import { json } from '../../lib/serializers/json.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import type { Transport } from '../../lib/transports/transport.ts';
import { ws } from '../../lib/transports/ws.ts';
import { listening, registered, valueOf, type Listening } from '../support/peers.ts';
import { ROLES } from '../support/raw-peer.ts';
import { RawSocket } from '../support/raw-socket.ts';

const VIOLATION = 'wamp.error.protocol_violation';
const MESSAGE_SIZE = 500_000;
const HELLO = [1, 'realm1', { roles: ROLES }] as const;
const JOINED: readonly unknown[][] = [[...HELLO]];

const nested = (opening: number, depth: number): Buffer => Buffer.alloc(depth, opening);

/** A router with a listener, and two who talk to each other behind each spec and have to hear all they should. */
function disturbed(timeouts: RouterOptions['timeouts'], dial: (router: ListeningRouter, url: string) => Transport = (_, url) => ws(url)): { readonly url: string } {
  let router: ListeningRouter;
  let url: string;
  let bystanders: [Client, Client];
  let heard: Listening;
  let rounds = 0;

  beforeAll(async () => {
    router = createRouter({
      realms: {
        realm1: { limits: { messageSize: MESSAGE_SIZE } },
        large: { limits: { messageSize: 2 * MESSAGE_SIZE } },
        secret: { auth: { ticket: { users: {} } } },
      },
      limits: { messageSize: MESSAGE_SIZE },
      timeouts,
    });
    ({ url } = await router.listen('ws://127.0.0.1:0/ws'));
    const bystander = (): Client => createClient({ transport: dial(router, url), realm: 'realm1' });
    bystanders = [bystander(), bystander()];
    await registered(bystanders[0], 'com.echo', ({ args: [value] }) => value);
    heard = await listening(bystanders[1], 'com.topic');
  });
  afterEach(async () => {
    rounds += 1;
    expect(await valueOf(bystanders[1].call('com.echo', [rounds]))).toBe(rounds);
    await firstValueFrom(bystanders[0].publish('com.topic', [rounds], { acknowledge: true }));
    expect(await heard.until(rounds)).toEqual(Array.from({ length: rounds }, (_, n) => n + 1));
    expect(router.stats()).toMatchObject({ sessions: 2, subscriptions: 1, registrations: 1, pendingCalls: 0 });
  });
  afterAll(async () => {
    await Promise.all(bystanders.map((client) => client.close()));
    await router.close();
    expectNoLeaks({ clients: bystanders, router });
  });
  return { get url() { return url; } };
}

describe('whoever sends what nobody should', () => {
  const stage = disturbed({});

  it.each<[string, readonly (readonly unknown[])[], string | Buffer, Serializer]>([
    ['garbage', JOINED, 'garbage', json()],
    ['garbage instead of HELLO', [], 'garbage', json()],
    ['what is no list', JOINED, '{}', json()],
    ['an empty list', JOINED, '[]', json()],
    ['a message type that does not exist', JOINED, '[9999,1,{}]', json()],
    ['a request without an id', JOINED, '[48,{},"com.echo"]', json()],
    ['a request with an id that is none', JOINED, '[48,1.5,{},"com.echo"]', json()],
    ['an option of the wrong type', JOINED, '[48,1,{"receive_progress":"yes"},"com.echo"]', json()],
    ['what only a router may send', JOINED, '[36,1,2,{}]', json()],
    ['HELLO twice', JOINED, JSON.stringify(HELLO), json()],
    ['a request before HELLO', [], '[48,1,{},"com.echo"]', json()],
    ['AUTHENTICATE that nobody asked for', [], '[5,"x",{}]', json()],
    ['a list in a list', JOINED, '[[70]]', json()],
    ['lists nested a hundred thousand deep as JSON', JOINED, '['.repeat(100_000) + ']'.repeat(100_000), json()],
    ['lists nested a hundred thousand deep in arguments', JOINED, `[16,1,{},"com.x",${'['.repeat(100_000)}${']'.repeat(100_000)}]`, json()],
    ['dictionaries nested ninety thousand deep', JOINED, `[16,1,${'{"":'.repeat(90_000)}{}${'}'.repeat(90_000)},"com.x"]`, json()],
    ['lists nested a hundred thousand deep as MsgPack', [], Buffer.concat([nested(0x91, 100_000), Buffer.from([1])]), msgpack()],
    ['lists nested a hundred thousand deep as CBOR', [], Buffer.concat([nested(0x81, 100_000), Buffer.from([1])]), cbor()],
    ['a list of four thousand million elements as MsgPack', [], Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff, 1]), msgpack()],
    ['a list of four thousand million elements as CBOR', [], Buffer.from([0x9a, 0xff, 0xff, 0xff, 0xff, 1]), cbor()],
    ['half a message as MsgPack', [], Buffer.from([0x93, 1]), msgpack()],
    ['half a message as CBOR', [], Buffer.from([0x83, 1]), cbor()],
    ['bytes where text was agreed on', JOINED, Buffer.from('[48,1,{},"com.echo"]'), json()],
    ['text where bytes were agreed on', [], JSON.stringify(HELLO), msgpack()],
  ])('is told so and shown out: %s', async (_, before, frame, serializer) => {
    const raw = await RawSocket.open(stage.url, serializer);
    for (const list of before) raw.send(list);

    raw.socket.send(frame);

    expect(await raw.next(3)).toEqual([3, { message: expect.any(String) }, VIOLATION]);
    expect(await raw.closed()).toBe(1000);
  });

  it('is shown out where text is no UTF-8', async () => {
    const raw = await RawSocket.join(stage.url);

    raw.socket.send(Buffer.from([0x5b, 0xff, 0xfe, 0x5d]), { binary: false });

    expect(await raw.closed()).toBe(1007);
  });

  it('is told so where a message is longer than its realm reads', async () => {
    const raw = await RawSocket.join(stage.url);

    raw.send([16, 1, {}, 'com.topic', ['x'.repeat(MESSAGE_SIZE)]]);

    expect(await raw.next(3)).toEqual([3, { message: expect.any(String) }, 'wamp.error.payload_size_exceeded']);
    expect(await raw.closed()).toBe(1000);
  });

  it('is cut off where a message is longer than any realm reads, before it is all there', async () => {
    const raw = await RawSocket.join(stage.url);

    raw.send([16, 1, {}, 'com.topic', ['x'.repeat(8 * MESSAGE_SIZE)]]);

    expect([1006, 1009]).toContain(await raw.closed());
  });

  it('is answered once, however much more of it there is', async () => {
    const raw = await RawSocket.join(stage.url);

    for (let n = 0; n < 10_000; n++) raw.socket.send('garbage');

    expect([1000, 1006]).toContain(await raw.closed());
    expect(raw.received.filter(([type]) => type === 3)).toHaveLength(1);
  });

  it('may ask a lot, if it is in order', async () => {
    const raw = await RawSocket.join(stage.url);

    for (let n = 1; n <= 5_000; n++) raw.send([16, n, {}, 'com.nobody', [n]]);
    raw.send([48, 5_001, {}, 'com.echo', ['after all of them']]);

    expect(await raw.next(50)).toEqual([50, 5_001, {}, ['after all of them']]);
    raw.send([6, {}, 'wamp.close.normal']);
    expect(await raw.closed()).toBe(1000);
  });
});

describe('whoever does not say HELLO', () => {
  // The others say theirs at once, however busy the machine is.
  const stage = disturbed({ hello: 60 }, (router) => router.link());

  it('is not waited for', async () => {
    const raw = await RawSocket.open(stage.url);

    expect(await raw.next(3)).toEqual([3, { message: expect.stringContaining('HELLO') }, VIOLATION]);
    expect(await raw.closed()).toBe(1000);
  });

  it('is not waited for, a hundred of them', async () => {
    const crowd = await Promise.all(Array.from({ length: 100 }, () => RawSocket.open(stage.url)));

    expect(new Set((await Promise.all(crowd.map((raw) => raw.next(3)))).map(([, , reason]) => reason))).toEqual(new Set([VIOLATION]));
    expect(await Promise.all(crowd.map((raw) => raw.closed()))).toEqual(crowd.map(() => 1000));
  });
});

describe('whoever does not say who they are', () => {
  const stage = disturbed({ authenticate: 60 });

  it('is not waited for', async () => {
    const raw = await RawSocket.open(stage.url);
    raw.send([1, 'secret', { roles: ROLES, authmethods: ['ticket'], authid: 'peter' }]);

    expect(await raw.next(4)).toEqual([4, 'ticket', {}]);
    expect(await raw.next(3)).toEqual([3, { message: expect.any(String) }, 'wamp.error.authentication_failed']);
    expect(await raw.closed()).toBe(1000);
  });
});
