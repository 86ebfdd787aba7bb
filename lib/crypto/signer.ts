import type { Observable } from 'rxjs';

/** A signature that may take its time: of an agent, a device, or the browser. One that is there keeps a handshake synchronous. */
export type SignatureBytes = Uint8Array | PromiseLike<Uint8Array> | Observable<Uint8Array>;

/**
 * Whatever can sign with an Ed25519 key, and shows no more of it than its public half: a key in memory, in an agent, in a security module,
 * or in the keeping of the browser.
 */
export interface Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Signs a message: 64 bytes (RFC 8032). */
  sign(message: Uint8Array): SignatureBytes;
}
