import * as WampUri from '../protocol/wamp-uris.ts';
import type { Accept, Candidate, Deny } from './authenticator.ts';

/**
 * Lets somebody in who has proved who it is, but for another role than its own: `wamp.error.no_such_role`. To be asked behind the proof, since
 * what it tells is for those who may come in.
 */
export function admit({ authrole: asked }: Pick<Candidate, 'authrole'>, login: Omit<Accept, 'is'>): Accept | Deny {
  return asked === undefined || asked === login.authrole
    ? { is: 'accept', ...login }
    : { is: 'deny', reason: WampUri.noSuchRole, message: 'the role that was asked for is not given to this user' };
}

/** What somebody hears who proves nothing: that a name or a secret is wrong, and not which of the two. */
export function denied(message: string): Deny {
  return { is: 'deny', reason: WampUri.authenticationDenied, message };
}

/** What a client hears that must say who it is, and does not. */
export function nameless(method: string): Deny {
  return { is: 'deny', message: `HELLO.Details.authid must be there for the method "${method}"` };
}
