import { ApplicationError, type WampErrorOptions } from '../errors.ts';
import type { ErrorMessage } from '../protocol/messages.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import { NO_ARGS, NO_KWARGS } from './payload.ts';
import type { RoleHost } from './role-host.ts';

/** An ERROR that answered a request, as the error that its subscriber gets. A request that only the router acts on was not acted on. */
export function refusalOf(host: RoleHost, { error, details, args = NO_ARGS, kwargs = NO_KWARGS }: ErrorMessage, { operation, effect = 'none' }: WampErrorOptions): object {
  // The specification has both spellings, and those who tell errors apart shall need one.
  const uri = error === WampUri.cancelled ? WampUri.canceled : error;
  return host.errors.read(new ApplicationError(uri, { args, kwargs }, { details, effect, operation }), (failure) => host.report(failure));
}
