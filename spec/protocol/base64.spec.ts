import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromBase64, toBase64 } from '../../lib/protocol/base64.ts';

describe('toBase64', () => {
  it('writes what Node writes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    }));
  });
});

describe('fromBase64', () => {
  it('reads it back, from an index on', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.string(), (bytes, before) => {
      expect(fromBase64(before + toBase64(bytes), before.length)).toEqual(bytes);
    }));
  });

  it('reads what is exactly base64 and nothing else', () => {
    fc.assert(fc.property(fc.stringMatching(/^[AQgw/+=\n\-_é]*$/), (text) => {
      const canonical = Buffer.from(text, 'base64').toString('base64') === text;
      expect(fromBase64(text) !== undefined).toBe(canonical);
    }), { numRuns: 2000 });
  });

  it.each(['A', 'AA', 'AAA', 'AB==', 'AAB=', '====', 'A===', 'AA=A', 'AA==AAAA', 'AAA\n', 'AA-_', 'AAA\u0141'])('refuses %j', (text) => {
    expect(fromBase64(text)).toBeUndefined();
  });
});
