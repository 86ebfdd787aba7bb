import { isDict, show } from '../protocol/fields.ts';
import { isUri, matches, type MatchPolicy } from '../protocol/uri.ts';
import type { Uri } from '../types.ts';
import type { Grant } from './core/outbound.ts';
import { prefixMeetsWildcard, reachesFurther, wildcardsMeet } from './core/overlap.ts';
import { PrefixTree } from './core/prefix-tree.ts';
import { WildcardTree } from './core/wildcard-tree.ts';
import type { Action, Permission } from './options.ts';
import { knownKeys, mustBe, oneOf, wholeNumber } from './validation.ts';

const ACTIONS: readonly Action[] = ['call', 'register', 'publish', 'subscribe'];
const MATCHES: readonly MatchPolicy[] = ['exact', 'prefix', 'wildcard'];

/** A permission, and what goes along with what it allows. */
export interface Rule extends Permission {
  readonly terms: { readonly [A in Action]: Grant };
}

/**
 * What one role may do. Of the permissions that cover a URI one alone decides: that of exactly this URI; else, of the wildcards, the one whose
 * literal components reach furthest; else the longest prefix. It is found by the URI: how many there are makes no difference.
 */
export class Permissions {
  readonly #exact = new Map<Uri, Rule>();
  readonly #wildcards = new WildcardTree<Rule>();
  readonly #prefixes = new PrefixTree<Rule>();
  readonly #refusals: { readonly subscribe: Refusals; readonly register: Refusals };

  constructor(permissions: readonly Permission[]) {
    for (const rule of permissions.map(ruleOf)) {
      const { uri, match = 'exact' } = rule;
      if (match === 'exact') this.#exact.set(uri, rule);
      else if (match === 'wildcard') this.#wildcards.set(uri, rule);
      else this.#prefixes.set(uri, rule);
    }
    const refusing = (action: Action): Refusals => new Refusals(permissions.filter(({ allow }) => !allow.includes(action)));
    this.#refusals = { subscribe: refusing('subscribe'), register: refusing('register') };
  }

  /**
   * The permission that decides, where it allows the action. A pattern of a subscription or a registration must be allowed as a whole: one
   * permission covers all that it stands for and allows it, and none that counts for a part of that refuses it.
   */
  find(action: Action, uri: Uri, match: MatchPolicy): Rule | undefined {
    const rule = match === 'exact' ? this.#exact.get(uri) ?? this.#covering(uri, match) : this.#covering(uri, match);
    if (rule === undefined || !rule.allow.includes(action)) return undefined;
    if (match === 'exact' || (action !== 'subscribe' && action !== 'register')) return rule;
    return this.#refusals[action].touch(uri, match, rule) ? undefined : rule;
  }

  /** Whether one of them is for registering exactly this procedure. */
  namesForRegistering(procedure: Uri): boolean {
    return this.#exact.get(procedure)?.allow.includes('register') === true;
  }

  /**
   * The pattern that decides on everything that the URI stands for. A prefix covers each pattern that begins with it. A wildcard covers
   * another one, as its holes stand for holes, but no prefix, which may stand for more components than it has.
   */
  #covering(uri: Uri, match: MatchPolicy): Rule | undefined {
    return (match === 'prefix' ? undefined : this.#wildcards.best(uri)) ?? this.#prefixes.longest(uri);
  }
}

const NO_TERMS: Grant = Object.freeze({});

// A copy: whoever gave it may change it.
function ruleOf(permission: Permission): Rule {
  const { allow, disclose, trustlevel } = permission;
  const call = { disclose: disclose?.caller, trustlevel };
  const publish = { disclose: disclose?.publisher, trustlevel };
  return { ...permission, allow: [...allow], terms: { call, publish, register: NO_TERMS, subscribe: NO_TERMS } };
}

