import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Subject } from 'rxjs';
import { truncateWhen, truncated } from '../../../lib/testing/faults/truncate-when.ts';
import { dialled, heard } from '../../support/dialled.ts';

/** Characters of one to four bytes; the last one is a pair. */
const text = fc.string({ unit: fc.constantFrom('a', '~', 'é', '€', '😀'), minLength: 1 });
const frame = fc.oneof(text, fc.uint8Array({ minLength: 1 }));
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('truncateWhen', () => {
  it('cuts the next frame short at a random length, in whichever direction it goes', () => {
    const now = new Subject<void>();
    const { near, far } = dialled(truncateWhen(now, { random: () => 0.5 }));
    const seen = { near: heard(near), far: heard(far) };

    near.next('abcd');
    now.next();
    near.next('abcd');
    near.next('abcd');
    now.next();
    far.next(new Uint8Array([1, 2, 3]));

    expect(seen).toEqual({ far: ['abcd', 'ab', 'abcd'], near: [new Uint8Array([1])] });
  });

  it('cuts as many as it was told to, and takes no empty one for it', () => {
    const now = new Subject<void>();
    const { near, far } = dialled(truncateWhen(now, { random: () => 0 }));
    const seen = heard(far);

    now.next();
    now.next();
    for (const text of ['', 'a', '', 'b', 'c']) near.next(text);
    near.complete();

    expect(seen).toEqual(['', '', '', '', 'c', 'complete']);
    expect(now.observed).toBe(false);
  });
});

describe('truncated', () => {
  it('gives a shorter beginning, and leaves the frame as it was', () => {
    fc.assert(fc.property(frame, chance, (whole, random) => {
      const before = whole.slice();
      const short = truncated(whole, () => random);
      expect(short.length).toBeLessThan(whole.length);
      expect(short).toEqual(whole.slice(0, short.length));
      expect(whole).toEqual(before);
    }));
  });

  it('keeps texts well-formed', () => {
    fc.assert(fc.property(text, chance, (whole, random) => {
      expect(isWellFormed(truncated(whole, () => random) as string)).toBe(true);
    }));
    expect(truncated('😀', () => 0.5)).toBe('');
  });
});

function isWellFormed(text: string): boolean {
  return new TextDecoder().decode(new TextEncoder().encode(text)) === text;
}
