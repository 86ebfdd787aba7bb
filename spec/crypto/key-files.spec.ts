import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex, toHex } from '../../lib/crypto/bytes.ts';
import { signingKey } from '../../lib/crypto/ed25519.ts';
import { KeyError, parsePrivateKey, parsePublicKey } from '../../lib/crypto/key-files.ts';
import { ECDSA, LOCKED, PLAIN } from '../support/key-files.ts';

const seed = fromHex(PLAIN.seed, 32)!;
const base64 = (...parts: readonly (Uint8Array | string)[]): string => Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1'))).toString('base64');
const wrap = (bytes: Uint8Array): string => `-----BEGIN OPENSSH PRIVATE KEY-----\n${base64(bytes)}\n-----END OPENSSH PRIVATE KEY-----\n`;
const unwrap = (file: string): Buffer => Buffer.from(file.split('\n').slice(1, -2).join(''), 'base64');
const failure = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

/** What signify(1) writes, put together by its manual and source. */
function signify({ rounds = 0, checksum, publicKey = fromHex(PLAIN.publicKey, 32)! }: { rounds?: number; checksum?: Uint8Array; publicKey?: Uint8Array } = {}): string {
  const pair = Buffer.concat([seed, publicKey]);
  const sum = checksum ?? createHash('sha512').update(pair).digest().subarray(0, 8);
  return `untrusted comment: signify secret key\n${base64('EdBK', Uint8Array.of(0, 0, 0, rounds), new Uint8Array(16), sum, new Uint8Array(8).fill(7), pair)}\n`;
}

describe('parsePrivateKey', () => {
  it.each<[string, Uint8Array | string]>([
    ['32 bytes', seed],
    ['hexadecimal', `${PLAIN.seed}\n`],
    ['base64', base64(seed)],
    ['a file of OpenSSH', PLAIN.file],
    ['a file of OpenSSH as bytes', new TextEncoder().encode(PLAIN.file)],
    ['a file of OpenSSH that was on Windows', PLAIN.file.replaceAll('\n', '\r\n')],
    ['a file of signify', signify()],
  ])('reads %s', (_, contents) => {
    const key = parsePrivateKey(contents);

    expect(toHex(key.publicKey)).toBe(PLAIN.publicKey);
    expect(toHex(key.sign(seed))).toBe(toHex(signingKey(seed).sign(seed)));
  });

  it('reads an encrypted file of OpenSSH with its passphrase', () => {
    expect(toHex(parsePrivateKey(LOCKED.file, { passphrase: LOCKED.passphrase }).publicKey)).toBe(LOCKED.publicKey);
  });

  it.each([
    ['without its passphrase', LOCKED.file, undefined, 'encrypted', 'key file is encrypted: it must be read with its passphrase, got none'],
    ['with an empty passphrase', LOCKED.file, '', 'encrypted', 'key file is encrypted: it must be read with its passphrase, got none'],
    ['with another passphrase', LOCKED.file, 'open barley', 'wrong-passphrase', 'key file must be read with its own passphrase, got another'],
    ['of another type', ECDSA.file, undefined, 'unsupported', 'key must be of the type ssh-ed25519, got ecdsa-sha2-nistp256'],
    ['of signify that is encrypted', signify({ rounds: 42 }), undefined, 'encrypted', 'key file is encrypted: one of signify must have been made without a passphrase (signify -G -n)'],
    ['of signify with a wrong checksum', signify({ checksum: new Uint8Array(8) }), undefined, 'unreadable', 'key file must have the checksum of its key'],
    ['of signify with the public key of somebody else', signify({ publicKey: fromHex(LOCKED.publicKey, 32)! }), undefined, 'unreadable', 'key file must have a public key that is that of its private key'],
    ['that is too long', 'a'.repeat(65_537), undefined, 'unreadable', 'key file must have no more than 65536 bytes, got 65537'],
    ['that is none', 'secret', undefined, 'unreadable', 'private key must be 32 bytes, as they are, in hexadecimal or base64, or a file of OpenSSH or signify'],
    ['with a public key', PLAIN.line, undefined, 'unreadable', 'private key must be 32 bytes, as they are, in hexadecimal or base64, or a file of OpenSSH or signify'],
  ])('refuses a file %s, and says so', (_, contents, passphrase, code, message) => {
    const error = failure(() => parsePrivateKey(contents, { passphrase }));

    expect(error).toBeInstanceOf(KeyError);
    expect(error).toMatchObject({ code, message });
  });

  it('does not compute for as long as a file says', () => {
    const bytes = unwrap(LOCKED.file);
    const at = bytes.indexOf(Buffer.from([0, 0, 0, 2, 0, 0, 0, 1])); // rounds, then how many keys
    bytes.writeUInt32BE(0xffff_ffff, at);

    expect(() => parsePrivateKey(wrap(bytes), { passphrase: 'x' })).toThrow('key file must have from 1 to 512 rounds and whole blocks');
  });

  it('takes no cipher that fails behind its back', () => {
    const bytes = Buffer.from(unwrap(LOCKED.file).toString('latin1').replace('aes256-ctr', 'aes256-cbc'), 'latin1');

    expect(() => parsePrivateKey(wrap(bytes), { passphrase: 'x' })).toThrow('key file must be encrypted by one of aes256-ctr, aes192-ctr, aes128-ctr with bcrypt, got aes256-cbc with bcrypt');
  });

  it.each([['plain', PLAIN, undefined], ['encrypted', LOCKED, LOCKED.passphrase]])('reads its own key or none from a broken file: %s', (_, { file, publicKey }, passphrase) => {
    const whole = unwrap(file);
    const broken = fc.oneof(
      fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => Buffer.from(whole.map((byte, index) => (index === at ? byte ^ by : byte)))),
      fc.nat(whole.length - 1).map((length) => whole.subarray(0, length)),
      fc.uint8Array({ minLength: 1, maxLength: 9 }).map((more) => Buffer.concat([whole, more])),
    );

    fc.assert(fc.property(broken, (bytes) => {
      const read = failure(() => toHex(parsePrivateKey(wrap(bytes), { passphrase }).publicKey));
      if (read !== publicKey) expect(read).toBeInstanceOf(KeyError);
    }), { numRuns: 150 });
  });

  it('is total, and says nothing of what it was given', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 80 }).filter(({ length }) => length !== 32), fc.base64String({ maxLength: 200 }).map((text) => `untrusted comment: x\n${text}`)), (contents) => {
      const error = failure(() => parsePrivateKey(contents));
      expect(error).toBeInstanceOf(KeyError);
      if (contents.length > 12) expect((error as Error).message).not.toContain(String(contents).slice(0, 12));
    }));
  });
});

