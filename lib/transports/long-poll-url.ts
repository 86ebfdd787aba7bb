// Apart from url.ts, since few pages have use for it.
import { show } from '../protocol/show.ts';
import { absoluteUrl, bare, type TransportUrl } from './url.ts';

const DEFAULT_PORT = { http: 80, https: 443 } as const;

/** Whether it begins with a scheme of HTTP. Throws TypeError where it is no absolute URL. */
export function isHttpUrl(url: string): boolean {
  return isHttpScheme(absoluteUrl(url).protocol.slice(0, -1));
}

/**
 * Reads the URL of a router that is reached by long-poll: `https://example.com/lp`.
 *
 * Throws TypeError where it is no absolute URL, and RangeError where it has another scheme, or a part that requests must not have.
 */
export function parseHttpUrl(url: string): TransportUrl {
  const parsed = absoluteUrl(url);
  const scheme = parsed.protocol.slice(0, -1);
  if (!isHttpScheme(scheme)) throw new RangeError(`url must begin with http:// or https://, got ${show(parsed.protocol)}`);
  if (url.includes('#')) throw new RangeError('url must have no fragment, got one');
  if (parsed.username !== '' || parsed.password !== '') throw new RangeError('url must have no user and password, got some: fetch refuses them');
  const { hostname, pathname, host, href, port } = parsed;
  return {
    scheme, href,
    secure: scheme === 'https',
    hostname: bare(hostname),
    port: port === '' ? DEFAULT_PORT[scheme] : Number(port),
    path: pathname,
    label: `${scheme}://${host}${pathname}`,
  };
}

function isHttpScheme(scheme: string): scheme is keyof typeof DEFAULT_PORT {
  return Object.hasOwn(DEFAULT_PORT, scheme);
}
