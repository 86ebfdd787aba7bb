import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readPrincipal } from '../../lib/router/principal.ts';

const read = (answer: unknown): unknown => readPrincipal(answer, 'shop', ['staff']);

describe('readPrincipal', () => {
  it('reads a role, alone or with what goes along', () => {
    expect(read('user')).toEqual({ role: 'user' });
    expect(read({ role: 'user' })).toEqual({ role: 'user' });
    const all = { role: 'user', authid: 'Peter', realm: 'staff', extra: { a: 1 }, secret: 's', salt: 'x', iterations: 10, keylen: 16 };
    expect(read({ ...all, more: 7 })).toEqual(all);
  });

  it('takes null for what is not there, and the realm that was asked for for none', () => {
    expect(read({ role: 'user', authid: null, realm: null, extra: null, secret: null, salt: null, iterations: null, keylen: null })).toEqual({ role: 'user' });
    expect(read({ role: 'user', realm: 'shop' })).toEqual({ role: 'user' });
  });

  it.each([undefined, null, false])('takes %p for a no', (answer) => {
    expect(read(answer)).toBeUndefined();
  });

  it.each<[unknown, string]>([
    ['', 'role of who is let in must be a string that is not empty'],
    [true, 'answer of who authenticates must be a role or a dictionary, got true'],
    [['user'], 'answer of who authenticates must be a role or a dictionary, got a list'],
    [{}, 'role of who is let in must be a string that is not empty'],
    [Object.create({ role: 'admin' }), 'answer of who authenticates must be a role or a dictionary, got an object'],
    [{ role: 'user', authid: '' }, 'authid of who is let in must be a string that is not empty'],
    [{ role: 'user', realm: 'bank' }, 'realm of who is let in must be "shop" or "staff", got "bank"'],
    [{ role: 'user', extra: [] }, 'extra of who is let in must be a dictionary, got a list'],
    [{ role: 'user', secret: 4711 }, 'secret of who is let in must be a string that is not empty'],
    [{ role: 'user', iterations: 0 }, 'iterations of who is let in must be an integer from 1, got 0'],
    [{ role: 'user', keylen: 1.5 }, 'keylen of who is let in must be an integer from 1, got 1.5'],
  ])('refuses %j', (answer, message) => {
    expect(() => read(answer)).toThrow(new TypeError(message));
  });

  it('gives a role or nobody, whatever it reads', () => {
    fc.assert(fc.property(fc.anything({ withNullPrototype: true }), (answer) => {
      let principal: unknown;
      try {
        principal = read(answer);
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
        return;
      }
      if (principal !== undefined) expect((principal as { readonly role: string }).role).toMatch(/./s);
    }), { numRuns: 1000 });
  });
});
