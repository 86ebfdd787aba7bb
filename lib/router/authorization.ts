import { show } from '../protocol/fields.ts';
import { isUri } from '../protocol/uri.ts';
import type { Uri } from '../types.ts';
import type { AuthorizationSettings } from './authorizer.ts';
import { isReserved } from './core/reserved-uri.ts';
import type { AuthorizeSettings } from './decider.ts';
import type { Authorize, AuthorizeOptions, RealmOptions } from './options.ts';
import { readPermissions } from './permissions.ts';
import { duration, knownKeys, mustBe, numberFrom, oneOf, wholeNumber } from './validation.ts';

/** Reads what a realm says of who may do what. Throws TypeError or RangeError in one sentence that names the option. */
export function readAuthorization({ roles: given, authorize: by }: Pick<RealmOptions, 'roles' | 'authorize'>, name: string): AuthorizationSettings {
  const roles = given && readPermissions(given, `${name}.roles`);
  const authorize = by === undefined ? undefined : readAuthorize(by, `${name}.authorize`);
  const procedure = authorize?.by;
  if (typeof procedure === 'string' && ![...roles?.values() ?? []].some((permissions) => permissions.namesForRegistering(procedure))) {
    throw new TypeError(`${name}.roles must have a permission to register exactly ${show(procedure)}, which decides`);
  }
  return { roles, authorize };
}

function readAuthorize(given: Authorize | Uri | AuthorizeOptions, name: string): AuthorizeSettings {
  const isShort = typeof given === 'function' || typeof given === 'string';
  if (!isShort) knownKeys(given, name, ['by', 'timeout', 'cache']);
  const { by, timeout = 10_000, cache = {} }: AuthorizeOptions = isShort ? { by: given } : given;
  if (typeof by !== 'function' && (!isUri(by) || isReserved(by))) {
    mustBe(isShort ? name : `${name}.by`, 'a function or the URI of a procedure', by);
  }
  knownKeys(cache, `${name}.cache`, ['ttl', 'size', 'per']);
  const { ttl = 60_000, size = 10_000, per = 'authid' } = cache;
  return {
    by,
    timeout: duration(timeout, `${name}.timeout`),
    cache: {
      ttl: numberFrom(0, ttl, `${name}.cache.ttl`),
      size: wholeNumber(size, `${name}.cache.size`),
      per: oneOf(['authid', 'authrole'], per, `${name}.cache.per`),
    },
  };
}
