import { ApplicationError, type WampErrorOptions } from '../errors.ts';
import type { ErrorMessage } from '../protocol/messages.ts';
import { NO_ARGS, NO_KWARGS } from './payload.ts';

/** An ERROR that answered a request, as the error that its subscriber gets. */
export function refusalOf({ error, details, args = NO_ARGS, kwargs = NO_KWARGS }: ErrorMessage, { operation, effect }: WampErrorOptions): ApplicationError {
  return new ApplicationError(error, { args, kwargs }, { details, effect, operation });
}
