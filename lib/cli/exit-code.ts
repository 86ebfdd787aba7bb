import { AbortError, AuthenticationError, GoodbyeError, InvalidUriError, TimeoutError, applicationErrorOf } from '../errors.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import { ConfigError } from './config/read-config.ts';
import { UsageError } from './usage-error.ts';

/** What `rxwamp` ends with. A signal ends it with 128 and its number: 130 for Ctrl-C. */
export const ExitCode = { done: 0, failed: 1, usage: 2, error: 3, refused: 4, timeout: 124, interrupted: 130 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A line of the help for each. */
export const EXPLAINED: { readonly [code in ExitCode]: string } = {
  [ExitCode.done]: 'done',
  [ExitCode.failed]: 'failed: no connection, no file, or lost on the way',
  [ExitCode.usage]: 'typed or configured wrong',
  [ExitCode.error]: 'the other end answered with an ERROR, which stands on stderr',
  [ExitCode.refused]: 'not let in, or not allowed',
  [ExitCode.timeout]: 'no answer within --timeout',
  [ExitCode.interrupted]: 'ended by Ctrl-C (128 and the number of the signal)',
};

const REFUSALS: ReadonlySet<string> = new Set([
  WampUri.authenticationFailed, WampUri.authenticationDenied, WampUri.notAuthorized, WampUri.noAuthMethod, WampUri.noSuchRole,
]);

/** What an error ends the command with: its own kind counts, and else that of what caused it. */
export function exitCodeOf(error: unknown): ExitCode {
  for (const each of causesOf(error)) {
    if (each instanceof UsageError || each instanceof ConfigError || each instanceof InvalidUriError) return ExitCode.usage;
    if (each instanceof TimeoutError) return ExitCode.timeout;
    if (each instanceof AuthenticationError) return ExitCode.refused;
    if (each instanceof AbortError || each instanceof GoodbyeError) return REFUSALS.has(each.reason) ? ExitCode.refused : ExitCode.failed;
    const answer = applicationErrorOf(each);
    if (answer !== undefined) return REFUSALS.has(answer.uri) ? ExitCode.refused : ExitCode.error;
  }
  return ExitCode.failed;
}

const MOST_CAUSES = 8;

/** An error, what caused it, and so on. */
export function causesOf(error: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  for (let each = error; each !== undefined && each !== null && causes.length < MOST_CAUSES; each = (each as { readonly cause?: unknown }).cause) causes.push(each);
  return causes;
}
