/**
 * URIs with holes, such as `com.shop.product.<product:int>.price`: a wildcard pattern on the wire, and names and types for the
 * components that it leaves open. The types at the top and the converters at the bottom say the same, once for each world.
 */
import { InvalidUriError } from '../errors.ts';
import { show } from '../protocol/fields.ts';
import { assertLooseUri, matches, type MatchPolicy } from '../protocol/uri.ts';
import type { Uri } from '../types.ts';

/** What a hole may be read as. */
export interface HoleTypes {
  /** The component as it stands; what a hole without a type is. */
  readonly string: string;
  /** A decimal integer, which must be a safe one. */
  readonly int: number;
  /** `true` or `false`. */
  readonly bool: boolean;
  /** Any component, of which nothing is kept. */
  readonly none: null;
}

/** Name and type of one hole: `HoleOf<'product:int'>` is `{ readonly product: number }`. */
export type HoleOf<H extends string> = H extends `${infer Name}:${infer Type}`
  ? { readonly [N in Name]: Type extends keyof HoleTypes ? HoleTypes[Type] : `unknown type <${H}>, use string, int, bool or none` }
  : H extends '' ? unknown : { readonly [N in H]: string };

/** The holes of a URI, one after the other. */
export type Holes<U extends string> = U extends `${string}<${infer H}>${infer Rest}` ? HoleOf<H> & Holes<Rest> : unknown;

/** What stands in the holes of a URI that is not known before it runs. */
export type AnyParams = { readonly [name: string]: HoleTypes[keyof HoleTypes] };

/**
 * What stands in the holes of a URI: `Params<'com.<a>.<b:int>'>` is `{ readonly a: string; readonly b: number }`. A URI without holes
 * has none, and one of the type `string` may have any.
 */
export type Params<U extends string> = string extends U ? AnyParams
  : U extends `${string}<${string}>${string}` ? Flat<Holes<U>>
    : { readonly [name: string]: never };

type Flat<T> = { readonly [P in keyof T]: T[P] };

/** A URI with its holes understood; see {@link parseTemplate}. */
export interface UriTemplate<P = AnyParams> {
  /** What is subscribed to or registered. */
  readonly pattern: Uri;
  /** `'wildcard'` where the URI has holes. */
  readonly match: Extract<MatchPolicy, 'exact' | 'wildcard'>;
  /**
   * What stands in the holes of a topic or procedure; nothing where there are none. `undefined` where it does not fit:
   * `com.shop.product.abc.price` is covered by the pattern and has no integer. Routers send it all the same, so leave it out, and say
   * so somewhere.
   */
  read(uri: Uri): P | undefined;
}

interface Hole {
  /** Which component of the URI it is. */
  readonly at: number;
  readonly name: string;
  readonly convert: Converter;
}

/** Gives `undefined` where the text is of another type. */
type Converter = (text: string) => HoleTypes[keyof HoleTypes] | undefined;

const NO_PARAMS: AnyParams = Object.freeze({});

/**
 * Parses a URI with holes. Each hole is a whole component, `<name>` or `<name:type>`, and the types are those of {@link HoleTypes}.
 * A URI without holes stays what it is, and what it means is left to its match policy.
 *
 * Throws {@link InvalidUriError} where a hole is not closed, is only part of a component, or has a name or type that is wrong or comes
 * twice.
 *
 * ```ts
 * const price = parseTemplate('com.shop.product.<product:int>.price');
 * price.pattern; // => 'com.shop.product..price'
 * price.read('com.shop.product.42.price'); // => { product: 42 }
 * price.read('com.shop.product.abc.price'); // => undefined
 * ```
 */
export function parseTemplate<const U extends string>(uri: U): UriTemplate<Params<U>>;
export function parseTemplate(template: string): UriTemplate {
  if (!template.includes('<')) return { pattern: template, match: 'exact', read: () => NO_PARAMS };

  const components = template.split('.');
  const holes = components.flatMap((component, at) => (/[<>]/.test(component) ? [parseHole(component, at, template)] : []));
  const names = holes.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(template, `have each name once, got <${twice}> twice`);

  for (const { at } of holes) components[at] = '';
  const pattern = components.join('.');
  assertLooseUri(pattern, `pattern of ${show(template)}`, 'wildcard');
  return { pattern, match: 'wildcard', read: (uri) => (matches(pattern, 'wildcard', uri) ? fill(holes, uri.split('.')) : undefined) };
}

function parseHole(component: string, at: number, template: string): Hole {
  // A name starts with a letter, so that none is __proto__.
  const [, name, type = 'string'] = /^<([a-z]\w*)(?::([^<>]*))?>$/i.exec(component) ?? [];
  if (name === undefined) {
    throw invalid(template, `have holes like <name> or <name:type> that are whole components, got ${show(component)}`);
  }
  const convert = CONVERTERS.get(type);
  if (convert === undefined) throw invalid(template, `have holes of type ${[...CONVERTERS.keys()].join(', ')}, got ${show(component)}`);
  return { at, name, convert };
}

function fill(holes: readonly Hole[], components: readonly string[]): AnyParams | undefined {
  const params: { [name: string]: HoleTypes[keyof HoleTypes] } = {};
  for (const { at, name, convert } of holes) {
    const text = components[at];
    const value = text ? convert(text) : undefined;
    if (value === undefined) return undefined;
    params[name] = value;
  }
  return params;
}

const CONVERTERS: ReadonlyMap<string, Converter> = new Map<keyof HoleTypes, Converter>([
  ['string', (text) => text],
  ['int', readInt],
  ['bool', (text) => (text === 'true' ? true : text === 'false' ? false : undefined)],
  ['none', () => null],
]);

function readInt(text: string): number | undefined {
  const value = Number(text);
  return /^-?\d+$/.test(text) && Number.isSafeInteger(value) ? value + 0 : undefined; // + 0: there is no -0
}

function invalid(template: string, expectation: string): InvalidUriError {
  return new InvalidUriError(`template ${show(template)} must ${expectation}`);
}