describe('parsePublicKey', () => {
  it.each<[string, Uint8Array | string]>([
    ['32 bytes', fromHex(PLAIN.publicKey, 32)!],
    ['hexadecimal', PLAIN.publicKey],
    ['base64', base64(fromHex(PLAIN.publicKey, 32)!)],
    ['a line of OpenSSH', `${PLAIN.line}\n`],
    ['a line of OpenSSH without a comment', PLAIN.line.split(' ').slice(0, 2).join(' ')],
    ['a file of signify', `untrusted comment: signify public key\n${base64('Ed', new Uint8Array(8), fromHex(PLAIN.publicKey, 32)!)}\n`],
  ])('reads %s', (_, contents) => {
    expect(toHex(parsePublicKey(contents))).toBe(PLAIN.publicKey);
  });

  it.each([
    ['of another type', ECDSA.line, 'unsupported'],
    ['that calls itself of this type', ECDSA.line.replace('ecdsa-sha2-nistp256', 'ssh-ed25519'), 'unsupported'],
    ['that is cut off', PLAIN.line.replace('ulzO', ''), 'unreadable'],
    ['of signify, and private', signify(), 'unreadable'],
    ['that is none', '', 'unreadable'],
  ])('refuses a key %s', (_, contents, code) => {
    const error = failure(() => parsePublicKey(contents));

    expect(error).toBeInstanceOf(KeyError);
    expect(error).toMatchObject({ code });
  });

  it('is total', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.base64String({ maxLength: 90 }).map((text) => `ssh-ed25519 ${text} x`)), (contents) => {
      expect(failure(() => parsePublicKey(contents))).toBeInstanceOf(KeyError);
    }));
  });
});

const KEYGEN = ['/usr/bin/ssh-keygen', '/usr/local/bin/ssh-keygen'].find((path) => existsSync(path));

// What it wrote once is read above in any case.
(KEYGEN === undefined ? describe.skip : describe)('what ssh-keygen writes today (left out where there is none)', () => {
  it.each([['', []], ['open sesame', ['-a', '2']], ['open sesame', ['-a', '2', '-Z', 'aes128-ctr']]])('is read, with the passphrase "%s" and %j', (passphrase, options) => {
    const folder = mkdtempSync(join(tmpdir(), 'rxwamp-keys-'));
    try {
      const file = join(folder, 'key');
      execFileSync(KEYGEN!, ['-q', '-t', 'ed25519', '-N', passphrase, '-C', 'two words', ...options, '-f', file]);

      const key = parsePrivateKey(readFileSync(file), { passphrase });

      expect(toHex(key.publicKey)).toBe(toHex(parsePublicKey(readFileSync(`${file}.pub`))));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
