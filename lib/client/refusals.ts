import { DrainingError, NotJoinedError, type Operation } from '../errors.ts';

/** There is no session, and what was asked for is not to wait for one. */
export function offline(operation: Operation, cause: unknown): NotJoinedError {
  return new NotJoinedError(`client must be joined for ${operation.uri}, got one that waits to reconnect`, { cause, operation });
}

/** The client is leaving. */
export function draining(operation: Operation): DrainingError {
  return new DrainingError(`client must not be leaving, got ${operation.verb} of ${operation.uri}`, { operation });
}

/** The client has left. */
export function closed(operation: Operation, cause?: unknown): NotJoinedError {
  return new NotJoinedError(`client must not be closed, got ${operation.verb} of ${operation.uri}`, { cause, operation });
}
