// [node]
import { sha512 } from '@noble/hashes/sha2.js';
import sshpk from 'sshpk';
import { fromBase64, toBase64 } from '../protocol/base64.ts';
import { constantTimeEqual, fromHex } from './bytes.ts';
import { signingKey, type SigningKey } from './ed25519.ts';
import { KeyError } from './key-error.ts';
import { SshReader, readSshPublicKey, SSH_ED25519 } from './ssh-wire.ts';

export { KeyError, type KeyErrorCode } from './key-error.ts';
export type { SigningKey } from './ed25519.ts';
export type { Signer } from './signer.ts';

/** No file with one key is longer. */
const MAX_LENGTH = 65_536;

/** What ssh-keygen writes is 16 to 24; this many take some seconds. */
const MAX_ROUNDS = 512;

const PEM = /^-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----$/;
const SIGNIFY = /^untrusted comment: [^\n]*\n([A-Za-z0-9+/=]+)$/;
const MAGIC = 'openssh-key-v1\0';

/** Counter mode alone: where the others fail they do so too late to be caught. It is what ssh-keygen writes unless told otherwise. */
const CIPHERS = ['aes256-ctr', 'aes192-ctr', 'aes128-ctr'];

/** Options of {@link parsePrivateKey}. */
export interface KeyFileOptions {
  /** What an OpenSSH file is encrypted with. */
  readonly passphrase?: string | undefined;
}

/**
 * Reads a private Ed25519 key from the contents of a file: 32 bytes as they are, in hexadecimal or in base64; a file of OpenSSH, with its passphrase where it
 * has one; a file of signify without a passphrase. An encrypted file blocks for as long as its rounds want, some 20 ms each.
 *
 * Throws KeyError: `encrypted` where a passphrase is wanted, `wrong-passphrase`, `unsupported` for other types, `unreadable` for anything else.
 *
 * ```ts
 * cryptosign({ authid: 'device7', key: parsePrivateKey(readFileSync('id_ed25519'), { passphrase }) });
 * ```
 */
export function parsePrivateKey(contents: Uint8Array | string, { passphrase }: KeyFileOptions = {}): SigningKey {
  if (contents instanceof Uint8Array && contents.length === 32) return signingKey(contents);
  const text = textOf(contents);
  const raw = rawKey(text);
  if (raw !== undefined) return signingKey(raw);
  const pem = PEM.exec(text)?.[1];
  if (pem !== undefined) return openSshKey(bytesOf(pem.replace(/\s/g, '')), passphrase);
  const signify = SIGNIFY.exec(text)?.[1];
  if (signify !== undefined) return signifyKey(bytesOf(signify));
  throw new KeyError('unreadable', 'private key must be 32 bytes, as they are, in hexadecimal or base64, or a file of OpenSSH or signify');
}

/**
 * Reads a public Ed25519 key: 32 bytes, as they are, in hexadecimal or in base64; a line of OpenSSH (`ssh-ed25519 AAAA... comment`); a file of
 * signify. Throws KeyError.
 */
export function parsePublicKey(contents: Uint8Array | string): Uint8Array {
  if (contents instanceof Uint8Array && contents.length === 32) return Uint8Array.from(contents);
  const text = textOf(contents);
  const raw = rawKey(text);
  if (raw !== undefined) return raw;
  const [type = '', blob] = /^([a-z0-9@.-]+) ([A-Za-z0-9+/=]+)( [^\n]*)?$/.exec(text)?.slice(1) ?? [];
  if (blob !== undefined) return readSshPublicKey(bytesOf(blob), 'key file') ?? unsupported(type);
  const signify = SIGNIFY.exec(text)?.[1];
  if (signify !== undefined) return signifyPublicKey(bytesOf(signify));
  throw new KeyError('unreadable', 'public key must be 32 bytes, as they are, in hexadecimal or base64, or a file of OpenSSH or signify');
}

function textOf(contents: Uint8Array | string): string {
  if (contents.length > MAX_LENGTH) throw new KeyError('unreadable', `key file must have no more than ${MAX_LENGTH} bytes, got ${contents.length}`);
  return (typeof contents === 'string' ? contents : new TextDecoder().decode(contents)).replaceAll('\r\n', '\n').trim();
}

function rawKey(text: string): Uint8Array | undefined {
  const bytes = fromHex(text, 32) ?? (text.length === 44 ? fromBase64(text) : undefined);
  return bytes?.length === 32 ? bytes : undefined;
}

