// What a client says of its authenticators, and whom of them it asks.
import { AuthenticationError } from '../errors.ts';
import type { Dict } from '../types.ts';
import type { Authenticator } from './authenticator.ts';

/** What HELLO says of the ways in which we may prove who we are. What is undefined is not sent. */
export function offeredBy(auth: readonly Authenticator[]): Dict {
  const authextra: Dict = Object.assign({}, ...auth.map((one) => one.authextra));
  return {
    authmethods: auth.map(({ method }) => method),
    authid: auth.find(({ authid }) => authid !== undefined)?.authid,
    authrole: auth.find(({ authrole }) => authrole !== undefined)?.authrole,
    authextra: Object.keys(authextra).length > 0 ? authextra : undefined,
  };
}

/** Who is shown a WELCOME that came without a challenge: a router that leaves it out must not get around a method that has WELCOME prove something. */
export function unchallengedOf(auth: readonly Authenticator[], authmethod: unknown): Authenticator | undefined {
  return auth.find(({ method }) => method === authmethod) ?? auth.find(({ welcome }) => welcome === undefined) ?? auth[0];
}

/** What went wrong where credentials are asked for. */
export function withoutCredentials(cause: unknown): AuthenticationError {
  return cause instanceof AuthenticationError ? cause : new AuthenticationError('credentials could not be given', { cause });
}
