import { constantTimeEqual } from '../crypto/bytes.ts';
import type { Accept, Authenticator, Candidate, Deny, MaybeLater, Signature, Verifier } from './authenticator.ts';
import { mapAnswer } from './maybe-later.ts';
import { admit, denied, nameless } from './verdicts.ts';

const METHOD = 'ticket';

/** What a client needs for {@link ticket}. */
export interface TicketCredentials {
  /** The name to join under. */
  readonly authid: string;
  /** The ticket, or where to get a fresh one for each attempt to join. */
  readonly ticket: string | (() => MaybeLater<string>);
}

/** Joins with a password or token that the router knows ("Ticket-based Authentication"). It travels as it is: use TLS. */
export function ticket({ authid, ticket }: TicketCredentials): Authenticator {
  return {
    method: METHOD,
    authid,
    answer: () => mapAnswer(typeof ticket === 'function' ? ticket() : ticket, (signature): Signature => ({ signature })),
  };
}

/** A user that joins with a ticket. */
export interface TicketUser {
  readonly ticket: string;
  /** The role the user gets. */
  readonly role: string;
}

/** Looks at a ticket that the router knows nothing of: a signed token, a look-up in a database. */
export type TicketCheck = (candidate: Candidate, ticket: string) => MaybeLater<Accept | Deny>;

/** Options of {@link ticketVerifier}: the users by authid, or a function that decides. */
export type TicketOptions = { readonly users: { readonly [authid: string]: TicketUser } } | TicketCheck;

/**
 * Asks for a ticket and lets those in whose ticket fits. A user that is not there is asked and refused just like one whose ticket is
 * wrong, and in the same time, so that nobody can find out who is there: `wamp.error.authentication_denied`.
 */
export function ticketVerifier(options: TicketOptions): Verifier {
  const check = typeof options === 'function' ? options : checkOf(options.users);
  return {
    method: METHOD,
    begin: (candidate) => candidate.authid === undefined
      ? nameless(METHOD)
      : { is: 'question', extra: {}, check: ({ signature }) => check(candidate, signature) },
  };
}

// Compared in the place of the ticket of a user that is not there.
const DECOY = /* @__PURE__ */ new Uint8Array(32);

function checkOf(users: { readonly [authid: string]: TicketUser }): TicketCheck {
  const encoder = new TextEncoder();
  // A Map, since `users[authid]` would find what every object has.
  const known = new Map(Object.entries(users).map(([authid, user]) => [authid, { role: user.role, ticket: encoder.encode(user.ticket) }]));

  return (candidate, given) => {
    const { authid = '' } = candidate;
    const user = known.get(authid);
    const fits = constantTimeEqual(encoder.encode(given), user?.ticket ?? DECOY);
    return user !== undefined && fits ? admit(candidate, { authid, authrole: user.role, authprovider: 'static' }) : DENIED;
  };
}

const DENIED = /* @__PURE__ */ denied('the authid or the ticket is wrong');
