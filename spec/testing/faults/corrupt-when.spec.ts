import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Subject } from 'rxjs';
import { corruptWhen, corrupted } from '../../../lib/testing/faults/corrupt-when.ts';
import { dialled, heard } from '../../support/dialled.ts';

/** Characters of one to four bytes; the last one is a pair. */
const characters = fc.string({ unit: fc.constantFrom('a', '~', 'é', '€', '😀'), minLength: 1 });
const chances = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 2, maxLength: 2 });
const saying = (said: readonly number[]) => {
  const left = [...said];
  return (): number => left.shift() ?? 0;
};

describe('corruptWhen', () => {
  it('changes one byte or character of the next frame, in whichever direction it goes', () => {
    const now = new Subject<void>();
    const { near, far } = dialled(corruptWhen(now, { random: saying([0.5, 0.9999, 0, 0]) }));
    const seen = { near: heard(near), far: heard(far) };

    near.next('abcd');
    now.next();
    near.next('abcd');
    near.next('abcd');
    now.next();
    far.next(new Uint8Array([1, 2, 3]));

    expect(seen).toEqual({ far: ['abcd', 'ab~d', 'abcd'], near: [new Uint8Array([0, 2, 3])] });
  });

  it('drops the connection where the one that says when fails', () => {
    const now = new Subject<void>();
    const { near } = dialled(corruptWhen(now));
    const seen = heard(near);

    now.error(new Error('why'));

    expect(seen).toEqual(['TransportLostError']);
  });
});

describe('corrupted', () => {
  it('changes one byte to another one, in a copy', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1 }), chances, (bytes, said) => {
      const before = bytes.slice();
      const changed = corrupted(bytes, saying(said)) as Uint8Array;
      expect(changed).toHaveLength(bytes.length);
      expect([...changed].filter((byte, at) => byte !== bytes[at])).toHaveLength(1);
      expect(bytes).toEqual(before);
    }));
  });

  it('changes one character to another printable one, and keeps the text well-formed', () => {
    fc.assert(fc.property(characters, chances, (text, said) => {
      const old = Array.from(text);
      const changed = Array.from(corrupted(text, saying(said)) as string);
      expect(changed).toHaveLength(old.length);
      const different = changed.filter((character, at) => character !== old[at]);
      expect(different).toEqual([expect.stringMatching(/^[ -~]$/)]);
    }), { numRuns: 500 });
  });

  it('can make any other printable character of one', () => {
    const made = new Set(Array.from({ length: 94 }, (_, at) => corrupted('m', saying([0, at / 94 + 1e-9]))));

    expect(made.size).toBe(94);
    expect(made.has('m')).toBe(false);
  });
});
