import { randomBytes } from './bytes.ts';
import { generateSeed, signingKey, type SigningKey } from './ed25519.ts';
import { KeyError } from './key-error.ts';
import type { SecurityModule } from './security-module.ts';
import type { Signer } from './signer.ts';

const MAX_RANDOM = 65_536;

/** So many keys, and so many counters: it is for one device or user, and its file is written whole at each change. */
const MAX_ENTRIES = 1000;

/** A key with its private half, for whoever has to write it down. */
export interface VaultKey {
  readonly seed: Uint8Array;
  readonly key: SigningKey;
}

/** What a security module keeps. It is not changed; a change is another one. */
export interface Vault {
  /** The number of the next key. */
  readonly next: number;
  readonly keys: ReadonlyMap<number, VaultKey>;
  readonly counters: ReadonlyMap<number, number>;
}

/** Where a {@link Vault} is kept. */
export interface VaultStore {
  readonly canLock: boolean;
  /** What is kept; `undefined` where it has to be unlocked. */
  open(): Vault | undefined;
  /** What is kept, or an empty one where there is nothing yet. Throws KeyError. */
  unlock(passphrase: string): Vault;
  /** Keeps this from now on. Where it throws, it keeps what it had. */
  save(vault: Vault): void;
  /** Forgets what it needs to read and write. */
  forget(): void;
}

/** A security module over a store: everything but where things are kept. Its state is changed once the store has it. */
export class VaultModule implements SecurityModule {
  readonly #store: VaultStore;
  #isOpen = false;
  #vault: Vault | undefined;

  constructor(store: VaultStore) {
    this.#store = store;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get canLock(): boolean {
    return this.#store.canLock;
  }

  get isLocked(): boolean {
    return this.#isOpen && this.#vault === undefined;
  }

  get keyNumbers(): readonly number[] {
    return [...this.#opened().keys.keys()];
  }

  async open(): Promise<void> {
    if (this.#isOpen) return;
    this.#vault = this.#store.open();
    this.#isOpen = true;
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#forget();
  }

  async lock(): Promise<void> {
    this.#assertLockable();
    this.#forget();
  }

  async unlock(passphrase: string): Promise<void> {
    this.#assertLockable();
    if (!this.#isOpen) throw new KeyError('locked', 'security module must be open, and is closed');
    if (typeof passphrase !== 'string' || passphrase === '') throw new KeyError('wrong-passphrase', 'passphrase must be a string that is not empty');
    this.#vault ??= this.#store.unlock(passphrase);
  }

  async createKey(): Promise<number> {
    return this.#add(generateSeed());
  }

  async importKey(seed: Uint8Array): Promise<number> {
    return this.#add(seed);
  }

  async deleteKey(number: number): Promise<void> {
    const vault = this.#opened();
    this.#find(number);
    this.#change({ ...vault, keys: new Map([...vault.keys].filter(([other]) => other !== number)) });
  }

  key(number: number): Signer {
    const { publicKey } = this.#find(number).key;
    // It is looked up for each signature: what was deleted or locked away signs no more.
    return { publicKey, sign: (message) => this.#find(number).key.sign(message) };
  }

  random(count: number): Uint8Array {
    this.#opened();
    assertWhole(count, 1, MAX_RANDOM, 'count');
    return randomBytes(count);
  }

  counter(number: number): number {
    assertWhole(number, 0, Number.MAX_SAFE_INTEGER, 'number of a counter');
    return this.#opened().counters.get(number) ?? 0;
  }

  async incrementCounter(number: number): Promise<number> {
    const value = this.counter(number) + 1;
    const vault = this.#opened();
    this.#change({ ...vault, counters: new Map([...vault.counters, [number, value]]) });
    return value;
  }

  #add(seed: Uint8Array): number {
    const { next, keys, counters } = this.#opened();
    const key = signingKey(seed);
    this.#change({ next: next + 1, keys: new Map([...keys, [next, { seed: Uint8Array.from(seed), key }]]), counters });
    return next;
  }

  #change(vault: Vault): void {
    if (vault.keys.size > MAX_ENTRIES || vault.counters.size > MAX_ENTRIES) throw new RangeError(`security module must have no more than ${MAX_ENTRIES} keys and ${MAX_ENTRIES} counters`);
    this.#store.save(vault);
    this.#vault = vault;
  }

  #find(number: number): VaultKey {
    const found = this.#opened().keys.get(number);
    if (found === undefined) throw new KeyError('missing', `key must be one of the security module, got number ${number}`);
    return found;
  }

  #opened(): Vault {
    if (this.#vault !== undefined) return this.#vault;
    throw new KeyError('locked', `security module must be open and unlocked, and is ${this.#isOpen ? 'locked' : 'closed'}`);
  }

  #assertLockable(): void {
    if (!this.canLock) throw new KeyError('unsupported', 'security module must be one that can be locked');
  }

  #forget(): void {
    this.#vault = undefined;
    this.#store.forget();
  }
}

function assertWhole(value: number, least: number, most: number, name: string): void {
  if (!Number.isInteger(value) || value < least || value > most) throw new RangeError(`${name} must be an integer from ${least} to ${most}, got ${value}`);
}
