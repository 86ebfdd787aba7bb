import { ApplicationError, type WampErrorOptions } from '../errors.ts';
import type { ErrorMessage } from '../protocol/messages.ts';
import { NO_ARGS, NO_KWARGS } from './payload.ts';

/** An ERROR that answered a request, as the error that its subscriber gets. A request that only the router acts on was not acted on. */
export function refusalOf({ error, details, args = NO_ARGS, kwargs = NO_KWARGS }: ErrorMessage, { operation, effect = 'none' }: WampErrorOptions): ApplicationError {
  return new ApplicationError(error, { args, kwargs }, { details, effect, operation });
}
