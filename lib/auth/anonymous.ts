import * as WampUri from '../protocol/wamp-uris.ts';
import type { Authenticator, Verifier } from './authenticator.ts';

const METHOD = 'anonymous';

/** Joins without saying who one is. It is what a client does that is given no credentials. */
export function anonymous(): Authenticator {
  return { method: METHOD };
}

/** Options of {@link anonymousVerifier}. */
export interface AnonymousOptions {
  /** The role of those who stay nameless. @default 'anonymous' */
  readonly role?: string | undefined;
}

/**
 * Lets everybody in, under an authid that is made up from the id of the session. A name that the client claims is not taken over; a
 * role other than the configured one is refused with `wamp.error.no_such_role`.
 */
export function anonymousVerifier({ role = 'anonymous' }: AnonymousOptions = {}): Verifier {
  return {
    method: METHOD,
    begin: ({ session, authrole }) =>
      authrole === undefined || authrole === role
        ? { is: 'accept', authid: `${METHOD}-${session}`, authrole: role, authprovider: 'static' }
        : { is: 'deny', reason: WampUri.noSuchRole, message: 'the role that was asked for is not given to anonymous sessions' },
  };
}
