import { isDict, isList, show } from '../protocol/fields.ts';
import type { Uri } from '../types.ts';
import type { RealmRules, ReloadOptions } from './options.ts';
import { assertRealmName, readRealm, readRouterLimits, type Inherited, type RealmSettings, type RouterSettings } from './settings.ts';
import { knownKeys, mustBe } from './validation.ts';

/** What a router has from a reload on. */
export interface ReloadSettings extends Pick<RouterSettings, 'limits' | 'handshakes'> {
  /** Those of the realms that stay for which something is new. */
  readonly changed: ReadonlyMap<Uri, RealmSettings>;
  readonly added: ReadonlyMap<Uri, RealmSettings>;
  readonly removed: readonly Uri[];
}

const RULE_KEYS = ['auth', 'roles', 'authorize', 'limits'] as const;
const NO_RULES: RealmRules = {};

/**
 * Reads what is new, all of it before any is used. Throws TypeError or RangeError in one sentence that names the option; so it does where a realm that stays
 * needs one that goes.
 */
export function readReload(options: ReloadOptions, realms: ReadonlyMap<Uri, { readonly settings: RealmSettings }>, before: RouterSettings): ReloadSettings {
  knownKeys(options, 'options', ['realms', 'add', 'remove', 'limits']);
  const { realms: rules = {}, add = {}, remove = [], limits } = options;
  if (!isDict(rules)) mustBe('options.realms', 'an object of rules by realm', rules);
  if (!isDict(add)) mustBe('options.add', 'an object of realms by name', add);
  if (!isList(remove)) mustBe('options.remove', 'a list of realms', remove);
  for (const name of remove) if (!realms.has(name)) mustBe('options.remove', 'a list of realms of the router', name);
  for (const name of Object.keys(add)) {
    assertRealmName(name);
    if (realms.has(name)) throw new TypeError(`add[${show(name)}] must not be a realm of the router already`);
  }
  const staying = [...realms].filter(([name]) => !remove.includes(name));
  const ofRouter = limits === undefined ? before : readRouterLimits(limits);
  const inherited = { ...before, ...ofRouter, realmNames: new Set([...staying.map(([name]) => name), ...Object.keys(add)]) };
  for (const name of Object.keys(rules)) {
    if (!realms.has(name) || remove.includes(name)) throw new TypeError(`realms[${show(name)}] must be a realm of the router`);
  }
  const isForAll = limits !== undefined || remove.length > 0;
  return {
    limits: ofRouter.limits,
    handshakes: ofRouter.handshakes,
    removed: remove,
    added: new Map(Object.entries(add).map(([name, realm]) => [name, readRealm(realm, inherited, `add[${show(name)}]`)])),
    changed: new Map(staying.filter(([name]) => isForAll || Object.hasOwn(rules, name)).map(([name, { settings }]) => [
      name, revised(settings, Object.hasOwn(rules, name) ? rules[name] : undefined, inherited, `realms[${show(name)}]`),
    ])),
  };
}

function revised(before: RealmSettings, rules: RealmRules | undefined, inherited: Inherited, name: string): RealmSettings {
  knownKeys(rules ?? NO_RULES, name, RULE_KEYS);
  const was = before.options;
  const { auth = was.auth, roles = was.roles, authorize = was.authorize, limits = was.limits } = rules ?? NO_RULES;
  const options = { ...was, auth, roles, authorize, limits };
  const now = readRealm(options, inherited, name);
  return {
    ...before, options,
    // Verifiers know things: whom they gave a cookie, which code was used.
    verifiers: rules?.auth === undefined ? before.verifiers : now.verifiers,
    authorization: rules === undefined ? before.authorization : now.authorization,
    limits: now.limits,
  };
}
