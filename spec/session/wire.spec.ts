import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Observable } from 'rxjs';
import { AbortError, GoodbyeError, ProtocolError, SerializationError, TransportLostError } from '../../lib/errors.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { join } from '../../lib/session/join.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

const nameOf = (type: number): string => Object.entries(MessageType).find(([, code]) => code === type)?.[0] ?? String(type);

describe('Wire', () => {
  it('answers a GOODBYE, closes, and ends with what the router said', () => {
    const router = new ScriptedRouter();
    const { ends } = joined(router);

    router.send(6, { message: 'back in a minute' }, 'wamp.close.system_shutdown');

    expect([router.take(), router.open]).toEqual([[[6, {}, 'wamp.close.goodbye_and_out']], 0]);
    expect(ends).toEqual([expect.any(GoodbyeError)]);
    expect(ends).toEqual([expect.objectContaining({ reason: 'wamp.close.system_shutdown', details: { message: 'back in a minute' }, message: 'session closed with wamp.close.system_shutdown: back in a minute' })]);
  });

  it('answers an ABORT with nothing, and ends with what the router said', () => {
    const router = new ScriptedRouter();
    const { ends } = joined(router);

    router.send(3, { message: 'no' }, 'wamp.error.protocol_violation');

    expect([router.take(), router.open]).toEqual([[], 0]);
    expect(ends).toEqual([expect.any(AbortError)]);
    expect(ends).toEqual([expect.objectContaining({ reason: 'wamp.error.protocol_violation', details: { message: 'no' } })]);
  });

  it.each<[string, (router: ScriptedRouter) => void]>([['is dropped', (router) => router.cut()], ['is closed without GOODBYE', (router) => router.close()]])(
    'is lost when the connection %s', (_, end) => {
      const router = new ScriptedRouter();
      const { ends } = joined(router);

      end(router);

      expect(ends).toEqual([expect.any(TransportLostError)]);
      expect([router.take(), router.open]).toEqual([[], 0]);
    });

  it.each<[string, string, new (...args: never) => Error]>([
    ['text that is no JSON', '[36,', SerializationError],
    ['an empty frame', '', SerializationError],
    ['something that is no list', '{"type":36}', SerializationError],
    ['an empty list', '[]', ProtocolError],
    ['a message nobody knows', '[999,1]', ProtocolError],
    ['a message that is cut short', '[36,1]', ProtocolError],
    ['an id that is none', '[36,"x",1,{}]', ProtocolError],
  ])('ends with ABORT where %s arrives', (_, frame, kind) => {
    const router = new ScriptedRouter();
    const { ends } = joined(router);

    router.raw(frame);

    expect(router.take()).toEqual([[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']]);
    expect([ends, router.open]).toEqual([[expect.any(kind)], 0]);
  });

  it.each([
    [1, 'realm1', {}], [2, 1001, { roles: {} }], [4, 'ticket', {}], [5, 'secret', {}], [16, 1, {}, 'com.x'], [32, 1, {}, 'com.x'], [34, 1, 1], [48, 1, {}, 'com.x'], [49, 1, {}],
    [64, 1, {}, 'com.x'], [66, 1, 1], [70, 1, {}], [8, 68, 1, {}, 'com.x'],
  ].map((list) => [nameOf(list[0] as number), list] as const))('ends with ABORT where the router sends %s in a session, %p', (_, list) => {
    const router = new ScriptedRouter();
    const { ends } = joined(router);

    router.send(...list);

    expect(router.take()).toEqual([[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']]);
    expect([ends, router.open]).toEqual([[expect.any(ProtocolError)], 0]);
  });

  it('survives any text as a frame with at most one ABORT and one end', () => {
    const frame = fc.oneof(fc.string(), fc.json(), fc.array(fc.jsonValue(), { maxLength: 6 }).map((list) => JSON.stringify(list)),
      fc.tuple(fc.constantFrom(...Object.values(MessageType)), fc.array(fc.oneof(fc.jsonValue(), fc.nat(99)), { maxLength: 6 })).map(([type, rest]) => JSON.stringify([type, ...rest])));
    fc.assert(fc.property(fc.array(frame, { minLength: 1, maxLength: 8 }), (frames) => {
      const router = new ScriptedRouter();
      const { session, ends, life } = joined(router);
      const { log } = heard(session.topic('com.x'));
      for (const one of frames) router.raw(one);
      life.unsubscribe();

      expect(ends.length).toBeLessThanOrEqual(1);
      expect(log.filter((one) => one instanceof Error).length).toBeLessThanOrEqual(1);
      const goodbyes = router.take().filter(([type]) => type === MessageType.ABORT || type === MessageType.GOODBYE);
      expect(goodbyes.length).toBeLessThanOrEqual(1);
      expect([session.idle, router.open]).toEqual([true, 0]);
    }), { numRuns: 500 });
  });

  it('closes the connection itself, and does not wait for the transport to do so', () => {
    const [near, far] = memoryLink();
    const { log } = heard(far);
    join(new Observable((subscriber) => subscriber.next(near)), { realm: 'realm1' }).subscribe({ error: () => {} });

    far.next('[3,{},"com.no"]');

    expect(log.at(-1)).toBe('complete');
  });

  it('handles nothing that comes behind the end, and sends nothing', () => {
    const router = new ScriptedRouter();
    const { session, ends } = joined(router);
    const { log } = heard(session.topic('com.x'));
    router.take();

    router.send(6, {}, 'wamp.close.normal');
    router.send(33, 1, 70);
    router.send(36, 70, 1, {});
    router.send(68, 1, 80, {});
    session.send({ type: MessageType.CANCEL, request: 1, options: {} });

    expect([log.length, ends.length, router.take()]).toEqual([1, 1, [[6, {}, 'wamp.close.goodbye_and_out']]]);
  });

  describe('when it is left', () => {
    it('closes when the router has said GOODBYE as well', () => {
      const router = new ScriptedRouter();
      const { life, ends } = joined(router);

      life.unsubscribe();

      expect([router.take(), router.open, ends]).toEqual([[[6, {}, 'wamp.close.normal']], 0, []]);
    });

    it.each([[undefined, 2000], [50, 50]])('waits no longer than the timeout of %p for the answer', (leave, expected) => {
      const router = new ScriptedRouter();
      const open: number[] = [];
      const end = inVirtualTime((at) => {
        const { life } = joined(router, { timeouts: { leave } });
        router.handshake = 'script';
        life.unsubscribe();
        at(expected - 1, () => open.push(router.open));
      });
      expect([open, router.open, end]).toEqual([[1], 0, expected]);
    });

    it('still takes what the router had sent before it heard, and answers none of it', () => {
      const router = new ScriptedRouter();
      inVirtualTime(() => {
        const { session, life, ends } = joined(router);
        heard(session.topic('com.x'));
        heard(session.register('com.p', () => 1));
        router.handshake = 'script';
        router.take();
        life.unsubscribe();
        router.send(33, 1, 70);
        router.send(65, 2, 80);
        router.send(36, 70, 1, {});
        router.send(68, 1, 80, {});
        router.send(6, {}, 'wamp.close.goodbye_and_out');
        expect([router.take(), router.open, ends]).toEqual([[[6, {}, 'wamp.close.normal']], 0, []]);
      });
    });

    it('takes a GOODBYE that crosses its own for the answer', () => {
      const router = new ScriptedRouter();
      const end = inVirtualTime(() => {
        const { session, ends } = joined(router);
        router.handshake = 'script';
        const { log } = heard(session.leave());
        router.send(6, {}, 'wamp.close.system_shutdown');
        expect([log, ends, router.take(), router.open]).toEqual([['complete'], ['complete'], [[6, {}, 'wamp.close.normal']], 0]);
      });
      expect(end).toBe(0);
    });

    it.each<[string, (router: ScriptedRouter) => void]>([
      ['the connection is dropped', (router) => router.cut()], ['the connection is closed', (router) => router.close()],
      ['the router aborts', (router) => router.send(3, {}, 'com.no')], ['garbage comes', (router) => router.raw('?')],
      ['a message comes that is not allowed', (router) => router.send(2, 1001, {})],
    ])('has left also where %s instead of an answer', (_, instead) => {
      const router = new ScriptedRouter();
      inVirtualTime(() => {
        const { session, ends } = joined(router);
        router.handshake = 'script';
        const { log } = heard(session.leave());
        instead(router);
        expect([log, ends, router.take(), router.open]).toEqual([['complete'], ['complete'], [[6, {}, 'wamp.close.normal']], 0]);
      });
    });
  });
});
