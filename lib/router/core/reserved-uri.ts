import * as WampMetaUri from '../../protocol/wamp-meta-uris.ts';
import type { Uri } from '../../types.ts';

/** Tells whether a URI begins with the component `wamp`, which belongs to the protocol and not to applications (2.1.1, "Reserved URIs"). */
export function isReserved(uri: Uri): boolean {
  return uri.startsWith('wamp') && (uri.length === 4 || uri[4] === '.');
}

/**
 * Forgets the decisions of `authorize` that a realm keeps: all of them, or those that the keyword arguments `authid`, `authrole` and `uri` fit. The
 * result is how many there were. It is in no specification.
 */
export const INVALIDATE_DECISIONS: Uri = 'wamp.router.invalidate_decisions';

const PRIVILEGED: ReadonlySet<Uri> = new Set<Uri>([
  WampMetaUri.sessionKill, WampMetaUri.sessionKillByAuthid, WampMetaUri.sessionKillByAuthrole, WampMetaUri.sessionKillAll,
  WampMetaUri.registrationRemoveCallee, WampMetaUri.subscriptionRemoveSubscriber, INVALIDATE_DECISIONS,
]);

/**
 * Tells whether a procedure of the router intervenes in what other sessions have: it ends them, or takes a registration or a subscription from
 * them. Who may do anything in the application may not do that unless somebody has said so by name.
 */
export function isPrivileged(uri: Uri): boolean {
  return isReserved(uri) && PRIVILEGED.has(uri);
}
