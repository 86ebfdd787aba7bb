/**
 * What schemas of every library have in common: the interface of https://standardschema.dev, version 1, as far as it is used here. Written out,
 * so that nothing has to be installed for it.
 */

/** What a schema says of a value: what it is read as, or what is wrong with it. */
export type SchemaResult<O> =
  | { readonly value: O; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong with a value. */
export interface SchemaIssue {
  readonly message: string;
  /** Where in the value. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A schema of any library that keeps to Standard Schema: zod, valibot, arktype and others. */
export interface Schema<I = unknown, O = I> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<O> | Promise<SchemaResult<O>>;
    readonly types?: { readonly input: I; readonly output: O } | undefined;
    /** Standard JSON Schema, where the library has it. */
    readonly jsonSchema?: { readonly input: (options: { readonly target: 'draft-2020-12' }) => { readonly [key: string]: unknown } } | undefined;
  };
}

type TypesOf<S> = S extends { readonly '~standard': { readonly types?: infer T } } ? NonNullable<T> : never;

/** What a schema takes: what is sent. */
export type SchemaInput<S> = TypesOf<S> extends { readonly input: infer I } ? I : unknown;

/** What a schema reads it as: what is handed on. */
export type SchemaOutput<S> = TypesOf<S> extends { readonly output: infer O } ? O : unknown;
