/**
 * In what routers of the field differ from the specification and from each other, and how a client lives with it. See
 * defects-of-the-field.spec.ts.
 */
import { describe, expect, it } from '@jest/globals';
import { map, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { detectGaps } from '../../lib/operators/detect-gaps.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import type { TopicSignal } from '../../lib/session/options.ts';
import { EVENT, SUBSCRIBE, SUBSCRIBED, wampMarbles } from '../../lib/testing/index.ts';
import { HistoryRouter } from '../support/history-router.ts';
import { ScriptedRouter, heard, joined, serving } from '../support/scripted-router.ts';

describe('the timer of a router', () => {
  it('ends a call with an error of the router, and nothing is cancelled any more', () => {
    new TestScheduler(() => {}).run(() => {
      const router = new ScriptedRouter();
      const { session } = joined(router);
      const call = heard(session.call('com.x', [], { timeout: 1000 }));
      router.take();

      // Crossbar.io answers so where the specification has wamp.error.timeout.
      router.send(MessageType.ERROR, MessageType.CALL, 1, {}, 'wamp.error.canceled');

      timer(2000).subscribe(() => {
        expect(call.log).toEqual([expect.objectContaining({ code: 'application', uri: 'wamp.error.canceled', effect: 'unknown' })]);
        expect(router.take()).toEqual([]);
      });
    });
  });

  it('does not stop a procedure where nobody said in which unit it is handed on', () => {
    new TestScheduler(() => {}).run(() => {
      const { router } = serving(() => timer(100).pipe(map(() => 'done')));

      // 5 seconds.
      router.send(MessageType.INVOCATION, 1, 80, { timeout: 5 });

      timer(101).subscribe(() => expect(router.take()).toEqual([[MessageType.YIELD, 1, {}, ['done']]]));
    });
  });
});

describe('the event history', () => {
  const told = (signals: readonly unknown[]): unknown[] => (signals as TopicSignal[]).map((signal) => (signal.kind === 'event' ? signal.event.args[0] : signal.kind));

  it.each(['specification', 'crossbar', 'limitless'] as const)('is read in each of its dialects, oldest first: %s', (dialect) => {
    wampMarbles(({ client }) => {
      const router = new HistoryRouter({ dialect });
      const reader = client({ transport: router.transport, realm: 'realm1' });
      const { log } = heard(reader.topicStatus('com.x', { recover: 'history' }));
      timer(10).subscribe(() => { for (let n = 0; n < 2; n++) router.publish(); });
      timer(20).subscribe(() => {
        router.cut();
        for (let n = 0; n < 3; n++) router.publish();
        router.mend();
      });
      timer(1000).subscribe(() => {
        router.publish();
        expect(told(log)).toEqual(['suspended', 'subscribed', 0, 1, 'suspended', 'subscribed', 2, 3, 4, 'recovered', 5]);
      });
    });
  });

  it('proves nothing after a restart of the router, which has forgotten it', () => {
    wampMarbles(({ client }) => {
      const router = new HistoryRouter();
      const reader = client({ transport: router.transport, realm: 'realm1' });
      const { log } = heard(reader.topicStatus('com.x', { recover: 'history' }));
      timer(10).subscribe(() => router.publish());
      timer(20).subscribe(() => {
        router.publish();
        router.restart();
        router.publish();
        router.mend();
      });
      timer(1000).subscribe(() => expect(told(log)).toEqual(['suspended', 'subscribed', 0, 1, 'suspended', 'subscribed', 'gap']));
    });
  });
});

describe('a retained event', () => {
  it('comes with another publication id in each session, and is told by a key of its own', () => {
    wampMarbles(({ client, scriptedRouter }) => {
      const router = scriptedRouter({ unexpected: 'keep' });
      const shop = client({ transport: router.transport, realm: 'realm1' });
      const price = { kwargs: { at: '10:00' } };
      const details = { retained: true };
      const plain = heard(shop.topic('com.x', { retained: true }).pipe(map(({ retained }) => retained)));
      const distinct = heard(shop.topic('com.x', { retained: true, retainedKey: ({ kwargs }) => kwargs['at'] }).pipe(map(({ retained }) => retained)));

      timer(10).subscribe(() => router.send(SUBSCRIBED(70, { request: 1 }), EVENT(price, { subscription: 70, publication: 1, details })));
      timer(20).subscribe(() => {
        shop.link.cut();
        shop.link.restore();
      });
      timer(1000).subscribe(() => {
        router.send(SUBSCRIBED(71, { request: 1 }), EVENT(price, { subscription: 71, publication: 2, details }));
        expect([plain.log, distinct.log]).toEqual([[true, true], [true]]);
      });
    });
  });
});

describe('events that a router drops without a word', () => {
  it('leave a gap in the numbers of their publisher, and nowhere else', () => {
    wampMarbles(({ client, scriptedRouter, expectObservable }) => {
      const router = scriptedRouter({ unexpected: 'keep' });
      const shop = client({ transport: router.transport, realm: 'realm1' });
      const answer = router.expect(SUBSCRIBE('com.x')).reply(SUBSCRIBED());
      for (const seq of [1, 2, 5]) answer.after(10).reply(EVENT({ kwargs: { seq } }));

      const signals$ = shop.topic('com.x').pipe(detectGaps(({ kwargs }) => kwargs['seq']), map((signal) => (signal.kind === 'gap' ? signal : signal.seq)));

      expectObservable(signals$, '^ 50ms !').toBe('10ms a 9ms b 9ms (gc)', { a: 1, b: 2, c: 5, g: { kind: 'gap', after: 2, before: 5, missed: 2 } });
    });
  });
});
