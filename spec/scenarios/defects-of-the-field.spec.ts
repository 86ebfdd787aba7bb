/**
 * What other clients have been seen to do wrong, each held against this one. What routers make of the specification, and a client has to live
 * with, is in defects-of-the-field.routers.spec.ts.
 */
import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject, interval, map, take } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { CLIENT_ROLES } from '../../lib/protocol/features.ts';
import { MessageType, type Message } from '../../lib/protocol/messages.ts';
import { ScriptedRouter, heard, joined, serving } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const { CALL, CANCEL, ERROR, EVENT, GOODBYE, HELLO, INTERRUPT, INVOCATION, REGISTERED, RESULT, SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBE, UNSUBSCRIBED, YIELD } = MessageType;

/** What a client sends, session by session. */
function sentBy(client: Client): Message[] {
  const sent: Message[] = [];
  client.frames$.subscribe(({ direction, message }) => { if (direction === 'out') sent.push(message); });
  return sent;
}

describe('the ERROR of a call that was cancelled', () => {
  it.each(['skip', 'kill', 'killnowait', 'none'] as const)('does not close the connection: %s', (cancelMode) => {
    const router = new ScriptedRouter();
    const { session, ends } = joined(router);
    const call = heard(session.call('com.x', [], { cancelMode }));
    call.subscription.unsubscribe();

    router.send(ERROR, CALL, 1, {}, 'wamp.error.canceled');
    router.send(ERROR, CALL, 1, {}, 'wamp.error.cancelled');
    const after = heard(session.call('com.y'));
    router.send(RESULT, 2, {}, [1]);

    expect(call.log).toEqual([]);
    expect(after.log).toEqual([expect.objectContaining({ args: [1] }), 'complete']);
    expect(ends).toEqual([]);
  });
});

describe('calls that are pending when the connection is lost', () => {
  it('end then, in the order they were made', () => {
    tidyMarbles(({ client, at }) => {
      const user = client();
      const callee = client();
      callee.register('com.never', () => NEVER).subscribe();
      const log: unknown[] = [];
      at(1, () => {
        for (const n of [1, 2, 3]) user.call('com.never', [n]).subscribe({ error: ({ code }: { code: string }) => log.push([n, code]) });
        user.link.cut();
        expect(log).toEqual([[1, 'transport-lost'], [2, 'transport-lost'], [3, 'transport-lost']]);
        void user.close();
        void callee.close();
      });
    });
  });
});

describe('a REGISTER that the loss of the connection left unanswered', () => {
  it('waits for the old session to be missed, as one that was answered does', () => {
    tidyMarbles(({ client, at }) => {
      const rival = client();
      const user = client({ retry: { initialDelay: 100 } });
      user.link.latency(5);
      const { log } = heard(user.register('com.x', () => 1).pipe(map(() => at.now())));
      // REGISTER leaves at 10, and its answer would be here at 20
      at(17, () => {
        user.link.cut();
        user.link.restore();
      });
      at(30, () => {
        // stands for the old session, which a real router would not have missed yet
        const stale = rival.register('com.x', () => 2).subscribe();
        at(300, () => stale.unsubscribe());
      });
      at(1000, () => {
        expect(log).toEqual([expect.any(Number)]);
        void user.close();
        void rival.close();
      });
    });
  });
});

describe('a GOODBYE that the router sends first', () => {
  it.each(['wamp.close.system_shutdown', 'wamp.close.close_realm', 'wamp.close.goodbye_and_out', 'com.some.reason'])('does not end reconnection: %s', (reason) => {
    tidyMarbles(({ client, at }) => {
      const router = new ScriptedRouter();
      const user = client({ transport: router.transport, retry: { initialDelay: 10 } });
      const topic = heard(user.topic('com.x'));
      const ends: unknown[] = [];
      router.take();
      router.send(SUBSCRIBED, 1, 77);

      router.send(GOODBYE, {}, reason);
      expect(user.state).toMatchObject({ kind: 'waiting', cause: { reason } });
      at(20, () => ends.push([user.state.kind, ...router.take()]));
      at(30, () => {
        expect(ends).toEqual([['joined', [GOODBYE, {}, 'wamp.close.goodbye_and_out'], [HELLO, 'realm1', expect.anything()], [SUBSCRIBE, 1, expect.anything(), 'com.x']]]);
        router.send(SUBSCRIBED, 1, 78);
        router.send(EVENT, 78, 5, {}, ['again']);
        expect(topic.log).toEqual([expect.objectContaining({ args: ['again'] })]);
        void user.close();
      });
    });
  });
});

