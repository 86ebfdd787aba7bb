import type { RealmRules } from '../../router/options.ts';
import type { Problem } from './check.ts';
import type { Config, RealmConfig } from './config.ts';
import { ConfigError, type ReadConfig } from './read-config.ts';

const RULES = ['auth', 'roles', 'authorize'] as const;

type Rules = Pick<RealmConfig, (typeof RULES)[number]>;

/** What becomes of a router whose configuration was read again. */
export interface Revision {
  /** The new rules of those realms that have others than before. */
  readonly rules: { readonly [realm: string]: RealmRules };
  /** What else is different, and waits for a restart. */
  readonly waiting: readonly string[];
  /** What the router is configured with from now on. */
  readonly config: Config;
}

/**
 * Compares a configuration with the one in use: rules change while the router runs, nothing else does. Throws {@link ConfigError} where a realm
 * would lose rules that it has: that it is open to everybody is not said by a line that is gone.
 */
export function revise(current: Config, { config: next, placeOf }: ReadConfig, file: string): Revision {
  const problems: Problem[] = [];
  const waiting: string[] = [];
  const rules = Object.entries(current.realms).flatMap(([name, realm]): readonly (readonly [string, Rules])[] => {
    const revised = Object.hasOwn(next.realms, name) ? next.realms[name] : undefined;
    if (revised === undefined || !isSame(besidesRules(realm), besidesRules(revised))) waiting.push(`realms.${name}`);
    if (revised === undefined) return [];
    for (const key of RULES) {
      if (realm[key] !== undefined && revised[key] === undefined) {
        problems.push({ ...placeOf(['realms', name]), message: `realms.${name}.${key} must be there, as it was at the start` });
      }
    }
    return isSame(rulesOf(revised), rulesOf(realm)) ? [] : [[name, rulesOf(revised)]];
  });
  if (problems.length > 0) throw new ConfigError(file, problems);
  waiting.push(...Object.keys(next.realms).filter((name) => !Object.hasOwn(current.realms, name)).map((name) => `realms.${name}`));
  waiting.push(...(['listen', 'status', 'log', 'shutdown', 'timeouts', 'limits'] as const).filter((key) => !isSame(current[key], next[key])));
  const changed = new Map(rules);
  const realms = Object.entries(current.realms).map(([name, realm]) => [name, { ...realm, ...changed.get(name) }] as const);
  return { rules: Object.fromEntries(rules), waiting, config: { ...current, realms: Object.fromEntries(realms) } };
}

function rulesOf({ auth, roles, authorize }: RealmConfig): Rules {
  return { auth, roles, authorize };
}

function besidesRules({ auth: _auth, roles: _roles, authorize: _authorize, ...rest }: RealmConfig): unknown {
  return rest;
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
