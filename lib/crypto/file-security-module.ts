// [node]
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromBase64, toBase64 } from '../protocol/base64.ts';
import { isDict, own } from '../protocol/fields.ts';
import { argon2id } from './argon2.ts';
import { fromHex, randomBytes, randomToken, toHex } from './bytes.ts';
import { signingKey } from './ed25519.ts';
import { KeyError } from './key-error.ts';
import type { SecurityModule } from './security-module.ts';
import { VaultModule, type Vault, type VaultKey, type VaultStore } from './vault.ts';

export { KeyError, type KeyErrorCode } from './key-error.ts';
export type { SecurityModule } from './security-module.ts';
export type { SignatureBytes, Signer } from './signer.ts';

const MAX_FILE = 4 * 1024 * 1024;
const NONCE_BYTES = 24;
const SALT_BYTES = 16;

/** Argon2id of at least 1 MiB, and at most 1 GiB over all passes: about four seconds. */
const LEAST_MEMORY = 1024;
const MOST_WORK = 2 ** 20;

/** Options of {@link fileSecurityModule}. */
export interface FileSecurityModuleOptions {
  /** Passes of Argon2id over its memory, for a new file. @default 2 */
  readonly iterations?: number | undefined;
  /** KiB of memory, for a new file; from 1024. @default 19456 */
  readonly memory?: number | undefined;
}

/**
 * A security module in a file: encrypted with a passphrase by Argon2id and XSalsa20-Poly1305, for its owner alone (0600), and written anew at each
 * change so that a crash leaves the old or the new one. `unlock()` makes the file where there is none; it blocks for about 150 ms, a change for some
 * milliseconds. One process at a time: a change is refused (`unavailable`) where somebody else has written the file since.
 *
 * Rejects with KeyError: `wrong-passphrase`, also for a file that was changed by who does not know it, `unreadable` for what is no such file, `unavailable` where it
 * cannot be read or written. Throws RangeError over options. An older copy of the file is as good as the file: it knows what it had counted then.
 *
 * ```ts
 * const security = fileSecurityModule('device.keys');
 * await security.open();
 * await security.unlock(passphrase);
 * const auth = cryptosign({ key: security.key(1) });
 * ```
 */
export function fileSecurityModule(path: string, { iterations = 2, memory = 19_456 }: FileSecurityModuleOptions = {}): SecurityModule {
  if (!isCost(iterations, memory)) throw new RangeError(`memory must be an integer from ${LEAST_MEMORY}, and memory by iterations up to ${MOST_WORK}, got ${memory} and ${iterations}`);
  return new VaultModule(new FileStore(path, iterations, memory));
}

/** How the key is made of the passphrase. */
interface Derivation {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly memory: number;
}

class FileStore implements VaultStore {
  readonly canLock = true;
  readonly #path: string;
  readonly #iterations: number;
  readonly #memory: number;
  #sealed: { readonly derivation: Derivation; readonly key: Uint8Array } | undefined;
  /** The file as it was read or written last. */
  #last: string | undefined;

  constructor(path: string, iterations: number, memory: number) {
    this.#path = path;
    this.#iterations = iterations;
    this.#memory = memory;
  }

  open(): undefined {
    return undefined;
  }

  unlock(passphrase: string): Vault {
    const text = this.#read();
    if (text === undefined) return this.#create(passphrase);
    const { nonce, box, ...derivation } = readEnvelope(text);
    const key = keyOf(passphrase, derivation);
    const vault = readVault(unseal(key, nonce, box));
    this.#sealed = { derivation, key };
    this.#last = text;
    return vault;
  }

