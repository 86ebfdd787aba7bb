import { describe, expect, it } from '@jest/globals';
import { EMPTY, NEVER, Observable, Subject, concat, defer, from, map, of, take, throwError, type OperatorFunction } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { ApplicationError, NotJoinedError, OverflowError, PublicationError, TransportLostError } from '../../lib/errors.ts';
import { publishTo, type PublishToOptions, type PublishingPeer } from '../../lib/operators/publish-to.ts';
import type { PayloadInput } from '../../lib/types.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

/** Publishes the letters of a drawing: the n-th publication is answered by the n-th of the answers. */
function publishing<P>(peer: PublishingPeer<P>, options: PublishToOptions<[string]> = {}): OperatorFunction<string, P> {
  return (source) => source.pipe(map((letter): [string] => [letter]), publishTo(peer, 'com.x', options));
}
const answering = <P>(...answers: Observable<P>[]): PublishingPeer<P> => ({ publish: () => answers.shift() ?? NEVER });
const failureOf = (index: number, sent: boolean, cause: unknown): unknown => expect.objectContaining({ name: 'PublicationError', index, sent, cause });

const LOST = new TransportLostError('lost', { sent: true });
const REFUSED = new ApplicationError('wamp.error.not_authorized', {}, { effect: 'none' });

