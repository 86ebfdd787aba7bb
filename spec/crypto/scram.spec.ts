import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clientProof, escapeName, normalize, provesClient, saltPassword, scramKeys, serverSignature, type ScramSalting } from '../../lib/crypto/scram.ts';
import { fromBase64, toBase64 } from '../../lib/protocol/base64.ts';

// RFC 7677, 3: the example of SCRAM-SHA-256.
const SALTING: ScramSalting = { kdf: 'pbkdf2', salt: fromBase64('W22ZaJ0SNY7soEsUEjb6gQ==')!, iterations: 4096, memory: 0 };
const MESSAGE =
  'n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,' +
  'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';

describe('SCRAM-SHA-256', () => {
  it('proves the client and the server as the RFC shows', () => {
    const salted = saltPassword('pencil', SALTING);
    const keys = scramKeys(salted);

    expect(toBase64(clientProof(salted, MESSAGE))).toBe('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=');
    expect(toBase64(serverSignature(keys, MESSAGE))).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
    expect(provesClient(clientProof(salted, MESSAGE), keys, MESSAGE)).toBe(true);
  });

  it('takes no proof with one bit changed, of another message, or of another length', () => {
    const salted = saltPassword('pencil', SALTING);
    const keys = scramKeys(salted);
    const proof = clientProof(salted, MESSAGE);

    fc.assert(fc.property(fc.nat(255), (bit) => {
      const changed = proof.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);

      expect(provesClient(changed, keys, MESSAGE)).toBe(false);
    }));
    expect(provesClient(proof, keys, `${MESSAGE}1`)).toBe(false);
    for (const length of [0, 31, 33]) expect(provesClient(new Uint8Array(length), keys, MESSAGE)).toBe(false);
  });
});

describe('normalize', () => {
  // RFC 4013, 3: the examples.
  it.each([['I\u00ADX', 'IX'], ['user', 'user'], ['USER', 'USER'], ['\u00AA', 'a'], ['\u2168', 'IX']])('makes %j to %j', (text, expected) => {
    expect(normalize(text)).toBe(expected);
  });

  it.each(['\u0007', '\u06271', '\u0000'])('refuses %j', (text) => {
    expect(() => normalize(text)).toThrow(/[Pp]rohibited|string/);
  });
});

describe('escapeName', () => {
  it('leaves nothing that ends a name or begins an attribute', () => {
    expect(escapeName('a=b,c')).toBe('a=3Db=2Cc');
  });
});
