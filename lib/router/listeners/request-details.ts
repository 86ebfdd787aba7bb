// [node]
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Dict } from '../../types.ts';

/** Where a socket comes from: `tcp4:127.0.0.1:8080`, `tcp6:[::1]:8080`. */
export function peerOf({ remoteFamily, remoteAddress, remotePort }: Pick<Socket, 'remoteFamily' | 'remoteAddress' | 'remotePort'>): string {
  return remoteFamily === 'IPv6' ? `tcp6:[${remoteAddress}]:${remotePort}` : `tcp4:${remoteAddress}:${remotePort}`;
}

/**
 * What is known of a request that became a WebSocket, for those who authenticate:
 *
 * - `type`, `protocol` (the subprotocol), `peer`
 * - `path`, with the query; `headers`, by names in lower case; `cookies`, by name
 * - of cookies not the one that `hidden` names: it is the router's own, and who knows it can log in with it
 * - `tls`, where there is one: `protocol`, `cipher`, `authorized`, and `peerCertificate` with `subject`, `issuer`, `fingerprint` (SHA-256) and
 *   `validTo`, where the client has shown one. That it is there says nothing: only `authorized` says that it is one of those that the server trusts
 */
export function requestDetails({ headers: { cookie = '', ...headers }, url = '/', socket }: IncomingMessage, protocol: string, hidden?: string, peer: string = peerOf(socket)): Dict {
  const rest = cookie.split(';').filter((pair) => pair.split('=', 1)[0]?.trim() !== hidden).join(';').trim();
  return {
    type: 'websocket', protocol, peer, path: url, headers: copy({ ...headers, ...(rest !== '' && { cookie: rest }) }), cookies: readCookies(rest),
    ...(socket instanceof TLSSocket && { tls: tlsDetails(socket) }),
  };
}

/** Reads a Cookie header (RFC 6265): values as they stand, without their quotes; of two with one name the first one, which is more particular. */
export function readCookies(header: string): Dict {
  const cookies = new Map<string, string>();
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, Math.max(at, 0)).trim();
    if (name === '' || cookies.has(name)) continue;
    const value = pair.slice(at + 1).trim();
    cookies.set(name, value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value);
  }
  return Object.fromEntries(cookies);
}

/** What is known of TLS on a socket: see {@link requestDetails}. */
export function tlsDetails(socket: TLSSocket): Dict {
  const { subject, issuer, fingerprint256, valid_to: validTo } = socket.getPeerCertificate();
  return {
    protocol: socket.getProtocol(), cipher: socket.getCipher().standardName, authorized: socket.authorized,
    // Node gives an empty object where there is none.
    ...(fingerprint256 !== undefined && { peerCertificate: { subject: copy(subject), issuer: copy(issuer), fingerprint: fingerprint256, validTo } }),
  };
}

// Object.fromEntries defines its properties: a header by the name of __proto__ is one like any other.
function copy(entries: object): Dict {
  return Object.fromEntries(Object.entries(entries));
}
