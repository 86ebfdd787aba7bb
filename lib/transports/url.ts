import { show } from '../protocol/show.ts';

/** The parts of the URL of a router. */
export interface TransportUrl {
  readonly scheme: 'ws' | 'wss' | 'rs' | 'rss' | 'rs+unix' | 'http' | 'https';
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

const DEFAULT_PORT = { ws: 80, wss: 443 } as const;

/** Schemes that WAMP knows and a WebSocket does not. */
const OTHER_SCHEMES: ReadonlySet<string> = new Set(['rs', 'rss', 'rs+unix', 'ws+unix', 'tcp', 'unix']);

/**
 * Reads the URL of a router: `ws://localhost:8080/ws`, `wss://example.com`.
 *
 * Throws TypeError where it is no absolute URL, and RangeError where it has another scheme or a part that a WebSocket's must not have.
 */
export function parseUrl(url: string): TransportUrl {
  const parsed = webSocketUrl(url);
  const { hostname, port, pathname, protocol, href } = parsed;
  const scheme = protocol === 'wss:' ? 'wss' : 'ws';
  return {
    scheme,
    secure: scheme === 'wss',
    hostname: bare(hostname),
    port: port === '' ? DEFAULT_PORT[scheme] : Number(port),
    path: pathname,
    href,
    label: labelOf(parsed),
  };
}

/** The URL for those who hand it to a WebSocket as it is. Throws as {@link parseUrl} does. */
export function webSocketUrl(url: string): URL {
  const parsed = absoluteUrl(url);
  const scheme = parsed.protocol.slice(0, -1);
  if (scheme !== 'ws' && scheme !== 'wss') {
    const known = OTHER_SCHEMES.has(scheme) ? ', which is not supported' : '';
    throw new RangeError(`url must begin with ws:// or wss://, got ${show(`${scheme}:`)}${known}`);
  }
  // RFC 6455, 3: a fragment has no meaning in the URL of a WebSocket and must not be there.
  if (url.includes('#')) throw new RangeError('url must have no fragment, got one');
  return parsed;
}

/** {@link TransportUrl.label} of a WebSocket's. */
export function labelOf({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

/** A name or address as it stands in a URL: with the brackets of IPv6. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${bare(host)}]` : host;
}

/** A name or address without the brackets of IPv6. */
export function bare(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/** Throws TypeError where it is none. */
export function absoluteUrl(url: string): URL {
  try {
    if (typeof url === 'string') return new URL(url);
  } catch {
    // The message of URL itself differs between runtimes.
  }
  throw new TypeError(`url must be an absolute URL such as ws://localhost:8080/ws, got ${show(url)}`);
}
