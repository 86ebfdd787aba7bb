/** What becomes of all else that a client does where its session outlives a connection. */
import { describe, expect, it } from '@jest/globals';
import { Subject, concat, concatMap, filter, finalize, interval, map, of, take, tap, timer, type Observable } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import type { Hint } from '../../lib/client/hints.ts';
import { ApplicationError, TransportLostError } from '../../lib/errors.ts';
import { CanceledError } from '../../lib/session/application-errors.ts';
import { arg } from '../../lib/operators/payload.ts';
import type { Message } from '../../lib/protocol/messages.ts';
import type { Strategy } from '../../lib/session/admission.ts';
import type { TopicSignal } from '../../lib/session/options.ts';
import { CALL, GOODBYE, HELLO, record, type MessagePattern, type Recording } from '../../lib/testing/index.ts';
import { tidyMarbles, type At } from '../support/tidy-marbles.ts';

const RESUMING = { router: { realms: { realm1: { resume: { timeout: 10_000, messages: 1000, bytes: 100_000 } } } } };
const resuming = { resume: true, retry: { initialDelay: 100, maxDelay: 100 } };
const LOST = new TransportLostError('session ended before com.slow was answered', { sent: true, effect: 'unknown' });
const SIGNALS = { s: 'suspended', u: 'subscribed', g: 'gap', a: 'a', b: 'b', c: 'c', d: 'd' };

/** A state as its first letter, `x` for closed. */
const statesOf = ({ state$ }: Client): Observable<string> => state$.pipe(map(({ kind }) => (kind === 'closed' ? 'x' : kind.charAt(0))));
/** A signal as its kind, an event as what it carries. */
const short = map((signal: TopicSignal): unknown => (signal.kind === 'event' ? signal.event.args[0] : signal.kind));
const ofType = ({ type }: MessagePattern) => filter((message: Message) => message.type === type);

