import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { activationCode, ALPHANUMERIC, randomCode, randomSecret, serialNumber, UNMISTAKABLE } from '../../lib/auth/secrets.ts';

describe('randomCode', () => {
  it('has the groups, the length and the characters that were asked for', () => {
    const alphabets = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }).filter((text) => Array.from(text).length === 1 && text !== '-'), { minLength: 2, maxLength: 256 });
    fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 90 }), alphabets, (groups, length, alphabet) => {
      const code = randomCode({ groups, length, alphabet: alphabet.join('') });

      const parts = code.split('-').map((part) => Array.from(part));
      expect(parts.map((part) => part.length)).toEqual(Array.from({ length: groups }, () => length));
      expect(parts.flat().filter((character) => !alphabet.includes(character))).toEqual([]);
    }));
  });

  it('makes no character more likely than another', () => {
    // Every byte once: what is left beyond the last whole multiple of 24 is drawn again.
    let next = 0;
    jest.spyOn(crypto, 'getRandomValues').mockImplementation((bytes) => {
      const values = bytes as unknown as Uint8Array;
      for (let at = 0; at < values.length; at++) values[at] = next++ % 256;
      return bytes;
    });

    const code = randomCode({ groups: 1, length: 240 });

    const counts = Array.from(UNMISTAKABLE, (character) => code.split(character).length - 1);
    jest.restoreAllMocks();
    expect(new Set(counts)).toEqual(new Set([10]));
  });

  it.each([
    [{ groups: 0 }, 'groups must be an integer from 1, got 0'],
    [{ length: 1.5 }, 'length must be an integer from 1, got 1.5'],
    [{ alphabet: 'a' }, 'alphabet must have from 2 to 256 different characters, got 1'],
    [{ alphabet: 'aba' }, 'alphabet must have from 2 to 256 different characters, got 3'],
  ])('refuses %j', (options, message) => {
    expect(() => randomCode(options)).toThrow(new RangeError(message));
  });
});

describe('randomSecret, activationCode and serialNumber', () => {
  it('are of the forms that the docblocks say, and new each time', () => {
    const group = `[${UNMISTAKABLE}]{4}`;

    expect(randomSecret()).toMatch(new RegExp(`^[${ALPHANUMERIC}]{14}$`));
    expect(randomSecret(3)).toHaveLength(3);
    expect(activationCode()).toMatch(new RegExp(`^${group}(-${group}){2}$`));
    expect(serialNumber()).toMatch(new RegExp(`^${group}(-${group}){5}$`));
    expect(new Set(Array.from({ length: 1000 }, serialNumber)).size).toBe(1000);
  });

  it('have the bits that the docblocks say', () => {
    const bits = (characters: number, alphabet: string): number => Math.floor(characters * Math.log2(alphabet.length));

    expect([bits(12, UNMISTAKABLE), bits(24, UNMISTAKABLE), bits(14, ALPHANUMERIC)]).toEqual([55, 110, 83]);
  });
});
