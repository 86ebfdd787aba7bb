// How a WebSocket ends, in our words: for that of browsers and that of Node.
import { ConnectFailedError, TransportLostError } from '../errors.ts';

/** The codes of RFC 6455, 7.4.1 that this library sends or reads. */
export const CloseCode = { normal: 1000, goingAway: 1001, noStatus: 1005, invalidText: 1007 } as const;

const IN_ORDER: ReadonlySet<number> = new Set([CloseCode.normal, CloseCode.goingAway, CloseCode.noStatus]);

/** Longest part of a message that a peer may fill. */
const MAX_REASON = 200;

/** The error of an attempt that came to nothing, with the reason the peer or the runtime gave. */
export function failureOf(label: string, reason: string, cause?: unknown): ConnectFailedError {
  return new ConnectFailedError(`connection to ${label} cannot be opened${because(reason, cause)}`, { cause });
}

/** What the end of an open WebSocket means to its reader: an error, or nothing where it was closed in order. */
export function lossOf(label: string, code: number, reason: string, cause: unknown): TransportLostError | undefined {
  if (cause === undefined && IN_ORDER.has(code)) return undefined;
  return new TransportLostError(`connection to ${label} was lost with code ${code}${because(reason, cause)}`, { cause });
}

/** The end of a message: the reason that was given, or else what the cause says; empty where neither does. */
export function because(reason: string, cause: unknown): string {
  const text = reason || explain(cause);
  return text === '' ? '' : `: ${text.slice(0, MAX_REASON)}`;
}

// Node leaves the message empty where it tried several addresses, and says ECONNREFUSED in the code. No instanceof: an error of another
// realm (a frame, a vm) is one too.
function explain(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return '';
  const { message, code } = cause as { readonly message?: unknown; readonly code?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  return typeof code === 'string' ? code : '';
}
