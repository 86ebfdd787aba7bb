import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inspect } from 'node:util';
import { boxKeyPair } from '../../lib/crypto/box.ts';
import { InvalidUriError } from '../../lib/errors.ts';
import { keyIdOf } from '../../lib/encryption/key-text.ts';
import { Keyring, type KeyPairing } from '../../lib/encryption/keyring.ts';
import { toBase64 } from '../../lib/protocol/base64.ts';
import { uri } from '../support/arbitraries.ts';

const [ann, bob] = [boxKeyPair(), boxKeyPair()];
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const pairing = (keyid: string): KeyPairing => ({ originator: { secretKey: ann.secretKey }, responder: { publicKey: bob.publicKey }, keyid });
const idsIn = (keyring: Keyring, of: string): readonly string[] | undefined => keyring.find(of)?.map(({ keyids }) => keyids.originator);

describe('Keyring', () => {
  it('has the keys of the longest entry that a URI begins with, and those alone', () => {
    const keyring = new Keyring({ '': pairing('default'), 'com.shop.': pairing('shop'), 'com.shop.order': pairing('order') });

    expect(['com.shop.order', 'com.shop.orders.new', 'com.shop.price', 'com.sho', 'x'].map((of) => idsIn(keyring, of)?.[0])).toEqual(['order', 'order', 'shop', 'default', 'default']);
  });

  it('finds what a walk through all prefixes finds', () => {
    fc.assert(fc.property(fc.uniqueArray(uri, { maxLength: 6 }), uri, fc.nat({ max: 20 }), (entries, of, cut) => {
      const cuts = [...new Set(entries.flatMap((entry) => [entry, of.slice(0, cut)]))].filter((entry) => entry !== '' && !entry.endsWith('.'));
      const keyring = new Keyring();
      for (const entry of cuts) keyring.set(entry, pairing(entry));
      const longest = Array.from({ length: of.length }, (_, at) => of.slice(0, of.length - at)).find((prefix) => cuts.includes(prefix));

      expect(idsIn(keyring, of)?.[0]).toBe(longest);
    }));
  });

  it('reads with several keys, and forgets them', () => {
    const keyring = new Keyring();
    keyring.set('com.', [pairing('next'), pairing('current')]);
    expect(idsIn(keyring, 'com.x')).toEqual(['next', 'current']);

    keyring.set('com.', pairing('next'));
    expect(idsIn(keyring, 'com.x')).toEqual(['next']);

    keyring.delete('com.');
    expect(keyring.find('com.x')).toBeUndefined();
  });

  it('takes bytes, base64 and hexadecimal for the same key', () => {
    const shared = [ann.secretKey, toBase64(ann.secretKey), hex(ann.secretKey), hex(ann.secretKey).toUpperCase()]
      .map((secretKey) => new Keyring({ x: { originator: { secretKey }, responder: { publicKey: hex(bob.publicKey) } } }).find('x')?.[0]?.shared);

    expect(new Set(shared.map((key) => hex(key!))).size).toBe(1);
  });

  it('knows what its client can be by which secret keys it has', () => {
    const rolesOf = (pair: KeyPairing): readonly string[] => [...new Keyring({ x: pair }).find('x')![0]!.roles];

    expect(rolesOf({ originator: { secretKey: ann.secretKey }, responder: { publicKey: bob.publicKey } })).toEqual(['originator']);
    expect(rolesOf({ originator: { publicKey: ann.publicKey }, responder: { secretKey: bob.secretKey } })).toEqual(['responder']);
    expect(rolesOf({ originator: { secretKey: ann.secretKey }, responder: { secretKey: bob.secretKey, publicKey: bob.publicKey } })).toEqual(['originator', 'responder']);
  });

  it('names keys by the public key of who reads', () => {
    const { keyids } = new Keyring({ x: { originator: { secretKey: ann.secretKey }, responder: { publicKey: bob.publicKey } } }).find('x')![0]!;

    expect(keyids).toEqual({ originator: keyIdOf(bob.publicKey), responder: keyIdOf(ann.publicKey) });
  });

  const secret = hex(ann.secretKey);
  it.each([
    ['no keys', [], new RangeError('keys must be at least one, got an empty list')],
    ['no end', {}, new TypeError('originator must have a secretKey or a publicKey, got neither')],
    ['no secret key', { originator: { publicKey: ann.publicKey }, responder: { publicKey: bob.publicKey } }, new TypeError('keys must have a secretKey for the originator or for the responder, got none')],
    ['half a key', { originator: { secretKey: secret.slice(0, 62) }, responder: { publicKey: bob.publicKey } }, new TypeError('originator.secretKey must be 32 bytes, or their base64 or hexadecimal text, got something else')],
    ['no text', { originator: { secretKey: 7 }, responder: { publicKey: bob.publicKey } }, new TypeError('originator.secretKey must be 32 bytes, or their base64 or hexadecimal text, got something else')],
    ['another public key', { originator: { secretKey: secret, publicKey: bob.publicKey }, responder: { publicKey: bob.publicKey } }, new RangeError('originator.publicKey must be that of its secretKey, got another')],
    ['a key of low order', { originator: { secretKey: secret }, responder: { publicKey: new Uint8Array(32) } }, new RangeError('public key must be one of X25519 that is not of low order, got another')],
    ['an id that is no text', { ...pairing('x'), keyid: 7 }, new TypeError('keyid must be a string, got 7')],
  ])('refuses %s', (_, keys, error) => {
    expect(() => new Keyring({ 'com.x': keys as never })).toThrow(error);
  });

  it('refuses what is no URI', () => {
    expect(() => new Keyring({ 'com x': pairing('x') })).toThrow(InvalidUriError);
  });

  it('shows no key to who looks at it', () => {
    const keyring = new Keyring({ x: pairing('x') });
    const shared = hex(keyring.find('x')![0]!.shared);

    const shown = [inspect(keyring, { depth: 9, showHidden: true }), JSON.stringify(keyring)].join();

    for (const key of [secret, toBase64(ann.secretKey), shared, String(ann.secretKey)]) expect(shown).not.toContain(key);
  });

  it('keeps the key that it was given, whatever becomes of its bytes', () => {
    const mine = ann.secretKey.slice();
    const keyring = new Keyring({ x: { originator: { secretKey: mine }, responder: { publicKey: bob.publicKey } } });
    const before = hex(keyring.find('x')![0]!.shared);

    mine.fill(0);

    expect(hex(keyring.find('x')![0]!.shared)).toBe(before);
  });
});

describe('keyIdOf', () => {
  // The public key of RFC 7748, 6.1; the checksum of EIP-55 as eth-utils 5 has it.
  it('is the end of the SHA-256 of a public key, with the checksum of EIP-55', () => {
    expect(keyIdOf(Uint8Array.from(Buffer.from('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a', 'hex')))).toBe('0xBf9240114804dB4Fd373012c0Ca47432D63425AE');
  });
});
