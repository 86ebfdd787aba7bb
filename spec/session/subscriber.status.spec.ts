import { describe, expect, it } from '@jest/globals';
import { EMPTY, catchError, of, take } from 'rxjs';
import { OverflowError, TransportLostError } from '../../lib/errors.ts';
import { createClient } from '../../lib/index.ts';
import type { TopicEvent } from '../../lib/session/options.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

describe('Session.topicStatus', () => {
  it('says when events begin to arrive, and brings them', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const { log } = heard(session.topicStatus('com.x'));
    expect(log).toEqual([]);

    router.send(33, 1, 70);
    router.send(36, 70, 5, {}, [1]);

    expect(log).toEqual([{ kind: 'subscribed', session: 1001, subscription: 70 }, { kind: 'event', event: expect.objectContaining({ publication: 5, args: [1] }) }]);
  });

  it('says so at once to one who comes later', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    session.topic('com.x').subscribe();
    router.send(33, 1, 70);

    expect(heard(session.topicStatus('com.x')).log).toEqual([{ kind: 'subscribed', session: 1001, subscription: 70 }]);
  });

  it('says so once to one who comes while it lingers, and later to one who comes while it unsubscribes', () => {
    const router = new ScriptedRouter();
    inVirtualTime((at) => {
      const { session } = joined(router);
      heard(session.topic('com.x')).subscription.unsubscribe();
      router.send(33, 1, 70);
      const { log, subscription } = heard(session.topicStatus('com.x'));
      expect(log).toEqual([{ kind: 'subscribed', session: 1001, subscription: 70 }]);
      subscription.unsubscribe();
      at(1, () => {
        const late = heard(session.topicStatus('com.x'));
        expect(late.log).toEqual([]);
        router.send(35, 2);
        router.send(33, 3, 71);
        expect(late.log).toEqual([{ kind: 'subscribed', session: 1001, subscription: 71 }]);
      });
    });
  });

  it('says what is missed where another topic took the id away', () => {
    const router = new ScriptedRouter();
    const log: unknown[] = [];
    inVirtualTime((at) => {
      const { session } = joined(router);
      const other = heard(session.topic('com.x'));
      session.topicStatus('com.', { match: 'prefix' }).subscribe((signal) => log.push(signal.kind === 'event' ? signal.event.args : signal));
      router.send(33, 1, 70);
      router.send(33, 2, 70);
      router.send(36, 70, 500, { topic: 'com.x' }, [1]);
      other.subscription.unsubscribe();
      at(1, () => router.send(35, 3));
      at(21, () => router.send(33, 4, 71));
    });
    expect(log).toEqual([
      { kind: 'subscribed', session: 1001, subscription: 70 }, [1], { kind: 'suspended', cause: undefined },
      { kind: 'subscribed', session: 1001, subscription: 71 }, { kind: 'gap', from: 500, recovered: 0, reason: 'off', duration: 20, cause: undefined },
    ]);
  });

  it('says how many events the router dropped, in front of the one that tells it', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const { log } = heard(session.topicStatus('com.x'));
    router.send(33, 1, 70);
    router.send(36, 70, 500, {}, [1]);

    router.send(36, 70, 504, { _dropped: 3 }, [5]);
    router.send(36, 70, 505, { _dropped: 'many' }, [6]);

    expect(log.slice(2)).toEqual([
      { kind: 'gap', from: 500, recovered: 0, reason: 'dropped', duration: 0, cause: expect.any(OverflowError) },
      { kind: 'event', event: expect.objectContaining({ args: [5] }) }, { kind: 'event', event: expect.objectContaining({ args: [6] }) },
    ]);
    expect(log[2]).toMatchObject({ cause: { message: 'router dropped 3 events of com.x: they came faster than they were read' } });
  });

  it('fills or fails the gap of what the router dropped as any other', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const filled = heard(session.topic('com.x', { onGap: ({ reason }) => of({ args: [reason] } as unknown as TopicEvent) }));
    const failed = heard(session.topic('com.x', { onGap: 'error' }));
    router.send(33, 1, 70);

    router.send(36, 70, 504, { _dropped: 3 }, [5]);

    expect(filled.log.map((event) => (event as TopicEvent).args)).toEqual([['dropped'], [5]]);
    expect(failed.log).toEqual([expect.objectContaining({ name: 'GapError', reason: 'dropped' })]);
  });

  it('says once that it is suspended where the session is lost as well', () => {
    const router = new ScriptedRouter();
    const log: string[] = [];
    inVirtualTime((at) => {
      const client = createClient({ transport: router.transport, realm: 'realm1', lazy: false });
      const other = heard(client.topic('com.x'));
      client.topicStatus('com.', { match: 'prefix' }).subscribe(({ kind }) => log.push(kind));
      at(0, () => {
        router.send(33, 1, 70);
        router.send(33, 2, 70);
        other.subscription.unsubscribe();
      });
      at(1, () => {
        router.send(35, 3);
        router.cut();
      });
      at(2, () => void client.close());
    });
    expect(log).toEqual(['subscribed', 'suspended']);
  });

  it('says nothing of what another topic took away to one who was waiting all along', () => {
    const router = new ScriptedRouter();
    const log: unknown[] = [];
    inVirtualTime((at) => {
      const { session } = joined(router);
      const first = heard(session.topic('com.x'));
      const second = heard(session.topic('com.', { match: 'prefix' }));
      router.send(33, 1, 70);
      router.send(33, 2, 70);
      first.subscription.unsubscribe();
      second.subscription.unsubscribe();
      at(1, () => {
        session.topicStatus('com.', { match: 'prefix' }).subscribe((signal) => log.push(signal));
        router.send(35, 3);
        router.send(8, 34, 4, {}, 'wamp.error.no_such_subscription');
        router.send(33, 5, 71);
      });
    });
    expect(log).toEqual([{ kind: 'subscribed', session: 1001, subscription: 71 }]);
  });

  it('lets go where its first signal was all that was wanted', () => {
    const router = new ScriptedRouter();
    inVirtualTime(() => {
      const { session } = joined(router);
      const first = heard(session.topic('com.x'));
      router.send(33, 1, 70);
      first.subscription.unsubscribe();
      heard(session.topicStatus('com.x').pipe(take(1)));
    });
    expect(router.take()).toEqual([[32, 1, { match: 'exact' }, 'com.x'], [34, 2, 70]]);
  });

  it('ends also where its first signal makes the session end', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    session.topic('com.x').pipe(catchError(() => EMPTY)).subscribe();
    router.send(33, 1, 70);
    const log: unknown[] = [];

    session.topicStatus('com.x').subscribe({
      next: ({ kind }) => {
        log.push(kind);
        session.leave().subscribe();
      },
      error: (error: unknown) => log.push(error),
    });

    expect(log).toEqual(['subscribed', expect.any(TransportLostError)]);
    expect(session.idle).toBe(true);
  });
});
