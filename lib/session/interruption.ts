import { TimeoutError, type Effect, type WampError } from '../errors.ts';
import { CanceledError } from './application-errors.ts';

/** The end of an invocation that was interrupted, for those who wait for something that ended with it. */
export function interruptionOf(cause: unknown, invocation: string, effect: Effect = 'unknown'): WampError {
  if (cause === 'deadline') return new TimeoutError(`deadline of the ${invocation} is over`, { effect });
  const why = typeof cause === 'string' ? cause : 'it failed';
  return Object.assign(new CanceledError({ args: [`the ${invocation} was interrupted: ${why}`] }), { effect });
}
