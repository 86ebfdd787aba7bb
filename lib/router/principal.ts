import { fromHex } from '../crypto/bytes.ts';
import { toBase64 } from '../protocol/base64.ts';
import { isDict, show } from '../protocol/fields.ts';
import { isUri } from '../protocol/uri.ts';
import type { Dict, Uri } from '../types.ts';
import type { Principal } from './options.ts';

/**
 * Reads what a procedure or a function said of a client: a role, or a dictionary with one; `undefined`, null and false are a no. Throws TypeError
 * where it is anything else, and where it names a realm that is not open to it.
 */
export function readPrincipal(answer: unknown, asked: Uri, redirect: readonly Uri[]): Principal | undefined {
  if (answer === undefined || answer === null || answer === false) return undefined;
  if (typeof answer === 'string') return { role: text(answer, 'role') };
  if (!isDict(answer)) throw new TypeError(`answer of who authenticates must be a role or a dictionary, got ${show(answer)}`);
  const { role, authid, realm, extra, secret, salt, iterations, keylen, pubkey } = answer;
  return {
    role: text(role, 'role'),
    authid: optional(authid, 'authid', text),
    realm: optional(realm, 'realm', (value) => realmOf(value, asked, redirect)),
    extra: optional(extra, 'extra', dict),
    secret: optional(secret, 'secret', text),
    salt: optional(salt, 'salt', text),
    iterations: optional(iterations, 'iterations', count),
    keylen: optional(keylen, 'keylen', count),
    scram: readScram(answer),
    keys: optional(pubkey ?? answer['keys'], 'pubkey', texts),
  };
}

// As scramUser() makes it, or as Crossbar.io knows it; `scram` where a function answers with what it was given.
function readScram(answer: Dict): Principal['scram'] {
  if (isDict(answer['scram'])) return readScram(answer['scram']);
  const { kdf, iterations, memory } = answer;
  const isHex = answer['stored-key'] !== undefined;
  const [storedKey, serverKey] = isHex ? [answer['stored-key'], answer['server-key']] : [answer['storedKey'], answer['serverKey']];
  if (storedKey === undefined || storedKey === null) return undefined;
  const bytes = (value: unknown, name: string): string => (isHex ? fromHexText(value, name) : text(value, name));
  if (kdf !== 'pbkdf2' && kdf !== 'argon2id13' && kdf !== 'argon2id-13') throw new TypeError(`kdf of who is let in must be argon2id13 or pbkdf2, got ${show(kdf)}`);
  return {
    kdf: kdf === 'pbkdf2' ? kdf : 'argon2id13', salt: bytes(answer['salt'], 'salt'), iterations: count(iterations, 'iterations'),
    memory: optional(memory, 'memory', count), storedKey: bytes(storedKey, 'storedKey'), serverKey: bytes(serverKey, 'serverKey'),
  };
}

function fromHexText(value: unknown, name: string): string {
  const bytes = fromHex(value, typeof value === 'string' ? Math.floor(value.length / 2) : 0);
  if (bytes === undefined || bytes.length === 0) throw new TypeError(`${name} of who is let in must be in hexadecimal`);
  return toBase64(bytes);
}

function texts(value: unknown, name: string): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((each) => text(each, name));
}

// Others write null where there is none.
function optional<T>(value: unknown, name: string, read: (value: unknown, name: string) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(value, name);
}

// What stands here by mistake may be a secret, and is not shown.
function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw new TypeError(`${name} of who is let in must be a string that is not empty`);
  return value;
}

function dict(value: unknown, name: string): Dict {
  if (!isDict(value)) throw new TypeError(`${name} of who is let in must be a dictionary, got ${show(value)}`);
  return value;
}

function count(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || Number(value) < 1) throw new TypeError(`${name} of who is let in must be an integer from 1, got ${show(value)}`);
  return Number(value);
}

function realmOf(value: unknown, asked: Uri, redirect: readonly Uri[]): Uri | undefined {
  if (value === asked) return undefined;
  if (!isUri(value) || !redirect.includes(value)) {
    throw new TypeError(`realm of who is let in must be ${[asked, ...redirect].map(show).join(' or ')}, got ${show(value)}`);
  }
  return value;
}
