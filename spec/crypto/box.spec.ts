import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boxKeyPair, openBox, sealBox, sharedBoxKey } from '../../lib/crypto/box.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (of: Uint8Array | undefined): string | undefined => of && Buffer.from(of).toString('hex');

// NaCl, tests/box.c and tests/scalarmult*.c; the keys are those of RFC 7748, 6.1.
const ALICE = { secret: '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a', public: '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a' };
const BOB = { secret: '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb', public: 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f' };
const SHARED = '1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389';
const NONCE = '69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37';
const MESSAGE = 'be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31'
  + '0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705';
const BOX = 'f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972'
  + '71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b3'
  + '7973f622a43d14a6599b1f654cb45a74e355a5';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const nonce = fc.uint8Array({ minLength: 24, maxLength: 24 });
const message = fc.uint8Array({ maxLength: 200 });

describe('boxKeyPair', () => {
  it.each([ALICE, BOB])('has the public keys of RFC 7748', (pair) => {
    expect(hex(boxKeyPair(bytes(pair.secret)).publicKey)).toBe(pair.public);
  });

  it('makes another one each time', () => {
    expect(boxKeyPair().secretKey).not.toEqual(boxKeyPair().secretKey);
  });
});

describe('sharedBoxKey', () => {
  it('is that of NaCl, at both ends', () => {
    expect(hex(sharedBoxKey(bytes(ALICE.secret), bytes(BOB.public)))).toBe(SHARED);
    expect(hex(sharedBoxKey(bytes(BOB.secret), bytes(ALICE.public)))).toBe(SHARED);
  });

  // The points of low order (Curve25519 paper, "may the secret be zero"): with them the key would be the same for everybody.
  it.each([
    '00'.repeat(32), `01${'00'.repeat(31)}`, 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157', `ec${'ff'.repeat(30)}7f`, `ed${'ff'.repeat(30)}7f`, `ee${'ff'.repeat(30)}7f`,
  ])('refuses the public key %s', (low) => {
    expect(() => sharedBoxKey(bytes(ALICE.secret), bytes(low))).toThrow(new RangeError('public key must be one of X25519 that is not of low order, got another'));
  });
});

describe('sealBox', () => {
  it('seals as NaCl does', () => {
    expect(hex(sealBox(bytes(SHARED), bytes(NONCE), bytes(MESSAGE)))).toBe(BOX);
  });
});

describe('openBox', () => {
  it('opens what NaCl has sealed', () => {
    expect(hex(openBox(bytes(SHARED), bytes(NONCE), bytes(BOX)))).toBe(MESSAGE);
  });

  it('opens what was sealed, with the same key and nonce', () => {
    fc.assert(fc.property(key, nonce, message, (shared, once, text) => {
      expect(openBox(shared, once, sealBox(shared, once, text))).toEqual(text);
    }));
  });

  it('opens nothing in which a bit was flipped, or that is cut short', () => {
    fc.assert(fc.property(key, nonce, message, fc.nat(), fc.nat({ max: 7 }), (shared, once, text, where, bit) => {
      const box = sealBox(shared, once, text);
      const flipped = box.map((byte, at) => (at === where % box.length ? byte ^ (1 << bit) : byte));

      expect(openBox(shared, once, flipped)).toBeUndefined();
      expect(openBox(shared, once, box.subarray(0, where % box.length))).toBeUndefined();
    }));
  });

  it('opens nothing with another key or nonce', () => {
    fc.assert(fc.property(key, nonce, message, key, nonce, (shared, once, text, otherKey, otherNonce) => {
      fc.pre(hex(shared) !== hex(otherKey) && hex(once) !== hex(otherNonce));
      const box = sealBox(shared, once, text);

      expect(openBox(otherKey, once, box)).toBeUndefined();
      expect(openBox(shared, otherNonce, box)).toBeUndefined();
    }));
  });

  it('opens nothing that is any bytes', () => {
    fc.assert(fc.property(key, nonce, message, (shared, once, any) => {
      expect(openBox(shared, once, any)).toBeUndefined();
    }));
  });
});
