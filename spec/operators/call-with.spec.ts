import { describe, expect, it } from '@jest/globals';
import { NEVER, map, of, type Observable, type OperatorFunction } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { OverflowError } from '../../lib/errors.ts';
import { callWith, type CallWithOptions, type CallingPeer } from '../../lib/operators/call-with.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

function calling<R>(peer: CallingPeer<R>, options?: CallWithOptions<[string]>): OperatorFunction<string, R> {
  return (source) => source.pipe(map((letter): [string] => [letter]), callWith(peer, 'com.x', options));
}
const answering = <R>(...answers: Observable<R>[]): CallingPeer<R> => ({ call: () => answers.shift() ?? NEVER });

describe('callWith', () => {
  it('calls with each value as the payload', () => {
    const log: unknown[] = [];

    of([1], { args: [2], kwargs: { unit: 'm' } }).pipe(callWith({ call: (...args) => of(args) }, 'com.x')).subscribe((args) => log.push(args));

    expect(log).toEqual([['com.x', [1]], ['com.x', { args: [2], kwargs: { unit: 'm' } }]]);
  });

  it('makes one call at a time', () => {
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('   ab----|');
      const first = cold('   ---(A|)');
      const second = cold('     -----(B|)');
      const firstSubs = '    ^--!';
      const secondSubs = '   ---^----!';
      const expected = '     ---A----(B|)';

      expectObservable(source.pipe(calling(answering(first, second)))).toBe(expected);
      expectSubscriptions(first.subscriptions).toBe(firstSubs);
      expectSubscriptions(second.subscriptions).toBe(secondSubs);
    });
  });

  it('makes as many as concurrency allows, and emits results as they come', () => {
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('   abc----|');
      const first = cold('   ---(A|)');
      const second = cold('   -(B|)');
      const third = cold('     -(C|)');
      const thirdSubs = '    --^!';
      const expected = '     --B(AC)|';

      expectObservable(source.pipe(calling(answering(first, second, third), { concurrency: 2 }))).toBe(expected);
      expectSubscriptions(third.subscriptions).toBe(thirdSubs);
    });
  });

  it('emits the progressive results of a peer that asks for them', () => {
    marbles().run(({ cold, expectObservable }) => {
      const source = cold('  (a|)');
      const answer = cold('  -p-p-(A|)');
      const expected = '     -p-p-(A|)';

      expectObservable(source.pipe(calling(answering(answer)))).toBe(expected);
    });
  });

  it('does with what has no room what overflow says', () => {
    const log: string[] = [];
    marbles().run(({ cold, hot, expectObservable }) => {
      const source = hot('   abc-----');
      const first = cold('   ----(A|)');
      const second = cold('      -(C|)');
      const dropping = '     ----AC';
      const failing = '      --#';
      const report: CallWithOptions<[string]>['report'] = ({ value: [letter], reason }) => log.push(`${letter} ${reason}`);

      expectObservable(source.pipe(calling(answering(first, second), { limit: 1, overflow: 'dropOldest', report }))).toBe(dropping);
      expectObservable(source.pipe(calling(answering(first), { limit: 1 }))).toBe(failing, undefined, expect.any(OverflowError));
    });
    expect(log).toEqual(['b dropOldest']);
  });

  it('cancels the others when one fails', () => {
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('   ab------');
      const first = cold('   -----(A|)');
      const second = cold('   --#');
      const firstSubs = '    ^--!';
      const expected = '     ---#';

      expectObservable(source.pipe(calling(answering(first, second), { concurrency: 2 }))).toBe(expected);
      expectSubscriptions(first.subscriptions).toBe(firstSubs);
      expectSubscriptions(source.subscriptions).toBe(firstSubs);
    });
  });

  it('cancels what is in flight when it is unsubscribed from', () => {
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('   a-------');
      const answer = cold('  -----(A|)');
      const unsub = '        ^--!';
      const subs = '         ^--!';

      expectObservable(source.pipe(calling(answering(answer))), unsub).toBe('');
      expectSubscriptions(answer.subscriptions).toBe(subs);
    });
  });

  it('refuses a concurrency that cannot be', () => {
    expect(() => callWith(answering(), 'com.x', { concurrency: 0 })).toThrow(RangeError);
  });
});
