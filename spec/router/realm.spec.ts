import { describe, expect, it, jest } from '@jest/globals';
import { Subject } from 'rxjs';
import { anonymousVerifier } from '../../lib/auth/anonymous.ts';
import type { Accept } from '../../lib/auth/authenticator.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { createRouter } from '../../lib/router/index.ts';
import { codecAt } from '../../lib/serializers/codec.ts';
import { json } from '../../lib/serializers/json.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import { join, type RawPeer } from '../support/raw-peer.ts';

const { EVENT, RESULT, ERROR, INVOCATION } = MessageType;
const both = () => createRouter({ realms: { realm1: {} }, serializers: [json(), msgpack()] });

/** A serializer whose codec counts what it encodes. */
function spied(serializer: Serializer): { serializer: Serializer; encode: jest.Mock } {
  const encode = jest.fn();
  return {
    encode,
    serializer: {
      ...serializer,
      codec: (options) => {
        const inner = codecAt(serializer, options);
        return { ...inner, decode: (frame) => inner.decode(frame), encode: (message) => { encode(message.type); return inner.encode(message); } };
      },
    },
  };
}

describe('Realm', () => {
  it('hands an event to all that subscribed, encoded once for each serializer', () => {
    const text = spied(json());
    const bytes = spied(msgpack());
    const router = createRouter({ realms: { realm1: {} }, serializers: [text.serializer, bytes.serializer] });
    const linkOf = (serializer: Serializer) => join(router.link({ serializer: serializer.subprotocol }), 'realm1', {}, serializer);
    const subscribers = [json(), msgpack(), json(), msgpack(), json()].map(linkOf);
    for (const peer of subscribers) peer.send([32, 1, {}, 'com.a']);

    linkOf(json()).send([16, 1, { acknowledge: true }, 'com.a', [1, 'two'], { three: 3 }]);

    const events = subscribers.map((peer) => peer.of(EVENT));
    expect(events).toEqual(subscribers.map(() => [[36, 1, expect.any(Number), {}, [1, 'two'], { three: 3 }]]));
    expect(text.encode.mock.calls.filter(([type]) => type === EVENT)).toHaveLength(1);
    expect(bytes.encode.mock.calls.filter(([type]) => type === EVENT)).toHaveLength(1);
  });

  it('brings a call to its callee and the answer back, over two serializers', () => {
    const router = both();
    const callee = join(router.link({ serializer: 'wamp.2.msgpack' }), 'realm1', {}, msgpack()).send([64, 1, {}, 'com.add']);
    const caller = join(router.link());
    callee.onList = ([type, request, , , args]) => {
      if (type === INVOCATION) callee.send([70, request, {}, [(args as number[])[0]! + (args as number[])[1]!]]);
    };

    caller.send([48, 1, {}, 'com.add', [2, 3]]);

    expect(caller.last).toEqual([50, 1, {}, [5]]);
    expect(router.stats()).toMatchObject({ sessions: 2, registrations: 1, pendingCalls: 0 });
  });

  it('keeps realms apart', () => {
    const router = createRouter({ realms: { realm1: {}, realm2: {} } });
    const subscriber = join(router.link(), 'realm2').send([32, 1, {}, 'com.a']);

    join(router.link(), 'realm1').send([16, 1, {}, 'com.a']);

    expect(subscriber.of(EVENT)).toEqual([]);
  });

  it('ends what a session had when it is cut', () => {
    const router = both();
    const callee = join(router.link()).send([64, 1, {}, 'com.slow'], [32, 2, {}, 'com.a']);
    const caller = join(router.link()).send([48, 1, {}, 'com.slow']);
    expect(router.stats()).toMatchObject({ sessions: 2, subscriptions: 1, registrations: 1, pendingCalls: 1 });

    callee.cut();

    expect(caller.last).toEqual([8, 48, 1, {}, 'wamp.error.canceled', [expect.any(String)]]);
    expect(router.stats()).toMatchObject({ sessions: 1, subscriptions: 0, registrations: 0, pendingCalls: 0 });
  });

  it('ends a session that breaks the protocol, and no other', () => {
    const router = both();
    const callee = join(router.link()).send([64, 1, {}, 'com.slow']);
    const breakers = [
      [50, 1, {}], [32, 1, { match: 7 }, 'com.a'], [8, 48, 1, {}, 'com.error'], [48, 0, {}, 'com.a'], [1, 'realm1', {}], [99], [36, 1, 1, {}],
    ].map((list) => join(router.link()).send(list));
    const twice = join(router.link()).send([48, 1, {}, 'com.slow'], [48, 1, {}, 'com.slow']);

    for (const peer of [...breakers, twice]) {
      expect(peer.last).toEqual([3, { message: expect.any(String) }, 'wamp.error.protocol_violation']);
      expect(peer.ended).toBe('complete');
    }
    expect(callee.ended).toBeUndefined();
    expect(router.stats()).toMatchObject({ sessions: 1, connections: 1, registrations: 1, pendingCalls: 0 });
  });

  it('shows every session one order of events when a subscriber publishes inside its handler', () => {
    const router = both();
    const first = join(router.link()).send([32, 1, {}, 'com.a']);
    const second = join(router.link()).send([32, 1, {}, 'com.a']);
    let requests = 1;
    first.onList = ([type, , , , args]) => {
      if (type === EVENT && (args as number[])[0]! < 3) first.send([16, ++requests, { exclude_me: false }, 'com.a', [(args as number[])[0]! + 1]]);
    };

    join(router.link()).send([16, 1, {}, 'com.a', [1]]);

    const numbers = (peer: RawPeer): unknown[] => peer.of(EVENT).map(([, , , , args]) => args);
    expect(numbers(first)).toEqual([[1], [2], [3]]);
    expect(numbers(second)).toEqual([[1], [2], [3]]);
  });

  it('goes on to the next receiver when one goes away while it receives', () => {
    const router = both();
    const peers = [1, 2, 3].map(() => join(router.link()).send([32, 1, {}, 'com.a']));
    peers[0]!.onList = () => {
      peers[0]!.cut();
      peers[1]!.cut();
    };

    join(router.link()).send([16, 1, {}, 'com.a', ['x']]);

    expect(peers.map((peer) => peer.of(EVENT).length)).toEqual([1, 0, 1]);
    expect(router.stats()).toMatchObject({ sessions: 2, connections: 2, subscriptions: 1 });
  });

  it('lets nobody in who has gone away before its turn', () => {
    const verdict = new Subject<Accept>();
    const router = createRouter({ realms: { realm1: { auth: [{ method: 'magic', begin: () => verdict }, anonymousVerifier()] } } });
    const subscriber = join(router.link()).send([32, 1, {}, 'com.a']);
    const applicant = join(router.link(), 'realm1', { authmethods: ['magic'] });
    subscriber.onList = () => {
      verdict.next({ is: 'accept', authid: 'joe', authrole: 'user' });
      applicant.cut();
    };

    join(router.link()).send([16, 1, {}, 'com.a']);

    expect(router.stats()).toMatchObject({ sessions: 2, connections: 2 });
  });

  describe('where a payload cannot be written for its receiver', () => {
    const nan = [Number.NaN];
    const setup = (): { router: ReturnType<typeof both>; text: RawPeer; bytes: RawPeer } => {
      const router = both();
      const text = join(router.link());
      const bytes = join(router.link({ serializer: 'wamp.2.msgpack' }), 'realm1', {}, msgpack());
      return { router, text, bytes };
    };
    const reason = ['payload cannot be written as wamp.2.json'];

    it('drops the event, and counts it', () => {
      const { router, text, bytes } = setup();
      text.send([32, 1, {}, 'com.a']);

      bytes.send([16, 1, {}, 'com.a', nan]);

      expect(text.of(EVENT)).toEqual([]);
      expect(router.stats()).toMatchObject({ sessions: 2, droppedEvents: 1 });
    });

    it('answers the caller, and forgets the call', () => {
      const { router, text, bytes } = setup();
      text.send([64, 1, {}, 'com.echo']);

      bytes.send([48, 1, {}, 'com.echo', nan]);

      expect(text.of(INVOCATION)).toEqual([]);
      expect(bytes.last).toEqual([8, 48, 1, {}, 'wamp.error.invalid_argument', reason]);
      expect(router.stats()).toMatchObject({ sessions: 2, pendingCalls: 0 });
    });

    it('ends the call whose result it is', () => {
      const { router, text, bytes } = setup();
      bytes.send([64, 1, {}, 'com.echo']);
      text.send([48, 1, {}, 'com.echo'], [48, 2, { receive_progress: true }, 'com.echo']);

      bytes.send([70, 1, {}, nan], [70, 2, { progress: true }, nan]);

      expect(text.of(RESULT)).toEqual([]);
      expect(text.of(ERROR)).toEqual([1, 2].map((request) => [8, 48, request, {}, 'wamp.error.invalid_argument', reason]));
      expect(bytes.last).toEqual([69, 2, { mode: 'killnowait' }]);
      expect(router.stats()).toMatchObject({ sessions: 2, pendingCalls: 0 });
    });

    it('leaves the payload of an error away', () => {
      const { router, text, bytes } = setup();
      bytes.send([64, 1, {}, 'com.echo']);
      text.send([48, 1, {}, 'com.echo']);

      bytes.send([8, 68, 1, {}, 'com.error', nan]);

      expect(text.last).toEqual([8, 48, 1, {}, 'com.error', reason]);
      expect(router.stats()).toMatchObject({ sessions: 2, pendingCalls: 0 });
    });
  });

  it('answers what goes beyond a limit with unavailable', () => {
    const limits = { subscriptions: 1, registrations: 1, pendingCalls: 1 };
    const router = createRouter({ realms: { realm1: { limits }, realm2: {} }, limits: { subscriptions: 0 } });
    const peer = join(router.link()).send([32, 1, {}, 'com.a'], [64, 2, {}, 'com.a'], [48, 3, {}, 'com.a']);

    peer.send([32, 4, {}, 'com.b'], [64, 5, {}, 'com.b'], [48, 6, {}, 'com.a']);

    expect(peer.of(ERROR)).toEqual([
      [8, 32, 4, {}, 'wamp.error.unavailable', ['too many subscriptions']],
      [8, 64, 5, {}, 'wamp.error.unavailable', ['too many registrations']],
      [8, 48, 6, {}, 'wamp.error.unavailable', ['too many calls']],
    ]);
    peer.send([34, 7, 1], [32, 8, {}, 'com.b'], [70, 1, {}], [48, 9, {}, 'com.a']);
    expect(peer.of(ERROR)).toHaveLength(3);
    expect(join(router.link(), 'realm2').send([32, 1, {}, 'com.a']).last?.[0]).toBe(ERROR);
  });

  it('ends a session that sends what is longer than it may be', () => {
    const router = createRouter({ realms: { realm1: { limits: { messageSize: 100 } }, realm2: {} } });
    const long = [16, 1, { acknowledge: true }, 'com.a', ['x'.repeat(100)]];

    expect(join(router.link(), 'realm2').send(long).last?.[0]).toBe(MessageType.PUBLISHED);
    expect(join(router.link(), 'realm1').send(long).last).toEqual([3, { message: expect.any(String) }, 'wamp.error.payload_size_exceeded']);
  });
});
