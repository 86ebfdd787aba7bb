/** The part of JSON Schema that the configuration file is described with: it checks the file, and editors can be given it as it is. */
export type JsonSchema = ObjectSchema | ArraySchema | StringSchema | NumberSchema | BooleanSchema | AlternativesSchema;

interface Described {
  readonly description?: string;
  /** It is a secret, or holds one: what stands there by mistake is not shown. */
  readonly writeOnly?: true;
}

/** Named properties, or properties of any name that are all alike, or anything at all (`additionalProperties: true`). */
export interface ObjectSchema extends Described {
  readonly type: 'object';
  readonly properties?: { readonly [key: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly additionalProperties: boolean | JsonSchema;
}

export interface ArraySchema extends Described {
  readonly type: 'array';
  readonly items: JsonSchema;
  readonly minItems?: 0 | 1;
}

export interface StringSchema extends Described {
  readonly type: 'string';
  readonly enum?: readonly string[];
  readonly minLength?: 1;
}

export interface NumberSchema extends Described {
  readonly type: 'number' | 'integer';
  readonly minimum: number;
  readonly maximum?: number;
}

export interface BooleanSchema extends Described {
  readonly type: 'boolean';
}

/** One of several, which differ in their type. */
export interface AlternativesSchema extends Described {
  readonly anyOf: readonly Exclude<JsonSchema, AlternativesSchema>[];
}
