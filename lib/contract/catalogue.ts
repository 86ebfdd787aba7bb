/** An API as something to read: what a contract says, as JSON and as Markdown. */
import type { Dict, Uri } from '../types.ts';
import type { ProcedureDefinition, TopicDefinition } from './api-types.ts';
import type { Api } from './define-api.ts';
import type { Schema } from './standard-schema.ts';
import { parseTemplate } from './uri-template.ts';

/** A JSON Schema (draft 2020-12). One that says nothing allows anything. */
export type JsonSchema = Dict;

/** Options of {@link apiCatalogue}. */
export interface CatalogueOptions {
  /** @default 'API' */
  readonly title?: string | undefined;
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  /**
   * Makes a JSON Schema of a schema, for libraries that have it elsewhere: `toJsonSchema` of `@valibot/to-json-schema`. Asked before the schema itself
   * is (Standard JSON Schema, which zod and arktype have).
   */
  readonly jsonSchema?: ((schema: Schema) => JsonSchema | undefined) | undefined;
}

/** What a catalogue says of a topic. */
export interface CatalogueTopic {
  /** As it stands in the contract, with its holes. */
  readonly uri: Uri;
  /** What is subscribed to or registered, and how it is matched. */
  readonly pattern: Uri;
  readonly match: 'exact' | 'wildcard';
  /** The holes of the URI. */
  readonly params: readonly { readonly name: string; readonly type: string }[];
  readonly description?: string;
  readonly args?: JsonSchema;
  readonly kwargs?: JsonSchema;
}

/** What a catalogue says of a procedure. */
export interface CatalogueProcedure extends CatalogueTopic {
  readonly result?: JsonSchema;
  readonly resultKwargs?: JsonSchema;
  readonly progress?: JsonSchema;
  readonly progressKwargs?: JsonSchema;
  readonly input?: JsonSchema;
}

/** A contract that can be written as JSON. */
export interface ApiCatalogue {
  readonly title: string;
  readonly version?: string;
  readonly description?: string;
  readonly topics: readonly CatalogueTopic[];
  readonly procedures: readonly CatalogueProcedure[];
}

/**
 * What a contract says, as plain data: fit for `JSON.stringify`, and for {@link catalogueMarkdown}. Its schemas are those of what is sent. A schema
 * that its library cannot say in JSON Schema allows anything, and has a `$comment`.
 *
 * ```ts
 * writeFileSync('api.json', JSON.stringify(apiCatalogue(shopApi, { title: 'Shop', version: '1.2.0' }), undefined, 2));
 * writeFileSync('API.md', catalogueMarkdown(apiCatalogue(shopApi, { title: 'Shop' })));
 * ```
 */
export function apiCatalogue(api: Api, { title = 'API', version, description, jsonSchema }: CatalogueOptions = {}): ApiCatalogue {
  const { topics = {}, procedures = {} } = api.definition;
  const describe = (names: readonly (keyof ProcedureDefinition)[]) => ([uri, definition]: [Uri, TopicDefinition & ProcedureDefinition]): CatalogueProcedure => {
    const { pattern, match } = parseTemplate(uri);
    const schemas = names.flatMap((name) => {
      const schema = definition[name];
      return schema === undefined ? [] : [[name, typeof schema === 'string' ? schema : toJsonSchema(schema, jsonSchema)]];
    });
    return { uri, pattern, match, params: paramsOf(uri), ...Object.fromEntries(schemas) as object };
  };
  return {
    title,
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    topics: Object.entries(topics).map(describe(['description', 'args', 'kwargs'])),
    procedures: Object.entries(procedures).map(describe(['description', 'args', 'kwargs', 'result', 'resultKwargs', 'progress', 'progressKwargs', 'input'])),
  };
}

function paramsOf(uri: Uri): CatalogueTopic['params'] {
  return [...uri.matchAll(/<(\w+)(?::(\w+))?>/g)].map(([, name = '', type = 'string']) => ({ name, type }));
}

function toJsonSchema(schema: Schema, given: CatalogueOptions['jsonSchema']): JsonSchema {
  try {
    return given?.(schema) ?? schema['~standard'].jsonSchema?.input({ target: 'draft-2020-12' }) ?? {};
  } catch (error) {
    return { $comment: `cannot be said in JSON Schema: ${error instanceof Error ? error.message : 'its library failed'}` };
  }
}

