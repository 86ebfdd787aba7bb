import { KeyError } from './key-error.ts';
import type { Signer } from './signer.ts';

export { KeyError, type KeyErrorCode } from './key-error.ts';
export type { SignatureBytes, Signer } from './signer.ts';

const ALGORITHM = 'Ed25519';

/** A key whose private half stays with the runtime: neither the program nor a script that gets into the page can read it. */
export interface WebCryptoKey extends Signer {
  /** The pair, which IndexedDB stores as it is, for {@link webCryptoKey} of another day. */
  readonly pair: CryptoKeyPair;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/**
 * Makes an Ed25519 key that cannot be exported, with WebCrypto: in browsers that have Ed25519 there, on pages over https, and in Node. Rejects with KeyError
 * by the code `unsupported` elsewhere. It lasts as long as the page, unless `pair` is stored.
 *
 * ```ts
 * const key = await createNonExtractableKey();
 * createClient({ url, realm: 'realm1', auth: cryptosign({ authid: 'peter', key }) });
 * ```
 */
export async function createNonExtractableKey(): Promise<WebCryptoKey> {
  return webCryptoKey(await supported(() => subtle().generateKey(ALGORITHM, false, ['sign', 'verify']) as Promise<CryptoKeyPair>));
}

/**
 * Signs with a pair of WebCrypto, one that was stored for instance. Rejects with KeyError by the code `unsupported` where it is not of Ed25519, cannot sign, or its public
 * half cannot be read.
 */
export async function webCryptoKey(pair: CryptoKeyPair): Promise<WebCryptoKey> {
  const { privateKey, publicKey } = pair;
  if (privateKey?.algorithm?.name !== ALGORITHM || !privateKey.usages.includes('sign')) throw new KeyError('unsupported', 'pair must be one of Ed25519 that can sign');
  const bytes = new Uint8Array(await supported(() => subtle().exportKey('raw', publicKey)));
  return {
    publicKey: bytes,
    pair,
    // A copy: WebCrypto takes no view of shared memory.
    sign: async (message) => new Uint8Array(await subtle().sign(ALGORITHM, privateKey, Uint8Array.from(message))),
  };
}

function subtle(): SubtleCrypto {
  // Pages over plain http have none, whatever their types say.
  const { subtle: found } = globalThis.crypto as { readonly subtle?: SubtleCrypto };
  if (found === undefined) throw new KeyError('unsupported', 'runtime must have WebCrypto, which browsers have on pages over https');
  return found;
}

async function supported<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof KeyError) throw cause;
    throw new KeyError('unsupported', 'runtime must have Ed25519 in WebCrypto', { cause });
  }
}
