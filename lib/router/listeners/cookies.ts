// [node]
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { show } from '../../protocol/show.ts';
import { readCookies } from './request-details.ts';

/** Options of the cookie that a listener sets. */
export interface ListenerCookieOptions {
  /** @default '__Host-rxwamp' over TLS, which pages of other hosts cannot set; 'rxwamp' without */
  readonly name?: string | undefined;
  /** Milliseconds for which browsers keep it after each connection. @default 604800000, a week */
  readonly maxAge?: number | undefined;
  /**
   * Origins of pages, besides those of the router's own host, whose connections go with the cookie: `https://app.example.com`. Of other pages no cookie is looked at, or
   * set: they would join as whoever has them open. @default none
   */
  readonly origins?: readonly string[] | undefined;
}

const WEEK = 7 * 24 * 60 * 60 * 1000;
const BYTES = 32;
const VALUE = /^[0-9a-f]{64}$/;
// RFC 6265, 4.1.1: a token.
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** A cookie for each request that may have one: its own, or a new one. */
export class ListenerCookies {
  readonly #name: string | undefined;
  readonly #maxAge: number;
  readonly #origins: ReadonlySet<string>;
  readonly #isSecure: (request: IncomingMessage) => boolean;
  readonly #values = new WeakMap<IncomingMessage, string>();

  /** `isSecure` tells whether the client has TLS. Throws TypeError or RangeError over options. */
  constructor({ name, maxAge = WEEK, origins = [] }: ListenerCookieOptions, isSecure: (request: IncomingMessage) => boolean) {
    if (name !== undefined && !(typeof name === 'string' && NAME.test(name))) throw new TypeError(`cookie.name must be a token, got ${show(name)}`);
    if (typeof maxAge !== 'number' || !(maxAge >= 1000 && maxAge < Infinity)) throw new RangeError(`cookie.maxAge must be a number from 1000, got ${show(maxAge)}`);
    for (const origin of origins) {
      if (!URL.canParse(origin) || new URL(origin).origin !== origin) throw new TypeError(`cookie.origins must be origins such as "https://example.com", got ${show(origin)}`);
    }
    this.#name = name;
    this.#maxAge = maxAge;
    this.#origins = new Set(origins);
    this.#isSecure = isSecure;
  }

  /** The name that a request would have it by. */
  nameFor(request: IncomingMessage): string {
    return this.#name ?? (this.#isSecure(request) ? '__Host-rxwamp' : 'rxwamp');
  }

  /** The value that a request goes with; `undefined` where it comes from a page that has no business here. */
  valueFor(request: IncomingMessage): string | undefined {
    if (!this.#isOfOurs(request)) return undefined;
    const known = this.#values.get(request);
    if (known !== undefined) return known;
    const sent = readCookies(request.headers.cookie ?? '')[this.nameFor(request)];
    const value = typeof sent === 'string' && VALUE.test(sent) ? sent : randomBytes(BYTES).toString('hex');
    this.#values.set(request, value);
    return value;
  }

  /** What the response has the client keep. */
  headerFor(request: IncomingMessage): string | undefined {
    const value = this.valueFor(request);
    if (value === undefined) return undefined;
    const secure = this.#isSecure(request) ? '; Secure' : '';
    return `Set-Cookie: ${this.nameFor(request)}=${value}; Max-Age=${Math.floor(this.#maxAge / 1000)}; Path=/; HttpOnly; SameSite=Lax${secure}`;
  }

  // Browsers say where a page is from; what is no browser says nothing, and has no cookies of others.
  #isOfOurs(request: IncomingMessage): boolean {
    const { origin, host } = request.headers;
    if (origin === undefined || this.#origins.has(origin)) return true;
    return URL.canParse(origin) && new URL(origin).host === host;
  }
}
