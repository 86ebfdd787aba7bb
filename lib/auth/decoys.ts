import { randomToken } from '../crypto/bytes.ts';
import { hmacSha256 } from '../crypto/hash.ts';

const encoder = new TextEncoder();

/** What somebody who is not there is shown like. */
export interface Decoy<S> {
  /** What is shown of a user who is there; `undefined` where nobody is. */
  readonly model: S | undefined;
  /** 32 bytes in the place of what is random about a user. */
  readonly chance: Uint8Array;
}

/**
 * Stands in for users that are not there, so that what they are asked tells nothing: each is modelled on one who is there, and is the same at
 * each attempt, chosen by a hash of the name.
 */
export class Decoys<S> {
  readonly #models: S[] = [];
  readonly #key = encoder.encode(randomToken(32));

  /** How many models it has. */
  get size(): number {
    return this.#models.length;
  }

  /** Adds what is shown of a user. */
  learn(shown: S): void {
    this.#models.push(shown);
  }

  /** The one of this name. */
  for(authid: string): Decoy<S> {
    const chance = hmacSha256(this.#key, encoder.encode(authid));
    const place = new DataView(chance.buffer, chance.byteOffset).getUint32(0) % Math.max(1, this.#models.length);
    return { model: this.#models[place], chance };
  }
}
