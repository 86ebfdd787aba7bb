import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import { linesOf } from '../../../lib/cli/input/lines.ts';

const linesIn = (...pieces: readonly string[]): Promise<string[]> => lastValueFrom(linesOf({ text$: from(pieces) }).pipe(toArray()));

describe('linesOf', () => {
  it('finds the same lines however the text is cut', async () => {
    const lines$ = fc.array(fc.stringMatching(/^[a-z ]{0,8}$/), { maxLength: 8 });
    await fc.assert(fc.asyncProperty(lines$, fc.array(fc.nat(60)), fc.constantFrom('\n', '\r\n'), async (lines, cuts, end) => {
      const text = lines.map((line) => `${line}${end}`).join('');
      const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];

      expect(await linesIn(...at.slice(1).map((to, index) => text.slice(at[index], to)))).toEqual(lines);
    }));
  });

  it('takes the last line without its end too', async () => {
    expect(await linesIn('a\nb')).toEqual(['a', 'b']);
    expect(await linesIn('a\n\n')).toEqual(['a', '']);
    expect(await linesIn('')).toEqual([]);
  });

  it('does not keep a line without end', async () => {
    await expect(linesIn(...Array.from({ length: 5 }, () => 'x'.repeat(2 ** 20)))).rejects.toThrow('a line of stdin must not be longer than 4194304 letters');
  });
});
