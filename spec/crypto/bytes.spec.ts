import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { constantTimeEqual } from '../../lib/crypto/bytes.ts';

describe('constantTimeEqual', () => {
  it('tells equal bytes from others', () => {
    const bytes = fc.uint8Array({ maxLength: 8, max: 2 });
    fc.assert(fc.property(bytes, bytes, (given, expected) => {
      expect(constantTimeEqual(given, expected)).toBe(Buffer.compare(given, expected) === 0);
    }), { numRuns: 2000 });
  });

  it('takes a repetition of what is expected for something else', () => {
    expect(constantTimeEqual(Uint8Array.of(1, 2, 1, 2), Uint8Array.of(1, 2))).toBe(false);
    expect(constantTimeEqual(Uint8Array.of(0, 0), new Uint8Array())).toBe(false);
  });
});
