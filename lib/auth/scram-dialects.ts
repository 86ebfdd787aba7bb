import { joinBytes } from '../crypto/bytes.ts';
import type { ScramKdf } from '../crypto/scram.ts';
import { fromBase64, toBase64 } from '../protocol/base64.ts';
import type { Dict } from '../types.ts';

/** The two methods by the name of SCRAM: that of the specification, and what Autobahn and Crossbar.io made of an early draft of it. */
export type ScramMethod = 'wamp-scram' | 'scram';

/** Where the two differ. */
export interface ScramDialect {
  readonly method: ScramMethod;
  /** What the functions are called. */
  readonly kdfs: { readonly [K in ScramKdf]: string };
  /** The nonce of the router behind that of the client. */
  combine(clientNonce: string, chance: Uint8Array): string;
  /** Tells whether a nonce is one of a client's with something behind it. */
  continues(nonce: string, clientNonce: string): boolean;
  /** `c=` in `AuthMessage`: that nothing is bound to the channel. */
  readonly bound: string;
  /** The salted password as the key that the others are made from. */
  salted(bytes: Uint8Array, kdf: ScramKdf): Uint8Array;
  /** What AUTHENTICATE holds besides the proof. */
  answer(nonce: string): Dict;
  /** Where WELCOME holds the proof of the router. */
  readonly verifier: string;
}

const encoder = new TextEncoder();

const SPECIFIED: ScramDialect = {
  method: 'wamp-scram',
  kdfs: { argon2id13: 'argon2id13', pbkdf2: 'pbkdf2' },
  combine: (clientNonce, chance) => clientNonce + toBase64(chance),
  continues: (nonce, clientNonce) => nonce.length > clientNonce.length && nonce.startsWith(clientNonce),
  bound: toBase64(encoder.encode('n,,')),
  salted: (bytes) => bytes,
  answer: (nonce) => ({ nonce, channel_binding: null, cbind_data: null }),
  verifier: 'verifier',
};

const AUTOBAHN: ScramDialect = {
  method: 'scram',
  kdfs: { argon2id13: 'argon2id-13', pbkdf2: 'pbkdf2' },
  combine: (clientNonce, chance) => toBase64(joinBytes(fromBase64(clientNonce) ?? new Uint8Array(), chance)),
  continues: (nonce, clientNonce) => {
    const [whole, mine] = [fromBase64(nonce), fromBase64(clientNonce)];
    return whole !== undefined && mine !== undefined && whole.length > mine.length && mine.every((byte, at) => byte === whole[at]);
  },
  bound: '',
  // What Argon2's own library writes: base64 without the padding.
  salted: (bytes, kdf) => (kdf === 'argon2id13' ? encoder.encode(toBase64(bytes).replace(/=+$/, '')) : bytes),
  answer: () => ({}),
  verifier: 'scram_server_signature',
};

/** The dialect of a method. */
export function dialectOf(method: ScramMethod): ScramDialect {
  return method === 'scram' ? AUTOBAHN : SPECIFIED;
}
