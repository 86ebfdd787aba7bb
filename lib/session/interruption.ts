import { ApplicationError, TimeoutError, type Effect, type WampError } from '../errors.ts';
import { WampUri } from '../protocol/uri.ts';

/** The end of an invocation that was interrupted, for those who wait for something that ended with it. */
export function interruptionOf(cause: unknown, invocation: string, effect: Effect = 'unknown'): WampError {
  if (cause === 'deadline') return new TimeoutError(`deadline of the ${invocation} is over`, { effect });
  const why = typeof cause === 'string' ? cause : 'it failed';
  return new ApplicationError(WampUri.canceled, { args: [`the ${invocation} was interrupted: ${why}`] }, { effect });
}
