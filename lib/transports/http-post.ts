import { Observable, catchError, from, throwError } from 'rxjs';
import { concatBytes } from '../protocol/concat-bytes.ts';
import type { CookieJar } from './cookie-jar.ts';
import { withCookies } from './request-headers.ts';
import type { Frame } from './transport.ts';

/** What a request is answered with. */
export interface HttpReply {
  readonly status: number;
  /** The media type of the body, with its parameters; empty where none is told. */
  readonly type: string;
  readonly body: Uint8Array;
}

/** What a request has besides its URL. */
export interface PostRequest {
  readonly body?: Frame;
  /** The media type of the body. */
  readonly type?: string;
  /** Whether it goes on when the page that makes it is closed. */
  readonly keepalive?: boolean;
}

/** A request: cold, emits the reply and completes. Unsubscribing aborts it. Errors with whatever kept it from being answered. */
export type Post = (url: string, request?: PostRequest) => Observable<HttpReply>;

/** Options of {@link httpPost}. */
export interface HttpPostOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Sent with each request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: RequestCredentials;
  /** Keeps cookies where the `fetch` shows them: that of Node, which keeps none itself. Those of browsers do so, and show none. */
  readonly cookies?: CookieJar | undefined;
  /** Bytes above which the body of a reply is refused. */
  readonly maxBody: number;
}

/** Requests by the `fetch` of the runtime. Redirects are errors: they would carry headers and messages to somebody else. */
export function httpPost({ fetch, headers, credentials, cookies, maxBody }: HttpPostOptions): Post {
  return (url, { body, type, keepalive = false } = {}) => new Observable((subscriber) => {
    const abort = new AbortController();
    const exchange = async (): Promise<HttpReply> => {
      const given = withCookies(headers, cookies?.header);
      const response = await fetch(url, {
        method: 'POST', credentials, keepalive, cache: 'no-store', redirect: 'error', signal: abort.signal,
        headers: type === undefined ? given : { ...given, 'Content-Type': type },
        ...(body !== undefined && { body: body as string | Uint8Array<ArrayBuffer> }),
      });
      // Not every runtime has it.
      cookies?.take((response.headers as Partial<Headers>).getSetCookie?.() ?? []);
      return { status: response.status, type: response.headers.get('content-type') ?? '', body: await readBody(response, maxBody) };
    };
    from(exchange()).pipe(catchError((error: unknown) => throwError(() => reasonOf(error)))).subscribe(subscriber);
    return () => abort.abort();
  });
}

// Node says no more than "fetch failed", and why in the cause.
function reasonOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'cause' in error && error.cause !== undefined ? error.cause : error;
}

async function readBody(response: Response, most: number): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  // Not every runtime shows a body as it comes.
  if (reader === undefined) return bounded([new Uint8Array(await response.arrayBuffer())], most);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let { value } = await reader.read(); value !== undefined && length <= most; { value } = await reader.read()) {
    chunks.push(value);
    length += value.length;
  }
  return bounded(chunks, most);
}

function bounded(chunks: readonly Uint8Array[], most: number): Uint8Array {
  const body = concatBytes(chunks);
  if (body.length > most) throw new RangeError(`body must have at most ${most} bytes, got more`);
  return body;
}
