import { describe, expect, it } from '@jest/globals';
import { argon2id } from '../../lib/crypto/argon2.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('argon2id', () => {
  // The tests of the reference implementation (version 1.3, one lane).
  it.each([
    ['password', 'somesalt', 2, 256, '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe'],
    ['password', 'somesalt', 1, 65_536, 'f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98'],
  ])('answers for %s, %s, %i passes over %i KiB as the reference does', (password, salt, iterations, memory, expected) => {
    expect(hex(argon2id(bytes(password), { salt: bytes(salt), iterations, memory }))).toBe(expected);
  });
});
