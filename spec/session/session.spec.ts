import { describe, expect, it } from '@jest/globals';
import { Observable } from 'rxjs';
import { NotJoinedError, TransportLostError, WampError } from '../../lib/errors.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

describe('Session.leave', () => {
  it('sends nothing before it is subscribed to', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);

    session.leave();

    expect(router.take()).toEqual([]);
  });

  it('says GOODBYE with its reason, closes, and completes', () => {
    const router = new ScriptedRouter();
    const { session, ends } = joined(router);

    const { log } = heard(session.leave('com.app.done'));

    expect([log, ends, router.take(), router.open]).toEqual([['complete'], ['complete'], [[6, {}, 'com.app.done']], 0]);
  });

  it('errors what is open at once, and completes when the router has answered', () => {
    const router = new ScriptedRouter();
    inVirtualTime(() => {
      const { session } = joined(router);
      const call = heard(session.call('com.a'));
      router.handshake = 'script';
      const { log } = heard(session.leave());
      expect([call.log, log, session.idle]).toEqual([[expect.any(TransportLostError)], [], true]);
      router.send(6, {}, 'wamp.close.goodbye_and_out');
      expect(log).toEqual(['complete']);
    });
  });

  it('takes no more requests while it leaves', () => {
    const router = new ScriptedRouter();
    inVirtualTime(() => {
      const { session } = joined(router);
      router.handshake = 'script';
      heard(session.leave());
      router.take();
      const logs = [session.call('com.a'), session.topic('com.x'), session.topicStatus('com.x'), session.publish('com.x'), session.register('com.p', () => 1)]
        .map((verb: Observable<unknown>) => heard(verb).log);
      expect([logs, router.take()]).toEqual([logs.map(() => [expect.any(NotJoinedError)]), []]);
    });
  });

  it('leaves in good order although answers to what was open still come', () => {
    const router = new ScriptedRouter();
    inVirtualTime(() => {
      const { session, ends } = joined(router);
      heard(session.topic('com.x'));
      heard(session.register('com.p', () => 1));
      heard(session.call('com.a'));
      router.handshake = 'script';
      router.take();
      const { log } = heard(session.leave());
      router.send(33, 1, 70);
      router.send(65, 2, 80);
      router.send(68, 1, 80, {});
      router.send(50, 3, {});
      router.send(6, {}, 'wamp.close.goodbye_and_out');
      expect([log, ends, router.take()]).toEqual([['complete'], ['complete'], [[6, {}, 'wamp.close.normal']]]);
    });
  });

  it('completes at once where the session has ended', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    router.cut();

    expect(heard(session.leave()).log).toEqual(['complete']);
  });

  it('completes for all who leave, also behind whoever joined', () => {
    const router = new ScriptedRouter();
    inVirtualTime(() => {
      const { session, life } = joined(router);
      router.handshake = 'script';
      const logs = [heard(session.leave()).log];
      life.unsubscribe();
      logs.push(heard(session.leave()).log);
      expect([logs, router.take(), router.open]).toEqual([[[], []], [[6, {}, 'wamp.close.normal']], 1]);
      router.send(6, {}, 'wamp.close.goodbye_and_out');
      expect([logs, router.open]).toEqual([[['complete'], ['complete']], 0]);
    });
  });

  it('goes on although nobody waits for it any more', () => {
    const router = new ScriptedRouter();
    const open: number[] = [];
    inVirtualTime((at) => {
      const { session } = joined(router);
      router.handshake = 'script';
      heard(session.leave()).subscription.unsubscribe();
      at(1999, () => open.push(router.open));
    });
    expect([open, router.open, router.take()]).toEqual([[1], 0, [[6, {}, 'wamp.close.normal']]]);
  });
});

describe('Session', () => {
  it.each<[string, (router: ScriptedRouter) => void, string]>([
    ['the connection is cut', (router) => router.cut(), 'transport-lost'],
    ['the router says GOODBYE', (router) => router.send(6, {}, 'wamp.close.system_shutdown'), 'goodbye'],
    ['the router aborts', (router) => router.send(3, {}, 'com.no'), 'aborted'],
    ['the router breaks the protocol', (router) => router.send(33, 99, 1), 'protocol'],
    ['the router sends garbage', (router) => router.raw('?'), 'serialization'],
  ])('tells of its end in order when %s: the life, open requests as they were made, topics, registrations, procedures', (_, end, code) => {
    const router = new ScriptedRouter();
    const order: unknown[] = [];
    const { session, life } = joined(router);
    life.unsubscribe();
    const again = joinedWith(router, (error) => order.push(['life', (error as WampError).code]));
    const note = (name: string) => ({ error: (error: unknown) => order.push([name, (error as WampError).code, ((error as WampError).cause as WampError).code]) });
    again.register('com.p', () => new Observable(() => () => order.push('procedure'))).subscribe(note('registration'));
    again.topic('com.x').subscribe(note('topic'));
    again.publish('com.x', [], { acknowledge: true }).subscribe(note('publication'));
    again.call('com.a').subscribe(note('call'));
    router.send(65, 1, 80);
    router.send(68, 1, 80, {});
    expect(session.idle).toBe(true);

    end(router);

    expect(order).toEqual([['life', code], ...['publication', 'call', 'topic', 'registration'].map((name) => [name, 'transport-lost', code]), 'procedure']);
    expect(again.idle).toBe(true);
  });

  it('has ended for all when the life hears of it', () => {
    const router = new ScriptedRouter();
    const late: unknown[] = [];
    const session = joinedWith(router, () => late.push(...heard(session.call('com.a')).log));

    router.cut();

    expect(late).toEqual([expect.any(NotJoinedError)]);
    expect(late).toEqual([expect.objectContaining({ cause: expect.any(TransportLostError) })]);
  });

  it('numbers its requests 1, 2, 3, whatever they are', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);

    session.call('com.a').subscribe();
    session.topic('com.x').subscribe();
    session.publish('com.x').subscribe();
    session.register('com.p', () => 1).subscribe();

    expect(router.take().map(([type, request]) => [type, request])).toEqual([[48, 1], [32, 2], [16, 3], [64, 4]]);
  });

  it('begins with 1 in each life', () => {
    const router = new ScriptedRouter();
    for (let i = 0; i < 2; i++) {
      const { session, life } = joined(router);
      session.call('com.a').subscribe({ error: () => {} });
      expect(router.take()).toEqual([[48, 1, {}, 'com.a']]);
      life.unsubscribe();
      router.take();
    }
  });
});

/** Joins, and tells how the life ends. */
function joinedWith(router: ScriptedRouter, ended: (error: unknown) => void) {
  const { session, ends } = joined(router);
  ends.push = (error) => {
    ended(error);
    return 0;
  };
  return session;
}
