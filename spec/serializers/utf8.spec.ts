import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isUtf8 } from '../../lib/serializers/utf8.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

function isDecodable(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

describe('isUtf8', () => {
  it('agrees with a strict decoder', () => {
    const lead = fc.constantFrom(0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff);
    const trail = fc.constantFrom(0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0);
    const sequence = fc.tuple(lead, fc.array(trail, { maxLength: 4 })).map(([first, rest]) => [first, ...rest]);
    const bytes = fc.array(sequence, { maxLength: 3 }).map((sequences) => Uint8Array.from(sequences.flat()));
    fc.assert(fc.property(bytes, (frame) => isUtf8(frame, 0, frame.length) === isDecodable(frame)), { numRuns: 2000 });
  });

  it('takes all text, and looks only where it is told to', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      const bytes = Uint8Array.of(0xff, ...new TextEncoder().encode(text), 0x80);
      expect(isUtf8(bytes, 1, bytes.length - 1)).toBe(true);
      expect(isUtf8(bytes, 1, bytes.length)).toBe(false);
    }));
  });
});
