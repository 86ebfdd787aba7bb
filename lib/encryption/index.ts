/** End-to-end encryption of payloads: the entry `rxwamp/encryption`. Whatever it reaches runs in a browser. */
export { boxKeyPair } from '../crypto/box.ts';
export type { BoxKeyPair } from '../crypto/box.ts';
export { cryptobox } from './cryptobox.ts';
export type { CryptoboxOptions } from './cryptobox.ts';
export { keyIdOf } from './key-text.ts';
export { Keyring } from './keyring.ts';
export type { KeyEnd, KeyPairing } from './keyring.ts';
export { PayloadCodec } from './payload-codec.ts';
export type { EncodedPayload, PayloadContext, PayloadOrigin } from './payload-codec.ts';
