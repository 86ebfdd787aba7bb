/** Cookies that are kept at a time, and the length of one with its name; RFC 6265 (6.1) wants no less. */
const MAX_COOKIES = 50;
const MAX_LENGTH = 4096;

interface Kept {
  readonly value: string;
  /** The time from which on it is not sent. */
  readonly until: number;
}

/** The cookies that one server sets for one URL, for as long as they may be kept (RFC 6265). In browsers scripts have no part in it. */
export class CookieJar {
  readonly #now: () => number;
  readonly #cookies = new Map<string, Kept>();

  /** `now` tells the time in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** What goes into the header Cookie; `undefined` where there is nothing. */
  get header(): string | undefined {
    const now = this.#now();
    for (const [name, { until }] of this.#cookies) if (until <= now) this.#cookies.delete(name);
    return this.#cookies.size === 0 ? undefined : [...this.#cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
  }

  /** Keeps what the headers Set-Cookie of a response say; what is no cookie is passed over. */
  take(headers: readonly string[]): void {
    for (const header of headers) this.#takeOne(header);
  }

  #takeOne(header: string): void {
    const [pair = '', ...attributes] = header.split(';');
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, Math.max(at, 0)).trim(), pair.slice(at + 1).trim()];
    if (name === '' || pair.length > MAX_LENGTH) return;
    this.#cookies.delete(name);
    const until = this.#endOf(attributes);
    if (until <= this.#now()) return;
    const [oldest] = this.#cookies.keys();
    if (this.#cookies.size === MAX_COOKIES && oldest !== undefined) this.#cookies.delete(oldest);
    this.#cookies.set(name, { value, until });
  }

  // Max-Age goes before Expires (5.3). Without either it is kept for as long as the jar.
  #endOf(attributes: readonly string[]): number {
    let expires = Infinity;
    for (const attribute of attributes) {
      const at = attribute.indexOf('=');
      const [name, value] = [attribute.slice(0, Math.max(at, 0)).trim().toLowerCase(), attribute.slice(at + 1).trim()];
      if (name === 'max-age' && /^-?\d+$/.test(value)) return this.#now() + 1000 * Number(value);
      if (name === 'expires') expires = Number.isNaN(Date.parse(value)) ? expires : Date.parse(value);
    }
    return expires;
  }
}
