import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import { createClient } from '../../lib/index.ts';
import type { TopicEvent, TopicSignal } from '../../lib/session/options.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

/** An event as its argument, with a mark where it was retained. */
const short = ({ args: [value], retained }: TopicEvent): string => `${String(value)}${retained ? ' retained' : ''}`;
const shortSignal = (signal: TopicSignal): string => (signal.kind === 'event' ? short(signal.event) : signal.kind);
const RETAINED = { retained: true };
const ASKING = { match: 'exact', get_retained: true };

describe('Session.topic with retained', () => {
  it('asks when it subscribes, and marks what was retained', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const { log } = heard(session.topic('com.x', { retained: true }).pipe(map(short)));
    router.send(33, 1, 70);
    router.send(36, 70, 5, RETAINED, ['old']);
    router.send(36, 70, 6, {}, ['new']);

    expect(router.take()).toEqual([[32, 1, ASKING, 'com.x']]);
    expect(log).toEqual(['old retained', 'new']);
  });

  it('is not asked for by others, and not given to them', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const plain = heard(session.topic('com.x').pipe(map(short))).log;
    const wanting = heard(session.topic('com.x', { retained: true }).pipe(map(short))).log;
    expect(router.take()).toEqual([[32, 1, { match: 'exact' }, 'com.x']]);

    router.send(33, 1, 70);
    expect(router.take()).toEqual([[32, 2, ASKING, 'com.x']]);
    router.send(33, 2, 70);
    router.send(36, 70, 5, RETAINED, ['old']);
    router.send(36, 70, 6, {}, ['new']);

    expect([plain, wanting]).toEqual([['new'], ['old retained', 'new']]);
  });

  it('is asked for once more by one who comes later, and given to nobody else', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const first = heard(session.topic('com.x', { retained: true }).pipe(map(short))).log;
    router.send(33, 1, 70);
    router.send(36, 70, 5, RETAINED, ['old']);
    const late = heard(session.topic('com.x', { retained: true }).pipe(map(short))).log;
    const plain = heard(session.topic('com.x').pipe(map(short))).log;

    router.send(33, 2, 70);
    router.send(36, 70, 5, RETAINED, ['old']);
    router.send(36, 70, 6, {}, ['new']);

    expect(router.take()).toEqual([[32, 1, ASKING, 'com.x'], [32, 2, ASKING, 'com.x']]);
    expect([first, late, plain]).toEqual([['old retained', 'new'], ['old retained', 'new'], ['new']]);
  });

  it('is given with one SUBSCRIBE to all who come before it is answered', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const logs = [1, 2].map(() => heard(session.topic('com.x', { retained: true }).pipe(map(short))).log);
    router.send(33, 1, 70);
    router.send(36, 70, 5, RETAINED, ['old']);

    expect([router.take().length, logs]).toEqual([1, [['old retained'], ['old retained']]]);
  });

  it('is for nobody where who asked has left', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const plain = heard(session.topic('com.x').pipe(map(short))).log;
    router.send(33, 1, 70);
    heard(session.topic('com.x', { retained: true })).subscription.unsubscribe();
    router.send(33, 2, 70);
    router.send(36, 70, 5, RETAINED, ['old']);

    expect(plain).toEqual([]);
  });

  it('is an event like any other where nobody has asked', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const { log } = heard(session.topic('com.x').pipe(map(short)));
    router.send(33, 1, 70);
    router.send(36, 70, 5, RETAINED, ['old']);

    expect(log).toEqual(['old retained']);
  });

  it('gives up what one more SUBSCRIBE has made, where the first one was revoked before it arrived', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    heard(session.topic('com.x'));
    router.send(33, 1, 70);
    heard(session.topic('com.x', { retained: true }));
    router.take();

    router.send(35, 0, { subscription: 70 });
    router.send(33, 2, 71);
    expect(router.take()).toEqual([[34, 3, 71]]);
    router.send(35, 3);

    expect(session.idle).toBe(true);
  });

  it('leaves alone what one more SUBSCRIBE has made where it is in use, or about to be', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    heard(session.topic('com.x'));
    router.send(33, 1, 70);
    heard(session.topic('com.x', { retained: true }));
    router.take();

    router.send(35, 0, { subscription: 70 });
    const { log } = heard(session.topic('com.x').pipe(map(short)));
    router.send(33, 2, 71);
    router.send(33, 3, 71);
    router.send(36, 71, 6, {}, ['new']);

    expect([router.take(), log]).toEqual([[[32, 3, { match: 'exact' }, 'com.x']], ['new']]);
  });

  it('is missed, and nothing else, where it is refused', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    heard(session.topic('com.x'));
    router.send(33, 1, 70);
    const { log } = heard(session.topic('com.x', { retained: true }).pipe(map(short)));
    router.send(8, 32, 2, {}, 'wamp.error.option_not_allowed');
    router.send(36, 70, 6, {}, ['new']);

    expect(log).toEqual(['new']);
  });
});

describe('Client.topic with retained', () => {
  /** Two sessions, the second from 11 on; in each of them the router sends what it retains. */
  function twice(options: { readonly retainedKey?: (event: TopicEvent) => unknown; readonly recover?: 'history' }): { readonly log: readonly unknown[]; readonly sent: readonly unknown[] } {
    const router = new ScriptedRouter();
    const log: unknown[] = [];
    const sent: unknown[] = [];
    inVirtualTime((at) => {
      const client = createClient({ transport: router.transport, realm: 'realm1', retry: { initialDelay: 10, jitter: 'none' }, lazy: false });
      client.topicStatus('com.x', { retained: true, ...options }).subscribe((signal) => log.push(shortSignal(signal)));
      at(0, () => {
        router.send(33, 1, 70);
        router.send(36, 70, 5, RETAINED, ['state']);
        router.take();
      });
      at(1, () => router.cut());
      at(20, () => {
        sent.push(...router.take().slice(1));
        router.send(33, 1, 71);
        router.send(36, 71, 9, RETAINED, ['state']);
        router.send(36, 71, 10, {}, ['new']);
      });
      at(30, () => void client.close());
    });
    return { log, sent };
  }

  it('asks in each session, and gives it again', () => {
    const { log, sent } = twice({});
    expect(sent).toEqual([[32, 1, ASKING, 'com.x']]);
    expect(log).toEqual(['subscribed', 'state retained', 'suspended', 'subscribed', 'gap', 'state retained', 'new']);
  });

  it('leaves it out where its key was seen', () => {
    const { log } = twice({ retainedKey: ({ args: [value] }) => value });
    expect(log).toEqual(['subscribed', 'state retained', 'suspended', 'subscribed', 'gap', 'new']);
  });

  it('takes it for no event that a recovery could begin at, and does not hold it', () => {
    const { log } = twice({ recover: 'history' });
    expect(log).toEqual(['subscribed', 'state retained', 'suspended', 'subscribed', 'gap', 'state retained', 'new']);
  });
});
