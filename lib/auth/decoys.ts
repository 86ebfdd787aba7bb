import { randomBytes, randomToken } from '../crypto/bytes.ts';
import { hmacSha256 } from '../crypto/hash.ts';
import type { Candidate, Deny, MaybeLater } from './authenticator.ts';
import { mapAnswer } from './maybe-later.ts';

const encoder = new TextEncoder();

/** What somebody who is not there is shown like. */
export interface Decoy<S> {
  /** A user who is there; `undefined` where nobody is. */
  readonly model: S | undefined;
  /** 32 bytes in the place of what is random about a user. */
  readonly chance: Uint8Array;
}

/** Finds the user of a name; where nobody has it, one that stands in for it. */
export type FindUser<U> = (candidate: Candidate, authid: string) => MaybeLater<U | Deny>;

/**
 * Looks users up, among those given by authid or with a function, such that nobody is told who is there.
 *
 * @param standIn makes a user that nobody can be, which looks like the model
 * @param nameOf makes of an authid the one that is looked up. @default as it is
 */
export function userFinder<U extends object>(
  users: { readonly [authid: string]: U } | ((candidate: Candidate) => MaybeLater<U | Deny | undefined>), standIn: (decoy: Decoy<U>) => U, nameOf: (authid: string) => string = (authid) => authid,
): FindUser<U> {
  const decoys = new Decoys<U>();
  if (typeof users === 'function') {
    return (candidate, authid) => mapAnswer(users(candidate), (found) => {
      if (found === undefined) return standIn(decoys.for(authid));
      // What a first user looks like is what is shown of those who are not there. Its look is kept, and no secret of it.
      if (!('is' in found) && decoys.size === 0) decoys.learn(standIn({ model: found, chance: randomBytes(32) }));
      return found;
    });
  }
  // A Map, since `users[authid]` would find what every object has.
  const known = new Map(Object.entries(users).map(([authid, user]) => [nameOf(authid), { authprovider: 'static', ...user }]));
  for (const user of known.values()) decoys.learn(user);
  return (_, authid) => {
    // Made in any case: that somebody is there must not be told by the time that it takes.
    const other = standIn(decoys.for(authid));
    return known.get(authid) ?? other;
  };
}

/**
 * Stands in for users that are not there, so that what they are asked tells nothing: each is modelled on one who is there, and is the same at
 * each attempt, chosen by a hash of the name.
 */
class Decoys<S> {
  readonly #models: S[] = [];
  readonly #key = encoder.encode(randomToken(32));

  /** How many models it has. */
  get size(): number {
    return this.#models.length;
  }

  /** Adds a user who is there. */
  learn(user: S): void {
    this.#models.push(user);
  }

  /** The one of this name. */
  for(authid: string): Decoy<S> {
    const chance = hmacSha256(this.#key, encoder.encode(authid));
    const place = new DataView(chance.buffer, chance.byteOffset).getUint32(0) % Math.max(1, this.#models.length);
    return { model: this.#models[place], chance };
  }
}
