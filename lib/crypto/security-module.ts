import type { Signer } from './signer.ts';
import { VaultModule, type Vault, type VaultStore } from './vault.ts';

export { KeyError, type KeyErrorCode } from './key-error.ts';
export type { SignatureBytes, Signer } from './signer.ts';

/**
 * Keeps Ed25519 keys, signs with them, and does not give them away: in memory, in a file, or in a device, of which an application brings its own
 * implementation. Keys have numbers from 1, none of which is used again. Those of this library have room for 1000 keys and 1000 counters (RangeError).
 *
 * What is done while it is closed or locked throws or rejects with KeyError by the code `locked`, signing with a key that was taken out before included; a
 * number that no key has with `missing`.
 */
export interface SecurityModule {
  readonly isOpen: boolean;
  /** Whether it can be locked at all. */
  readonly canLock: boolean;
  /** Whether it has to be unlocked before it can be used. One that is closed is not locked. */
  readonly isLocked: boolean;
  /** The numbers of its keys, rising. */
  readonly keyNumbers: readonly number[];
  /** Makes it ready: locked, where it can be. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** Rejects with KeyError by the code `unsupported` where it cannot be locked, as `unlock` does. */
  lock(): Promise<void>;
  /** Rejects with KeyError by the code `wrong-passphrase`, and stays as it is. */
  unlock(passphrase: string): Promise<void>;
  /** Makes a key, and answers its number. */
  createKey(): Promise<number>;
  /** Takes in a private key of 32 bytes, and answers its number. */
  importKey(seed: Uint8Array): Promise<number>;
  deleteKey(number: number): Promise<void>;
  /** The key of a number, to sign with. */
  key(number: number): Signer;
  /** So many bytes of its own source of chance, from 1 to 65536. */
  random(count: number): Uint8Array;
  /** How far a counter has come: 0 where it was never incremented. Counters are named by integers from 0. */
  counter(number: number): number;
  /** Increments a counter, and answers how far it has come. */
  incrementCounter(number: number): Promise<number>;
}

/**
 * A security module that keeps everything in memory, for tests and for keys of one run. It cannot be locked; what is in it outlives `close()`, and ends
 * with the process.
 *
 * ```ts
 * const security = memorySecurityModule();
 * await security.open();
 * const auth = cryptosign({ key: security.key(await security.createKey()) });
 * ```
 */
export function memorySecurityModule(): SecurityModule {
  return new VaultModule(new MemoryStore());
}

class MemoryStore implements VaultStore {
  readonly canLock = false;
  #vault: Vault | undefined;

  open(): Vault | undefined {
    return this.#vault ?? { next: 1, keys: new Map(), counters: new Map() };
  }

  unlock(): never {
    throw new TypeError('memory has nothing to unlock');
  }

  save(vault: Vault): void {
    this.#vault = vault;
  }

  forget(): void {}
}
