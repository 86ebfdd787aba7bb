import type { SchedulerLike } from 'rxjs';
import { anonymousVerifier } from '../auth/anonymous.ts';
import type { Accept, Candidate, Deny, MaybeLater, Verifier } from '../auth/authenticator.ts';
import { mapAnswer } from '../auth/maybe-later.ts';
import { ticketVerifier, type TicketUser } from '../auth/ticket.ts';
import { admit, denied } from '../auth/verdicts.ts';
import { wampcraVerifier, type WampCraUser } from '../auth/wampcra.ts';
import { isDict } from '../protocol/fields.ts';
import type { Dict, Uri } from '../types.ts';
import type { AuthOptions, AuthProcedure, Principal } from './options.ts';
import { knownKeys, mustBe, numberFrom, wholeNumber } from './validation.ts';

/** What stands in `auth` under the name of a method, where no procedure does. */
export type OptionsOf<K extends keyof AuthOptions> = Exclude<AuthOptions[K], Uri | AuthProcedure | undefined>;

/** Asks a procedure or a function about those who come. */
export interface Asker {
  readonly scheduler: SchedulerLike;
  /** Whatever else stood beside the procedure. */
  readonly options: Dict;
  /** Who a candidate is, `undefined` where it is nobody. `more` goes into the details that it is asked with. */
  ask(candidate: Candidate, more?: Dict): MaybeLater<Principal | undefined>;
  /** The same, where the client has a question to answer first: a no that is an error is one like any other. */
  look(candidate: Candidate): MaybeLater<Principal | undefined>;
}

/** How a method that is named in the options comes to its verifier. */
export interface LoginMethod<O = unknown> {
  /** Makes it from options. Throws TypeError or RangeError that begin with the name of what is wrong, and show no secrets. */
  read(given: O, name: string, scheduler: SchedulerLike): Verifier;
  /** Makes the one that asks somebody; absent where the method needs nobody. */
  ask?(asker: Asker): Verifier;
  /** Keys that may stand beside the procedure that is asked. */
  readonly beside?: readonly string[];
}

/** The methods that can be named, by their names. */
export type LoginMethods = { readonly [name: string]: LoginMethod };

const anonymous: LoginMethod<OptionsOf<'anonymous'>> = {
  read: (options, name) => {
    knownKeys(options, name, ['role']);
    if (options.role !== undefined) text(options.role, `${name}.role`);
    return anonymousVerifier(options);
  },
  ask: ({ ask }) => ({
    method: anonymousVerifier().method,
    begin: (candidate) => mapAnswer(ask(candidate), (principal) => admitted(candidate, principal, `anonymous-${candidate.session}`)),
  }),
};

const ticket: LoginMethod<OptionsOf<'ticket'>> = {
  read: (options, name) => {
    if (typeof options !== 'function') {
      knownKeys(options, name, ['users']);
      checkUsers<TicketUser>(options.users, name, ['ticket', 'role'], (user, place) => {
        secret(user.ticket, `${place}.ticket`);
      });
    }
    return ticketVerifier(options);
  },
  ask: ({ ask }) => ticketVerifier((candidate, given) => mapAnswer(ask(candidate, { ticket: given }), (principal) => admitted(candidate, principal, candidate.authid))),
};

const wampcra: LoginMethod<OptionsOf<'wampcra'>> = {
  read: (options, name, scheduler) => {
    if (typeof options !== 'function') {
      knownKeys(options, name, ['users']);
      checkUsers<WampCraUser>(options.users, name, ['secret', 'role', 'salt', 'iterations', 'keylen', ...IDENTITY], (user, place) => {
        secret(user.secret, `${place}.secret`);
        optionalText(user.salt, `${place}.salt`);
        checkIdentity(user, place);
        numberFrom(1, wholeNumber(user.iterations ?? 1, `${place}.iterations`), `${place}.iterations`);
        numberFrom(1, wholeNumber(user.keylen ?? 1, `${place}.keylen`), `${place}.keylen`);
      });
    }
    return wampcraVerifier(options, scheduler);
  },
  ask: ({ look, scheduler }) => wampcraVerifier((candidate) => mapAnswer(look(candidate), (principal) => {
    if (principal === undefined) return undefined;
    const { secret: known, extra: authextra, salt, iterations, keylen, role, authid, realm } = principal;
    if (known === undefined) throw new TypeError('answer for the method "wampcra" must have a secret');
    return { secret: known, salt, iterations, keylen, role, authid, realm, authextra };
  }), scheduler),
};

/** The methods that need nothing of the platform and little room. */
export const BASIC_METHODS: LoginMethods = { anonymous, ticket, wampcra };

/** Keys of users that say who they are from then on. */
export const IDENTITY = ['authid', 'authprovider', 'authextra'] as const;

/** Looks through the users of a method: each has these keys alone, and a role. */
export function checkUsers<U extends { readonly role: string }>(
  users: { readonly [authid: string]: U }, name: string, keys: readonly (keyof U & string)[], check: (user: U, name: string) => void,
): void {
  if (typeof users !== 'object' || users === null) throw new TypeError(`${name}.users must be an object of users by authid`);
  for (const [authid, user] of Object.entries(users)) {
    const place = `${name}.users[${JSON.stringify(authid)}]`;
    // Not shown: a secret may stand in the place of its user.
    if (!isDict(user)) throw new TypeError(`${place} must be an object`);
    knownKeys(user, place, keys);
    check(user, place);
    text(user.role, `${place}.role`);
  }
}

/** Looks at who a user is from then on. */
export function checkIdentity({ authid, authprovider, authextra }: Pick<WampCraUser, typeof IDENTITY[number]>, name: string): void {
  optionalText(authid, `${name}.authid`);
  optionalText(authprovider, `${name}.authprovider`);
  if (authextra !== undefined && !isDict(authextra)) mustBe(`${name}.authextra`, 'an object', authextra);
}

/** Lets a text pass that may be a secret, and does not show what is none. */
export function secret(value: unknown, name: string): void {
  if (typeof value !== 'string' || value === '') throw new TypeError(`${name} must be a string that is not empty`);
}

/** Lets a text pass. */
export function text(value: unknown, name: string): void {
  if (typeof value !== 'string' || value === '') mustBe(name, 'a string that is not empty', value);
}

/** Lets a text pass, or nothing. */
export function optionalText(value: unknown, name: string): void {
  if (value !== undefined) text(value, name);
}

/** What becomes of a candidate about whom somebody was asked. */
function admitted(candidate: Candidate, principal: Principal | undefined, name: string | undefined): Accept | Deny {
  if (principal === undefined) return DENIED;
  const { role: authrole, authid = name, realm, extra: authextra } = principal;
  if (authid === undefined) throw new TypeError('who is let in must have an authid');
  return admit(candidate, { authid, authrole, authprovider: 'dynamic', authextra, realm });
}

const DENIED = denied('the client is not let in');
