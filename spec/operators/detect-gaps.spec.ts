import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Subject, from, lastValueFrom, map, of, range, share, take, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { GapError } from '../../lib/errors.ts';
import { detectGaps, type SequenceSignal } from '../../lib/operators/detect-gaps.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
const itself = (value: unknown): unknown => value;

/** What is told of a list of numbers, in the fewest words: 4 is a value, ~4 a late one, 1..4:2 a gap of two. */
function told(...numbers: readonly unknown[]): string {
  const words: string[] = [];
  from(numbers).pipe(detectGaps(itself)).subscribe((signal) => { words.push(wordFor(signal)); });
  return words.join(' ');
}

function wordFor(signal: SequenceSignal<unknown>): string {
  if (signal.kind === 'gap') return `${signal.after}..${signal.before}:${signal.missed ?? '?'}`;
  return signal.kind === 'late' ? `~${signal.seq}` : String(signal.seq);
}

describe('detectGaps', () => {
  it('tells of a gap in place, before the value behind it', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --1--2--5----4--6--|');
      const subs = '        ^------------------!';
      const expected = '    --a--b--(ge)-l--f--|';

      const result = source.pipe(map(Number), detectGaps((value) => value));

      expectObservable(result).toBe(expected, {
        a: { kind: 'value', value: 1, seq: 1 },
        b: { kind: 'value', value: 2, seq: 2 },
        g: { kind: 'gap', after: 2, before: 5, missed: 2 },
        e: { kind: 'value', value: 5, seq: 5 },
        l: { kind: 'late', value: 4, seq: 4 },
        f: { kind: 'value', value: 6, seq: 6 },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it.each<[string, readonly unknown[], string]>([
    ['begins anywhere', [7, 8, 9], '7 8 9'],
    ['begins below 0', [-2, -1, 0, 1], '-2 -1 0 1'],
    ['tells a repetition', [5, 6, 6, 7], '5 6 ~6 7'],
    ['tells what comes from before the beginning', [5, 4, 6], '5 ~4 6'],
    ['tells a gap of one', [5, 7], '5 5..7:1 7'],
    ['tells late ones, and counts on from the highest', [5, 8, 6, 7, 9], '5 5..8:2 8 ~6 ~7 9'],
    ['counts on from a publisher that began anew with 0', [40, 41, 0, 1, 3], '40 41 41..0:? 0 1 1..3:1 3'],
    ['counts on from a publisher that began anew with 1', [40, 41, 1, 2, 4], '40 41 41..1:? 1 2 2..4:1 4'],
    ['takes a fall of 255 for a late one', [300, 45, 301], '300 ~45 301'],
    ['takes a fall of 256 for a new beginning', [300, 44, 45], '300 300..44:? 44 45'],
    ['tells a repeated first number', [1, 1, 2], '1 ~1 2'],
    ['comes back from a number that nobody can have counted to', [5, Number.MAX_SAFE_INTEGER, 6, 7], `5 5..9007199254740991:9007199254740985 9007199254740991 9007199254740991..6:? 6 7`],
    ['concludes nothing from what is no number', [5, undefined, '7', null, NaN, 5.5, 7n, 2 ** 53, {}, 6], '5 undefined undefined undefined undefined undefined undefined undefined undefined 6'],
  ])('%s', (_, numbers, words) => {
    expect(told(...numbers)).toBe(words);
  });

  it('hands every value on, in order', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.integer({ min: -300, max: 300 }), fc.anything())), (values) => {
      const seen: unknown[] = [];

      from(values).pipe(detectGaps(itself)).subscribe((signal) => { if (signal.kind !== 'gap') seen.push(signal.value); });

      expect(seen).toEqual(values);
    }));
  });

  it('misses no number that was left out, and makes none up', () => {
    fc.assert(fc.property(fc.integer(), fc.array(fc.boolean(), { maxLength: 50 }), (first, arrives) => {
      const sent = [first, ...arrives.map((_, at) => first + at + 1)];
      const arrived = sent.filter((_, at) => at === 0 || arrives[at - 1]);
      const missed: number[] = [];

      from(arrived).pipe(detectGaps(itself)).subscribe((signal) => {
        if (signal.kind === 'gap') for (let seq = signal.after + 1; seq < signal.before; seq++) missed.push(seq);
      });

      expect(missed).toEqual(sent.filter((seq) => seq <= arrived.at(-1)! && !arrived.includes(seq)));
    }));
  });

  it('tells the gap and its value together, whatever is emitted inside next', () => {
    const source = new Subject<number>();
    const shared = source.pipe(detectGaps(itself), share());
    const seen: string[] = [];
    shared.subscribe(({ kind }) => { if (kind === 'gap') source.next(9); });
    shared.subscribe((signal) => { seen.push(wordFor(signal)); });

    source.next(5);
    source.next(8);

    expect(seen).toEqual(['5', '5..8:2', '8', '9']);
  });

  it('counts for each subscriber', async () => {
    const result = of(1, 2).pipe(detectGaps(itself), map(wordFor), toArray());

    expect([await lastValueFrom(result), await lastValueFrom(result)]).toEqual([['1', '2'], ['1', '2']]);
  });

  it('hands on no value where the gap before it was the end', () => {
    const seen: string[] = [];

    from([1, 3, 4]).pipe(detectGaps(itself), take(2)).subscribe((signal) => { seen.push(wordFor(signal)); });

    expect(seen).toEqual(['1', '1..3:1']);
  });

  it('stops a source that emits without end while it is subscribed to', () => {
    let made = 0;

    range(0, Infinity).pipe(map((value) => (made += 1, value)), detectGaps(itself), take(2)).subscribe();

    expect(made).toBe(2);
  });

  it.each(['notify', 'error'] as const)('lets errors pass, and fails with what seqOf throws: %s', (onGap) => {
    marbles().run(({ cold, expectObservable }) => {
      const options = { onGap } as { readonly onGap: 'error' };

      expectObservable(cold('-#').pipe(detectGaps(itself, options))).toBe('-#');
      expectObservable(cold('-a').pipe(detectGaps(() => { throw 'error'; }, options))).toBe('-#');
    });
  });

  it('with error hands the bare values on, without repetitions, and fails at the first gap', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -1-2-2-x-3-5-6|');
      const subs = '        ^----------!';
      const expected = '    -1-2---x-3-#';

      const result = source.pipe(detectGaps((value) => (value === 'x' ? undefined : Number(value)), { onGap: 'error' }));

      expectObservable(result).toBe(expected, undefined, new GapError('sequence number must be 4, got 5', { from: 3, to: 5 }));
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('refuses what it does not know', () => {
    expect(() => detectGaps(itself, { onGap: 'ignore' as never })).toThrow(new RangeError("detectGaps: onGap must be 'notify' or 'error', got ignore"));
  });
});
