import { anonymousVerifier } from '../auth/anonymous.ts';
import type { Verifier } from '../auth/authenticator.ts';
import { ticketVerifier, type TicketUser } from '../auth/ticket.ts';
import { wampcraVerifier, type WampCraUser } from '../auth/wampcra.ts';
import { isDict, show } from '../protocol/fields.ts';
import { isUri } from '../protocol/uri.ts';
import type { Uri } from '../types.ts';
import { isReserved } from './core/reserved-uri.ts';
import { dynamicVerifier, type DynamicSettings, type RouterAccess } from './dynamic-authenticators.ts';
import type { AuthOptions, AuthProcedure, DynamicAuthOptions, DynamicMethod } from './options.ts';
import { knownKeys, mustBe, numberFrom, oneOf, wholeNumber } from './validation.ts';

/** What verifiers need of the router, and the realms that there are. */
export interface AuthenticatorContext extends RouterAccess {
  readonly realmNames: ReadonlySet<Uri>;
}

/** Makes the verifiers of a realm, in the order they were given. The messages of its errors hold no secrets. */
export function readVerifiers(auth: AuthOptions | readonly Verifier[], context: AuthenticatorContext, name: string): readonly Verifier[] {
  const verifiers = isList(auth) ? auth.map((verifier, at) => checked(verifier, `${name}[${at}]`)) : builtIn(auth, context, name);
  if (verifiers.length === 0) throw new TypeError(`${name} must have at least one method, got none`);
  return verifiers;
}

const METHODS: readonly DynamicMethod[] = ['anonymous', 'ticket', 'wampcra'];

function builtIn(auth: AuthOptions, context: AuthenticatorContext, name: string): readonly Verifier[] {
  knownKeys(auth, name, [...METHODS, 'dynamic']);
  // In the order of the keys: whoever writes them down first prefers them.
  const verifiers = Object.keys(auth).flatMap((key) => (key === 'dynamic' ? dynamic(auth, context, name) : ofMethod(key as DynamicMethod, auth, context, name)));
  const methods = verifiers.map(({ method }) => method);
  const twice = methods.find((method, at) => methods.indexOf(method) !== at);
  if (twice !== undefined) throw new TypeError(`${name} must have each method once, got ${show(twice)} again`);
  return verifiers;
}

function ofMethod(method: DynamicMethod, auth: AuthOptions, context: AuthenticatorContext, name: string): readonly Verifier[] {
  const { [method]: given, anonymous, ticket, wampcra } = auth;
  const place = `${name}.${method}`;
  if (isProcedure(given)) return [dynamicVerifier(method, readProcedure(given, context, place), context)];
  if (method === 'anonymous' && anonymous !== undefined && !isProcedure(anonymous)) {
    knownKeys(anonymous, place, ['role']);
    if (anonymous.role !== undefined) nonEmpty(anonymous.role, `${place}.role`);
    return [anonymousVerifier(anonymous)];
  }
  if (method === 'ticket' && ticket !== undefined && !isProcedure(ticket)) {
    if (typeof ticket !== 'function') checkUsers(ticket, place, checkTicketUser);
    return [ticketVerifier(ticket)];
  }
  if (method === 'wampcra' && wampcra !== undefined && !isProcedure(wampcra)) {
    if (typeof wampcra !== 'function') checkUsers(wampcra, place, checkWampCraUser);
    return [wampcraVerifier(wampcra, context.scheduler)];
  }
  return [];
}

function dynamic(auth: AuthOptions, context: AuthenticatorContext, name: string): readonly Verifier[] {
  const { dynamic: given } = auth;
  if (given === undefined) return [];
  const place = `${name}.dynamic`;
  const isShort = typeof given === 'function' || typeof given === 'string';
  if (!isShort) knownKeys(given, place, ['procedure', 'realm', 'redirect', 'methods']);
  const { methods = (['wampcra', 'ticket'] as const).filter((method) => auth[method] === undefined), ...by }: DynamicAuthOptions = isShort ? { procedure: given } : given;
  if (!Array.isArray(methods)) mustBe(`${place}.methods`, 'a list of methods', methods);
  const settings = readProcedure(by, context, place);
  return methods.map((method) => dynamicVerifier(oneOf(METHODS, method, `${place}.methods`), settings, context));
}

function isProcedure(given: unknown): given is Uri | AuthProcedure {
  return typeof given === 'string' || (isDict(given) && Object.hasOwn(given, 'procedure'));
}

function readProcedure(given: Uri | Omit<DynamicAuthOptions, 'methods'>, { realmNames }: AuthenticatorContext, name: string): DynamicSettings {
  if (typeof given !== 'string') knownKeys(given, name, ['procedure', 'realm', 'redirect']);
  const { procedure: by, realm, redirect = [] } = typeof given === 'string' ? { procedure: given } : given;
  if (typeof by !== 'function' && (!isUri(by) || isReserved(by))) mustBe(name, 'the URI of a procedure', by);
  if (!Array.isArray(redirect)) mustBe(`${name}.redirect`, 'a list of realms', redirect);
  for (const one of [...realm === undefined ? [] : [realm], ...redirect]) {
    if (!realmNames.has(one)) throw new TypeError(`${name} must name realms of the router, got ${show(one)}`);
  }
  return { by, realm, redirect: [...redirect] };
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
