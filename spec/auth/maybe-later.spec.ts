import { describe, expect, it } from '@jest/globals';
import { EMPTY, EmptyError, NEVER, firstValueFrom, of, throwError } from 'rxjs';
import type { MaybeLater } from '../../lib/auth/authenticator.ts';
import { answerOf, isLater, mapAnswer } from '../../lib/auth/maybe-later.ts';

const outcomes = (ask: () => MaybeLater<unknown>): unknown[] => {
  const seen: unknown[] = [];
  answerOf(ask).subscribe({ next: (value) => seen.push(value), error: (error) => seen.push(error), complete: () => seen.push('end') });
  return seen;
};

describe('answerOf', () => {
  it('emits an answer that is there at once', () => {
    expect(outcomes(() => 1)).toEqual([1, 'end']);
    expect(outcomes(() => of(1, 2))).toEqual([1, 'end']);
    expect(outcomes(() => ['a', 'list'])).toEqual([['a', 'list'], 'end']);
    expect(outcomes(() => undefined)).toEqual([undefined, 'end']);
  });

  it('emits what a promise resolves to', async () => {
    await expect(firstValueFrom(answerOf(() => Promise.resolve(1)))).resolves.toBe(1);
    await expect(firstValueFrom(answerOf(() => Promise.reject(new Error('no'))))).rejects.toThrow('no');
  });

  it('errors with what was thrown, and where there is no answer', () => {
    const error = new Error('no');

    expect(outcomes(() => { throw error; })).toEqual([error]);
    expect(outcomes(() => throwError(() => error))).toEqual([error]);
    expect(outcomes(() => EMPTY)).toEqual([expect.any(EmptyError)]);
  });
});

describe('isLater', () => {
  it('tells promises and Observables from everything else', () => {
    expect([Promise.resolve(1), of(1), NEVER].map(isLater)).toEqual([true, true, true]);
    expect([1, 'then', null, undefined, {}, [1]].map(isLater)).toEqual([false, false, false, false, false, false]);
  });
});

describe('mapAnswer', () => {
  const double = (value: number): number => value * 2;

  it('keeps an answer that is there, and one that comes later', async () => {
    expect(mapAnswer(2, double)).toBe(4);
    expect(outcomes(() => mapAnswer(of(2), double))).toEqual([4, 'end']);
    await expect(firstValueFrom(answerOf(() => mapAnswer(Promise.resolve(2), double)))).resolves.toBe(4);
  });
});
