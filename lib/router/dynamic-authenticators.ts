import { catchError, isObservable, map, of, throwError, type Observable, type SchedulerLike } from 'rxjs';
import { anonymousVerifier } from '../auth/anonymous.ts';
import type { Accept, Candidate, Deny, MaybeLater, Verifier } from '../auth/authenticator.ts';
import { mapAnswer } from '../auth/maybe-later.ts';
import { ticketVerifier } from '../auth/ticket.ts';
import { wampcraVerifier } from '../auth/wampcra.ts';
import { ApplicationError } from '../errors.ts';
import { WampUri } from '../protocol/uri.ts';
import type { Dict, List, Payload, Uri } from '../types.ts';
import type { DynamicAuthenticator, DynamicMethod, Principal } from './options.ts';
import { readPrincipal } from './principal.ts';

/** Calls a procedure of a realm for the router itself. */
export type RealmCall = (realm: Uri, procedure: Uri, args: List) => Observable<Payload>;

/** A procedure or a function that authenticates, with nothing left out. */
export interface DynamicSettings {
  readonly by: Uri | DynamicAuthenticator;
  /** Where the procedure is; `undefined`: in the realm that is joined. */
  readonly realm: Uri | undefined;
  /** Other realms that clients may be put into. */
  readonly redirect: readonly Uri[];
}

/** What dynamic verifiers need of the router. */
export interface RouterAccess {
  readonly call: RealmCall;
  readonly scheduler: SchedulerLike;
}

/** Makes the verifier of a method that asks a procedure or a function. Whatever it answers is read like what comes from outside. */
export function dynamicVerifier(method: DynamicMethod, settings: DynamicSettings, { call, scheduler }: RouterAccess): Verifier {
  const ask = (candidate: Candidate, more?: Dict): MaybeLater<Principal | undefined> => {
    const { realm, authid, session, transport, authrole, authextra } = candidate;
    const details = { session, transport, authmethod: method, authid: authid ?? null, authrole: authrole ?? null, authextra, ...more };
    const answer = typeof settings.by === 'function'
      ? settings.by(realm, authid, details)
      : call(settings.realm ?? realm, settings.by, [realm, authid ?? null, details]).pipe(map(({ args }) => args[0]));
    return mapAnswer<unknown, Principal | undefined>(answer, (given) => readPrincipal(given, realm, settings.redirect));
  };
  switch (method) {
    case 'anonymous':
      return {
        method: anonymousVerifier().method,
        begin: (candidate) => mapAnswer(ask(candidate), (principal) => admitted(candidate, principal, `${method}-${candidate.session}`)),
      };
    case 'ticket':
      return ticketVerifier((candidate, ticket) => mapAnswer(ask(candidate, { ticket }), (principal) => admitted(candidate, principal, candidate.authid)));
    case 'wampcra':
      return wampcraVerifier((candidate) => unlessRefused(mapAnswer(ask(candidate), (principal) => {
        if (principal === undefined) return undefined;
        const { secret, extra: authextra, ...user } = principal;
        if (secret === undefined) throw new TypeError('answer for the method "wampcra" must have a secret');
        return { ...user, secret, authextra };
      })), scheduler);
  }
}

function admitted(candidate: Candidate, principal: Principal | undefined, name: string | undefined): Accept | Deny {
  if (principal === undefined) return DENIED;
  const { role: authrole, authid = name, realm, extra: authextra } = principal;
  if (authid === undefined) throw new TypeError('who is let in must have an authid');
  return candidate.authrole === undefined || candidate.authrole === authrole
    ? { is: 'accept', authid, authrole, authprovider: 'dynamic', authextra, realm }
    : { is: 'deny', reason: WampUri.noSuchRole, message: 'the role that was asked for is not given to this user' };
}

const DENIED: Deny = { is: 'deny', reason: WampUri.authenticationDenied, message: 'the client is not let in' };

// There is nobody to say no: that tells nothing of the user.
const UNANSWERED: readonly string[] = [WampUri.noSuchProcedure, WampUri.noAvailableCallee, WampUri.canceled];

/** A procedure that answers ERROR for a name that it does not know would tell that nobody has it: he is asked like those who are there. */
function unlessRefused<T>(answer: MaybeLater<T>): MaybeLater<T | undefined> {
  if (!isObservable(answer)) return answer;
  return answer.pipe(catchError((error: unknown) =>
    (error instanceof ApplicationError && !UNANSWERED.includes(error.uri) ? of(undefined) : throwError(() => error))));
}
