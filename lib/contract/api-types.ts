/** What the verbs know of a URI by its contract. Types alone: nothing of this runs. */
import type { Dict, List } from '../types.ts';
import type { Schema, SchemaInput, SchemaOutput } from './standard-schema.ts';

/** What the events of a topic are. What has no schema may be anything. */
export interface TopicDefinition {
  /** The positional arguments, as a list: a tuple, mostly. */
  readonly args?: Schema | undefined;
  /** The keyword arguments, as an object. */
  readonly kwargs?: Schema | undefined;
  /** One or two sentences for the catalogue. */
  readonly description?: string | undefined;
}

/** What a procedure takes and answers. What has no schema may be anything. */
export interface ProcedureDefinition extends TopicDefinition {
  /** The result: the first positional one. */
  readonly result?: Schema | undefined;
  /** The keyword arguments of the result, as an object. */
  readonly resultKwargs?: Schema | undefined;
  /** The value of each progressive result. */
  readonly progress?: Schema | undefined;
  /** The keyword arguments of each progressive result, as an object. */
  readonly progressKwargs?: Schema | undefined;
  /** The positional arguments of each payload of a call that goes both ways, behind the first one: see `call(uri, input$)`. */
  readonly input?: Schema | undefined;
}

/** An API, by URI. A URI may be a template, such as `com.shop.product.<product:int>.price`. */
export interface ApiDefinition {
  readonly topics?: { readonly [uri: string]: TopicDefinition } | undefined;
  readonly procedures?: { readonly [uri: string]: ProcedureDefinition } | undefined;
}

/** The API of which nothing is known. */
export type NoApi = {};

/** Any URI at all, beside those that an editor completes. */
export type AnyUri = string & {};

type Kind = 'topics' | 'procedures';
type IsAny<T> = 0 extends 1 & T ? true : false;
type Defined<T, K extends Kind> = IsAny<T> extends true ? {} : T extends { readonly [P in K]: infer D } ? D : {};

/** `com.<a:int>.x` as the type of the URIs that it covers: `com.${number}.x`. */
export type Covered<U extends string> = U extends `${infer Head}<${infer Hole}>${infer Tail}`
  ? `${Head}${Hole extends `${string}:int` ? number : Hole extends `${string}:bool` ? boolean : string}${Covered<Tail>}`
  : U;

/** The URIs of a contract, to be subscribed to or registered. */
export type KnownUri<T, K extends Kind> = K extends Kind ? keyof Defined<T, K> & string : never;

/** The same where a request is made of one of them: no template, but what it covers. */
export type NamedUri<T, K extends Kind> = Covered<KnownUri<T, K>>;

/** `U`, unless the contract knows it as something else alone: a topic is not called. */
export type Of<T, K extends Kind, U extends string> =
  U extends KnownUri<T, K> ? U : U extends KnownUri<T, Exclude<Kind, K>> ? never : U;

/** `U`, unless it is a template of the contract, or something else: what is published to has no holes. */
export type NamedOf<T, K extends Kind, U extends string> =
  U extends `${string}<${string}>${string}` ? U extends KnownUri<T, Kind> ? never : U : Of<T, K, U>;

type TemplateOf<D, U> = { [P in keyof D & string]: P extends `${string}<${string}>${string}` ? (U extends Covered<P> ? P : never) : never }[keyof D & string];
type DefinitionOf<D, U> = string extends U ? {}
  : U extends keyof D ? D[U]
    : [TemplateOf<D, U>] extends [never] ? {} : D[TemplateOf<D, U>];
type SchemaOf<T, K extends Kind, U, F extends string> = DefinitionOf<Defined<T, K>, U> extends { readonly [P in F]: infer S } ? S : undefined;

type ListOf<X> = X extends List ? Readonly<X> : List;

/** What is sent: as its schema takes it, and where it has none as `Given`. */
type In<T, K extends Kind, U, F extends string, Given> = SchemaOf<T, K, U, F> extends infer S ? S extends undefined ? Given : SchemaInput<S> : never;
/** What is handed on: as its schema reads it, and where it has none as `Given`. */
type Out<T, K extends Kind, U, F extends string, Given> = SchemaOf<T, K, U, F> extends infer S ? S extends undefined ? Given : SchemaOutput<S> : never;
/** The same for lists. */
type ListIn<T, K extends Kind, U, F extends string, Given> = SchemaOf<T, K, U, F> extends infer S ? S extends undefined ? Given : ListOf<SchemaInput<S>> : never;
type ListOut<T, K extends Kind, U, F extends string, Given> = SchemaOf<T, K, U, F> extends infer S ? S extends undefined ? Given : ListOf<SchemaOutput<S>> : never;

/** The positional arguments that are sent. */
export type ArgsIn<T, K extends Kind, U, Given extends List = List> = ListIn<T, K, U, 'args', Given>;
/** The positional arguments that are handed on. */
export type ArgsOut<T, K extends Kind, U, Given extends List = List> = ListOut<T, K, U, 'args', Given>;
/** The keyword arguments that are sent. */
export type KwargsIn<T, K extends Kind, U, Given = Dict> = In<T, K, U, 'kwargs', Given>;
/** The keyword arguments that are handed on. */
export type KwargsOut<T, K extends Kind, U, Given = Dict> = Out<T, K, U, 'kwargs', Given>;
/** The positional arguments of an input that are sent. */
export type InputIn<T, U> = ListIn<T, 'procedures', U, 'input', List>;
/** The positional arguments of an input that are handed on. */
export type InputOut<T, U> = ListOut<T, 'procedures', U, 'input', List>;
/** What a procedure answers with. */
export type ResultIn<T, U> = In<T, 'procedures', U, 'result', unknown>;
/** What a caller gets. */
export type ResultOut<T, U, Given = unknown> = Out<T, 'procedures', U, 'result', Given>;
/** The keyword arguments it answers with. */
export type ResultKwargsIn<T, U> = In<T, 'procedures', U, 'resultKwargs', Dict>;
/** The keyword arguments that a caller gets. */
export type ResultKwargsOut<T, U> = Out<T, 'procedures', U, 'resultKwargs', Dict>;
/** What a procedure reports meanwhile. */
export type ProgressIn<T, U> = In<T, 'procedures', U, 'progress', unknown>;
/** What a caller sees of it. */
export type ProgressOut<T, U, Given = unknown> = Out<T, 'procedures', U, 'progress', Given>;
/** The keyword arguments of what it reports. */
export type ProgressKwargsIn<T, U> = In<T, 'procedures', U, 'progressKwargs', Dict>;
/** The keyword arguments of what a caller sees of it. */
export type ProgressKwargsOut<T, U> = Out<T, 'procedures', U, 'progressKwargs', Dict>;