/** The permissions of a role that do not allow an action: what takes a part out of what a pattern stands for. */
class Refusals {
  readonly #exact = new PrefixTree<Permission>();
  readonly #prefixes = new PrefixTree<Permission>();
  readonly #wildcards: Permission[] = [];

  constructor(permissions: readonly Permission[]) {
    for (const permission of permissions) {
      const { uri, match = 'exact' } = permission;
      if (match === 'exact') this.#exact.set(uri, permission);
      else if (match === 'prefix') this.#prefixes.set(uri, permission);
      else this.#wildcards.push(permission);
    }
  }

  /** Whether one of them counts, before the permission that covers the whole pattern, for some URI that the pattern matches. */
  touch(pattern: Uri, match: MatchPolicy, covering: Permission): boolean {
    if (match === 'prefix') {
      return this.#exact.someUnder(pattern, always) || this.#prefixes.someUnder(pattern, always)
        || this.#wildcards.some(({ uri }) => prefixMeetsWildcard(pattern, uri));
    }
    const head = literalHead(pattern);
    const byWildcard = covering.match === 'wildcard';
    return this.#exact.someUnder(head, ({ uri }) => matches(pattern, 'wildcard', uri))
      || (!byWildcard && this.#prefixes.someUnder(head, ({ uri }) => prefixMeetsWildcard(uri, pattern)))
      || this.#wildcards.some(({ uri }) => wildcardsMeet(uri, pattern) && (!byWildcard || reachesFurther(uri, covering.uri)));
  }
}

function always(): true {
  return true;
}

/** What stands in a wildcard pattern before its first hole. */
function literalHead(pattern: Uri): Uri {
  if (pattern.startsWith('.')) return '';
  const hole = pattern.indexOf('..');
  if (hole >= 0) return pattern.slice(0, hole + 1);
  return pattern;
}

/** Reads the permissions of all roles. */
export function readPermissions(
  roles: { readonly [role: string]: readonly Permission[] }, name: string,
): ReadonlyMap<string, Permissions> {
  if (!isDict(roles)) mustBe(name, 'an object of permissions by role', roles);
  return new Map(Object.entries(roles).map(([role, permissions]) => {
    const place = `${name}[${show(role)}]`;
    if (!Array.isArray(permissions)) mustBe(place, 'a list of permissions', permissions);
    permissions.forEach((permission: Permission, at) => checkPermission(permission, `${place}[${at}]`));
    checkUnique(permissions, place);
    return [role, new Permissions(permissions)];
  }));
}

function checkPermission(permission: Permission, name: string): void {
  knownKeys(permission, name, ['uri', 'match', 'allow', 'disclose', 'trustlevel']);
  const { uri, match = 'exact', allow, disclose = {}, trustlevel = 0 } = permission;
  oneOf(MATCHES, match, `${name}.match`);
  if (!isUri(uri, { match })) mustBe(`${name}.uri`, `a URI${match === 'exact' ? '' : ` with ${match} matching`}`, uri);
  if (!Array.isArray(allow)) mustBe(`${name}.allow`, 'a list of actions', allow);
  for (const action of allow) oneOf(ACTIONS, action, `${name}.allow`);
  knownKeys(disclose, `${name}.disclose`, ['caller', 'publisher']);
  for (const [key, value] of Object.entries(disclose)) {
    if (value !== undefined && typeof value !== 'boolean') mustBe(`${name}.disclose.${key}`, 'a boolean', value);
  }
  wholeNumber(trustlevel, `${name}.trustlevel`);
}

// One alone decides: a second one of the same pattern would never be asked.
function checkUnique(permissions: readonly Permission[], name: string): void {
  const seen = new Set<string>();
  permissions.forEach(({ uri, match = 'exact' }, at) => {
    const key = `${match} ${uri}`;
    if (seen.has(key)) throw new TypeError(`${name}[${at}] must be the only permission for ${show(uri)} (${match}), got another one`);
    seen.add(key);
  });
}
