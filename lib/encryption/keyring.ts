import { boxKeyPair, sharedBoxKey } from '../crypto/box.ts';
import { constantTimeEqual } from '../crypto/bytes.ts';
import { assertUri } from '../protocol/uri.ts';
import { isList, show } from '../protocol/fields.ts';
import type { Uri } from '../types.ts';
import type { PayloadOrigin } from './payload-codec.ts';
import { keyIdOf, readKey } from './key-text.ts';

/** One end of what is encrypted, as one of its two keys: our own end by its secret key, the other one by its public key. */
export interface KeyEnd {
  /** 32 bytes, or their base64 or hexadecimal text. */
  readonly secretKey?: Uint8Array | string | undefined;
  readonly publicKey?: Uint8Array | string | undefined;
}

/** The keys of who calls or publishes and of who answers or subscribes. At least one end has its secret key; where both have, this client can be either. */
export interface KeyPairing {
  readonly originator: KeyEnd;
  readonly responder: KeyEnd;
  /**
   * By what name the writer says which keys open a payload (`ppt_keyid`). Both ends have to use the same.
   *
   * @default for each direction the id of the public key of who reads, as the specification computes it: see `keyIdOf`
   */
  readonly keyid?: string | undefined;
}

/** What seals and opens between two ends. */
export interface BoxKey {
  readonly shared: Uint8Array;
  /** The name under which who wrote it announces it, by the direction. */
  readonly keyids: { readonly [origin in PayloadOrigin]: string };
  /** What this client can be: it writes as that, and reads what the other one has written. */
  readonly roles: ReadonlySet<PayloadOrigin>;
}

/**
 * The keys of a client, by the beginning of a URI: of all entries that a URI begins with the longest counts, alone. An entry for `''` is for whatever has no
 * other one. Entries can be changed at any time; what is sent or read next has the new keys.
 *
 * ```ts
 * const keys = new Keyring({ 'com.shop.': { originator: { secretKey: ours }, responder: { publicKey: theirs } } });
 * keys.set('com.shop.', [next, current]);   // rotation: writes with the first, reads with any
 * ```
 */
export class Keyring {
  readonly #byUri = new Map<Uri, readonly BoxKey[]>();

  /** Throws as {@link set} does. */
  constructor(entries: { readonly [uri: Uri]: KeyPairing | readonly KeyPairing[] } = {}) {
    for (const [uri, keys] of Object.entries(entries)) this.set(uri, keys);
  }

  /**
   * Puts keys in the place of those that are there for this very URI. Of several the first writes and all read, so that keys can be changed at one end after
   * the other. Throws InvalidUriError, TypeError or RangeError where something cannot be right; the message does not show keys.
   */
  set(uri: Uri, keys: KeyPairing | readonly KeyPairing[]): void {
    if (uri !== '') assertUri(uri, 'keyring', { match: 'prefix' });
    const list: readonly KeyPairing[] = isList(keys) ? keys : [keys];
    if (list.length === 0) throw new RangeError('keys must be at least one, got an empty list');
    this.#byUri.set(uri, list.map(readPairing));
  }

  /** Takes the keys of this very URI out. */
  delete(uri: Uri): void {
    this.#byUri.delete(uri);
  }

  /** The keys of the longest entry that a URI begins with; `undefined` where there is none. @internal */
  find(uri: Uri): readonly BoxKey[] | undefined {
    let longest: Uri | undefined;
    for (const entry of this.#byUri.keys()) {
      if (uri.startsWith(entry) && (longest === undefined || entry.length > longest.length)) longest = entry;
    }
    return longest === undefined ? undefined : this.#byUri.get(longest);
  }
}

function readPairing({ originator, responder, keyid }: KeyPairing): BoxKey {
  if (keyid !== undefined && typeof keyid !== 'string') throw new TypeError(`keyid must be a string, got ${show(keyid)}`);
  const [caller, callee] = [readEnd(originator, 'originator'), readEnd(responder, 'responder')];
  const own = caller.secretKey === undefined ? callee : caller;
  const other = own === caller ? callee : caller;
  if (own.secretKey === undefined) throw new TypeError('keys must have a secretKey for the originator or for the responder, got none');
  return {
    shared: sharedBoxKey(own.secretKey, other.publicKey),
    keyids: { originator: keyid ?? keyIdOf(callee.publicKey), responder: keyid ?? keyIdOf(caller.publicKey) },
    roles: new Set([...(caller.secretKey === undefined ? [] : ['originator' as const]), ...(callee.secretKey === undefined ? [] : ['responder' as const])]),
  };
}

interface ReadEnd {
  readonly secretKey: Uint8Array | undefined;
  readonly publicKey: Uint8Array;
}

function readEnd(end: KeyEnd, name: PayloadOrigin): ReadEnd {
  const { secretKey, publicKey } = end ?? {};
  const secret = secretKey === undefined ? undefined : readKey(secretKey, `${name}.secretKey`);
  const given = publicKey === undefined ? undefined : readKey(publicKey, `${name}.publicKey`);
  const computed = secret && boxKeyPair(secret).publicKey;
  if (computed !== undefined && given !== undefined && !constantTimeEqual(given, computed)) throw new RangeError(`${name}.publicKey must be that of its secretKey, got another`);
  const key = computed ?? given;
  if (key === undefined) throw new TypeError(`${name} must have a secretKey or a publicKey, got neither`);
  return { secretKey: secret, publicKey: key };
}
