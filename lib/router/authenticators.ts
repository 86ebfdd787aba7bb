import type { Verifier } from '../auth/authenticator.ts';
import { isDict, isList, show } from '../protocol/fields.ts';
import { isUri } from '../protocol/uri.ts';
import type { Uri } from '../types.ts';
import { isReserved } from './core/reserved-uri.ts';
import { askerOf, type DynamicSettings, type RouterAccess } from './dynamic-authenticators.ts';
import { text, type LoginMethod, type LoginMethods } from './login-methods.ts';
import type { AuthOptions, AuthProcedure, DynamicAuthOptions } from './options.ts';
import { knownKeys, mustBe, oneOf } from './validation.ts';

/** What verifiers need of the router, and the realms and methods that there are. */
export interface AuthenticatorContext extends RouterAccess {
  readonly realmNames: ReadonlySet<Uri>;
  readonly methods: LoginMethods;
}

/** Makes the verifiers of a realm, in the order they were given. The messages of its errors hold no secrets. */
export function readVerifiers(auth: AuthOptions | readonly Verifier[], context: AuthenticatorContext, name: string): readonly Verifier[] {
  const verifiers = isList(auth) ? auth.map((verifier, at) => checked(verifier, `${name}[${at}]`)) : builtIn(auth, context, name);
  if (verifiers.length === 0) throw new TypeError(`${name} must have at least one method, got none`);
  return verifiers;
}

function builtIn(auth: AuthOptions, context: AuthenticatorContext, name: string): readonly Verifier[] {
  if (!isDict(auth)) throw new TypeError(`${name} must be an object`);
  knownKeys(auth, name, [...Object.keys(context.methods), 'dynamic']);
  // In the order of the keys: whoever writes them down first prefers them.
  const verifiers = Object.entries(auth).flatMap(([key, given]) =>
    (given === undefined ? [] : key === 'dynamic' ? dynamic(auth, context, name) : [ofMethod(key, given, context, `${name}.${key}`)]));
  const methods = verifiers.map(({ method }) => method);
  const twice = methods.find((method, at) => methods.indexOf(method) !== at);
  if (twice !== undefined) throw new TypeError(`${name} must have each method once, got ${show(twice)} again`);
  return verifiers;
}

function ofMethod(key: string, given: unknown, context: AuthenticatorContext, place: string): Verifier {
  const method = context.methods[key] as LoginMethod;
  // What stands here by mistake may be a secret, and is not shown.
  if (typeof given !== 'function' && typeof given !== 'string' && !isDict(given)) throw new TypeError(`${place} must be an object`);
  if (!isProcedure(given)) return method.read(given, place, context.scheduler);
  if (method.ask === undefined) throw new TypeError(`${place} must have options of its own, got a procedure`);
  return method.ask(askerOf(key, readProcedure(given, context, place, method.beside), context));
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
  const asking = Object.entries(context.methods).flatMap(([key, { ask }]) => (ask === undefined ? [] : [[key, ask] as const]));
  const askers = new Map(asking);
  return methods.flatMap((method) => {
    const ask = askers.get(oneOf([...askers.keys()], method, `${place}.methods`));
    return ask === undefined ? [] : [ask(askerOf(method, settings, context))];
  });
}

function isProcedure(given: unknown): given is Uri | AuthProcedure {
  return typeof given === 'string' || (isDict(given) && Object.hasOwn(given, 'procedure'));
}

function readProcedure(given: Uri | Omit<DynamicAuthOptions, 'methods'>, { realmNames }: AuthenticatorContext, name: string, beside: readonly string[] = []): DynamicSettings {
  if (typeof given !== 'string') knownKeys(given, name, ['procedure', 'realm', 'redirect', ...beside]);
  const { procedure: by, realm, redirect = [], ...options } = typeof given === 'string' ? { procedure: given } : given;
  if (typeof by !== 'function' && (!isUri(by) || isReserved(by))) {
    if (typeof given === 'string') throw new TypeError(`${name} must be the URI of a procedure`);
    mustBe(name, 'the URI of a procedure', by);
  }
  if (!Array.isArray(redirect)) mustBe(`${name}.redirect`, 'a list of realms', redirect);
  for (const one of [...realm === undefined ? [] : [realm], ...redirect]) {
    if (!realmNames.has(one)) throw new TypeError(`${name} must name realms of the router, got ${show(one)}`);
  }
  return { by, realm, redirect: [...redirect], options };
}

function checked(verifier: Verifier, name: string): Verifier {
  if (typeof verifier !== 'object' || verifier === null) mustBe(name, 'a verifier', verifier);
  text(verifier.method, `${name}.method`);
  if (typeof verifier.begin !== 'function') mustBe(`${name}.begin`, 'a function', verifier.begin);
  return verifier;
}
