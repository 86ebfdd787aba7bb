import { describe, expect, it } from '@jest/globals';
import { EMPTY, catchError, map, of, retry, take } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { GapError } from '../../lib/errors.ts';
import type { TopicOptions, TopicSignal } from '../../lib/session/options.ts';
import type { Session } from '../../lib/session/session.ts';
import type { MarbleHelpers } from '../../lib/testing/index.ts';
import { HistoryRouter, type HistoryBehaviour } from '../support/history-router.ts';
import { tidyMarbles, type TidyHelpers } from '../support/tidy-marbles.ts';

type Helpers = Pick<MarbleHelpers, 'cold' | 'expectObservable'> & Pick<TidyHelpers, 'at'>;

/** A client of a router with a history, cut from 10 to 20, and joined again at 30. What is published: 0 at 5, 1 and 2 at 15. */
function recovering(behaviour: Partial<HistoryBehaviour>, plan: (helpers: Helpers & { readonly client: Client; readonly router: HistoryRouter }) => void): void {
  tidyMarbles(({ client: clientOf, at, cold, expectObservable }) => {
    const router = new HistoryRouter(behaviour);
    const client = clientOf({ transport: router.transport, retry: { initialDelay: 20, maxDelay: 20 }, lazy: false });
    at(5, () => router.publish());
    at(10, () => router.cut());
    at(15, () => { router.publish(); router.publish(); });
    at(20, () => router.mend());
    plan({ cold, expectObservable, client, router, at });
    at(200, () => void client.close());
    at(210, () => expect([router.open, router.pending]).toEqual([0, 0]));
  });
}

/** An event as its number, with a prime where it was recovered; another signal as its first letter. */
const short = (signal: TopicSignal): string => {
  if (signal.kind === 'event') return `${String(signal.event.args[0])}${signal.event.recovered ? "'" : ''}`;
  if (signal.kind === 'gap') return `gap ${signal.reason} behind ${signal.recovered}`;
  return signal.kind === 'recovered' ? `recovered ${signal.count}` : signal.kind;
};
const SIGNALS = { s: 'subscribed', u: 'suspended', r: 'recovered 2', R: 'recovered 0', '0': '0', '1': '1', '2': '2', a: "1'", b: "2'", '3': '3', '4': '4' };
const signalsOf = (client: Client, options: TopicOptions) => client.topicStatus('com.x', options).pipe(map(short));

const kwargsOf = ({ asked }: HistoryRouter): unknown[] => asked.map(({ kwargs }) => kwargs);

