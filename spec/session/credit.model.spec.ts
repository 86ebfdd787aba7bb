import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Observable, concat, finalize, ignoreElements, map, range, tap, throwError, timer, type ObservableInput } from 'rxjs';
import { ApplicationError } from '../../lib/errors.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const END = 1500;
const LIMIT = 60;

/** One stream: how it is made, how fast it is made and processed, and what ends it. */
const play = fc.record({
  credit: fc.integer({ min: 1, max: 12 }),
  count: fc.nat(LIMIT),
  made: fc.constantFrom('at once', 'in time'),
  gap: fc.nat(3),
  work: fc.array(fc.nat(6), { minLength: 1, maxLength: 5 }),
  latency: fc.nat(5),
  final: fc.constantFrom('empty' as const, 'last' as const),
  ending: fc.constantFrom('complete', 'error', 'unsubscribe', 'cut', 'fail'),
  at: fc.nat(100),
});

describe('a stream with credit', () => {
  it('never has more on its way than its credit, each value once and in order, and ends once', () => {
    fc.assert(fc.property(play, ({ credit, count, made, gap, work, latency, final, ending, at }) => {
      const got: number[] = [];
      const ends: string[] = [];
      let [onWay, most, processing, running, granted, processed] = [0, 0, 0, 0, 0, 0];

      tidyMarbles(({ client, expectObservable }) => {
        const [callee, caller] = [client(), client({ retry: { initialDelay: 5, jitter: 'none' } })];
        caller.link.latency(latency);
        // What the callee sends, less what has been processed.
        callee.link.sent$.subscribe((message) => {
          if (message.type !== MessageType.YIELD || message.options['progress'] !== true) return;
          onWay += 1;
          most = Math.max(most, onWay);
        });
        caller.link.sent$.subscribe((message) => { if (message.type === MessageType.CALL) granted += Number(message.kwargs?.['_more'] ?? 0); });
        const values$ = made === 'at once' ? range(0, count) : new Observable<number>((subscriber) => {
          for (let n = 0; n < count; n++) subscriber.add(timer(n * (gap + 1)).subscribe(() => subscriber.next(n)));
          subscriber.add(timer(count * (gap + 1)).subscribe(() => subscriber.complete()));
        });
        const procedure = (): Observable<number> => new Observable<number>((subscriber) => {
          running += 1;
          subscriber.add(() => { running -= 1; });
          return (ending === 'fail' ? concat(values$, throwError(() => new ApplicationError('com.failed'))) : values$).subscribe(subscriber);
        });
        expectObservable(callee.register('com.rows', procedure, { final, output: { limit: LIMIT } }).pipe(ignoreElements()), `^ ${END}ms !`).toBe('');

        const process = ({ args: [n] }: { readonly args: readonly unknown[] }): ObservableInput<unknown> => new Observable((subscriber) => {
          processing += 1;
          expect(processing).toBe(1);
          subscriber.add(() => { processing -= 1; });
          const done = (): void => { processed += 1; onWay -= 1; subscriber.complete(); };
          const ms = work[Number(n) % work.length] ?? 0;
          if (ending === 'error' && n === at) return subscriber.error('broken');
          return ms === 0 ? done() : timer(ms).subscribe(done);
        });
        const stream$ = concat(timer(20).pipe(ignoreElements()), caller.callStream<number, number>('com.rows', [], { credit, process })).pipe(
          tap(({ details }) => expect(details.flow).toBe('credit')),
          map(({ args: [n] }) => n),
          tap({ next: (n) => got.push(n), complete: () => ends.push('complete'), error: () => ends.push('error'), unsubscribe: () => ends.push('unsubscribe') }),
          finalize(() => { ends.push('final'); }),
        );
        const streaming = stream$.subscribe({ error: () => {} });
        if (ending === 'unsubscribe') timer(20 + at).subscribe(() => streaming.unsubscribe());
        if (ending === 'cut') timer(20 + at).subscribe(() => { caller.link.cut(); caller.link.restore(); });
        timer(END - 50).subscribe(() => streaming.unsubscribe());
      });

      expect(most).toBeLessThanOrEqual(credit);
      expect(granted).toBeLessThanOrEqual(processed);
      expect(got).toEqual(Array.from({ length: got.length }, (_, n) => n));
      expect([running, processing]).toEqual([0, 0]);
      expect([ends.length, ends[1]]).toEqual([2, 'final']);
      if (ending === 'complete') expect([got.length, ends[0]]).toEqual([count, 'complete']);
    }), { numRuns: 80 });
  });
});
