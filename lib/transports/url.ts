import { show } from '../protocol/show.ts';

/** Schemes of the URLs of routers: WebSocket and RawSocket, each plain and with TLS, and RawSocket over a Unix socket. */
export type Scheme = 'ws' | 'wss' | 'rs' | 'rss' | 'rs+unix';

/** The parts of the URL of a router. */
export interface TransportUrl {
  readonly scheme: Scheme;
  /** Whether the scheme asks for TLS. */
  readonly secure: boolean;
  /** Name or address; that of IPv6 without its brackets. Empty for a Unix socket. */
  readonly hostname: string;
  /** The scheme's own where the URL names none. */
  readonly port: number;
  /** That of the WebSocket, or the file of the Unix socket. */
  readonly path: string;
  /** The whole, normalised. */
  readonly href: string;
  /** The whole for people to read: without user, password and query, which may be secrets. */
  readonly label: string;
}

/** What every runtime can open. */
export const WEB_SOCKET_SCHEMES: readonly Scheme[] = ['ws', 'wss'];

/** What Node can open besides. */
export const RAW_SOCKET_SCHEMES: readonly Scheme[] = ['rs', 'rss', 'rs+unix'];

const DEFAULT_PORT: { readonly [S in Scheme]: number } = { ws: 80, wss: 443, rs: 80, rss: 443, 'rs+unix': 0 };

/** Schemes that WAMP knows, and not everybody here opens. */
const OTHER_SCHEMES: ReadonlySet<string> = new Set(['rs', 'rss', 'rs+unix', 'ws+unix', 'tcp', 'unix']);

/**
 * Reads the URL of a router: `ws://localhost:8080/ws`, `wss://example.com`, `rs://localhost:8081`, `rs+unix:///run/wamp.sock`.
 *
 * Throws TypeError where it is no absolute URL, and RangeError where it has a scheme that is not among `schemes`, or a part that one of its
 * scheme must not have.
 */
export function parseUrl(url: string, schemes: readonly Scheme[] = WEB_SOCKET_SCHEMES): TransportUrl {
  const parsed = parse(url);
  const scheme = schemes.find((each) => `${each}:` === parsed.protocol);
  if (scheme === undefined) {
    const known = OTHER_SCHEMES.has(parsed.protocol.slice(0, -1)) ? ', which is not supported' : '';
    throw new RangeError(`url must begin with ${listOf(schemes)}, got ${show(parsed.protocol)}${known}`);
  }
  // RFC 6455, 3: a fragment has no meaning in the URL of a WebSocket and must not be there.
  if (url.includes('#')) throw new RangeError('url must have no fragment, got one');
  if (!WEB_SOCKET_SCHEMES.includes(scheme)) assertRaw(parsed, scheme);

  const { hostname, pathname } = parsed;
  return {
    scheme,
    secure: scheme === 'wss' || scheme === 'rss',
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port: parsed.port === '' ? DEFAULT_PORT[scheme] : Number(parsed.port),
    path: scheme === 'rs+unix' ? decodeURIComponent(pathname) : pathname,
    href: parsed.href,
    label: `${scheme}://${parsed.host}${pathname}`,
  };
}

// A RawSocket has no request that could carry more than where it goes.
function assertRaw({ hostname, pathname, search }: URL, scheme: Scheme): void {
  const [isFile, path] = [scheme === 'rs+unix', pathname.replace(/^\//, '')];
  if (isFile && (hostname !== '' || path === '')) throw new RangeError('url must have a path and no host, such as rs+unix:///run/wamp.sock');
  if (isFile && !isDecodable(pathname)) throw new RangeError(`url must have a path of valid UTF-8, got ${show(pathname)}`);
  if (!isFile && hostname === '') throw new TypeError(`url must be an absolute URL such as ${scheme}://localhost:8080, got no host`);
  if (!isFile && path !== '') throw new RangeError(`url must have no path, got ${show(pathname)}`);
  if (search !== '') throw new RangeError('url must have no query, got one');
}

function isDecodable(path: string): boolean {
  try {
    return !decodeURIComponent(path).includes('\0');
  } catch {
    return false;
  }
}

function listOf(schemes: readonly Scheme[]): string {
  const names = schemes.map((scheme) => `${scheme}://`);
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((name) => name !== '').join(' or ');
}

function parse(url: string): URL {
  try {
    if (typeof url === 'string') return new URL(url);
  } catch {
    // The message of URL itself differs between runtimes.
  }
  throw new TypeError(`url must be an absolute URL such as ws://localhost:8080/ws, got ${show(url)}`);
}
