import type { RealmRules, ReloadOptions } from '../../router/options.ts';
import type { Problem } from './check.ts';
import type { Config, ListenConfig, RealmConfig, TlsConfig } from './config.ts';
import { ConfigError, type ReadConfig } from './read-config.ts';

const RULES = ['auth', 'roles', 'authorize'] as const;
const RELOADED: readonly string[] = [...RULES, 'limits'];
const OF_THE_START = ['status', 'log', 'shutdown', 'timeouts'] as const;

/** What becomes of a router whose configuration was read again. */
export interface Revision {
  readonly reload: ReloadOptions;
  /** What else is different, and waits for a restart. */
  readonly waiting: readonly string[];
  /** What the router is configured with from now on. */
  readonly config: Config;
}

/**
 * Compares a configuration with the one in use. Realms come and go; rules, limits, and the files of certificates change while the router runs, nothing else
 * does. Throws {@link ConfigError} where a realm would lose rules that it has: that it is open to everybody is not said by a line that is gone.
 */
export function revise(current: Config, { config: next, placeOf }: ReadConfig, file: string): Revision {
  const staying = Object.entries(next.realms).flatMap(([name, after]) => (Object.hasOwn(current.realms, name) ? [{ name, before: current.realms[name]!, after }] : []));
  const problems = staying.flatMap(({ name, before, after }) => lostRules(before, after).map((key): Problem => (
    { ...placeOf(['realms', name]), message: `realms.${name}.${key} must be there, as it was at the start` })));
  if (problems.length > 0) throw new ConfigError(file, problems);
  const added = Object.entries(next.realms).filter(([name]) => !Object.hasOwn(current.realms, name));
  const listeners = listenersInUse(current.listen, next.listen);
  const limits = next.limits ?? {};
  return {
    reload: {
      realms: Object.fromEntries(staying.map(({ name, before, after }) => [name, newRules(before, after)] as const).filter(([, rules]) => Object.keys(rules).length > 0)),
      add: Object.fromEntries(added),
      remove: Object.keys(current.realms).filter((name) => !Object.hasOwn(next.realms, name)),
      limits: isSame(current.limits ?? {}, limits) ? undefined : limits,
    },
    waiting: [
      ...staying.flatMap(({ name, before, after }) => otherKeys(before, after).map((key) => `realms.${name}.${key}`)),
      ...(isSame(listeners, next.listen) ? [] : ['listen']),
      ...OF_THE_START.filter((key) => !isSame(current[key], next[key])),
    ],
    config: {
      ...current, limits, realms: Object.fromEntries([...staying.map(({ name, before, after }) => [name, realmInUse(before, after)] as const), ...added]),
      ...(listeners !== undefined && { listen: listeners }),
    },
  };
}

function lostRules(before: RealmConfig, after: RealmConfig): readonly string[] {
  return RULES.filter((key) => before[key] !== undefined && after[key] === undefined);
}

function newRules(before: RealmConfig, after: RealmConfig): RealmRules {
  return {
    ...Object.fromEntries(RULES.filter((key) => !isSame(before[key], after[key])).map((key) => [key, after[key]])),
    // What is left out would stay.
    ...(!isSame(before.limits, after.limits) && { limits: after.limits ?? {} }),
  };
}

function otherKeys(before: RealmConfig, after: RealmConfig): readonly string[] {
  const [was, is] = [new Map<string, unknown>(Object.entries(before)), new Map<string, unknown>(Object.entries(after))];
  return [...new Set([...was.keys(), ...is.keys()])].filter((key) => !RELOADED.includes(key) && !isSame(was.get(key), is.get(key)));
}

function realmInUse(before: RealmConfig, after: RealmConfig): RealmConfig {
  return Object.fromEntries([
    ...Object.entries(before).filter(([key]) => !RELOADED.includes(key)),
    ...Object.entries(after).filter(([key]) => RELOADED.includes(key)),
  ]);
}

type Listen = Config['listen'];

// Certificates can be read from other files; all else about a listener is as it was when it began to listen.
function listenersInUse(before: Listen, after: Listen): Listen {
  const isTheSameBesides = isSame(before?.map(besidesFiles), after?.map(besidesFiles));
  return isTheSameBesides ? after : before;
}

function besidesFiles(listen: string | ListenConfig): unknown {
  if (typeof listen === 'string' || listen.tls === undefined) return listen;
  return { ...listen, tls: keysOf(listen.tls) };
}

function keysOf(tls: TlsConfig): readonly string[] {
  return Object.keys(tls).sort();
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
