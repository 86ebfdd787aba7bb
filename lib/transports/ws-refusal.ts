// [node]
import { STATUS_CODES, type IncomingMessage } from 'node:http';

/** Why a request for a WebSocket was answered with something else. */
export interface Refusal {
  /** In a sentence: `the router answered 503 Service Unavailable, and is to be asked again in 30 s: at most 1 connections can be open`. */
  readonly reason: string;
  /** What a program may look at. */
  readonly cause: UnexpectedResponse;
}

/** The cause of an attempt that was answered without a WebSocket. */
export interface UnexpectedResponse extends Error {
  /** Of HTTP: 401, 403, 404, 503, ... */
  readonly status: number;
  /** Seconds after which another attempt may succeed, where the answer says so. */
  readonly retryAfter: number | undefined;
}

const MAX_SECONDS = 86_400;
const PROXY_AUTHENTICATION_REQUIRED = 407;

/** Reads an answer that is no WebSocket, and tells once what it says: the first line of its text, where it has one. */
export function refusalOf(response: IncomingMessage, tell: (refusal: Refusal) => void): void {
  const { statusCode: status = 0, headers } = response;
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  const retryAfter = seconds >= 0 && seconds <= MAX_SECONDS ? seconds : undefined;
  const where = headers.location === undefined ? '' : ` to ${printable(headers.location).split(/[?#]/, 1)[0]}`;
  const who = status === PROXY_AUTHENTICATION_REQUIRED ? 'proxy' : 'router';
  const head = `the ${who} answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd() + where + (retryAfter === undefined ? '' : `, and is to be asked again in ${retryAfter} s`);
  const finish = (text: string): void => {
    const [line = ''] = printable(text).split('\n', 1);
    const reason = line.trim() === '' ? head : `${head}: ${line.trim()}`;
    tell({ reason, cause: Object.assign(new Error(reason), { status, retryAfter }) });
  };
  if (!headers['content-type']?.startsWith('text/plain')) return finish('');
  response.once('data', (chunk: Buffer) => finish(chunk.toString()));
  response.once('close', () => finish(''));
}

/** Without what would move the cursor of whoever reads it. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, '');
}
