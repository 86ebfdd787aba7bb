import * as WampUri from '../protocol/wamp-uris.ts';
import type { Uri } from '../types.ts';

/**
 * Errors that say the procedure was never run. `payload_size_exceeded` is none of them: what was too long may have been the result.
 */
export const WITHOUT_EFFECT: ReadonlySet<Uri> = new Set([
  WampUri.noSuchProcedure, WampUri.noAvailableCallee, WampUri.noEligibleCallee, WampUri.unavailable, WampUri.invalidArgument,
  WampUri.notAuthorized, WampUri.authorizationDenied, WampUri.authorizationFailed, WampUri.authorizationRequired,
  WampUri.invalidUri, WampUri.optionDisallowedDiscloseMe, WampUri.optionNotAllowed, WampUri.featureNotSupported,
]);
