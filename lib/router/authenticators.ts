import type { SchedulerLike } from 'rxjs';
import { anonymousVerifier } from '../auth/anonymous.ts';
import type { Verifier } from '../auth/authenticator.ts';
import { ticketVerifier, type TicketUser } from '../auth/ticket.ts';
import { wampcraVerifier, type WampCraUser } from '../auth/wampcra.ts';
import { isDict } from '../protocol/fields.ts';
import type { AuthOptions } from './options.ts';
import { knownKeys, mustBe, numberFrom, wholeNumber } from './validation.ts';

/** Makes the verifiers of a realm, in the order they were given. The messages of its errors hold no secrets. */
export function readVerifiers(auth: AuthOptions | readonly Verifier[], scheduler: SchedulerLike, name: string): readonly Verifier[] {
  const verifiers = isList(auth) ? auth.map((verifier, at) => checked(verifier, `${name}[${at}]`)) : builtIn(auth, scheduler, name);
  if (verifiers.length === 0) throw new TypeError(`${name} must have at least one method, got none`);
  return verifiers;
}

function builtIn(auth: AuthOptions, scheduler: SchedulerLike, name: string): readonly Verifier[] {
  knownKeys(auth, name, ['anonymous', 'ticket', 'wampcra']);
  // In the order of the keys: whoever writes them down first prefers them.
  return Object.keys(auth).flatMap((method): readonly Verifier[] => {
    const { anonymous, ticket, wampcra } = auth;
    if (method === 'anonymous' && anonymous !== undefined) {
      knownKeys(anonymous, `${name}.anonymous`, ['role']);
      if (anonymous.role !== undefined) nonEmpty(anonymous.role, `${name}.anonymous.role`);
      return [anonymousVerifier(anonymous)];
    }
    if (method === 'ticket' && ticket !== undefined) {
      if (typeof ticket !== 'function') checkUsers(ticket, `${name}.ticket`, checkTicketUser);
      return [ticketVerifier(ticket)];
    }
    if (method === 'wampcra' && wampcra !== undefined) {
      if (typeof wampcra !== 'function') checkUsers(wampcra, `${name}.wampcra`, checkWampCraUser);
      return [wampcraVerifier(wampcra, scheduler)];
    }
    return [];
  });
}

function checkUsers<U>(options: { readonly users: { readonly [authid: string]: U } }, name: string, check: (user: U, name: string) => void): void {
  knownKeys(options, name, ['users']);
  const { users } = options;
  if (typeof users !== 'object' || users === null) throw new TypeError(`${name}.users must be an object of users by authid`);
  for (const [authid, user] of Object.entries(users)) check(user, `${name}.users[${JSON.stringify(authid)}]`);
}

function checkTicketUser(user: TicketUser, name: string): void {
  knownKeys(user, name, ['ticket', 'role']);
  secret(user.ticket, `${name}.ticket`);
  nonEmpty(user.role, `${name}.role`);
}

function checkWampCraUser(user: WampCraUser, name: string): void {
  knownKeys(user, name, ['secret', 'role', 'salt', 'iterations', 'keylen', 'authid', 'authprovider', 'authextra']);
  const { role, salt, iterations = 1, keylen = 1, authid, authprovider, authextra } = user;
  secret(user.secret, `${name}.secret`);
  nonEmpty(role, `${name}.role`);
  for (const [key, value] of Object.entries({ salt, authid, authprovider })) if (value !== undefined) nonEmpty(value, `${name}.${key}`);
  numberFrom(1, wholeNumber(iterations, `${name}.iterations`), `${name}.iterations`);
  numberFrom(1, wholeNumber(keylen, `${name}.keylen`), `${name}.keylen`);
  if (authextra !== undefined && !isDict(authextra)) mustBe(`${name}.authextra`, 'an object', authextra);
}

// Not shown: what stands here by mistake may still be a secret.
function secret(value: unknown, name: string): void {
  if (typeof value !== 'string' || value === '') throw new TypeError(`${name} must be a string that is not empty`);
}

function checked(verifier: Verifier, name: string): Verifier {
  if (typeof verifier !== 'object' || verifier === null) mustBe(name, 'a verifier', verifier);
  nonEmpty(verifier.method, `${name}.method`);
  if (typeof verifier.begin !== 'function') mustBe(`${name}.begin`, 'a function', verifier.begin);
  return verifier;
}

function nonEmpty(value: unknown, name: string): void {
  if (typeof value !== 'string' || value === '') mustBe(name, 'a string that is not empty', value);
}

// Array.isArray does not narrow a readonly list.
function isList(auth: AuthOptions | readonly Verifier[]): auth is readonly Verifier[] {
  return Array.isArray(auth);
}