/** A catalogue as a page of Markdown: an overview, and a section for each URI. */
export function catalogueMarkdown({ title, version, description, topics, procedures }: ApiCatalogue): string {
  const blocks = [
    `# ${text(title)}${version === undefined ? '' : ` ${text(version)}`}`,
    ...(description === undefined ? [] : [text(description)]),
    ...chapter('Procedures', procedures, 'registered'),
    ...chapter('Topics', topics, 'subscribed to'),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function chapter(name: string, entries: readonly CatalogueProcedure[], verb: string): readonly string[] {
  if (entries.length === 0) return [];
  const overview = entries.map(({ uri, description = '' }) => `| ${code(uri)} | ${text(description)} |`);
  return [`## ${name}`, ['| URI | |', '| --- | --- |', ...overview].join('\n'), ...entries.flatMap((entry) => section(entry, verb))];
}

function section(entry: CatalogueProcedure, verb: string): readonly string[] {
  const { uri, pattern, match, params, description, args, kwargs, result, resultKwargs, progress, progressKwargs, input } = entry;
  const rows = [
    ...params.map(({ name, type }) => [`in the URI: ${code(name)}`, code(type)]),
    ...positional('argument', args), ...named('', kwargs), ...positional('input', input),
    ...single('progress', progress), ...named('progress, ', progressKwargs), ...single('result', result), ...named('result, ', resultKwargs),
  ];
  return [
    `### ${code(uri)}`,
    ...(description === undefined ? [] : [text(description)]),
    ...(match === 'exact' ? [] : [`Is ${verb} as ${code(pattern)}, matched by wildcard.`]),
    rows.length === 0 ? 'May carry anything.' : ['| what | type |', '| --- | --- |', ...rows.map(([what = '', type = '']) => `| ${what} | ${type} |`)].join('\n'),
  ];
}

function positional(what: string, schema: JsonSchema | undefined): readonly (readonly string[])[] {
  if (schema === undefined) return [];
  const { prefixItems, items } = schema;
  const tuple = Array.isArray(prefixItems) ? prefixItems as readonly unknown[] : Array.isArray(items) ? items as readonly unknown[] : undefined;
  if (tuple?.length === 0) return [[`${what}s`, 'none']];
  return tuple === undefined ? [[`${what}s`, code(typeText(schema))]] : tuple.map((item, at) => [`${what} ${at}`, code(typeText(item))]);
}

function single(what: string, schema: JsonSchema | undefined): readonly (readonly string[])[] {
  return schema === undefined ? [] : [[what, code(typeText(schema))]];
}

/** `of` says what the keyword arguments are of, where they are not those of the payload itself. */
function named(of: string, schema: JsonSchema | undefined): readonly (readonly string[])[] {
  if (schema === undefined) return [];
  const properties = Object.entries(dictOf(schema['properties']));
  if (properties.length === 0) return [[`${of}keyword arguments`, code(typeText(schema))]];
  return properties.map(([name, type]) => [`${of}keyword ${code(name)}${isRequired(schema, name) ? '' : ', may be left out'}`, code(typeText(type))]);
}

const DEEPEST = 4;

/** A JSON Schema in a few words: `{ sku: number, note?: string }`. */
function typeText(value: unknown, depth = 0): string {
  const schema = dictOf(value);
  const { type, items, enum: choices, const: only, anyOf, oneOf = anyOf } = schema as { readonly [key: string]: unknown };
  if (depth > DEEPEST) return '…';
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(choices)) return choices.map((choice) => JSON.stringify(choice)).join(' or ');
  if (Array.isArray(oneOf)) return oneOf.map((one) => typeText(one, depth + 1)).join(' or ');
  if (Array.isArray(type)) return type.join(' or ');
  if (type === 'array') return Array.isArray(schema['prefixItems']) ? `[${schema['prefixItems'].map((item) => typeText(item, depth + 1)).join(', ')}]` : `list of ${typeText(items, depth + 1)}`;
  if (type !== 'object') return typeof type === 'string' ? type : 'anything';
  const properties = Object.entries(dictOf(schema['properties']));
  const members = properties.map(([name, member]) => `${name}${isRequired(schema, name) ? '' : '?'}: ${typeText(member, depth + 1)}`);
  return members.length === 0 ? 'object' : `{ ${members.join(', ')} }`;
}

function isRequired({ required }: JsonSchema, name: string): boolean {
  return Array.isArray(required) && required.includes(name);
}

function dictOf(value: unknown): Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Dict : {};
}

/** Text that is neither a cell's end nor markup. */
function text(value: string): string {
  return value.replace(/[\\`*_<>[\]|#]/g, '\\$&').replace(/\s+/g, ' ');
}

/** Code that may have backticks in it. */
function code(value: string): string {
  const fence = '`'.repeat(Math.max(0, ...(value.match(/`+/g) ?? []).map(({ length }) => length)) + 1);
  const padding = fence.length > 1 ? ' ' : '';
  return `${fence}${padding}${value.replaceAll('|', '\\|').replace(/\s+/g, ' ')}${padding}${fence}`;
}
