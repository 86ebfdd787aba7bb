// [node]
import type { IncomingMessage } from 'node:http';
import { giveCookie } from '../../auth/connection-cookie.ts';
import { show } from '../../protocol/show.ts';
import type { Dict } from '../../types.ts';
import { ListenerCookies, type ListenerCookieOptions } from './cookies.ts';
import { Origins } from './origins.ts';
import { requestDetails } from './request-details.ts';
import { TrustedProxies } from './trusted-proxies.ts';

/** Options of {@link Visitors}: who may come over HTTP, and as whom. */
export interface VisitorOptions {
  /**
   * Has clients keep a cookie, by which realms with the method `cookie` know them again. It is HttpOnly and SameSite=Lax, and Secure over TLS; it holds 32 random bytes, and
   * nobody but the method sees it. @default false
   */
  readonly cookie?: boolean | ListenerCookieOptions | undefined;
  /**
   * The origins of pages that may connect; others get 403. `https://app.example.com`, `https://*.example.com` for all names below it, `http://localhost:*` for any
   * port, `*` for all, `self` for the host that the request is for, `null` for sandboxed frames and files, which `*` leaves out. Programs, which say no origin,
   * are not asked.
   *
   * Without it every page of the web that somebody has open may connect to what he can reach, the router on his own machine included, and bring the cookies of
   * your app along. The cookie of `cookie` is safe from them; what a realm lets anonymous clients do is not. @default all
   */
  readonly allowedOrigins?: readonly string[] | undefined;
  /**
   * Addresses and networks of the proxies in front, such as `['127.0.0.1', '10.0.0.0/8']`: what they say of the client in X-Forwarded-For and X-Forwarded-Proto is
   * believed, of nobody else. The client's address is then the `peer` of its session, and what limits are counted by. @default []
   */
  readonly trustProxy?: readonly string[] | undefined;
}

/** Who comes over HTTP: whether he may, from where, and with which cookie. */
export class Visitors {
  readonly #cookies: ListenerCookies | undefined;
  readonly #origins: Origins | undefined;
  readonly #proxies: TrustedProxies;

  /** Throws TypeError or RangeError over options. */
  constructor({ cookie = false, allowedOrigins, trustProxy = [] }: VisitorOptions) {
    this.#origins = allowedOrigins && new Origins(allowedOrigins, 'allowedOrigins');
    this.#proxies = new TrustedProxies(trustProxy);
    this.#cookies = cookie === false ? undefined : new ListenerCookies(cookie === true ? {} : cookie, (request) => this.#proxies.sourceOf(request).isSecure);
  }

  /** Why a request is none that is answered, to go with 403; nothing where it is. */
  refusalOf({ headers: { origin, host } }: IncomingMessage): string | undefined {
    if (this.#origins === undefined || this.#origins.allows(origin, host)) return undefined;
    return `Origin must be one of ${this.#origins.toString()}, got ${show(origin)}`;
  }

  /** The header Set-Cookie of the response to a request, where it is to have one. */
  cookieHeaderFor(request: IncomingMessage): string | undefined {
    return this.#cookies?.headerFor(request);
  }

  /** Where a request comes from, by its proxies too: `tcp4:203.0.113.7:4711`. */
  peerOf(request: IncomingMessage): string {
    return this.#proxies.sourceOf(request).peer;
  }

  /** What is known of a request: see {@link requestDetails}; with its cookie, where it has one. */
  detailsOf(request: IncomingMessage, protocol: string, type: 'websocket' | 'longpoll' = 'websocket'): Dict {
    const details = { ...requestDetails(request, protocol, this.#cookies?.nameFor(request), this.peerOf(request)), type };
    const value = this.#cookies?.valueFor(request);
    if (value !== undefined) giveCookie(details, value);
    return details;
  }
}