function bytesOf(base64: string): Uint8Array {
  return fromBase64(base64) ?? unreadable('must be in base64');
}

function unreadable(reason: string): never {
  throw new KeyError('unreadable', `key file ${reason}`);
}

function unsupported(type: string): never {
  throw new KeyError('unsupported', `key must be of the type ${SSH_ED25519}, got ${type.slice(0, 40)}`);
}

function openSshKey(bytes: Uint8Array, passphrase: string | undefined): SigningKey {
  const publicKey = checkHead(bytes, passphrase);
  let seed: Uint8Array | undefined;
  try {
    // Written anew, so that nothing is read that was not looked at.
    const pem = `-----BEGIN OPENSSH PRIVATE KEY-----\n${toBase64(bytes)}\n-----END OPENSSH PRIVATE KEY-----\n`;
    const { parts } = sshpk.parsePrivateKey(pem, 'ssh-private', passphrase === undefined ? {} : { passphrase });
    seed = parts.find(({ name }) => name === 'k')?.data;
  } catch (error) {
    if (String(error).includes('Incorrect passphrase')) throw new KeyError('wrong-passphrase', 'key file must be read with its own passphrase, got another');
    return unreadable('must be one of OpenSSH, and is broken');
  }
  if (seed?.length !== 32) return unreadable('must have a private key of 32 bytes');
  const key = signingKey(Uint8Array.from(seed));
  return constantTimeEqual(key.publicKey, publicKey) ? key : unreadable('must have a public key that is that of its private key');
}

/** Looks at what comes before the key, so that no more is computed and nothing else is read than is meant. Answers the public key. */
function checkHead(bytes: Uint8Array, passphrase: string | undefined): Uint8Array {
  const reader = new SshReader(bytes, 'key file');
  if (new TextDecoder().decode(reader.take(MAGIC.length)) !== MAGIC) return unreadable('must be one of OpenSSH, version 1');
  const [cipher, kdf, kdfOptions, count, blob, sealed] = [reader.name(), reader.name(), reader.string(), reader.uint32(), reader.string(), reader.string()];
  if (count !== 1 || !reader.isDone) return unreadable('must have one key');
  const publicKey = readSshPublicKey(blob, 'key file') ?? unsupported(new SshReader(blob, 'key file').name());
  if (cipher === 'none' && kdf === 'none') return publicKey;
  if (!CIPHERS.includes(cipher) || kdf !== 'bcrypt') throw new KeyError('unsupported', `key file must be encrypted by one of ${CIPHERS.join(', ')} with bcrypt, got ${cipher.slice(0, 40)} with ${kdf.slice(0, 40)}`);
  const options = new SshReader(kdfOptions, 'key file');
  options.string();
  const rounds = options.uint32();
  if (rounds < 1 || rounds > MAX_ROUNDS || sealed.length % 16 !== 0) return unreadable(`must have from 1 to ${MAX_ROUNDS} rounds and whole blocks`);
  if (passphrase === undefined || passphrase === '') throw new KeyError('encrypted', 'key file is encrypted: it must be read with its passphrase, got none');
  return publicKey;
}

/** signify(1) writes "Ed", "BK", rounds, salt, checksum, the number of the key, and seed and public key. */
function signifyKey(bytes: Uint8Array): SigningKey {
  const reader = new SshReader(bytes, 'key file');
  if (bytes.length !== 104 || new TextDecoder('latin1').decode(reader.take(4)) !== 'EdBK') return unreadable('must be a private one of signify');
  if (reader.uint32() !== 0) throw new KeyError('encrypted', 'key file is encrypted: one of signify must have been made without a passphrase (signify -G -n)');
  const [, checksum, , seed, publicKey] = [16, 8, 8, 32, 32].map((length) => reader.take(length)) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  if (!constantTimeEqual(sha512(bytes.subarray(40)).subarray(0, 8), checksum)) return unreadable('must have the checksum of its key');
  const key = signingKey(seed);
  return constantTimeEqual(key.publicKey, publicKey) ? key : unreadable('must have a public key that is that of its private key');
}

function signifyPublicKey(bytes: Uint8Array): Uint8Array {
  const reader = new SshReader(bytes, 'key file');
  if (bytes.length !== 42 || new TextDecoder('latin1').decode(reader.take(2)) !== 'Ed') return unreadable('must be a public one of signify');
  reader.take(8);
  return reader.take(32);
}
