import { ApplicationError } from '../errors.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Payload, Uri } from '../types.ts';

/** A call was cancelled by somebody else than its caller: its callee left, or gave it up. `wamp.error.canceled`, in both its spellings. */
export class CanceledError extends ApplicationError {
  override readonly name = 'CanceledError';

  constructor(payload?: Partial<Payload>) {
    super(WampUri.canceled, payload);
  }
}

/** The router, or a procedure, does not allow it: `wamp.error.not_authorized` or `wamp.error.authorization_denied`. */
export class NotAuthorizedError extends ApplicationError {
  override readonly name = 'NotAuthorizedError';

  constructor(payload?: Partial<Payload>, uri: Uri = WampUri.notAuthorized) {
    super(uri, payload);
  }
}

/** Nobody has registered the procedure: `wamp.error.no_such_procedure`. */
export class NoSuchProcedureError extends ApplicationError {
  override readonly name = 'NoSuchProcedureError';

  constructor(payload?: Partial<Payload>) {
    super(WampUri.noSuchProcedure, payload);
  }
}

/** The arguments are not those that the procedure takes: `wamp.error.invalid_argument`. Throw it in a procedure to say so. */
export class InvalidArgumentError extends ApplicationError {
  override readonly name = 'InvalidArgumentError';

  constructor(payload?: Partial<Payload>) {
    super(WampUri.invalidArgument, payload);
  }
}
