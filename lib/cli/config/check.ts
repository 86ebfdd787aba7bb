import type { ArrayNode, NumberNode, ObjectNode, StringNode, ValueNode } from '@humanwhocodes/momoa';
import { show } from '../../protocol/show.ts';
import type { ArraySchema, JsonSchema, NumberSchema, ObjectSchema, StringSchema } from './json-schema.ts';

/** Where something stands: line and column, from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What is wrong at a place, in one sentence. */
export interface Problem extends Place {
  readonly message: string;
}

/** Looks a whole file through: all that is wrong in it, from its beginning to its end. */
export function check(root: ValueNode, schema: JsonSchema): readonly Problem[] {
  const problems: Problem[] = [];
  checkValue(root, schema, '', problems);
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** The name of a member: `realms.realm1`, `realms["com.example"]`. */
export function memberOf(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${show(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

const KINDS = {
  object: 'an object', array: 'a list', string: 'a string', number: 'a number', integer: 'a whole number', boolean: 'true or false',
} as const;

function checkValue(node: ValueNode, schema: JsonSchema, path: string, problems: Problem[]): void {
  if ('anyOf' in schema) {
    const fitting = schema.anyOf.find(({ type }) => isOf(node, type));
    if (fitting !== undefined) checkValue(node, fitting, path, problems);
    else complain(node, mustBe(path, schema, schema.anyOf.map(({ type }) => KINDS[type]).join(' or '), node), problems);
  } else if (!isOf(node, schema.type)) {
    complain(node, mustBe(path, schema, KINDS[schema.type], node), problems);
  } else if (schema.type === 'object' && node.type === 'Object') {
    checkObject(node, schema, path, problems);
  } else if (schema.type === 'array' && node.type === 'Array') {
    checkList(node, schema, path, problems);
  } else if (schema.type === 'string' && node.type === 'String') {
    checkText(node, schema, path, problems);
  } else if ((schema.type === 'number' || schema.type === 'integer') && node.type === 'Number') {
    checkNumber(node, schema, path, problems);
  }
}

function checkObject(node: ObjectNode, { properties = {}, required = [], additionalProperties: others }: ObjectSchema, path: string, problems: Problem[]): void {
  const seen = new Set<string>();
  for (const { name, value } of node.members) {
    // Identifiers are of JSON5, and are not read here.
    const key = name.type === 'String' ? name.value : name.name;
    const place = memberOf(path, key);
    const schema = Object.hasOwn(properties, key) ? properties[key] : others;
    if (seen.has(key)) complain(name, `${place} must be there once, got another one`, problems);
    else if (schema === false) complain(name, `${named(path)} must have no keys but ${Object.keys(properties).join(', ')}, got ${show(key)}`, problems);
    else if (typeof schema === 'object') checkValue(value, schema, place, problems);
    seen.add(key);
  }
  for (const key of required) if (!seen.has(key)) complain(node, `${memberOf(path, key)} must be there`, problems);
}

function checkList(node: ArrayNode, { items, minItems = 0 }: ArraySchema, path: string, problems: Problem[]): void {
  if (node.elements.length < minItems) complain(node, `${path} must be a list of at least one, got none`, problems);
  node.elements.forEach(({ value }, at) => checkValue(value, items, `${path}[${at}]`, problems));
}

function checkText(node: StringNode, schema: StringSchema, path: string, problems: Problem[]): void {
  const { enum: words, minLength = 0 } = schema;
  if (words !== undefined && !words.includes(node.value)) complain(node, mustBe(path, schema, `one of ${words.map(show).join(', ')}`, node), problems);
  if (node.value.length < minLength) complain(node, mustBe(path, schema, 'a string that is not empty', node), problems);
}

function checkNumber(node: NumberNode, schema: NumberSchema, path: string, problems: Problem[]): void {
  const { minimum, maximum = Infinity } = schema;
  if (node.value >= minimum && node.value <= maximum) return;
  const bounds = maximum === Infinity ? `from ${minimum}` : `from ${minimum} to ${maximum}`;
  complain(node, mustBe(path, schema, `${KINDS[schema.type]} ${bounds}`, node), problems);
}

function isOf(node: ValueNode, type: keyof typeof KINDS): boolean {
  switch (type) {
    case 'object': return node.type === 'Object';
    case 'array': return node.type === 'Array';
    case 'string': return node.type === 'String';
    case 'boolean': return node.type === 'Boolean';
    case 'number': return node.type === 'Number';
    case 'integer': return node.type === 'Number' && Number.isSafeInteger(node.value);
  }
}

function mustBe(path: string, schema: JsonSchema, expected: string, node: ValueNode): string {
  return `${named(path)} must be ${expected}${schema.writeOnly === true ? '' : `, got ${shown(node)}`}`;
}

function named(path: string): string {
  return path === '' ? 'the file' : path;
}

function shown(node: ValueNode): string {
  switch (node.type) {
    case 'Object': return 'an object';
    case 'Array': return 'a list';
    case 'Null': return 'null';
    case 'String': case 'Number': case 'Boolean': return show(node.value);
    default: return 'no JSON';
  }
}

function complain({ loc: { start: { line, column } } }: { readonly loc: { readonly start: Place } }, message: string, problems: Problem[]): void {
  problems.push({ line, column, message });
}