describe('publishTo', () => {
  it('publishes each value with its payload, acknowledged where it is asked to be', () => {
    const log: unknown[] = [];
    const peer: PublishingPeer<never> = { publish: (...args) => { log.push(args); return EMPTY; } };
    const payloads: PayloadInput[] = [[1], { args: [2], kwargs: { unit: 'm' } }];

    of(...payloads).pipe(publishTo(peer, 'com.x')).subscribe();
    of(...payloads).pipe(publishTo(peer, 'com.y', { acknowledge: true })).subscribe();

    expect(log).toEqual([
      ['com.x', [1], { acknowledge: false }], ['com.x', { args: [2], kwargs: { unit: 'm' } }, { acknowledge: false }],
      ['com.y', [1], { acknowledge: true }], ['com.y', { args: [2], kwargs: { unit: 'm' } }, { acknowledge: true }],
    ]);
  });

  it('has no more on their way than the window, and completes when all are answered', () => {
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('   abc---|');
      const first = cold('   ---(p|)');
      const second = cold('   ---(q|)');
      const third = cold('      ---(r|)');
      const firstSubs = '    ^--!';
      const secondSubs = '   -^--!';
      const thirdSubs = '    ---^--!';
      const expected = '     ---pq-(r|)';

      expectObservable(source.pipe(publishing(answering(first, second, third), { window: 2 }))).toBe(expected);
      expectSubscriptions(first.subscriptions).toBe(firstSubs);
      expectSubscriptions(second.subscriptions).toBe(secondSubs);
      expectSubscriptions(third.subscriptions).toBe(thirdSubs);
    });
  });

  it('emits in the order of the values, and counts what is answered out of turn as on its way', () => {
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('   abc|');
      const first = cold('   -----(p|)');
      const second = cold('   -(q|)');
      const third = cold('        ----(r|)');
      const thirdSubs = '    -----^---!';
      const expected = '     -----(pq)(r|)';

      expectObservable(source.pipe(publishing(answering(first, second, third), { window: 2 }))).toBe(expected);
      expectSubscriptions(third.subscriptions).toBe(thirdSubs);
    });
  });

  it('has a window of 16 unless it is told otherwise', () => {
    let sent = 0;
    const peer: PublishingPeer<never> = { publish: () => defer(() => { sent += 1; return NEVER; }) };

    from('abcdefghijklmnopqrst').pipe(publishing(peer)).subscribe();

    expect(sent).toBe(16);
  });

  it.each([
    ['dropOldest', '-----a----d|', ['b dropOldest', 'c dropOldest']],
    ['dropNewest', '-----a----b|', ['c dropNewest', 'd dropNewest']],
    ['latest', '    -----a----d|', ['b latest', 'c latest']],
  ] as const)('has room for no more than limit behind the window, and keeps to %s', (overflow, expected, dropped) => {
    const log: string[] = [];
    marbles().run(({ cold, hot, expectObservable }) => {
      const source = hot('   abcd-------|');
      const peer: PublishingPeer<string> = { publish: (_, payload) => cold('-----(x|)', { x: (payload as [string])[0] }) };

      expectObservable(source.pipe(publishing(peer, { window: 1, limit: 1, overflow, report: ({ value, reason }) => log.push(`${value[0]} ${reason}`) }))).toBe(expected);
    });
    expect(log).toEqual(dropped);
  });

  it('errors at once where too many wait, and reports all that was not sent', () => {
    const log: string[] = [];
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('   abcd');
      const first = cold('   -----(p|)');
      const firstSubs = '    ^-!';
      const expected = '     --#';

      expectObservable(source.pipe(publishing(answering(first), { window: 1, limit: 1, report: ({ value, reason }) => log.push(`${value[0]} ${reason}`) })))
        .toBe(expected, undefined, failureOf(2, false, expect.any(OverflowError)));
      expectSubscriptions(first.subscriptions).toBe(firstSubs);
      expectSubscriptions(source.subscriptions).toBe(firstSubs);
    });
    expect(log).toEqual(['c error', 'b error']);
  });

  it('fails with what report throws', () => {
    marbles().run(({ hot, expectObservable }) => {
      const source = hot('   ab');
      const expected = '     -#';
      const report = (): never => { throw new Error('mistake'); };

      expectObservable(source.pipe(publishing(answering(NEVER), { window: 1, limit: 0, overflow: 'dropNewest', report }))).toBe(expected, undefined, new Error('mistake'));
    });
  });

  it('says which value failed, in the order of the values, and begins nothing new', () => {
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('   abc-d---');
      const first = cold('   ------(p|)');
      const second = cold('   -#', undefined, REFUSED);
      const third = cold('     -------(r|)');
      const fourth = cold('      -');
      const thirdSubs = '    --^---!';
      const expected = '     ------(p#)';

      expectObservable(source.pipe(publishing(answering(first, second, third, fourth)))).toBe(expected, undefined, failureOf(1, true, REFUSED));
      expectSubscriptions(third.subscriptions).toBe(thirdSubs);
      expectSubscriptions(fourth.subscriptions).toBe([]);
    });
  });

  it.each([
    ['a connection that was lost', LOST, true, 'unknown'],
    ['a broker that refused', REFUSED, true, 'none'],
    ['no session', new NotJoinedError('offline'), false, 'none'],
    ['an error of somebody else', new Error('?'), true, 'unknown'],
  ] as const)('tells of %s whether it was sent', (_, cause, sent, effect) => {
    const log: unknown[] = [];

    of('a').pipe(publishing(answering(throwError(() => cause)))).subscribe({ error: (error) => log.push(error) });

    expect(log).toEqual([expect.objectContaining({
      code: 'publication', message: 'value 0 could not be published to com.x', cause, index: 0, sent, effect, operation: { verb: 'publish', uri: 'com.x' },
    })]);
  });

  it('takes what publish throws for a value that was not sent', () => {
    marbles().run(({ cold, expectObservable }) => {
      const source = cold('  a');
      const expected = '     #';
      const peer: PublishingPeer<never> = { publish: () => { throw new TypeError('no payload'); } };

      expectObservable(source.pipe(publishing(peer))).toBe(expected, undefined, failureOf(0, false, new TypeError('no payload')));
    });
  });

  it('sends again what was lost where it is asked to, and nothing else', () => {
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('   ab--|');
      const first = cold('   ---#', undefined, LOST);
      const second = cold('   --#', undefined, LOST);
      const firstAgain = cold('  ---(p|)');
      const secondAgain = cold(' ---#', undefined, REFUSED);
      const againSubs = '    ---^--!';
      const expected = '     ------(p#)';

      expectObservable(source.pipe(publishing(answering(first, second, firstAgain, secondAgain), { acknowledge: true, resend: true })))
        .toBe(expected, undefined, failureOf(1, true, REFUSED));
      expectSubscriptions(firstAgain.subscriptions).toBe(againSubs);
      expectSubscriptions(secondAgain.subscriptions).toBe(againSubs);
    });
    marbles().run(({ cold, expectObservable }) => {
      const source = cold('  a');
      const answer = cold('  ---#', undefined, LOST);
      const expected = '     ---#';

      expectObservable(source.pipe(publishing(answering(answer), { acknowledge: true }))).toBe(expected, undefined, failureOf(0, true, LOST));
    });
  });

  it('still sends again what comes before a value that failed, and nothing behind it', () => {
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('   abc');
      const first = cold('   ----#', undefined, LOST);
      const second = cold('   --#', undefined, REFUSED);
      const third = cold('     --#', undefined, LOST);
      const firstAgain = cold('   --(p|)');
      const more = cold('         -');
      const expected = '     ------(p#)';

      expectObservable(source.pipe(publishing(answering(first, second, third, firstAgain, more), { acknowledge: true, resend: true })))
        .toBe(expected, undefined, failureOf(1, true, REFUSED));
      expectSubscriptions(more.subscriptions).toBe([]);
    });
  });

  it('sends nothing again behind the first value that failed, whatever else fails', () => {
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('   abcd');
      const first = cold('   --------(p|)');
      const second = cold('   ---#', undefined, REFUSED);
      const third = cold('     ----#', undefined, LOST);
      const fourth = cold('     --#', undefined, REFUSED);
      const more = cold('            -');
      const expected = '     --------(p#)';

      expectObservable(source.pipe(publishing(answering(first, second, third, fourth, more), { acknowledge: true, resend: true })))
        .toBe(expected, undefined, failureOf(1, true, REFUSED));
      expectSubscriptions(more.subscriptions).toBe([]);
    });
  });

  it('gives up on a peer that loses a value as soon as it is handed it again', () => {
    let sent = 0;
    const log: unknown[] = [];
    const peer: PublishingPeer<never> = { publish: () => defer(() => { sent += 1; return throwError(() => LOST); }) };

    of('a').pipe(publishing(peer, { acknowledge: true, resend: true })).subscribe({ error: (error) => log.push(error) });

    expect([sent, log]).toEqual([2, [failureOf(0, true, LOST)]]);
  });

  it('lets an error of the source through at once', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-#');
      const answer = cold('  ---(p|)');
      const answerSubs = '   ^-!';
      const expected = '     --#';

      expectObservable(source.pipe(publishing(answering(answer)))).toBe(expected);
      expectSubscriptions(answer.subscriptions).toBe(answerSubs);
    });
  });

  it('stops waiting, and leaves the source, when it is unsubscribed from', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-b---');
      const answer = cold('  -----(p|)');
      const unsub = '        ^--!';
      const subs = '         ^--!';

      expectObservable(source.pipe(publishing(answering(answer), { window: 1 })), unsub).toBe('');
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(answer.subscriptions).toBe(subs);
    });
  });

  it('leaves a source that emits without end when its observer leaves', () => {
    let asked = 0;
    const endless = new Observable<string>((subscriber) => { while (!subscriber.closed && asked < 100) subscriber.next(String(asked++)); });

    endless.pipe(publishing({ publish: () => of('p') }), take(2)).subscribe();

    expect(asked).toBe(2);
  });

  it('goes through with thousands that are answered at once', () => {
    let answered = 0;

    of(...Array.from({ length: 20_000 }, String)).pipe(publishing({ publish: () => of('p') }, { window: 2 })).subscribe(() => { answered += 1; });

    expect(answered).toBe(20_000);
  });

  it('goes through with thousands that have waited and are answered at once', () => {
    const first = new Subject<string>();
    let asked = 0;
    let answered = 0;
    const peer: PublishingPeer<string> = { publish: () => (asked++ === 0 ? first : of('p')) };
    from(Array.from({ length: 20_000 }, String)).pipe(publishing(peer, { window: 1, limit: 20_000 })).subscribe(() => { answered += 1; });

    first.next('p');

    expect(answered).toBe(20_000);
  });

  it('publishes nothing more for an observer who leaves at a publication', () => {
    const first = new Subject<string>();
    let asked = 0;
    const peer: PublishingPeer<string> = { publish: () => (asked++ === 0 ? first : of('p')) };
    from('abc').pipe(publishing(peer, { window: 1 }), take(1)).subscribe();

    first.next('p');

    expect(asked).toBe(1);
  });

  it('keeps the order where an answer causes the next value', () => {
    const source = new Subject<string>();
    const answers: Subject<string>[] = [];
    const log: string[] = [];
    const peer: PublishingPeer<string> = {
      publish: (_, payload) => { log.push(`sent ${(payload as [string])[0]}`); const answer = new Subject<string>(); answers.push(answer); return answer; },
    };
    source.pipe(publishing(peer, { window: 1 })).subscribe((publication) => {
      log.push(`published ${publication}`);
      if (publication === 'a') source.next('c');
    });
    source.next('a');
    source.next('b');

    answers[0]!.next('a');
    answers[1]!.next('b');
    answers[2]!.next('c');

    expect(log).toEqual(['sent a', 'published a', 'sent b', 'published b', 'sent c', 'published c']);
  });

  it('takes a publication without an answer for one that is over, and of several answers the first', () => {
    marbles().run(({ cold, expectObservable }) => {
      const source = cold('  ab-|');
      const expected = '     -p-|';

      expectObservable(source.pipe(publishing(answering(EMPTY, concat(of('p'), of('q')))))).toBe(expected);
    });
  });

  it('publishes for each subscriber by itself', () => {
    let sent = 0;
    const result = of('a', 'b').pipe(publishing({ publish: () => defer(() => of(sent++)) }));

    result.subscribe();
    result.subscribe();

    expect(sent).toBe(4);
  });

  it.each([
    [{ window: 0 }, RangeError], [{ window: 1.5 }, RangeError], [{ limit: -1 }, RangeError], [{ overflow: 'block' as never }, RangeError],
    [{ resend: true } as never, TypeError],
  ])('refuses %p at the call', (options: PublishToOptions<PayloadInput>, ErrorClass) => {
    expect(() => publishTo(answering(), 'com.x', options)).toThrow(ErrorClass);
  });

  it('errors with a PublicationError', () => {
    expect(new PublicationError('why', { index: 1, sent: false })).toMatchObject({ code: 'publication', effect: 'none' });
  });
});
