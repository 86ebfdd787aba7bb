// Apart from url.ts, since browsers have no use for it.
import { show } from '../protocol/show.ts';
import { isHttpUrl, parseHttpUrl } from './long-poll-url.ts';
import { absoluteUrl, bare, parseUrl, type TransportUrl } from './url.ts';

const DEFAULT_PORT = { rs: 80, rss: 443, 'rs+unix': 0 } as const;

type RawScheme = keyof typeof DEFAULT_PORT;

/** Whether it begins with a scheme of RawSocket. Throws TypeError where it is no absolute URL. */
export function isRawUrl(url: string): boolean {
  return isRawScheme(schemeOf(absoluteUrl(url)));
}

/** Reads the URL of a router that is reached by WebSocket, RawSocket or HTTP requests: what Node can dial, and listen at. Throws as the three do. */
export function parseNodeUrl(url: string): TransportUrl {
  const scheme = schemeOf(absoluteUrl(url));
  if (isRawScheme(scheme)) return parseRawUrl(url);
  if (scheme === 'ws' || scheme === 'wss') return parseUrl(url);
  if (isHttpUrl(url)) return parseHttpUrl(url);
  throw new RangeError(`url must begin with ws://, wss://, rs://, rss://, rs+unix://, http:// or https://, got ${show(`${scheme}:`)}`);
}

/**
 * Reads the URL of a RawSocket: `rs://localhost:8081`, `rss://example.com`, `rs+unix:///run/wamp.sock`.
 *
 * Throws TypeError where it is no absolute URL, and RangeError where it has another scheme, or a part that a RawSocket's must not have: there
 * is no request that could carry more than where it goes.
 */
export function parseRawUrl(url: string): TransportUrl {
  const parsed = absoluteUrl(url);
  const scheme = schemeOf(parsed);
  if (!isRawScheme(scheme)) throw new RangeError(`url must begin with rs://, rss:// or rs+unix://, got ${show(parsed.protocol)}`);
  if (url.includes('#')) throw new RangeError('url must have no fragment, got one');
  if (parsed.search !== '') throw new RangeError('url must have no query, got one');
  if (scheme === 'rs+unix') assertFile(parsed);
  else assertHost(parsed, scheme);

  const { hostname, pathname, host, href, port } = parsed;
  return {
    scheme,
    secure: scheme === 'rss',
    hostname: bare(hostname),
    port: port === '' ? DEFAULT_PORT[scheme] : Number(port),
    path: scheme === 'rs+unix' ? decodeURIComponent(pathname) : pathname,
    href,
    label: `${scheme}://${host}${pathname}`,
  };
}

function schemeOf({ protocol }: URL): string {
  return protocol.slice(0, -1);
}

function isRawScheme(scheme: string): scheme is RawScheme {
  return Object.hasOwn(DEFAULT_PORT, scheme);
}

function assertFile({ hostname, pathname }: URL): void {
  if (hostname !== '' || pathname.length < 2) throw new RangeError('url must have a path and no host, such as rs+unix:///run/wamp.sock');
  if (!isDecodable(pathname)) throw new RangeError(`url must have a path of valid UTF-8, got ${show(pathname)}`);
}

function assertHost({ hostname, pathname }: URL, scheme: RawScheme): void {
  if (hostname === '') throw new TypeError(`url must be an absolute URL such as ${scheme}://localhost:8080, got no host`);
  if (pathname !== '' && pathname !== '/') throw new RangeError(`url must have no path, got ${show(pathname)}`);
}

function isDecodable(path: string): boolean {
  try {
    return !decodeURIComponent(path).includes('\0');
  } catch {
    return false;
  }
}
