/** What runs while a session is handed over, on good lines and on lines that are cut in the middle of it. */
import { describe, expect, it } from '@jest/globals';
import { Subject, concat, defer, filter, ignoreElements, interval, map, of, switchMap, take, tap, timer, type Observable } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { TransportLostError } from '../../lib/errors.ts';
import { arg } from '../../lib/operators/payload.ts';
import type { TopicSignal } from '../../lib/session/options.ts';
import { CALL, cutWhen, type LinkedClient, type MarbleHelpers } from '../../lib/testing/index.ts';
import { HistoryRouter } from '../support/history-router.ts';
import { tidyMarbles, type TidyHelpers } from '../support/tidy-marbles.ts';

const CREDIT = 4;
const ROWS = 20;

const short = map((signal: TopicSignal): unknown => (signal.kind === 'event' ? signal.event.args[0] : signal.kind));
const lost = (uri: string): TransportLostError => new TransportLostError(`session ended before ${uri} was answered`, { sent: true, effect: 'unknown' });

/** What a handover says from a moment on. */
const told = (client: Client, from: number): Observable<string> => timer(from).pipe(switchMap(() => concat(client.handover().pipe(map(() => 'next')), of('complete'))));

/** A client that has a stream with credit, a call with progress and a topic, and hands its session over from 30 to 48. */
function streaming(plan: (helpers: MarbleHelpers & TidyHelpers & { readonly user: LinkedClient; readonly cuts: readonly Subject<void>[] }) => void): void {
  tidyMarbles((helpers) => {
    const { client, router, answers, publishes, expectObservable } = helpers;
    const cuts = [new Subject<void>(), new Subject<void>(), new Subject<void>()];
    const lines = cuts.map((cut$) => router.link().pipe(cutWhen(cut$)));
    const user = client({ retry: { initialDelay: 100, maxDelay: 100 }, transport: defer(() => lines.shift()!) });
    user.link.latency(3);
    expectObservable(client().register('com.rows', () => interval(5).pipe(take(ROWS))).pipe(ignoreElements()), '^ 500ms !').toBe('');
    answers('com.slow', '10ms p 40ms p 40ms (r|)');
    publishes('com.x', '20ms a 19ms b 25ms c 134ms d');
    plan({ ...helpers, user, cuts });
  });
}

const rowsOf = (user: Client): Observable<number> => user.callStream<number>('com.rows', [], { credit: CREDIT, process: () => timer(6) }).pipe(arg(0), map(Number));
const slow = (user: Client): Observable<unknown> => user.call('com.slow', [], { progress: true }).pipe(arg(0));
const signals = (user: Client): Observable<unknown> => user.topicStatus('com.x').pipe(short);

const TOLD = { n: 'next', c: 'complete' };
const SIGNALS = { s: 'suspended', u: 'subscribed', g: 'gap', a: 'a', b: 'b', c: 'c', d: 'd' };
const SLOW_TO_ITS_END = '32ms p 40ms p 40ms (r|)';

describe('Client.handover, while a stream and a call run', () => {
  it('lets them come to their end in the session before, and grants credit there', () => {
    const sessions = new Set<unknown>();
    const rows: number[] = [];
    streaming(({ user, expectObservable }) => {
      user.frames$.pipe(filter(({ direction, message: { type } }) => direction === 'out' && type === CALL().type)).subscribe(({ session }) => sessions.add(session));

      expectObservable(told(user, 30), '^ 300ms !').toBe('48ms n 86ms (c|)', TOLD);
      expectObservable(slow(user), '16ms ^').toBe(SLOW_TO_ITS_END);
      expectObservable(rowsOf(user).pipe(tap((row) => rows.push(row)), ignoreElements()), '16ms ^').toBe('147ms |');
      expectObservable(signals(user), '^ 300ms !').toBe('s 11ms u 10ms a 19ms b 4ms u 20ms c 134ms d', SIGNALS);
    });

    expect(rows).toEqual(Array.from({ length: ROWS }, (_, n) => n));
    expect(sessions.size).toBe(1);
  });

  it.each([
    ['session before is lost too early: it fails, and all is as with any loss', 0, 40, '43ms #', '32ms p 10ms #', '43ms #', 's 11ms u 10ms a 19ms s 111ms (ug) 45ms d'],
    ['next session is lost too early: it fails, and nothing else does', 1, 40, '43ms #', SLOW_TO_ITS_END, '147ms |', 's 11ms u 10ms a 19ms b 25ms c 134ms d'],
    ['session before is lost when it has been followed: it is over, and only what ran there fails', 0, 60, '48ms n 14ms (c|)', '32ms p 30ms #', '63ms #', 's 11ms u 10ms a 19ms b 4ms u 20ms c 134ms d'],
    ['next session is lost when it is the one: what ran before goes on', 1, 60, '48ms n 86ms (c|)', SLOW_TO_ITS_END, '147ms |', 's 11ms u 10ms a 19ms b 4ms u 14ms s 111ms (ug) 25ms d'],
  ] as const)('ends well where the %s', (_, line, ms, course, call, stream, topic) => {
    streaming(({ user, cuts, at, expectObservable }) => {
      at(ms, () => cuts[line]?.next());

      const isHandedOver = course.includes('n');
      expectObservable(told(user, 30), '^ 300ms !').toBe(course, TOLD, isHandedOver ? undefined : expect.any(TransportLostError));
      expectObservable(slow(user), '16ms ^').toBe(call, undefined, lost('com.slow'));
      expectObservable(rowsOf(user).pipe(ignoreElements()), '16ms ^').toBe(stream, undefined, lost('com.rows'));
      expectObservable(signals(user), '^ 300ms !').toBe(topic, SIGNALS);
    });
  });
});

describe('Client.handover, while a topic recovers', () => {
  it.each([
    ['has it ask again in the next session, and nothing is lost or comes twice', 40],
    ['has it ask no more where the answer was there in time', 0],
  ])('%s', (_, delay) => {
    const log: unknown[] = [];
    tidyMarbles(({ client, at }) => {
      const router = new HistoryRouter({ delay }, 2);
      const shop = client({ transport: router.transport, retry: { initialDelay: 20, maxDelay: 20 }, lazy: false });
      shop.topicStatus('com.x', { recover: 'history' }).pipe(short).subscribe((signal) => log.push(signal));
      shop.frames$.pipe(filter(({ direction, message: { type } }) => direction === 'out' && type === CALL().type)).subscribe(({ session }) => log.push(`asks in ${String(session)}`));
      at(9, () => router.publish());
      at(20, () => router.cut());
      at(25, () => { router.publish(); router.publish(); });
      at(30, () => router.mend());
      at(55, () => router.publish());
      at(60, () => shop.handover().subscribe());
      at(65, () => router.publish());
      at(200, () => router.publish());
      at(300, () => void shop.close());
      at(310, () => expect([router.open, router.pending]).toEqual([0, 0]));
    });
    const again = delay > 0;

    expect(log).toEqual([
      'suspended', 'subscribed', 0, 'suspended', 'subscribed', 'asks in 2',
      ...(again ? ['subscribed', 'asks in 3', 1, 2, 'recovered', 3, 4] : [1, 2, 'recovered', 3, 4, 'subscribed']), 5,
    ]);
  });
});