describe('a session that can be resumed', () => {
  it.each<[Hint, Hint]>([['offline', 'online'], ['freeze', 'resume'], ['pagehide', 'pageshow']])('is kept from %s to %s, without a timer of the client', (gone, back) => {
    tidyMarbles(({ client, publishes, answers, at, expectObservable, expectFrames }) => {
      const hints$ = new Subject<Hint>();
      const shop = client({ ...resuming, hints$, random: () => 0 });
      answers('com.slow', '100ms (r|)');
      publishes('com.x', ' 20ms a 59ms b 139ms d', SIGNALS);
      at(50, () => hints$.next(gone));
      at(200, () => hints$.next(back));

      expectFrames(shop.link.sent$.pipe(ofType(GOODBYE())), '^ 300ms !').toBe('', {});
      expectObservable(statesOf(shop), '                     ^ 300ms !').toBe('(icaj) 44ms w 149ms (wcaj)');
      expectObservable(shop.topicStatus('com.x').pipe(short), '^ 300ms !').toBe('(su) 16ms a 179ms b 19ms d', SIGNALS);
      expectObservable(shop.call('com.slow').pipe(arg(0))).toBe('200ms (r|)');
    }, RESUMING);
  });

  it('is kept by a hint that comes when its connection is away already, and no longer than ever', () => {
    tidyMarbles(({ client, answers, at, expectObservable }) => {
      const hints$ = new Subject<Hint>();
      const shop = client({ ...resuming, hints$, random: () => 0 });
      answers('com.slow', '1m (r|)');
      at(50, () => shop.link.cut());
      at(60, () => hints$.next('offline'));
      at(70, () => shop.link.restore());
      at(11_000, () => hints$.next('online'));

      expectObservable(shop.call('com.slow')).toBe('10050ms #', undefined, LOST);
      expectObservable(shop.topicStatus('com.x').pipe(short), '^ 12s !').toBe('u 10049ms s 949ms (ug)', SIGNALS);
    }, RESUMING);
  });

  it('is left where a page is hidden for too long', () => {
    tidyMarbles(({ client, answers, at, expectFrames, expectObservable }) => {
      const hints$ = new Subject<Hint>();
      const shop = client({ ...resuming, hints$, random: () => 0, closeWhenHidden: 30 });
      answers('com.slow', '1m (r|)');
      at(20, () => hints$.next('hidden'));

      expectFrames(shop.link.sent$.pipe(ofType(GOODBYE())), '^ 100ms !').toBe('50ms g', { g: GOODBYE() });
      expectObservable(shop.call('com.slow')).toBe('50ms #', undefined, LOST);
    }, RESUMING);
  });

  it('is resumed where it was found dead by its silence', () => {
    tidyMarbles(({ client, publishes, answers, expectObservable }) => {
      const shop = client({ ...resuming, heartbeat: { interval: 1000, timeout: 500 } });
      publishes('com.x', '              900ms a', SIGNALS);
      answers('com.slow', '             1s (r|)');
      shop.link.marbles('               200ms s 2349ms o');

      // Something came in the first second, and nothing in the next.
      expectObservable(statesOf(shop), '^ 3s !').toBe('(icaj) 2494ms w 99ms (caj)');
      expectObservable(shop.topicStatus('com.x').pipe(short), '^ 3s !').toBe('(su) 2596ms a', SIGNALS);
      expectObservable(shop.call('com.slow').pipe(arg(0))).toBe('2600ms (r|)');
    }, RESUMING);
  });

  it('asks for no history when it is back: nothing was missed', () => {
    tidyMarbles(({ client, publishes, expectFrames, expectObservable }) => {
      const shop = client(resuming);
      publishes('com.x', '  -----a-----b----c---- 100ms d', SIGNALS);
      shop.link.marbles('   ---------x---------o');

      expectFrames(shop.link.sent$.pipe(ofType(CALL())), '^ 150ms !').toBe('', {});
      expectObservable(shop.topicStatus('com.x', { recover: 'history' }).pipe(short), '^ 150ms !').toBe('(su)-a 103ms (bc) 8ms d', SIGNALS);
    }, RESUMING);
  });

  it('is left for good by who closes while its connection is away, and the router gives it up after its time', () => {
    tidyMarbles(({ client, router, answers, at, expectObservable }) => {
      const shop = client(resuming);
      answers('com.slow', '1m (r|)');
      shop.link.marbles('----------x---------o');
      at(25, () => shop.drain({ timeout: 1000 }).subscribe());
      at(9_999, () => expect(router.stats()).toMatchObject({ subscriptions: 1, pendingCalls: 1 }));
      at(10_011, () => expect(router.stats()).toMatchObject({ subscriptions: 0, pendingCalls: 0 }));

      expectObservable(statesOf(shop), '                ^ 90ms !').toBe('(icaj)----w--------------(x|)');
      expectObservable(shop.topicStatus('com.x').pipe(short)).toBe('(su)---------------------(s|)', SIGNALS);
      expectObservable(shop.call('com.slow')).toBe('25ms #', undefined, LOST);
    }, RESUMING);
  });

  it('is not waited for by who is on the way out: the connection that is lost then is the end', () => {
    tidyMarbles(({ client, answers, at, expectFrames, expectObservable }) => {
      const shop = client(resuming);
      answers('com.slow', '100ms (r|)');
      shop.link.marbles('               --------------------x-o');
      at(10, () => shop.drain({ timeout: 1000 }).subscribe());

      expectObservable(statesOf(shop), '^ 300ms !').toBe('(icaj)----d---------(x|)');
      expectObservable(shop.call('com.slow')).toBe('20ms #', undefined, LOST);
      expectFrames(shop.link.sent$.pipe(ofType(HELLO())), '^ 300ms !').toBe('h', { h: HELLO() });
    }, RESUMING);
  });

  it.each<[Strategy, string, string, string]>([
    ['merge', '  120ms (a|)', '170ms (b|)', '170ms (c|)'],
    ['concat', ' 120ms (a|)', '170ms (b|)', '220ms (c|)'],
    ['switch', ' 120ms (a|)', '120ms #', '   170ms (c|)'],
    ['exhaust', '120ms (a|)', '170ms (b|)', '120ms #'],
  ])('keeps what runs and what waits, and the strategy %s in what comes meanwhile', (strategy, first, second, third) => {
    tidyMarbles(({ client, expectObservable }) => {
      const [bank, user] = [client(resuming), client()];
      bank.link.marbles('--------------------x-------------------o');
      expectObservable(bank.register('com.p', ({ args: [n] }) => of(n).pipe(concatMap((value) => timer(50).pipe(map(() => value)))), { strategy }), '^ 300ms !').toBe('r', { r: expect.anything() });
      const refusal = strategy === 'switch' ? new CanceledError() : new ApplicationError('wamp.error.no_available_callee', { args: ['com.p is busy'] });
      const call = (n: string): Observable<unknown> => user.call('com.p', [n]).pipe(arg(0));

      expectObservable(call('a'), '15ms ^').toBe(first, undefined, refusal);
      expectObservable(call('b'), '25ms ^').toBe(second, undefined, refusal);
      expectObservable(call('c'), '35ms ^').toBe(third, undefined, refusal);
    }, RESUMING);
  });

  it('hears when it is back that what it runs was cancelled', () => {
    const ended: number[] = [];
    tidyMarbles(({ client, at, expectObservable }) => {
      const [bank, user] = [client(resuming), client()];
      bank.link.marbles('----------x---------o');
      expectObservable(bank.register('com.p', () => timer(5000).pipe(finalize(() => ended.push(at.now())))), '^ 300ms !').toBe('r', { r: expect.anything() });
      expectObservable(user.call('com.p'), '-----^---------!').toBe('');
    }, RESUMING);

    expect(ended).toEqual([110]);
  });

  it.each(['caller', 'callee'] as const)('goes on with a stream that is cut in the middle at its %s, and within its credit', (who) => {
    const CREDIT = 4;
    let [made, taken, most] = [0, 0, 0];
    tidyMarbles(({ client, expectObservable }) => {
      const [db, user] = [client(resuming), client(resuming)];
      (who === 'caller' ? user : db).link.marbles('60ms x 29ms o');
      const rows = (): Observable<number> => interval(10).pipe(take(12), tap(() => { made += 1; }));
      expectObservable(db.register('com.rows', rows, { output: { limit: 8 } }), '^ 300ms !').toBe('r', { r: expect.anything() });
      const rows$ = user.callStream<number>('com.rows', [], { credit: CREDIT, process: () => timer(15) }).pipe(
        tap({ next: () => { taken += 1; most = Math.max(most, made - taken); } }), arg(0), map((n) => 'abcdefghijkl'[Number(n)]),
      );

      // What it has credit for comes first, and then what waits for the connection.
      expectObservable(rows$, '5ms ^').toBe('30ms a 14ms b 14ms c 14ms d 14ms e 84ms f 14ms g 14ms h 14ms i 14ms j 14ms k 14ms (l|)');
    }, RESUMING);

    expect([made, taken, most <= CREDIT + 8]).toEqual([12, 12, true]);
  });

  it.each(['caller', 'callee'] as const)('goes on with a two-way call that is cut in the middle of its input at its %s', (who) => {
    tidyMarbles(({ client, expectObservable }) => {
      const [db, user] = [client(resuming), client(resuming)];
      (who === 'caller' ? user : db).link.marbles('40ms x 19ms o');
      expectObservable(db.register('com.echo', ({ input$ }) => concat(input$.pipe(arg(0)), of('z'))), '^ 300ms !').toBe('r', { r: expect.anything() });
      const input$ = interval(10).pipe(take(8), map((n) => ['abcdefgh'[n]]));

      expectObservable(user.call('com.echo', input$, { progress: true }).pipe(filter(({ progress }) => progress), arg(0)), '5ms ^').toBe('15ms a 9ms b 9ms c 104ms (defghz|)');
    }, RESUMING);
  });

  it('is recorded with its connections, and replayed', () => {
    let recording: Recording | undefined;
    const log: unknown[][] = [[], []];
    const spend = (user: Client, at: At, into: unknown[]): void => {
      const tell = (what: string) => ({ next: (value: unknown) => into.push([at.now(), what, value]), complete: () => into.push([at.now(), what, 'complete']) });
      statesOf(user).subscribe(tell('state'));
      user.topicStatus('com.x').pipe(short).subscribe(tell('topic'));
      user.call('com.slow', [], { progress: true }).pipe(arg(0)).subscribe(tell('call'));
      at(400, () => void user.close());
    };

    tidyMarbles(({ client, answers, publishes, at }) => {
      const user = client(resuming);
      const recorder = record(user.wire$);
      user.link.marbles('        -----------x-------------o');
      user.link.latency(2);
      answers('com.slow', '      8ms p 9ms q 199ms (r|)');
      publishes('com.x', '       5ms a 9ms b 49ms c 149ms d');
      spend(user, at, log[0]!);
      at(450, () => { recording = recorder.recording; });
    }, RESUMING);
    tidyMarbles(({ client, replay, at }) => {
      spend(client({ ...resuming, transport: replay(JSON.parse(JSON.stringify(recording))).transport }), at, log[1]!);
    });

    expect(log[0]).toContainEqual([expect.any(Number), 'topic', 'd']);
    expect(log[0]).not.toContainEqual([expect.any(Number), 'topic', 'gap']);
    expect(log[1]).toEqual(log[0]);
    // It tells how a session is claimed, and not with what.
    expect(JSON.stringify(recording).match(/"token":"[^"]*"/g)).toEqual(Array.from({ length: 3 }, () => '"token":"***"'));
  });

  it('is left for good by a handover, whose next session is lost with its connection; the one behind it can be resumed again', () => {
    tidyMarbles(({ client, router, answers, at, expectObservable, expectFrames }) => {
      const shop = client(resuming);
      answers('com.slow', '50ms (r|)');
      shop.link.marbles('  70ms x 4ms o 124ms (xo)');
      at(30, () => shop.handover().subscribe());
      at(75, () => expect(router.stats()).toMatchObject({ sessions: 1, subscriptions: 0 }));

      expectObservable(shop.call('com.slow').pipe(arg(0))).toBe('50ms (r|)');
      expectObservable(shop.topicStatus('com.x').pipe(short), '^ 400ms !').toBe('u 29ms u 39ms s 99ms (ug)', SIGNALS);
      const asked = { n: HELLO('realm1', { details: { _resume: {} } }), h: HELLO(), r: HELLO('realm1', { details: { _resume: { session: expect.any(Number), token: expect.any(String), received: expect.any(Number) } } }) };
      expectFrames(shop.link.sent$.pipe(ofType(HELLO())), '^ 400ms !').toBe('n 29ms h 139ms n 129ms r', asked);
    }, RESUMING);
  });

  it('is handed over once it is back, where its connection is away', () => {
    tidyMarbles(({ client, publishes, at, expectObservable }) => {
      const shop = client(resuming);
      publishes('com.x', '20ms a 19ms b 199ms d', SIGNALS);
      shop.link.marbles(' 25ms (xo)');
      at(50, () => shop.handover().subscribe());

      expectObservable(shop.topicStatus('com.x').pipe(short), '^ 400ms !').toBe('(su) 16ms a 104ms (bu) 111ms d', SIGNALS);
    }, RESUMING);
  });
});
