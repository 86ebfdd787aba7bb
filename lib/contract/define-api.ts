import { show } from '../protocol/show.ts';
import { assertLooseUri } from '../protocol/uri.ts';
import type { ApiDefinition, ProcedureDefinition, TopicDefinition } from './api-types.ts';
import type { Checks } from './checks.ts';
import { parseTemplate } from './uri-template.ts';
import { ApiChecks, type Entry, type Validate } from './validation.ts';

/** A contract: what `createClient` and `join` take as their `api`. Made by {@link defineApi}. */
export interface Api<D extends ApiDefinition = ApiDefinition> {
  /** What it was made of. */
  readonly definition: D;
  /** What a session asks of it; nothing where nothing is checked. @internal */
  checks(validate?: Validate): Checks | undefined;
}

/**
 * Describes an API once, for the compiler and for the wire: its topics and procedures by URI, each with schemas of any library that keeps to Standard
 * Schema (zod, valibot, arktype and others). Given as `api`, it types the verbs by URI, and holds payloads to the schemas at each edge:
 *
 * - what is published or called with is checked before it is sent: `publish` and `call` throw TypeCheckError
 * - a call that arrives with other arguments is answered with `wamp.error.invalid_argument` and its `issues`; the procedure does not hear of it
 * - what a procedure answers is checked before it is sent: its caller gets `wamp.error.runtime_error`, and `errors$` the TypeCheckError
 * - a result that arrives is the error of its call: TypeCheckError
 * - an event that arrives is left out, and `errors$` has the TypeCheckError
 *
 * What arrives is handed on as its schema reads it, with defaults and conversions; what is sent goes as it was given. The option `validate` says what
 * of this is done. URIs that are not in it are as ever.
 *
 * A URI may be a template, such as `com.shop.product.<product:int>.price`: it is subscribed to and registered as it is, and holds for each
 * URI that it covers, such as `com.shop.product.7.price`, in `publish` and `call`. Where several cover a URI the first one holds.
 *
 * Of a result, `result` is its first positional value, which is what procedures return and callers take, and `resultKwargs` are its keyword arguments, which a
 * procedure answers with by `result(args, kwargs)`. `progress` and `progressKwargs` are the same of what it reports meanwhile.
 *
 * A schema that is asynchronous is refused with a TypeError when it is first used. Throws TypeError or InvalidUriError where a definition
 * cannot be right.
 *
 * ```ts
 * const shopApi = defineApi({
 *   topics: { 'com.shop.price': { args: z.tuple([z.number()]) } },
 *   procedures: { 'com.shop.order': { args: z.tuple([Order]), result: Receipt, progress: z.string() } },
 * });
 * const client = createClient({ url, realm, api: shopApi });
 * ```
 */
export function defineApi<const D extends ApiDefinition>(definition: D): Api<D> {
  checkKeys(definition, ['topics', 'procedures'], 'api');
  const topics = entriesOf<TopicDefinition>(definition.topics, 'topics', ['args', 'kwargs']);
  const procedures = entriesOf<ProcedureDefinition>(definition.procedures, 'procedures', ['args', 'kwargs', 'result', 'resultKwargs', 'progress', 'progressKwargs', 'input']);
  return {
    definition,
    checks: (validate = 'all') => {
      if (!(['all', 'inbound', 'off'] satisfies Validate[]).includes(validate)) throw new RangeError(`validate must be 'all', 'inbound' or 'off', got ${show(validate)}`);
      return validate === 'off' ? undefined : new ApiChecks(topics, procedures, validate);
    },
  };
}

function entriesOf<D extends object>(definitions: { readonly [uri: string]: D } | undefined, what: string, schemas: readonly (string & keyof D)[]): readonly Entry<D>[] {
  if (definitions === undefined) return [];
  if (typeof definitions !== 'object' || definitions === null) throw new TypeError(`${what} must be an object, got ${show(definitions)}`);
  return Object.entries(definitions).map(([uri, definition]) => {
    checkKeys(definition, [...schemas, 'description'], uri);
    for (const name of schemas) checkSchema(definition[name], `${name} of ${uri}`);
    const template = parseTemplate(uri);
    assertLooseUri(template.pattern, `URI in ${what}`, template.match);
    return { uri, template, definition };
  });
}

function checkKeys(value: unknown, keys: readonly string[], what: string): void {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${what} must be an object, got ${show(value)}`);
  const other = Object.keys(value).find((key) => !keys.includes(key));
  if (other !== undefined) throw new TypeError(`${what} must have no more than ${keys.join(', ')}, got ${show(other)}`);
}

function checkSchema(value: unknown, what: string): void {
  if (value === undefined) return;
  const { version, validate } = (Object(Object(value)['~standard']) as { readonly version?: unknown; readonly validate?: unknown });
  if (version !== 1 || typeof validate !== 'function') throw new TypeError(`${what} must be a schema that keeps to Standard Schema, version 1, got ${show(value)}`);
}
