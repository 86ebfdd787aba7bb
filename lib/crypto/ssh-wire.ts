/** The data types of SSH (RFC 4251, 5), of which its key files and the messages of its agent are made. */
import { joinBytes } from './bytes.ts';
import { KeyError } from './key-error.ts';

const ascii = new TextDecoder('latin1');
const encoder = new TextEncoder();

/** The type of an Ed25519 key (RFC 8709). */
export const SSH_ED25519 = 'ssh-ed25519';

/** Reads bytes in their order. Total: what is not there is a KeyError by the code `unreadable`, whatever a length says. */
export class SshReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  /** @param what for error messages: 'key file' */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  /** Whether everything has been read. */
  get isDone(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** So many bytes as they stand. */
  take(count: number): Uint8Array {
    if (count > this.#bytes.length - this.#at) throw new KeyError('unreadable', `${this.#what} must be whole, and ends early`);
    this.#at += count;
    return this.#bytes.slice(this.#at - count, this.#at);
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  uint32(): number {
    return new DataView(this.take(4).buffer).getUint32(0);
  }

  /** A `string`: bytes behind their length. */
  string(): Uint8Array {
    return this.take(this.uint32());
  }

  /** A `string` that is a name. */
  name(): string {
    return ascii.decode(this.string());
  }
}

/** A number of four bytes. */
export function sshUint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** A `string`: the length of bytes, and the bytes. */
export function sshString(value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === 'string' ? encoder.encode(value) : value;
  return joinBytes(sshUint32(bytes.length), bytes);
}

/** The public key in its SSH form: 32 bytes, or `undefined` where it is of another type. */
export function readSshPublicKey(blob: Uint8Array, what: string): Uint8Array | undefined {
  const reader = new SshReader(blob, what);
  if (reader.name() !== SSH_ED25519) return undefined;
  const key = reader.string();
  if (key.length !== 32 || !reader.isDone) throw new KeyError('unreadable', `${what} must have a public key of 32 bytes`);
  return key;
}

/** What {@link readSshPublicKey} reads. */
export function sshPublicKey(publicKey: Uint8Array): Uint8Array {
  return joinBytes(sshString(SSH_ED25519), sshString(publicKey));
}
