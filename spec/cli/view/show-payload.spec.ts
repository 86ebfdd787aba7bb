import { describe, expect, it } from '@jest/globals';
import { asJson, asWords, payloadLine, payloadLines, printable } from '../../../lib/cli/view/show-payload.ts';

describe('asJson', () => {
  it.each([
    [{ a: [1, 'x', null, true] }, '{"a":[1,"x",null,true]}'],
    [2n ** 60n, '"1152921504606846976"'],
    [Uint8Array.of(1, 2), '"\\u0000AQI="'],
    [undefined, 'null'],
    [Number.NaN, 'null'],
  ])('writes %p', (value, json) => {
    expect(asJson(value)).toBe(json);
  });
});

describe('asWords', () => {
  it.each([['tea', 'tea'], [5, '5'], [2n ** 60n, '1152921504606846976'], [Uint8Array.of(1, 255), '<2 bytes 01ff>'], [new Uint8Array(0), '<0 bytes>'], [new Uint8Array(17), `<17 bytes ${'00'.repeat(16)}…>`], [{ a: 1 }, '{"a":1}']])('shows %p', (value, words) => {
    expect(asWords(value)).toBe(words);
  });
});

describe('payloadLine', () => {
  it('is one line of arguments and keywords', () => {
    expect(payloadLine({ args: [1, 'tea', [2]], kwargs: { unit: 'kg', n: { a: 1 } } })).toBe('1 tea [2] unit=kg n={"a":1}');
  });
});

describe('payloadLines', () => {
  it('gives large values more lines', () => {
    const large = { name: 'x'.repeat(60), list: [1] };

    expect(payloadLines({ args: ['a\nb', large], kwargs: { unit: 'kg' } })).toEqual(['a', 'b', ...JSON.stringify(large, undefined, 2).split('\n'), 'unit: kg']);
  });
});

describe('printable', () => {
  it('leaves words of any language alone, and shows what a terminal would obey', () => {
    expect(printable('Grüße, 茶 ☕\t1')).toBe('Grüße, 茶 ☕\t1');
    expect(printable('\u001b]0;x\u0007\r\n\u009b2J\u202etxt')).toBe('\\u001b]0;x\\u0007\\u000d\\u000a\\u009b2J\\u202etxt');
  });
});
