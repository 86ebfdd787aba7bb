import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TestScheduler } from 'rxjs/testing';
import { diagram, labelled, type Mark } from '../../lib/testing/diagram.ts';

const marks = (drawn: string): readonly Mark[] =>
  new TestScheduler(() => {}).run(() => TestScheduler.parseMarbles(drawn, undefined, undefined, false, true)
    .map(({ frame, notification: { kind, ...rest } }) => ({ frame, sign: kind === 'N' ? String((rest as { readonly value: unknown }).value) : kind === 'C' ? '|' : '#' })));

/** The rows of some diagrams, with the caret beneath. */
function rows(drawn: readonly string[], frame: number, index = 0): readonly string[] {
  const { rows: found, caret } = diagram(drawn.map(marks), { frame, index });
  return [...found, `${' '.repeat(caret)}^`];
}

/** Marks that RxJS could have read: a group has the time that it is long. */
const writable: fc.Arbitrary<readonly Mark[]> = fc.tuple(
  fc.array(fc.record({ gap: fc.oneof(fc.nat(5), fc.nat(30), fc.nat(100_000)), signs: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1, maxLength: 4 }) }), { maxLength: 5 }),
  fc.constantFrom('', '|', '#'),
).map(([groups, end]) => {
  const list: Mark[] = [];
  let time = 0;
  for (const { gap, signs } of groups) {
    const frame = time + gap;
    list.push(...signs.map((sign) => ({ frame, sign })));
    time = frame + (signs.length === 1 ? 1 : signs.length + 2);
  }
  return end === '' ? list : [...list, { frame: time, sign: end }];
});

describe('diagram', () => {
  it('draws rows under each other', () => {
    expect(rows(['--a-b----|', '--a---c--|'], 4)).toEqual([
      '--a-b----|',
      '--a---c--|',
      '    ^',
    ]);
  });

  it('gives every group its column in all rows', () => {
    expect(rows(['--(abc)-d|', '--a--b---|'], 2, 1)).toEqual([
      '--(abc)  -d|',
      '--a--  b---|',
      '    ^',
    ]);
  });

  it('draws nothing behind an end', () => {
    expect(rows(['-a|', '-a---b--|'], 2)).toEqual([
      '-a|      ',
      '-a---b--|',
      '  ^',
    ]);
  });

  it('writes long gaps as times, in both rows alike', () => {
    expect(rows(['a 84ms b 1979ms c', 'a 84ms b 2s d'], 2065)).toEqual([
      'a 84ms b 1979ms c 20ms -',
      'a 84ms b 1979ms - 20ms d',
      '                ^',
    ]);
  });

  it.each<readonly [number, string]>([
    [13, '13ms'], [500, '500ms'], [1000, '1s'], [1980, '1.98s'], [1981, '1981ms'], [60_000, '1m'], [90_000, '90s'], [90_500, '90.5s'], [3_600_000, '60m'], [0.25, '0.25ms'], [0.1 + 0.2, '0.3ms'],
  ])('writes %d ms as %s', (frame, time) => {
    expect(diagram([[{ frame, sign: 'a' }]], { frame, index: 0 }).rows).toEqual([`${time} a`]);
  });

  it('draws what is around the place where there is too much', () => {
    const long = Array.from({ length: 300 }, (_, at) => ({ frame: at * 10, sign: at === 200 ? 'b' : 'a' }));

    const { rows: [row, other], caret, drawn } = diagram([long, long.slice(0, 100)], { frame: 2000, index: 0 });

    expect([row, other, `${' '.repeat(caret)}^`]).toEqual([
      '... 1.95s a---------a---------a---------a---------a---------b---------a---------a---------a---------a---------a ...',
      '... 1.95s ----------------------------------------------------------------------------------------------------- ...',
      '                                                            ^',
    ]);
    expect(drawn.map(({ length }) => length)).toEqual([11, 0]);
  });

  it('draws what is around the place where too much comes at once', () => {
    const many = Array.from({ length: 100 }, (_, at) => ({ frame: 1, sign: at === 50 ? 'b' : 'a' }));

    const { rows: [row, other], caret, drawn } = diagram([many, many.slice(0, 45)], { frame: 1, index: 50 });

    expect([row, other, `${' '.repeat(caret)}^`]).toEqual([
      '-(...aaaaaaaabaaaaaaaa...)',
      '-(...aaa)-----------------',
      '             ^',
    ]);
    expect(drawn.map(({ length }) => length)).toEqual([17, 3]);
  });

  it('draws rows of the same length, that RxJS reads as what was drawn', () => {
    fc.assert(fc.property(fc.array(writable, { minLength: 1, maxLength: 4 }), (lists) => {
      const place = { frame: lists.flat()[0]?.frame ?? 0, index: 0 };
      const { rows: drawn, caret } = diagram(lists, place);
      expect(new Set(drawn.map(({ length }) => length)).size).toBe(1);
      expect(caret).toBeLessThanOrEqual(drawn[0]?.length ?? 0);
      if (!drawn[0]?.includes('...')) expect(drawn.map(marks)).toEqual(lists);
    }), { numRuns: 1000 });
  });
});

describe('labelled', () => {
  it('puts the caret under the row that is meant', () => {
    expect(labelled(['expected', 'it'], ['-a|  ', '-a--|'], 2, 0)).toEqual([
      '  expected  -a|',
      '              ^',
      '  it        -a--|',
    ]);
  });
});
