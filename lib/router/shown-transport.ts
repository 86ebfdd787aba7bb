import { carryCookie } from '../auth/connection-cookie.ts';
import { isDict, own } from '../protocol/fields.ts';
import type { Dict } from '../types.ts';
import { SharedValues } from './shared-values.ts';

/** Headers that say who somebody is. */
const SECRET_HEADERS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'x-api-key', 'x-auth-token']);

/** The nonce of an opening handshake (RFC 6455, 4.1): different each time, and spent. */
const NONCE = 'sec-websocket-key';

const known = new SharedValues<Dict>();

/**
 * What is kept of the way a session came, and shown by `SessionInfo.transport`: everything that the listener knows but what proves who somebody is. That
 * is for the verifier alone: cookies, headers with credentials, and the query of the path, which is where browsers put tokens. So is the nonce of the handshake.
 */
export function shownTransport(transport: Dict): Dict {
  const { cookies: _, ...shown } = transport;
  const [headers, path] = [own(transport, 'headers'), own(transport, 'path')];
  const result: Dict = {
    ...shown,
    ...(isDict(headers) && { headers: shownHeaders(headers) }),
    ...(typeof path === 'string' && { path: path.split('?', 1)[0] }),
  };
  carryCookie(transport, result);
  return result;
}

// Clients of one make send the same: a browser a dozen of them, which would be most of what is kept of its session.
function shownHeaders(headers: Dict): Dict {
  const names = Object.keys(headers).filter((name) => name !== NONCE && !SECRET_HEADERS.has(name.toLowerCase()));
  const make = (): Dict => Object.freeze(Object.fromEntries(names.map((name) => [name, headers[name]])));
  const values = names.map((name) => headers[name]);
  return values.every((value) => typeof value === 'string') ? known.get(JSON.stringify([names, values]), make) : make();
}
