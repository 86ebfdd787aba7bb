import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createPrivateKey, sign as signOfNode } from 'node:crypto';
import { inspect } from 'node:util';
import { fromHex, toHex } from '../../lib/crypto/bytes.ts';
import { generateSeed, signingKey, verifySignature } from '../../lib/crypto/ed25519.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex, hex.length / 2)!;
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** RFC 8032, 7.1. */
const VECTORS = [
  ['TEST 1', '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'],
  ['TEST 2', '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'],
  ['TEST 3', 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7', 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', 'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'],
  ['TEST SHA(abc)', '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42', 'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704'],
] as const;

describe('signingKey', () => {
  it.each(VECTORS)('signs as RFC 8032 has it: %s', (_, seed, publicKey, message, signature) => {
    const key = signingKey(seed);

    expect(toHex(key.publicKey)).toBe(publicKey);
    expect(toHex(key.sign(bytes(message)))).toBe(signature);
    expect(verifySignature(bytes(signature), bytes(message), bytes(publicKey))).toBe(true);
  });

  it('agrees with that of Node', () => {
    const prefix = bytes('302e020100300506032b657004220420');
    fc.assert(fc.property(seeds, fc.uint8Array({ maxLength: 100 }), (seed, message) => {
      const key = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' });
      expect(toHex(signingKey(seed).sign(message))).toBe(signOfNode(null, message, key).toString('hex'));
    }), { numRuns: 20 });
  });

  it('keeps a private key that is overwritten, and shows it nowhere', () => {
    const seed = generateSeed();
    const key = signingKey(seed);
    const before = toHex(key.sign(Uint8Array.of(1)));
    const secret = Array.from(seed).join(', ').slice(0, 20);

    seed.fill(0);

    expect(toHex(key.sign(Uint8Array.of(1)))).toBe(before);
    expect(inspect(key, { showHidden: true, depth: 9, maxArrayLength: 99 }) + JSON.stringify(key)).not.toContain(secret);
  });

  it.each([[new Uint8Array(31)], ['ab'.repeat(31)], [`${'ab'.repeat(31)}zz`], [undefined], [Array.from({ length: 32 }, () => 0)]])('refuses %j, and does not say what it was', (seed) => {
    expect(() => signingKey(seed as string)).toThrow(new TypeError('private key must have 32 bytes, or 64 digits in hexadecimal'));
  });
});

describe('verifySignature', () => {
  const key = signingKey(VECTORS[2][1]);
  const message = bytes(VECTORS[2][3]);
  const signature = bytes(VECTORS[2][4]);

  it('takes no signature in which a bit is another', () => {
    fc.assert(fc.property(fc.nat(511), (bit) => {
      const forged = Uint8Array.from(signature);
      forged[bit >> 3]! ^= 1 << (bit & 7);
      expect(verifySignature(forged, message, key.publicKey)).toBe(false);
    }), { numRuns: 50 });
  });

  it('takes no signature of another message, or by another key', () => {
    expect(verifySignature(signature, Uint8Array.of(0xaf), key.publicKey)).toBe(false);
    expect(verifySignature(signature, message, signingKey(VECTORS[0][1]).publicKey)).toBe(false);
  });

  it('is total', () => {
    const any = fc.oneof(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ minLength: 64, maxLength: 64 }), seeds);
    fc.assert(fc.property(any, any, any, (one, two, three) => {
      expect(verifySignature(one, two, three)).toBe(false);
    }));
  });

  // S + L: the same signature in another spelling (RFC 8032, 5.1.7).
  it('takes no signature that stands for another one', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const number = BigInt(`0x${toHex(signature.slice(32).reverse())}`) + order;
    const malleable = Uint8Array.from([...signature.slice(0, 32), ...bytes(number.toString(16).padStart(64, '0')).reverse()]);

    expect(verifySignature(malleable, message, key.publicKey)).toBe(false);
  });

  // The neutral element as key: R = S·B fits every message.
  it('takes no key that anybody can sign with', () => {
    const neutral = Uint8Array.from({ length: 32 }, (_, at) => Number(at === 0));
    const forged = Uint8Array.from([...neutral, ...new Uint8Array(32)]);

    expect(verifySignature(forged, message, neutral)).toBe(false);
  });
});