describe('topic with recover', () => {
  it('emits what was missed, marked, before live events, and asks from the last event on', () => {
    recovering({}, ({ client, router, at, expectObservable }) => {
      at(40, () => router.publish());
      const recovers = ' s 4ms 0 4ms u 19ms (sabr) 4ms 3';
      const plain = '    s 4ms 0 4ms u 19ms (sg)   6ms 3';

      expectObservable(signalsOf(client, { recover: 'history' }), '^ 100ms !').toBe(recovers, SIGNALS);
      expectObservable(signalsOf(client, {}), '^ 100ms !').toBe(plain, { ...SIGNALS, g: 'gap off behind 0' });
      at(150, () => expect(kwargsOf(router)).toEqual([{ from_publication: 7920, limit: 101 }]));
    });
  });

  it('holds live events until the history has come', () => {
    recovering({ delay: 10 }, ({ client, router, at, expectObservable }) => {
      at(32, () => router.publish());
      at(35, () => router.publish());
      const topic = ' 5ms 0 34ms (ab34)';

      expectObservable(client.topic('com.x', { recover: 'history' }).pipe(map((event) => short({ kind: 'event', event }))), '^ 100ms !').toBe(topic, SIGNALS);
    });
  });

  it('turns full pages', () => {
    recovering({}, ({ client, router, at, expectObservable }) => {
      const topic = ' s 4ms 0 4ms u 19ms (sabr)';

      expectObservable(signalsOf(client, { recover: { limit: 1 } }), '^ 100ms !').toBe(topic, SIGNALS);
      at(150, () => expect(kwargsOf(router)).toEqual([7920, 15_839, 23_758].map((from_publication) => ({ from_publication, limit: 2 }))));
    });
  });

  it.each(['crossbar', 'limitless'] as const)('asks anew where the filters are refused (%s), and asks so from then on', (dialect) => {
    recovering({ dialect }, ({ client, router, at, expectObservable }) => {
      const topic = ' s 4ms 0 4ms u 19ms (sabr)';

      expectObservable(signalsOf(client, { recover: { limit: 5 } }), '^ 45ms !').toBe(topic, SIGNALS);
      at(150, () => expect(router.asked.map(({ args }) => args)).toEqual([[72], [72, 6]]));
    });
  });

  it('says that nothing was missed', () => {
    recovering({}, ({ client, router, at, expectObservable }) => {
      at(50, () => router.cut());
      at(51, () => router.mend());
      const topic = ' s 4ms 0 4ms u 19ms (sabr) 14ms u 19ms (sR)';

      expectObservable(signalsOf(client, { recover: 'history' }), '^ 100ms !').toBe(topic, SIGNALS);
    });
  });

  it.each([
    ['the router refuses', { refusal: 'wamp.error.not_authorized' }, 'gap failed behind 0', 1],
    ['there is no history', { refusal: 'wamp.error.history_unavailable' }, 'gap failed behind 0', 1],
    ['the router fails either way', { refusal: 'wamp.error.runtime_error' }, 'gap failed behind 0', 2],
    ['the answer makes no sense', { nonsense: [['text']] }, 'gap failed behind 0', 1],
    ['the history has forgotten', { keep: 2 }, 'gap forgotten behind 0', 1],
  ] as const)('tells of a gap where %s, and goes on', (_, behaviour, gap, calls) => {
    recovering(behaviour as Partial<HistoryBehaviour>, ({ client, router, at, expectObservable }) => {
      at(35, () => router.publish());
      const topic = ' s 4ms 0 4ms u 19ms (sg) 1ms 3';

      expectObservable(signalsOf(client, { recover: 'history' }), '^ 100ms !').toBe(topic, { ...SIGNALS, g: gap });
      at(150, () => expect(router.asked).toHaveLength(calls));
    });
  });

  it('gives up when time is over, and takes the call back', () => {
    recovering({ delay: 100_000 }, ({ client, router, at, expectObservable }) => {
      at(35, () => router.publish());
      const topic = ' s 4ms 0 4ms u 19ms s 19ms (g3)';

      expectObservable(signalsOf(client, { recover: { timeout: 20 } }), '^ 100ms !').toBe(topic, { ...SIGNALS, g: 'gap timeout behind 0' });
      at(51, () => expect(router.pending).toBe(0));
    });
  });

  it('gives up when too many live events wait', () => {
    recovering({ delay: 100 }, ({ client, router, at, expectObservable }) => {
      for (const ms of [35, 36]) at(ms, () => router.publish());
      const topic = ' s 4ms 0 4ms u 19ms s 5ms (g34)';

      expectObservable(signalsOf(client, { recover: { maxHold: 1 } }), '^ 100ms !').toBe(topic, { ...SIGNALS, g: 'gap overflow behind 0' });
      at(37, () => expect(router.pending).toBe(0));
    });
  });

  it('does with the widest bounds of those who share the subscription', () => {
    recovering({ delay: 15 }, ({ client, router, at, expectObservable }) => {
      at(150, () => expect(kwargsOf(router)).toEqual([{ from_publication: 7920, limit: 8 }]));
      const topic = ' s 4ms 0 4ms u 19ms s 14ms (abr)';

      for (const recover of [{ timeout: 10, limit: 7 }, { timeout: 20, limit: 2 }]) expectObservable(signalsOf(client, { recover }), '^ 100ms !').toBe(topic, SIGNALS);
    });
  });

  it('tells of a gap where it has seen no event to begin at', () => {
    recovering({}, ({ client, router, at }) => {
      const log: string[] = [];
      at(7, () => signalsOf(client, { recover: 'history' }).subscribe((signal) => log.push(signal)));
      at(150, () => expect([log, router.asked]).toEqual([['subscribed', 'suspended', 'subscribed', 'gap unanchored behind 0'], []]));
    });
  });

  it('lets one who comes during a recovery see live events at once', () => {
    recovering({ delay: 20 }, ({ client, router, at, expectObservable }) => {
      at(40, () => router.publish());
      const late = ' 35ms s 4ms 3';
      const topic = 's 4ms 0 4ms u 19ms s 19ms (abr3)';

      expectObservable(signalsOf(client, { recover: 'history' }), '35ms ^ 60ms !').toBe(late, SIGNALS);
      expectObservable(signalsOf(client, { recover: 'history' }), '^ 100ms !').toBe(topic, SIGNALS);
    });
  });

  it('tells one who came during a recovery of its own gap, where the session is lost before the end', () => {
    recovering({ delay: 20 }, ({ client, router, at, expectObservable }) => {
      at(40, () => router.publish());
      at(45, () => router.cut());
      at(46, () => { router.publish(); router.mend(); });
      const late = ' 35ms s 4ms 3 4ms u 19ms (sg)';
      const topic = 's 4ms 0 4ms u 19ms s 14ms u 19ms s 19ms (abcdr)';

      expectObservable(signalsOf(client, { recover: 'history' }), '35ms ^ 80ms !').toBe(late, { ...SIGNALS, g: 'gap unanchored behind 0' });
      expectObservable(signalsOf(client, { recover: 'history' }), '^ 150ms !').toBe(topic, { ...SIGNALS, c: "3'", d: "4'", r: 'recovered 4' });
    });
  });

  it('takes live events that wait as they came, also those that no history has', () => {
    recovering({ delay: 20, late: true }, ({ client, router, at, expectObservable }) => {
      at(35, () => router.publish(false));
      at(36, () => router.publish());
      const topic = ' s 4ms 0 4ms u 19ms s 19ms (abr34)';

      expectObservable(signalsOf(client, { recover: 'history' }), '^ 100ms !').toBe(topic, SIGNALS);
    });
  });

  it('emits nothing twice, whatever the router says', () => {
    const [zero, one, two, three] = [7920, 15_839, 23_758, 31_677].map((publication, n) => ({ publication, args: [n] }));
    recovering({ nonsense: [[zero, one, one, zero, two, three]] }, ({ client, router, at, expectObservable }) => {
      // It is in the history already, and its EVENT comes later.
      at(40, () => router.publish());
      const topic = ' s 4ms 0 4ms u 19ms (sabcr)';

      expectObservable(signalsOf(client, { recover: 'history' }), '^ 100ms !').toBe(topic, { ...SIGNALS, c: "3'", r: 'recovered 3' });
    });
  });

  it('takes the call back when the last one leaves who waits for it', () => {
    recovering({ delay: 100 }, ({ client, router, at }) => {
      const waiting = client.topic('com.x', { recover: 'history' }).subscribe();
      at(35, () => client.topic('com.x', { recover: 'history' }).subscribe());
      at(40, () => {
        expect(router.pending).toBe(1);
        waiting.unsubscribe();
        expect(router.pending).toBe(0);
      });
    });
  });

  it('knows what was seen beside a recovery that nobody waits for any more', () => {
    recovering({ delay: 100 }, ({ client, router, at, expectObservable }) => {
      at(40, () => router.publish());
      at(45, () => router.cut());
      at(46, () => {
        router.publish();
        router.behaviour.delay = 0;
        router.mend();
      });
      const present = '35ms s 4ms 3 4ms u 19ms (sdr)';

      expectObservable(signalsOf(client, { recover: 'history' }), '^ 40ms !').toBe('s 4ms 0 4ms u 19ms s', SIGNALS);
      expectObservable(signalsOf(client, { recover: 'history' }), '35ms ^ 80ms !').toBe(present, { ...SIGNALS, d: "4'", r: 'recovered 1' });
    });
  });

  it('remembers through a grace what came while nobody was there', () => {
    recovering({}, ({ client, router, at }) => {
      const log: string[] = [];
      const first = client.topic('com.x', { recover: 'history', grace: 50 }).subscribe();
      at(4, () => first.unsubscribe());
      at(8, () => signalsOf(client, { recover: 'history' }).subscribe((signal) => log.push(signal)));
      at(150, () => expect([log, kwargsOf(router)]).toEqual([
        ['subscribed', 'suspended', 'subscribed', "1'", "2'", 'recovered 2'], [{ from_publication: 7920, limit: 101 }],
      ]));
    });
  });

  it('does not remember what came behind its back', () => {
    recovering({}, ({ client, at }) => {
      const log: string[] = [];
      client.topic('com.x').subscribe();
      const first = client.topic('com.x', { recover: 'history' }).subscribe();
      at(6, () => first.unsubscribe());
      at(8, () => signalsOf(client, { recover: 'history' }).subscribe((signal) => log.push(signal)));
      at(150, () => expect(log).toEqual(['subscribed', 'suspended', 'subscribed', 'gap unanchored behind 0']));
    });
  });

  it('does not remember through a grace that another one has ended', () => {
    recovering({}, ({ client, router, at }) => {
      const log: string[] = [];
      const first = client.topic('com.x', { recover: 'history', grace: 50 }).subscribe();
      at(6, () => first.unsubscribe());
      at(7, () => { client.topic('com.x').subscribe(); });
      at(8, () => router.publish());
      at(9, () => signalsOf(client, { recover: 'history' }).subscribe((signal) => log.push(signal)));
      at(150, () => expect(log).toEqual(['subscribed', 'suspended', 'subscribed', 'gap unanchored behind 0']));
    });
  });

  it('begins anew where it is lost in the middle of a recovery, and is told once for each session', () => {
    recovering({ delay: 20 }, ({ client, router, at, expectObservable }) => {
      at(40, () => router.cut());
      at(41, () => { router.publish(); router.mend(); });
      const topic = ' s 4ms 0 4ms u 19ms s 9ms u 19ms s 19ms (ab3r)';

      expectObservable(signalsOf(client, { recover: 'history' }), '^ 150ms !').toBe(topic, { ...SIGNALS, '3': "3'", r: 'recovered 3' });
    });
  });

  it('stops where an observer ends the session in the middle of what was missed', () => {
    recovering({}, ({ client, at }) => {
      const log: string[] = [];
      let session: Session | undefined;
      client.session$.subscribe((current) => { session = current; });
      signalsOf(client, { recover: 'history' }).subscribe((signal) => {
        log.push(signal);
        if (signal === "1'") session?.leave().subscribe();
      });
      at(150, () => expect(log).toEqual(['subscribed', '0', 'suspended', 'subscribed', "1'", 'suspended']));
    });
  });

  it('ends with its session on a Session, whatever it asks for', () => {
    recovering({}, ({ client, router, at }) => {
      const codes: unknown[] = [];
      client.session$.pipe(take(1)).subscribe((session) => session?.topic('com.x', { recover: 'history' }).subscribe({ error: ({ code }: { code: string }) => codes.push(code) }));
      at(150, () => expect([codes, router.asked]).toEqual([['transport-lost'], []]));
    });
  });
});

