import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CookieJar } from '../../lib/transports/cookie-jar.ts';

describe('CookieJar', () => {
  it('sends what was set, the last of a name, for as long as it may be kept', () => {
    let now = 0;
    const jar = new CookieJar(() => now);
    expect(jar.header).toBeUndefined();

    jar.take(['a=1; Path=/; HttpOnly', 'b=2; Max-Age=10', 'c=3; expires=Thu, 01 Jan 1970 00:00:20 GMT', 'd=4; Max-Age=0', 'a=5; Secure', 'e=6; Max-Age=10; Expires=Thu, 01 Jan 1970 00:01:00 GMT']);

    expect(jar.header).toBe('b=2; c=3; a=5; e=6');
    now = 10_000;
    expect(jar.header).toBe('c=3; a=5');
    now = 20_000;
    expect(jar.header).toBe('a=5');
  });

  it('forgets what the server takes back', () => {
    const jar = new CookieJar(() => 0);
    jar.take(['a=1', 'b=2']);

    jar.take(['a=; Max-Age=-1', 'b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT']);

    expect(jar.header).toBeUndefined();
  });

  it('takes what is no cookie for none, and keeps no more than so many', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', '=', ';', ' ', 'max-age', 'expires', '1') })), (headers) => {
      const jar = new CookieJar(() => 0);
      jar.take(headers);
      expect(jar.header ?? '').not.toMatch(/^=|; =/);
    }));
    const jar = new CookieJar(() => 0);
    jar.take(Array.from({ length: 100 }, (_, each) => `name${each}=1`));
    jar.take([`long=${'x'.repeat(5000)}`]);
    expect(jar.header?.split('; ')).toEqual(Array.from({ length: 50 }, (_, each) => `name${each + 50}=1`));
  });
});
