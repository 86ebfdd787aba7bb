// [node]
import { show } from '../../protocol/show.ts';

/** An origin as it stands in a header, taken apart. */
interface Origin {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
}

/** What origins are held against: `undefined` for whatever stands there. */
interface Pattern {
  readonly scheme: string | undefined;
  readonly host: string | undefined;
  /** Whether `host` is what comes behind the first dot of a name, or any dot. */
  readonly isParent: boolean;
  /** `''` for the port that the scheme has by itself. */
  readonly port: string | undefined;
}

const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([['http', '80'], ['https', '443'], ['ws', '80'], ['wss', '443']]);

// Neither repeats within a repetition, so both take a time that grows with the length alone.
const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/(\[[0-9a-f:.]+\]|[^\s/:?#@[\]]+)(?::(\d{1,5}))?$/;
const PATTERN = /^(\*|[a-z][a-z0-9+.-]*):\/\/(\*|(?:\*\.)?(?:\[[0-9a-f:.]+\]|[^\s/:?#@[\]*]+))(?::(\d{1,5}|\*))?$/i;

/** What makes a page's own origin one of those that are allowed. */
const SELF = 'self';

/**
 * The origins of pages that may connect (RFC 6454; RFC 6455, 10.2).
 *
 * - `https://app.example.com`, `http://localhost:5173`: this one. Without a port it is that of the scheme
 * - `https://*.example.com`: every name below example.com, at any depth, and not example.com itself
 * - `*` in the place of the scheme, of the name, or of the port: any. `http://localhost:*`, `*://example.com`, `https://*`
 * - `self`: the host that the request is for, as its header Host says
 * - `null`: what browsers say for sandboxed frames, files and redirected requests. Only this allows it
 * - `*`: all but `null`
 *
 * Who says no origin is no browser, and is always allowed: an origin protects people from pages, and not a router from programs.
 */
export class Origins {
  readonly #names: readonly string[];
  readonly #patterns: readonly Pattern[];

  /** Throws TypeError where one is none. */
  constructor(names: readonly string[], option: string) {
    if (!Array.isArray(names)) throw new TypeError(`${option} must be a list of origins, got ${show(names)}`);
    this.#names = names;
    this.#patterns = names.filter((name) => name !== '*' && name !== 'null' && name !== SELF).map((name) => patternOf(name, option));
  }

  /** The list, as errors show it. */
  toString(): string {
    return this.#names.join(', ');
  }

  /** Whether a page of `origin` may connect to `host`, both as the headers of its request have them. */
  allows(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined) return true;
    if (origin === 'null') return this.#names.includes('null');
    if (this.#names.includes('*')) return true;
    const read = originOf(origin.toLowerCase());
    if (read === undefined) return false;
    return (this.#names.includes(SELF) && isSelf(read, host)) || this.#patterns.some((pattern) => fits(pattern, read));
  }
}

function originOf(text: string): Origin | undefined {
  const [, scheme, host, port = ''] = ORIGIN.exec(text) ?? [];
  return scheme === undefined || host === undefined ? undefined : { scheme, host, port: portOf(scheme, port) };
}

function portOf(scheme: string, port: string): string {
  const number = port === '' ? '' : String(Number(port));
  return number === DEFAULT_PORTS.get(scheme) ? '' : number;
}

function isSelf({ scheme, host, port }: Origin, header = ''): boolean {
  const own = originOf(`${scheme}://${header.toLowerCase()}`);
  return own !== undefined && own.host === host && own.port === port;
}

function fits({ scheme, host, isParent, port }: Pattern, origin: Origin): boolean {
  return (scheme === undefined || scheme === origin.scheme)
    && (port === undefined || portOf(origin.scheme, port) === origin.port)
    && (host === undefined || (isParent ? origin.host.endsWith(`.${host}`) : origin.host === host));
}

function patternOf(name: unknown, option: string): Pattern {
  const [, scheme, host, port = ''] = typeof name === 'string' ? PATTERN.exec(name) ?? [] : [];
  const isParent = host?.startsWith('*.') ?? false;
  const written = isParent ? host?.slice(2) : host;
  const read = written === '*' ? written : written && asBrowsersWrite(written);
  if (scheme === undefined || read === undefined || Number(port) > 65_535) {
    throw new TypeError(`${option} must be origins such as "https://*.example.com", got ${show(name)}`);
  }
  return {
    scheme: scheme === '*' ? undefined : scheme.toLowerCase(), host: read === '*' ? undefined : read, isParent,
    port: port === '*' ? undefined : port,
  };
}

/** A name in lower case and, where it has other letters than ASCII, in Punycode. */
function asBrowsersWrite(host: string): string | undefined {
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
