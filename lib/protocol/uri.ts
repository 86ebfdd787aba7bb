import { InvalidUriError } from '../errors.ts';
import type { Uri } from '../types.ts';
import { show } from './show.ts';
import * as WampMetaUri from './wamp-meta-uris.ts';
import * as WampUri from './wamp-uris.ts';

// For the entries of the package. Whatever has its way to the constants through here is given all of them by some bundlers.
export { WampMetaUri, WampUri };

/** How a topic or a procedure is compared with the URI of a subscription or a registration. */
export type MatchPolicy = 'exact' | 'prefix' | 'wildcard';

/** Options of {@link isUri} and {@link assertUri}. */
export interface UriOptions {
  /** Only lower-case letters, digits and `_` in a component, as the specification recommends. @default false */
  readonly strict?: boolean | undefined;
  /**
   * What the URI is used for. A `'prefix'` may end in an empty component, and so may be empty; in a `'wildcard'` any component may
   * be empty. @default 'exact'
   */
  readonly match?: MatchPolicy | undefined;
}

// 2.1.1, "URIs". No component can be read in two ways, so none of these backtracks.
const LOOSE: { readonly [M in MatchPolicy]: RegExp } = {
  exact: /^[^\s.#]+(?:\.[^\s.#]+)*$/,
  prefix: /^(?:[^\s.#]+\.)*[^\s.#]*$/,
  wildcard: /^[^\s#]*$/,
};
/** Of what strict URIs are made, which else keep to the same rules. */
const STRICT = /^[0-9a-z_.]*$/;

/** Tells whether a value is a URI by the rules of 2.1.1. Reserved URIs (`wamp.`) are URIs. */
export function isUri(value: unknown, { strict = false, match }: UriOptions = {}): value is Uri {
  return isLooseUri(value, match) && (!strict || STRICT.test(value));
}

/** {@link isUri} without the choice, for those who take what routers do. */
export function isLooseUri(value: unknown, match: MatchPolicy = 'exact'): value is Uri {
  return typeof value === 'string' && LOOSE[match].test(value);
}

/**
 * Lets a URI pass. Throws {@link InvalidUriError} where the value is none.
 *
 * @param what names the value in the message: `topic`, `REGISTER.Procedure`
 */
export function assertUri(uri: unknown, what: string, options: UriOptions = {}): asserts uri is Uri {
  if (!isUri(uri, options)) throw invalid(uri, what, options.strict === true ? 'strict URI' : 'URI', options.match);
}

/** {@link assertUri} without the choice. */
export function assertLooseUri(uri: unknown, what: string, match?: MatchPolicy): asserts uri is Uri {
  if (!isLooseUri(uri, match)) throw invalid(uri, what, 'URI', match);
}

function invalid(uri: unknown, what: string, kind: string, match: MatchPolicy = 'exact'): InvalidUriError {
  return new InvalidUriError(`${what} must be a ${kind}${match === 'exact' ? '' : ` with ${match} matching`}, got ${show(uri)}`);
}

/**
 * Tells whether a subscription or registration of `pattern` covers `uri`.
 *
 * `'prefix'` compares characters, not components: `com.shop` covers `com.shopping`. In a `'wildcard'` an empty component stands for
 * exactly one component.
 */
export function matches(pattern: Uri, match: MatchPolicy, uri: Uri): boolean {
  switch (match) {
    case 'exact':
      return pattern === uri;
    case 'prefix':
      return uri.startsWith(pattern);
    case 'wildcard':
      return matchesWildcard(pattern, uri);
  }
}

// Walks both without splitting them: this runs for each candidate of each publication.
function matchesWildcard(pattern: Uri, uri: Uri): boolean {
  let p = 0;
  let u = 0;
  for (;;) {
    const patternEnd = endOfComponent(pattern, p);
    const uriEnd = endOfComponent(uri, u);
    const length = patternEnd - p;
    if (length > 0 && (uriEnd - u !== length || !uri.startsWith(pattern.slice(p, patternEnd), u))) return false;
    const patternEnds = patternEnd === pattern.length;
    if (patternEnds || uriEnd === uri.length) return patternEnds && uriEnd === uri.length;
    p = patternEnd + 1;
    u = uriEnd + 1;
  }
}

function endOfComponent(uri: Uri, from: number): number {
  const dot = uri.indexOf('.', from);
  return dot < 0 ? uri.length : dot;
}

/** One of the reasons and errors of {@link WampUri}. */
type WampUri = (typeof WampUri)[keyof typeof WampUri];

/** One of the topics and procedures of {@link WampMetaUri}. */
type WampMetaUri = (typeof WampMetaUri)[keyof typeof WampMetaUri];
