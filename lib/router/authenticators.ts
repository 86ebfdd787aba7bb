import { anonymousVerifier } from '../auth/anonymous.ts';
import type { Verifier } from '../auth/authenticator.ts';
import { ticketVerifier } from '../auth/ticket.ts';
import type { AuthOptions } from './options.ts';
import { knownKeys, mustBe } from './validation.ts';

/** Makes the verifiers of a realm, in the order they were given. The messages of its errors hold no secrets. */
export function readVerifiers(auth: AuthOptions | readonly Verifier[], name: string): readonly Verifier[] {
  const verifiers = isList(auth) ? auth.map((verifier, at) => checked(verifier, `${name}[${at}]`)) : builtIn(auth, name);
  if (verifiers.length === 0) throw new TypeError(`${name} must have at least one method, got none`);
  return verifiers;
}

function builtIn(auth: AuthOptions, name: string): readonly Verifier[] {
  knownKeys(auth, name, ['anonymous', 'ticket']);
  // In the order of the keys: whoever writes them down first prefers them.
  return Object.keys(auth).flatMap((method): readonly Verifier[] => {
    const { anonymous, ticket } = auth;
    if (method === 'anonymous' && anonymous !== undefined) {
      knownKeys(anonymous, `${name}.anonymous`, ['role']);
      if (anonymous.role !== undefined) nonEmpty(anonymous.role, `${name}.anonymous.role`);
      return [anonymousVerifier(anonymous)];
    }
    if (method === 'ticket' && ticket !== undefined) {
      if (typeof ticket !== 'function') checkUsers(ticket, `${name}.ticket`);
      return [ticketVerifier(ticket)];
    }
    return [];
  });
}

function checkUsers(options: { readonly users: object }, name: string): void {
  knownKeys(options, name, ['users']);
  const { users } = options;
  if (typeof users !== 'object' || users === null) throw new TypeError(`${name}.users must be an object of users by authid`);
  for (const [authid, user] of Object.entries(users)) {
    const place = `${name}.users[${JSON.stringify(authid)}]`;
    knownKeys(user, place, ['ticket', 'role']);
    // Not shown: what stands here by mistake may still be a secret.
    if (typeof user.ticket !== 'string' || user.ticket === '') throw new TypeError(`${place}.ticket must be a string that is not empty`);
    nonEmpty(user.role, `${place}.role`);
  }
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
