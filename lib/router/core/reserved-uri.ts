import type { Uri } from '../../types.ts';

/** Tells whether a URI begins with the component `wamp`, which belongs to the protocol and not to applications (2.1.1, "Reserved URIs"). */
export function isReserved(uri: Uri): boolean {
  return uri.startsWith('wamp') && (uri.length === 4 || uri[4] === '.');
}