describe('two observers of one topic', () => {
  it('share a subscription, and the first to leave does not silence the other', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const [first, second] = [heard(session.topic('com.x')), heard(session.topic('com.x'))];
    expect(router.take()).toEqual([[SUBSCRIBE, 1, expect.anything(), 'com.x']]);
    router.send(SUBSCRIBED, 1, 77);

    first.subscription.unsubscribe();
    router.send(EVENT, 77, 5, {}, ['still here']);

    expect(second.log).toEqual([expect.objectContaining({ args: ['still here'] })]);
    expect(router.take()).toEqual([]);
  });

  it('do not have the UNSUBSCRIBE of their old session sent in the new one', () => {
    tidyMarbles(({ client, at }) => {
      const user = client({ retry: { initialDelay: 100 } });
      const sent = sentBy(user);
      const given: number[] = [];
      user.frames$.subscribe(({ message }) => { if (message.type === SUBSCRIBED) given.push(message.subscription); });
      const observers = [heard(user.topic('com.x')), heard(user.topic('com.x')), heard(user.topic('com.y'))];
      user.connect().catch(() => {});
      at(10, () => {
        user.link.cut();
        observers[2]?.subscription.unsubscribe();
        user.link.restore();
      });
      at(200, () => { for (const { subscription } of observers) subscription.unsubscribe(); });
      at(300, () => {
        const types = sent.map((message) => ('topic' in message ? [message.type, message.topic] : [message.type]));
        expect(types).toEqual([[HELLO], [SUBSCRIBE, 'com.x'], [SUBSCRIBE, 'com.y'], [HELLO], [SUBSCRIBE, 'com.x'], [UNSUBSCRIBE]]);
        expect(sent.at(-1)).toMatchObject({ subscription: given.at(-1) });
        expect(new Set(given).size).toBe(3);
        void user.close();
      });
    });
  });
});

describe('an INTERRUPT', () => {
  it('ends the invocation and not the session, also where the invocation is over or was never there', () => {
    const router = new ScriptedRouter();
    const { session, ends } = joined(router);
    heard(session.register('com.x', () => NEVER));
    router.send(REGISTERED, 1, 77);
    router.send(INVOCATION, 1, 77, {});
    router.take();

    for (const request of [1, 1, 2]) router.send(INTERRUPT, request, { mode: 'kill' });

    expect(router.take()).toEqual([[ERROR, INVOCATION, 1, {}, 'wamp.error.canceled']]);
    expect(ends).toEqual([]);
  });

  it('belongs to what is announced, and nothing is used that is not', () => {
    const features = (role: string): object => (CLIENT_ROLES[role] as { features: object }).features;
    expect(features('callee')).toMatchObject({ call_canceling: true, progressive_call_results: true });
    expect(features('caller')).toMatchObject({ call_canceling: true, progressive_call_results: true });
  });
});

describe('frames that arrive while a procedure takes its time', () => {
  it('are handled as they come', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const release = new Subject<number>();
    heard(session.register('com.slow', () => release.pipe(take(1))));
    const topic = heard(session.topic('com.x').pipe(map(({ args }) => args[0])));
    router.send(REGISTERED, 1, 77);
    router.send(SUBSCRIBED, 2, 88);
    router.take();

    router.send(INVOCATION, 1, 77, {});
    for (const n of [1, 2, 3]) router.send(EVENT, 88, n, {}, [n]);
    router.send(INVOCATION, 2, 77, {});
    release.next(42);

    expect(topic.log).toEqual([1, 2, 3]);
    expect(router.take()).toEqual([[YIELD, 1, {}, [42]], [YIELD, 2, {}, [42]]]);
  });
});

