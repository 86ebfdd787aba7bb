/** Typed data as Ethereum signs it (EIP-712), of which the certificates of cryptosign are made ("Trustroots and Certificates"). */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 as keccak } from '@noble/hashes/sha3.js';
import type { Observable } from 'rxjs';
import { fromHex, toHex } from './bytes.ts';
import { checksumAddress } from './checksum-address.ts';
import { hashTypedData, type TypedData } from './typed-data.ts';

export { hashTypedData, type TypedData, type TypedDataField } from './typed-data.ts';

/**
 * What signs typed data for an address: {@link ethereumKey}, an account of viem as it is, or a wallet.
 *
 * ```ts
 * const ofEthers: TypedDataSigner = {
 *   address: wallet.address,
 *   signTypedData: ({ domain, types: { EIP712Domain: _, ...types }, message }) => wallet.signTypedData(domain, types, message),
 * };
 * ```
 */
export interface TypedDataSigner {
  /** 20 bytes in hexadecimal behind `0x`. */
  readonly address: string;
  /** 65 bytes in hexadecimal behind `0x`: r, s, and 27 or 28. */
  signTypedData(data: TypedData): string | PromiseLike<string> | Observable<string>;
}

/** A {@link TypedDataSigner} with its key in memory, which signs at once. */
export interface EthereumKey extends TypedDataSigner {
  signTypedData(data: TypedData): string;
}

/**
 * A key of Ethereum (secp256k1), from 32 bytes or their 64 digits in hexadecimal, with `0x` before them or without. Throws TypeError over anything else, and does not
 * say what it was.
 */
export function ethereumKey(privateKey: Uint8Array | string): EthereumKey {
  const bytes = typeof privateKey === 'string' ? readHex(privateKey, 32) : privateKey;
  if (!(bytes instanceof Uint8Array) || !secp256k1.utils.isValidSecretKey(bytes)) throw new TypeError('private key must be one of secp256k1: 32 bytes, or 64 digits in hexadecimal');
  return new MemoryKey(Uint8Array.from(bytes));
}

/**
 * The address that has signed this, with its checksum in the case of its letters (ERC-55); `undefined` where the signature is none, or the data cannot be
 * hashed. It is up to the caller whether that is the right one.
 */
export function recoverTypedData(data: TypedData, signature: string): string | undefined {
  const bytes = readHex(signature, 65);
  const recovery = bytes && [0, 1, 27, 28].indexOf(bytes[64]!) % 2;
  if (bytes === undefined || recovery === undefined || recovery < 0) return undefined;
  try {
    const parsed = secp256k1.Signature.fromBytes(bytes.subarray(0, 64), 'compact');
    // The same signature in another spelling (EIP-2).
    if (parsed.hasHighS()) return undefined;
    return addressOf(parsed.addRecoveryBit(recovery).recoverPublicKey(hashTypedData(data)).toBytes(false));
  } catch {
    // No point of the curve, or no value of its type.
    return undefined;
  }
}

/** Tells whether it is this address that has signed this. Total: what cannot be read was not signed. */
export function verifyTypedData(data: TypedData, signature: string, address: string): boolean {
  return recoverTypedData(data, signature)?.toLowerCase() === String(address).toLowerCase();
}

class MemoryKey implements EthereumKey {
  readonly address: string;
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
    this.address = addressOf(secp256k1.getPublicKey(key, false));
  }

  signTypedData(data: TypedData): string {
    const [recovery, ...rest] = secp256k1.sign(hashTypedData(data), this.#key, { prehash: false, format: 'recovered' });
    return `0x${toHex(Uint8Array.from([...rest, 27 + recovery!]))}`;
  }
}

/** The last 20 bytes of the hash of an uncompressed public key. */
function addressOf(publicKey: Uint8Array): string {
  return checksumAddress(keccak(publicKey.subarray(1)).subarray(12));
}

function readHex(text: string, length: number): Uint8Array | undefined {
  return typeof text === 'string' ? fromHex(text.replace(/^0x/, ''), length) : undefined;
}
