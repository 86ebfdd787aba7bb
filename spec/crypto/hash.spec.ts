import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { hmacSha256, pbkdf2Sha256, sha256 } from '../../lib/crypto/hash.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('hmacSha256', () => {
  it.each([
    ['test case 1', new Uint8Array(20).fill(0x0b), bytes('Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    ['test case 2', bytes('Jefe'), bytes('what do ya want for nothing?'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
    ['test case 3', new Uint8Array(20).fill(0xaa), new Uint8Array(50).fill(0xdd), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
    ['test case 6', new Uint8Array(131).fill(0xaa), bytes('Test Using Larger Than Block-Size Key - Hash Key First'), '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54'],
  ])('answers as RFC 4231 has it: %s', (_, key, message, expected) => {
    expect(hex(hmacSha256(key, message))).toBe(expected);
  });

  it('agrees with that of Node', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 150 }), fc.uint8Array({ maxLength: 300 }), (key, message) => {
      expect(hex(hmacSha256(key, message))).toBe(createHmac('sha256', key).update(message).digest('hex'));
    }));
  });
});

describe('pbkdf2Sha256', () => {
  it('answers as RFC 7914, section 11, has it', () => {
    const key = pbkdf2Sha256(bytes('passwd'), { salt: bytes('salt'), iterations: 1, keylen: 64 });

    expect(hex(key)).toBe('55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783');
  });

  it('agrees with that of Node', () => {
    const parameters = fc.record({ salt: fc.uint8Array({ maxLength: 40 }), iterations: fc.integer({ min: 1, max: 20 }), keylen: fc.integer({ min: 1, max: 70 }) });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), parameters, (password, { salt, iterations, keylen }) => {
      expect(hex(pbkdf2Sha256(password, { salt, iterations, keylen }))).toBe(pbkdf2Sync(password, salt, iterations, keylen, 'sha256').toString('hex'));
    }));
  });
});

describe('sha256', () => {
  it('agrees with that of Node', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
      expect(hex(sha256(message))).toBe(createHash('sha256').update(message).digest('hex'));
    }));
  });
});
