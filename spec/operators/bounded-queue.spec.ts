import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OverflowError } from '../../lib/errors.ts';
import { BoundedQueue, checkOverflow, type Dropped, type Overflow } from '../../lib/operators/bounded-queue.ts';

type Step = 'push' | 'shift';

const RULES: readonly Overflow[] = ['error', 'dropOldest', 'dropNewest', 'latest'];
const rule = fc.constantFrom(...RULES);
const steps = fc.array(fc.constantFrom<Step>('push', 'push', 'push', 'shift'), { maxLength: 200 });

/** The rule, said in the fewest words: what waits afterwards, and what is dropped. */
function model(waiting: readonly number[], value: number, limit: number, overflow: Overflow): { readonly waits: readonly number[]; readonly drops: readonly number[] } {
  const all = [...waiting, value];
  if (all.length <= limit) return { waits: all, drops: [] };
  if (overflow === 'dropOldest') return { waits: all.slice(1), drops: [all[0]!] };
  if (overflow === 'latest') return { waits: limit === 0 ? [] : [value], drops: limit === 0 ? all : waiting };
  return { waits: waiting, drops: [value] };
}

function drain<T>(queue: BoundedQueue<T>): T[] {
  const values = [];
  while (queue.size > 0) values.push(queue.shift());
  return values;
}

describe('BoundedQueue', () => {
  it('holds what the model holds, and reports what it drops, whatever happens', () => {
    fc.assert(fc.property(fc.nat(20), rule, steps, (limit, overflow, todo) => {
      const reports: Dropped<number>[] = [];
      const queue = new BoundedQueue<number>({ limit, overflow, report: (dropped) => reports.push(dropped) });
      let waiting: readonly number[] = [];
      const dropped: number[] = [];

      todo.forEach((step, value) => {
        if (step === 'push') {
          const { waits, drops } = model(waiting, value, limit, overflow);
          const push = (): void => queue.push(value);
          if (overflow === 'error' && drops.length > 0) expect(push).toThrow(OverflowError);
          else push();
          waiting = waits;
          dropped.push(...drops);
        } else if (waiting.length > 0) {
          expect(queue.first).toBe(waiting[0]);
          expect(queue.shift()).toBe(waiting[0]);
          waiting = waiting.slice(1);
        }
        expect(queue.size).toBe(waiting.length);
      });

      expect(reports).toEqual(dropped.map((value, at) => ({ value, reason: overflow, count: at + 1 })));
      expect(drain(queue)).toEqual(waiting);
    }));
  });

  it('says how many may wait when it fails', () => {
    const queue = new BoundedQueue<number>({ limit: 2 });
    queue.push(1);
    queue.push(2);

    expect(() => queue.push(3)).toThrow('no more than 2 values may wait');
    expect(drain(queue)).toEqual([1, 2]);
  });

  it('lets 1000 values wait where nothing is said', () => {
    const queue = new BoundedQueue<number>({ limit: undefined, overflow: undefined, report: undefined });
    for (let value = 0; value < 1000; value++) queue.push(value);

    expect(() => queue.push(1000)).toThrow(OverflowError);
  });

  it('keeps undefined as it keeps everything else', () => {
    const queue = new BoundedQueue<undefined>({ limit: 2 });
    queue.push(undefined);

    expect(queue.size).toBe(1);
    expect(drain(queue)).toStrictEqual([undefined]);
  });

  it('reports what waits when it is discarded', () => {
    const reports: Dropped<string>[] = [];
    const queue = new BoundedQueue<string>({ limit: 2, overflow: 'latest', report: (dropped) => reports.push(dropped) });
    queue.push('a');
    queue.push('b');

    queue.discard();

    expect(reports).toEqual([{ value: 'a', reason: 'error', count: 1 }, { value: 'b', reason: 'error', count: 2 }]);
    expect(queue.size).toBe(0);
  });

  it.each(['dropOldest', 'latest'] as const)('is in order when %s is reported, and may be pushed to', (overflow) => {
    const seen: number[] = [];
    const queue: BoundedQueue<number> = new BoundedQueue({
      limit: 1, overflow,
      report: ({ value }) => {
        seen.push(value);
        if (value === 1) queue.push(3);
      },
    });
    queue.push(1);

    queue.push(2);

    expect(seen).toEqual([1, 2]);
    expect(drain(queue)).toEqual([3]);
  });

  it('throws what report throws, once', () => {
    let reports = 0;
    const queue = new BoundedQueue<number>({
      limit: 1, overflow: 'dropNewest',
      report: () => {
        reports += 1;
        throw new Error('no disk');
      },
    });
    queue.push(1);

    expect(() => queue.push(2)).toThrow('no disk');
    queue.discard();
    expect(reports).toBe(1);
  });

  it('takes no longer for a value where many wait', () => {
    const queue = new BoundedQueue<number>({ limit: 200_000, overflow: 'dropOldest' });

    // Moving what waits at each step would take minutes.
    for (let value = 0; value < 600_000; value++) queue.push(value);

    expect(drain(queue).every((value, at) => value === 400_000 + at)).toBe(true);
  });
});

describe('checkOverflow', () => {
  it.each([-1, 1.5, Infinity, NaN, '3' as never, null as never])('refuses %p as limit', (limit) => {
    expect(() => checkOverflow({ limit }, 'x')).toThrow(new RangeError(`x: limit must be an integer of at least 0, got ${String(limit)}`));
  });

  it.each(['oldest', '', null])('refuses %p as overflow', (overflow) => {
    expect(() => checkOverflow({ overflow: overflow as never }, 'x')).toThrow(
      new RangeError(`x: overflow must be 'error', 'dropOldest', 'dropNewest' or 'latest', got ${String(overflow)}`),
    );
  });

  it('takes what makes sense', () => {
    for (const overflow of RULES) checkOverflow({ limit: 0, overflow }, 'x');
    checkOverflow({ limit: undefined, overflow: undefined }, 'x');
  });
});
