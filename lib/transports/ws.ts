// [node]
import { Observable } from 'rxjs';
import { CookieJar } from './cookie-jar.ts';
import { offering } from './subprotocols.ts';
import type { Transport } from './transport.ts';
import { parseUrl } from './url.ts';
import { WsAttempt } from './ws-attempt.ts';
import { readWsOptions, type WsOptions } from './ws-options.ts';

/**
 * A transport over a WebSocket of the `ws` package, for Node: with headers, proxies, TLS, compression, pings, and back-pressure from the socket. Cookies that the
 * router sets are sent with the next connections, as browsers do; this transport alone has them.
 *
 * Each subscription dials once. Unsubscribing gives the attempt up, or drops the connection; one that `complete()` is closing goes on to
 * close in order. Errors with ConnectFailedError where no connection comes about: refused, not in time, or the router speaks none of the
 * subprotocols. Where router or proxy answered with a status of HTTP instead, its `cause` has it as `status`, and `retryAfter` in seconds where it was told.
 * Throws TypeError or RangeError at once where the URL or an option is none.
 *
 * ```ts
 * const transport = ws('wss://example.com/ws', { headers: () => ({ Authorization: `Bearer ${tokens.current}` }), tls: { ca } });
 * const client = createClient({ transport, realm: 'realm1' });
 * ```
 */
export function ws(url: string, options: WsOptions = {}): Transport {
  const target = parseUrl(url);
  const settings = readWsOptions(options);
  const cookies = new CookieJar(() => settings.scheduler.now());
  return offering(options.subprotocols, (subprotocols) => new Observable((subscriber) => {
    const attempt = new WsAttempt(target, { ...settings, subprotocols }, cookies, subscriber);
    return () => attempt.release();
  }));
}