describe('topic with onGap', () => {
  it('errors with GapError, and retry starts it anew', () => {
    recovering({}, ({ client, router, at, expectObservable }) => {
      at(35, () => router.publish());
      const errors: unknown[] = [];
      const topic = client.topic('com.x', { onGap: 'error' }).pipe(map(({ args: [n] }) => String(n)));

      expectObservable(topic.pipe(catchError((error: unknown) => { errors.push(error); return EMPTY; })), '^ 100ms !').toBe('5ms 0 24ms |', SIGNALS);
      expectObservable(topic.pipe(retry()), '^ 100ms !').toBe('5ms 0 29ms 3', SIGNALS);
      at(150, () => expect(errors).toEqual([expect.objectContaining({ code: 'gap', reason: 'off', from: 7920, operation: { verb: 'subscribe', uri: 'com.x' } })]));
      at(150, () => expect(errors[0]).toBeInstanceOf(GapError));
    });
  });

  it('puts an Observable in its place, and lets what follows wait', () => {
    recovering({ refusal: 'wamp.error.not_authorized' }, ({ client, router, at, cold, expectObservable }) => {
      at(35, () => router.publish());
      const event = { topic: 'com.x', publication: 1, params: {}, details: {}, args: ['x'], kwargs: {}, retained: false, recovered: false };
      const gaps: unknown[] = [];
      const filled = client.topic('com.x', { recover: 'history', onGap: (gap) => { gaps.push(gap.reason); return cold('--x 9ms |', { x: event }); } });
      const topic = ' 5ms 0 26ms x 9ms 3';

      expectObservable(filled.pipe(map(({ args: [n] }) => String(n))), '^ 100ms !').toBe(topic, { ...SIGNALS, x: 'x' });
      at(150, () => expect(gaps).toEqual(['failed']));
    });
  });

  it('does nothing where there is none', () => {
    recovering({}, ({ client, at }) => {
      const log: unknown[] = [];
      client.topic('com.x', { recover: 'history', onGap: 'error' }).subscribe({ next: ({ args: [n] }) => log.push(n), error: (error: unknown) => log.push(error) });
      client.topic('com.x', { recover: 'history', onGap: () => of() }).subscribe(({ args: [n] }) => log.push(n));
      at(150, () => expect(log).toEqual([0, 0, 1, 1, 2, 2]));
    });
  });
});
