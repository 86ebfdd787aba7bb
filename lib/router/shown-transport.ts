import { carryCookie } from '../auth/connection-cookie.ts';
import { isDict, own } from '../protocol/fields.ts';
import type { Dict } from '../types.ts';

/** Headers that say who somebody is. */
const SECRET_HEADERS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'x-api-key', 'x-auth-token']);

/**
 * What is kept of the way a session came, and shown by `SessionInfo.transport`: everything that the listener knows but what proves who somebody is. That
 * is for the verifier alone: cookies, headers with credentials, and the query of the path, which is where browsers put tokens.
 */
export function shownTransport(transport: Dict): Dict {
  const { cookies: _, ...shown } = transport;
  const [headers, path] = [own(transport, 'headers'), own(transport, 'path')];
  const result: Dict = {
    ...shown,
    ...(isDict(headers) && { headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADERS.has(name.toLowerCase()))) }),
    ...(typeof path === 'string' && { path: path.split('?', 1)[0] }),
  };
  carryCookie(transport, result);
  return result;
}
