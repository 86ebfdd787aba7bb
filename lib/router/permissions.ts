import { isDict, show } from '../protocol/fields.ts';
import { isUri, matches, type MatchPolicy } from '../protocol/uri.ts';
import type { Uri } from '../types.ts';
import type { Action, Permission } from './options.ts';
import { knownKeys, mustBe, oneOf } from './validation.ts';

const ACTIONS: readonly Action[] = ['call', 'register', 'publish', 'subscribe'];
const MATCHES: readonly MatchPolicy[] = ['exact', 'prefix', 'wildcard'];

/** What one role may do: its permissions by action, those with exact URIs found at once and the patterns tried in turn. */
export class Permissions {
  readonly #actions: { readonly [A in Action]: ActionPermissions };

  constructor(permissions: readonly Permission[]) {
    const allowing = (action: Action): ActionPermissions =>
      new ActionPermissions(permissions.filter(({ allow }) => allow.includes(action)));
    this.#actions = {
      call: allowing('call'), register: allowing('register'), publish: allowing('publish'), subscribe: allowing('subscribe'),
    };
  }

  /** The first permission that allows the action on everything that the URI, compared by `match`, stands for. */
  find(action: Action, uri: Uri, match: MatchPolicy): Permission | undefined {
    return this.#actions[action].find(uri, match);
  }
}

interface Ranked {
  /** Place among the permissions, as the first one decides. */
  readonly at: number;
  readonly permission: Permission;
}

class ActionPermissions {
  readonly #exact = new Map<Uri, Ranked>();
  readonly #patterns: Ranked[] = [];

  constructor(permissions: readonly Permission[]) {
    permissions.forEach((permission, at) => {
      const { uri, match = 'exact' } = permission;
      if (match !== 'exact') this.#patterns.push({ at, permission });
      else if (!this.#exact.has(uri)) this.#exact.set(uri, { at, permission });
    });
  }

  find(uri: Uri, match: MatchPolicy): Permission | undefined {
    const exact = match === 'exact' ? this.#exact.get(uri) : undefined;
    for (const { at, permission } of this.#patterns) {
      if (exact !== undefined && exact.at < at) break;
      if (covers(permission, uri, match)) return permission;
    }
    return exact?.permission;
  }
}

/**
 * Whether everything that the URI stands for is covered by a pattern. A prefix covers each pattern that begins with it. A wildcard
 * covers another one, as an empty component of the one it looks at is matched only by an empty component of its own, but no prefix,
 * which may stand for more components than it has.
 */
function covers({ uri: pattern, match: by = 'exact' }: Permission, uri: Uri, match: MatchPolicy): boolean {
  return (by !== 'wildcard' || match !== 'prefix') && matches(pattern, by, uri);
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
    return [role, new Permissions(permissions)];
  }));
}

function checkPermission(permission: Permission, name: string): void {
  knownKeys(permission, name, ['uri', 'match', 'allow', 'disclose']);
  const { uri, match = 'exact', allow, disclose = {} } = permission;
  oneOf(MATCHES, match, `${name}.match`);
  if (!isUri(uri, { match })) mustBe(`${name}.uri`, `a URI${match === 'exact' ? '' : ` with ${match} matching`}`, uri);
  if (!Array.isArray(allow)) mustBe(`${name}.allow`, 'a list of actions', allow);
  for (const action of allow) oneOf(ACTIONS, action, `${name}.allow`);
  knownKeys(disclose, `${name}.disclose`, ['caller', 'publisher']);
  for (const [key, value] of Object.entries(disclose)) {
    if (value !== undefined && typeof value !== 'boolean') mustBe(`${name}.disclose.${key}`, 'a boolean', value);
  }
}
