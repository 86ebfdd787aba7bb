import { NEVER, Observable, asyncScheduler, fromEvent, switchMap, timer, type SchedulerLike } from 'rxjs';
import { MAX_BATCH, MAX_OPENING, batchedForm, isBatched, readOpened, type LongPollOpened } from '../protocol/long-poll.ts';
import { show } from '../protocol/show.ts';
import { assertRange } from './assert-range.ts';
import { CookieJar } from './cookie-jar.ts';
import { httpPost, type HttpReply, type Post } from './http-post.ts';
import { LongPollConnection } from './long-poll-connection.ts';
import { parseHttpUrl } from './long-poll-url.ts';
import { headersOf, type HeadersOption } from './request-headers.ts';
import { offering } from './subprotocols.ts';
import type { DialOptions, Transport } from './transport.ts';
import { failureOf } from './websocket-close.ts';

export type { HeadersOption } from './request-headers.ts';

/** Options of {@link longPoll}. All times are milliseconds. */
export interface LongPollOptions extends DialOptions {
  /** Sent with each request; a function is asked once for each attempt to connect. @default none */
  readonly headers?: HeadersOption | undefined;
  /** Whether cookies go with the requests, as `fetch` has it. In Node this transport keeps them, unless it is `'omit'`. @default 'same-origin' */
  readonly credentials?: RequestCredentials | undefined;
  /** What makes the requests: in Node one of undici with a dispatcher, to go through a proxy or to trust other certificates. @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Longest body that is taken, in bytes; a longer one ends the connection. It may have several messages in it. @default 16777216 */
  readonly maxPayload?: number | undefined;
  /** Bytes of unsent data above which `writable$` turns `false`. @default 65536 */
  readonly highWaterMark?: number | undefined;
  /** Time in which the connection must be open. `0` waits as long as the runtime does. @default 10000 */
  readonly openTimeout?: number | undefined;
  /** Time in which the router must take what is sent, or the connection is lost. `0` waits as long as the runtime does. @default 10000 */
  readonly sendTimeout?: number | undefined;
  /**
   * Time in which the router must answer a request for messages, be it with none, or the connection is lost. It must be longer than the router holds
   * one: routers of this library do so for 10 seconds, Crossbar.io for as long as there is no message. `0` waits as long as the runtime does.
   *
   * @default 60000
   */
  readonly pollTimeout?: number | undefined;
  /** Where the timeouts run. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** What is put into one body is counted in units of UTF-16, each of which is three bytes of UTF-8 at most. */
const BATCH_BYTES = 3 * MAX_BATCH;

/**
 * A transport over plain HTTP requests (14.4), for networks that let no WebSocket through: one request waits for messages at any time, another takes what is
 * sent. It needs nothing but `fetch`, so it works in browsers, Node, Deno, Bun and workers.
 *
 * Each subscription opens one. Messages of one turn of the event loop, and those that come up while a request is under way, go in one body where the router
 * takes batches; it is offered them behind what `subprotocols` names, and frames are single messages all the same. Redirects are not followed. Over HTTP/1.1 browsers
 * open six sockets to a server for all their tabs, so from the sixth tab on one waits for another: let tabs share a session (`rxwamp/shared`), or put HTTP/2 in front.
 *
 * Unsubscribing gives the attempt up, or drops the connection and tells the router, and so does closing the page; one that `complete()` is closing goes on to close in order. Errors with
 * ConnectFailedError where no connection comes about. A request that fails loses the connection, since nobody can tell what became of the messages in it;
 * but for one that receives and is refused before it is looked at (408, 429, 503), which is made once more a second later. Throws TypeError or RangeError
 * at once where the URL or an option is none, or the runtime has no `fetch`.
 *
 * `createClient` of Node takes the URL, alone or in a list. In a page, as what to do where the WebSocket does not open:
 *
 * ```ts
 * const transport = webSocket('wss://example.com/ws').pipe(catchError(() => longPoll('https://example.com/lp')));
 * createClient({ transport, realm: 'realm1' });
 * ```
 */
export function longPoll(url: string, options: LongPollOptions = {}): Transport {
  const { headers = {}, credentials = 'same-origin', fetch = globalThis.fetch, scheduler = asyncScheduler } = options;
  const { maxPayload = 16 * 1024 * 1024, highWaterMark = 65_536, openTimeout = 10_000, sendTimeout = 10_000, pollTimeout = 60_000 } = options;
  const { href, label } = parseHttpUrl(url);
  assertRange({ highWaterMark, openTimeout, sendTimeout, pollTimeout });
  assertRange({ maxPayload }, 1);
  if (typeof fetch !== 'function') throw new TypeError(`fetch must be a function, got ${show(fetch)}`);
  const asked = headersOf(headers);
  const cookies = credentials === 'omit' ? undefined : new CookieJar(() => scheduler.now());

  return offering(options.subprotocols, (subprotocols) => new Observable((subscriber) => {
    const offered = offerOf(subprotocols);
    let post: Post;
    let connection: LongPollConnection | undefined;
    const fail = (reason: string, cause?: unknown): void => subscriber.error(failureOf(label, reason, cause));
    const open = (reply: HttpReply): void => {
      const { protocol, transport } = openedBy(reply, offered);
      deadline.unsubscribe();
      const subprotocol = subprotocols.includes(protocol) ? protocol : (subprotocols.find((name) => batchedForm(name) === protocol) as string);
      connection = new LongPollConnection({
        post, label, protocol, subprotocol, highWaterMark, sendTimeout, pollTimeout, scheduler,
        urlOf: (verb) => beneath(href, encodeURIComponent(transport), verb), onEnd: () => subscriber.complete(),
      });
      subscriber.next(connection);
    };

    const late = openTimeout === 0 ? NEVER : timer(openTimeout, scheduler);
    const deadline = late.subscribe(() => fail(`it must open within ${openTimeout} ms`));
    const attempt = asked.pipe(switchMap((given) => {
      post = httpPost({ fetch, headers: given, credentials, cookies, maxBody: maxPayload + BATCH_BYTES });
      return post(beneath(href, 'open'), { body: JSON.stringify({ protocols: offered }), type: 'application/json' });
    })).subscribe({
      next: (reply) => {
        try {
          open(reply);
        } catch (error) {
          fail('', error);
        }
      },
      error: (error: unknown) => fail('', error),
    });

    // A page that is closed would otherwise be waited for until it has been silent for too long.
    const leaving = 'onpagehide' in globalThis ? fromEvent(globalThis as unknown as EventTarget, 'pagehide') : NEVER;
    const hiding = leaving.subscribe(() => connection?.release());

    return () => {
      deadline.unsubscribe();
      attempt.unsubscribe();
      hiding.unsubscribe();
      connection?.release();
    };
  }));
}

/** Batches stand last: Autobahn|Python takes the first that it knows, and writes batches of JSON that nobody else does. */
function offerOf(subprotocols: readonly string[]): readonly string[] {
  const batches = subprotocols.filter((name) => !isBatched(name)).map(batchedForm);
  return [...new Set([...subprotocols, ...batches])];
}

function openedBy({ status, type, body }: HttpReply, offered: readonly string[]): LongPollOpened {
  if (status !== 200) throw new RangeError(`open was answered with status ${status}`);
  if (body.length > MAX_OPENING) throw new RangeError(`answer to open must have at most ${MAX_OPENING} bytes, got ${body.length}`);
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new TypeError(`media type of the answer to open must be application/json, got ${show(type)}`);
  const opened = readOpened(new TextDecoder().decode(body));
  if (!offered.includes(opened.protocol)) throw new RangeError(`protocol must be one of ${offered.join(', ')}, got ${show(opened.protocol)}`);
  return opened;
}

/** A path under that of a URL, with the query of it. */
function beneath(href: string, ...parts: readonly string[]): string {
  const url = new URL(href);
  url.pathname = [url.pathname.replace(/\/$/, ''), ...parts].join('/');
  return url.href;
}
