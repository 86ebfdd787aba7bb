import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Observable, finalize, ignoreElements, map, switchMap, take, tap, timer } from 'rxjs';
import type { PayloadInput } from '../../lib/types.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const END = 500;

/** One two-way call: when its values come, and what ends it. */
const play = fc.record({
  gaps: fc.array(fc.nat(4), { maxLength: 30 }),
  ending: fc.constantFrom('complete', 'error', 'unsubscribe', 'cut', 'answer', 'refuse', 'leave'),
  at: fc.nat(40),
  enough: fc.integer({ min: 1, max: 20 }),
  latency: fc.nat(6),
  late: fc.nat(5),
});

describe('a call that goes both ways', () => {
  it('hands each value on once and in order, ends once at both ends, and leaves nothing', () => {
    fc.assert(fc.property(play, ({ gaps, ending, at, enough, latency, late }) => {
      const sent: number[] = [];
      const received: unknown[] = [];
      const answers: unknown[] = [];
      const ends: string[] = [];
      const inputEnds: string[] = [];
      let [fed, running] = [0, 0];

      tidyMarbles(({ client, expectObservable }) => {
        const [callee, caller] = [client({ retry: { initialDelay: 5, jitter: 'none' } }), client({ retry: { initialDelay: 5, jitter: 'none' } })];
        caller.link.latency(latency);
        // It subscribes to the input a little late, answers value by value, and may have enough of them.
        const procedure = ({ input$ }: { readonly input$: Observable<{ readonly args: readonly unknown[] }> }): Observable<unknown> => new Observable((subscriber) => {
          running += 1;
          subscriber.add(() => { running -= 1; });
          const values$ = input$.pipe(map(({ args: [n] }) => n), tap({ next: (n) => received.push(n), complete: () => inputEnds.push('complete'), error: () => inputEnds.push('error') }));
          subscriber.add(timer(late).subscribe(() => { subscriber.add((ending === 'answer' ? values$.pipe(take(enough)) : values$).subscribe(subscriber)); }));
          if (ending === 'refuse') subscriber.add(timer(at).subscribe(() => subscriber.error(new Error('refused'))));
        });
        const failures = callee.errors$.subscribe();
        const registering = callee.register('com.echo', procedure as never).pipe(ignoreElements());
        expectObservable(registering, `^ ${END}ms !`).toBe('');

        const input$ = new Observable<PayloadInput>((subscriber) => {
          fed += 1;
          subscriber.add(() => { fed -= 1; });
          let time = 0;
          gaps.forEach((gap, n) => subscriber.add(timer(time += gap).subscribe(() => { sent.push(n); subscriber.next([n]); })));
          if (ending === 'complete' || ending === 'answer') subscriber.add(timer(time + 1).subscribe(() => subscriber.complete()));
          if (ending === 'error') subscriber.add(timer(at).subscribe(() => subscriber.error('broken')));
        });
        const call$ = caller.call<unknown, number>('com.echo', input$, { progress: true }).pipe(
          tap({ next: ({ args: [n] }) => answers.push(n), complete: () => ends.push('complete'), error: () => ends.push('error'), unsubscribe: () => ends.push('unsubscribe') }),
          ignoreElements(),
          finalize(() => { ends.push('final'); }),
        );
        const call = timer(20).pipe(switchMap(() => call$)).subscribe({ error: () => {} });
        if (ending === 'unsubscribe') timer(20 + at).subscribe(() => call.unsubscribe());
        if (ending === 'cut') timer(20 + at).subscribe(() => { caller.link.cut(); caller.link.restore(); });
        if (ending === 'leave') timer(20 + at).subscribe(() => { callee.link.cut(); callee.link.restore(); });
        timer(END - 50).subscribe(() => { call.unsubscribe(); failures.unsubscribe(); });
      });

      const isPrefix = (part: readonly unknown[], whole: readonly unknown[]): void => expect(part).toEqual(whole.slice(0, part.length));
      isPrefix(received, sent);
      isPrefix(answers.filter((n) => n !== undefined), received);
      expect([fed, running]).toEqual([0, 0]);
      expect(ends.filter((end) => end === 'final')).toEqual(['final']);
      expect(ends.length).toBe(2);
      expect(inputEnds.length).toBeLessThanOrEqual(1);
      if (ending === 'complete') expect([received, ends[0], inputEnds]).toEqual([sent, 'complete', ['complete']]);
      if (ending === 'answer' && gaps.length >= enough) expect([received.length, ends[0]]).toEqual([enough, 'complete']);
    }), { numRuns: 100 });
  });
});
