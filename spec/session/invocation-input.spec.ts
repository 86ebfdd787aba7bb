import { describe, expect, it } from '@jest/globals';
import { map, take, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { OverflowError } from '../../lib/errors.ts';
import { InvocationInput } from '../../lib/session/invocation-input.ts';
import type { Payload } from '../../lib/types.ts';
import { heard } from '../support/scripted-router.ts';

const payload = (value: unknown): Payload => ({ args: [value], kwargs: {} });
const values = (source: Observable<Payload>): Observable<unknown> => source.pipe(map(({ args: [value] }) => value));

/** An input that is fed by marbles. */
function fed(marbles: string, cold: TestScheduler['createColdObservable'], limit?: number): InvocationInput {
  const input = new InvocationInput(limit);
  cold(marbles).subscribe({ next: (value) => input.next(payload(value)), error: (error: unknown) => input.fail(error), complete: () => input.complete() });
  return input;
}

function play(run: Parameters<TestScheduler['run']>[0]): void {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run);
}

describe('InvocationInput', () => {
  it('keeps what comes before its subscriber, and hands the rest on as it comes', () => {
    play(({ cold, expectObservable }) => {
      const { values$ } = fed('            a-b--------c--d--|', cold);

      expectObservable(values(values$), '----^').toBe('----(ab)---c--d--|');
    });
  });

  it('ends behind what waits, where it was complete before', () => {
    play(({ cold, expectObservable }) => {
      const { values$ } = fed('                  a-b-|', cold);

      expectObservable(values(values$), '-------^').toBe('-------(ab|)');
    });
  });

  it('drops what waits where it was cut off', () => {
    play(({ cold, expectObservable }) => {
      expectObservable(values(fed('a-b-#', cold).values$), '-------^').toBe('-------#');
      expectObservable(values(fed('a-b-#', cold).values$), '-^').toBe('-ab-#');
    });
  });

  it('has one subscriber, and one alone', () => {
    const { values$ } = new InvocationInput();
    values$.subscribe();

    expect(heard(values$).log).toEqual([new TypeError('input$ of an invocation must be subscribed to once, got a second subscription')]);
  });

  it.each([[undefined, 64], [3, 3], [0, 0]])('with the limit %p keeps %i and no more', (limit, most) => {
    const input = new InvocationInput(limit);
    for (let n = 0; n < most; n++) input.next(payload(n));

    expect(() => input.next(payload('more'))).toThrow(OverflowError);

    const { log } = heard(input.values$);
    input.next(payload('now'));
    expect(log.length).toBe(most + 1);
  });

  it('hands on in order what comes while something is handed on', () => {
    const input = new InvocationInput();
    const log: unknown[] = [];
    input.next(payload(1));
    input.values$.subscribe(({ args: [value] }) => {
      if (value === 1 || value === 3) for (const next of [Number(value) + 1, Number(value) + 2]) input.next(payload(next));
      log.push(value);
    });

    expect(log).toEqual([1, 2, 3, 4, 5]);
  });

  it('hands on in order also what comes while the first is handed on as it came', () => {
    const input = new InvocationInput();
    const log: unknown[] = [];
    input.values$.subscribe({
      next: ({ args: [value] }) => {
        if (value === 1) { input.next(payload(2)); input.next(payload(3)); input.complete(); }
        log.push(value);
      },
      complete: () => log.push('complete'),
    });

    input.next(payload(1));

    expect(log).toEqual([1, 2, 3, 'complete']);
  });

  it('keeps nothing for one who has left, nor behind the answer', () => {
    const [left, answered] = [new InvocationInput(1), new InvocationInput(1)];
    left.values$.pipe(take(1)).subscribe();
    answered.next(payload(1));
    answered.release();

    for (const input of [left, answered]) for (let n = 0; n < 5; n++) input.next(payload(n));
    answered.fail(new Error('late'));

    expect(heard(answered.values$).log).toEqual([]);
  });
});
