import { catchError, isObservable, map, of, throwError, type Observable, type SchedulerLike } from 'rxjs';
import type { Candidate, MaybeLater } from '../auth/authenticator.ts';
import { mapAnswer } from '../auth/maybe-later.ts';
import { ApplicationError } from '../errors.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Dict, List, Payload, Uri } from '../types.ts';
import type { Asker } from './login-methods.ts';
import type { DynamicAuthenticator, Principal } from './options.ts';
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
  /** What else is said of the method. */
  readonly options: Dict;
}

/** What dynamic verifiers need of the router. */
export interface RouterAccess {
  readonly call: RealmCall;
  readonly scheduler: SchedulerLike;
}

/** Who asks a procedure or a function, for one method. Whatever it answers is read like what comes from outside. */
export function askerOf(method: string, { by, realm: provider, redirect, options }: DynamicSettings, { call, scheduler }: RouterAccess): Asker {
  const ask = (candidate: Candidate, more?: Dict): MaybeLater<Principal | undefined> => {
    const { realm, authid, session, transport, authrole, authextra } = candidate;
    const details = { session, transport, authmethod: method, authid: authid ?? null, authrole: authrole ?? null, authextra, ...more };
    const answer = typeof by === 'function'
      ? by(realm, authid, details)
      : call(provider ?? realm, by, [realm, authid ?? null, details]).pipe(map(({ args }) => args[0]));
    return mapAnswer<unknown, Principal | undefined>(answer, (given) => readPrincipal(given, realm, redirect));
  };
  return { scheduler, options, ask, look: (candidate) => unlessRefused(ask(candidate)) };
}

// There is nobody to say no: that tells nothing of the user.
const UNANSWERED: readonly string[] = [WampUri.noSuchProcedure, WampUri.noAvailableCallee, WampUri.canceled];

/** A procedure that answers ERROR for a name that it does not know would tell that nobody has it: he is asked like those who are there. */
function unlessRefused<T>(answer: MaybeLater<T>): MaybeLater<T | undefined> {
  if (!isObservable(answer)) return answer;
  return answer.pipe(catchError((error: unknown) =>
    (error instanceof ApplicationError && !UNANSWERED.includes(error.uri) ? of(undefined) : throwError(() => error))));
}