  save(vault: Vault): void {
    const sealed = this.#sealed;
    if (sealed === undefined || this.#read() !== this.#last) throw new KeyError('unavailable', 'file of the security module must be as it was left, and was changed by somebody else');
    const { derivation: { salt, iterations, memory }, key } = sealed;
    const nonce = randomBytes(NONCE_BYTES);
    const box = xsalsa20poly1305(key, nonce).encrypt(new TextEncoder().encode(writeVault(vault)));
    const text = JSON.stringify({ rxwamp: 1, kdf: 'argon2id13', salt: toBase64(salt), iterations, memory, nonce: toBase64(nonce), box: toBase64(box) });
    attempt('written', () => replaceFile(this.#path, text));
    this.#last = text;
  }

  forget(): void {
    this.#sealed?.key.fill(0);
    this.#sealed = undefined;
    this.#last = undefined;
  }

  #create(passphrase: string): Vault {
    const derivation = { salt: randomBytes(SALT_BYTES), iterations: this.#iterations, memory: this.#memory };
    this.#sealed = { derivation, key: keyOf(passphrase, derivation) };
    const vault: Vault = { next: 1, keys: new Map(), counters: new Map() };
    try {
      this.save(vault);
    } catch (error) {
      this.forget();
      throw error;
    }
    return vault;
  }

  #read(): string | undefined {
    if (!existsSync(this.#path)) return undefined;
    return attempt('read', () => {
      if (statSync(this.#path).size > MAX_FILE) return unreadable(`must have no more than ${MAX_FILE} bytes`);
      return readFileSync(this.#path, 'utf8');
    });
  }
}

function keyOf(passphrase: string, derivation: Derivation): Uint8Array {
  return argon2id(new TextEncoder().encode(passphrase), derivation);
}

function unseal(key: Uint8Array, nonce: Uint8Array, box: Uint8Array): string {
  try {
    return new TextDecoder().decode(xsalsa20poly1305(key, nonce).decrypt(box));
  } catch {
    throw new KeyError('wrong-passphrase', 'file of the security module must be opened with its own passphrase, and be unchanged');
  }
}

function readEnvelope(text: string): Derivation & { readonly nonce: Uint8Array; readonly box: Uint8Array } {
  const read = parse(text);
  const [salt, nonce, box] = ['salt', 'nonce', 'box'].map((name) => {
    const value = own(read, name);
    return typeof value === 'string' ? fromBase64(value) : undefined;
  });
  const [iterations, memory] = [own(read, 'iterations'), own(read, 'memory')];
  if (own(read, 'rxwamp') !== 1 || own(read, 'kdf') !== 'argon2id13') return unreadable('must be one of a security module, version 1');
  if (salt?.length !== SALT_BYTES || nonce?.length !== NONCE_BYTES || box === undefined || box.length < 16) return unreadable('must have a salt, a nonce and a box');
  if (!isCost(iterations, memory)) return unreadable('must have costs that are in bounds');
  return { salt, nonce, box, iterations: Number(iterations), memory: Number(memory) };
}

function isCost(iterations: unknown, memory: unknown): boolean {
  return Number.isInteger(iterations) && Number.isInteger(memory) && Number(iterations) >= 1 && Number(memory) >= LEAST_MEMORY && Number(iterations) * Number(memory) <= MOST_WORK;
}

function writeVault({ next, keys, counters }: Vault): string {
  return JSON.stringify({ next, keys: [...keys].map(([number, { seed }]) => [number, toHex(seed)]), counters: [...counters] });
}

// It was written by who knows the passphrase, which does not mean by us.
function readVault(text: string): Vault {
  const read = parse(text);
  const next = own(read, 'next');
  if (!isCount(next)) return unreadable('must have the number of the next key');
  const keys = new Map<number, VaultKey>();
  for (const [number, hex] of readPairs(own(read, 'keys'))) {
    const seed = fromHex(hex, 32);
    if (seed === undefined || number < 1 || number >= next) return unreadable('must have keys of 32 bytes');
    keys.set(number, { seed, key: signingKey(seed) });
  }
  const counters = new Map<number, number>();
  for (const [number, value] of readPairs(own(read, 'counters'))) counters.set(number, isCount(value) ? value : unreadable('must have counters that are integers'));
  return { next, keys, counters };
}

function readPairs(value: unknown): readonly (readonly [number, unknown])[] {
  if (!Array.isArray(value)) return unreadable('must have lists of keys and counters');
  return value.map((pair: unknown) => (Array.isArray(pair) && pair.length === 2 && isCount(pair[0]) ? [pair[0], pair[1]] : unreadable('must have pairs of a number and a value')));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parse(text: string): { readonly [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (isDict(value)) return value;
  } catch {
    // What JSON.parse says shows a part of the text.
  }
  return unreadable('must be an object of JSON');
}

/** Writes a file beside the one it takes the place of. */
function replaceFile(path: string, text: string): void {
  const beside = `${path}.${randomToken(8)}`;
  try {
    const file = openSync(beside, 'wx', 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

function syncFolder(path: string): void {
  // Windows has no such thing, and needs none.
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } catch {
    // The file is there. A file system that cannot do this has nothing better.
  } finally {
    closeSync(folder);
  }
}

function attempt<T>(what: 'read' | 'written', action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof KeyError) throw cause;
    throw new KeyError('unavailable', `file of the security module cannot be ${what}`, { cause });
  }
}

function unreadable(reason: string): never {
  throw new KeyError('unreadable', `file of the security module ${reason}`);
}