describe('a progressive result', () => {
  it('does not end the call, asked for or not', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const [asked, not] = [heard(session.call('com.x', [], { progress: true })), heard(session.call('com.x'))];

    for (const request of [1, 2]) {
      router.send(RESULT, request, { progress: true }, ['half']);
      router.send(RESULT, request, {}, ['whole']);
    }

    const whole = expect.objectContaining({ progress: false, args: ['whole'] });
    expect(asked.log).toEqual([expect.objectContaining({ progress: true, args: ['half'] }), whole, 'complete']);
    expect(not.log).toEqual([whole, 'complete']);
  });
});

describe('the timeout of a call', () => {
  it('is kept by the caller, whatever routers make of its unit', () => {
    tidyMarbles(({ at }) => {
      const router = new ScriptedRouter();
      const { session } = joined(router);
      const call = heard(session.call('com.x', [], { timeout: 1000 }));
      expect(router.take()).toEqual([[CALL, 1, {}, 'com.x']]);

      at(999, () => expect(call.log).toEqual([]));
      at(1001, () => {
        expect(call.log).toEqual([expect.objectContaining({ code: 'timeout' })]);
        expect(router.take()).toEqual([[CANCEL, 1, { mode: 'killnowait' }]]);
      });
    });
  });
});

describe('a cancelled call that is never answered', () => {
  it('is over for the caller all the same, and an answer that comes late is nobody\'s', () => {
    tidyMarbles(({ client, at }) => {
      const user = client();
      const callee = client();
      callee.register('com.count', () => interval(10).pipe(take(1))).subscribe();
      const call = heard(user.call('com.count', [], { cancelMode: 'skip' }));
      at(1, () => call.subscription.unsubscribe());
      at(50, () => {
        const again = heard(user.call('com.count'));
        at(50, () => {
          expect(call.log).toEqual([]);
          expect(again.log).toEqual([expect.objectContaining({ args: [0] }), 'complete']);
          void user.close();
          void callee.close();
        });
      });
    });
  });
});

describe('an event that comes after UNSUBSCRIBE', () => {
  it('is nobody\'s, and ends nothing', () => {
    tidyMarbles(({ at }) => {
      const router = new ScriptedRouter();
      const { session, ends } = joined(router);
      const topic = heard(session.topic('com.x'));
      router.send(SUBSCRIBED, 1, 77);
      topic.subscription.unsubscribe();
      at(1, () => {
        router.send(EVENT, 77, 5, {}, ['late']);
        router.send(UNSUBSCRIBED, 2);
        router.send(EVENT, 77, 6, {}, ['later']);
        expect(topic.log).toEqual([]);
        expect(ends).toEqual([]);
      });
    });
  });
});

describe('frames that arrive while a procedure awaits a promise', () => {
  it('are handled as they come', async () => {
    let release: (value: number) => void = () => {};
    const { router, session } = serving(() => new Promise((resolve) => { release = resolve; }));
    const topic = heard(session.topic('com.x').pipe(map(({ args }) => args[0])));
    router.send(SUBSCRIBED, 2, 88);
    router.take();

    router.send(INVOCATION, 1, 80, {});
    for (const n of [1, 2, 3]) router.send(EVENT, 88, n, {}, [n]);
    const before = [...topic.log];
    release(42);
    await new Promise((resolve) => { setImmediate(resolve); });

    expect(before).toEqual([1, 2, 3]);
    expect(router.take()).toEqual([[YIELD, 1, {}, [42]]]);
  });
});

describe('a cancelled call that is never answered, and what remembers it', () => {
  it.each(['skip', 'kill', 'killnowait', 'none'] as const)('keeps no room in its session: %s', (cancelMode) => {
    const { session } = joined(new ScriptedRouter());
    const before = session.census();

    for (let n = 0; n < 100; n++) heard(session.call('com.x', [], { cancelMode })).subscription.unsubscribe();

    expect(session.census()).toEqual(before);
    expect(session.idle).toBe(true);
  });
});
