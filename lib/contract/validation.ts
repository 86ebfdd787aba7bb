/** Payloads held against schemas: what a contract brings along, and what nobody carries who has none. */
import type { TeardownLogic } from 'rxjs';
import { ApplicationError, TypeCheckError, type Operation, type TypeCheckIssue } from '../errors.ts';
import { isList } from '../protocol/fields.ts';
import { show } from '../protocol/show.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Dict, List, Payload, Uri } from '../types.ts';
import type { ProcedureDefinition, TopicDefinition } from './api-types.ts';
import type { Checks, ProcedureChecks, Receiver, SentPayload, TopicChecks } from './checks.ts';
import type { Schema, SchemaIssue } from './standard-schema.ts';
import type { UriTemplate } from './uri-template.ts';

/**
 * What is checked: what is sent and what arrives, what arrives alone, or nothing. What arrives is handed on as its schema reads it, with defaults and
 * conversions; what is sent goes as it was given.
 */
export type Validate = 'all' | 'inbound' | 'off';

/** One URI of a contract, read. */
export interface Entry<D> {
  readonly uri: Uri;
  readonly template: UriTemplate;
  readonly definition: D;
}

/** How many issues are told, and how long each may be: they depend on what a peer sends. */
const MAX_ISSUES = 20;
const MAX_PATH = 32;
const MAX_MESSAGE = 300;

const NO_ARGS: List = Object.freeze([]);
const NO_KWARGS: Dict = Object.freeze({});

/** The checks of a contract. */
export class ApiChecks implements Checks {
  readonly #topics: Lookup<TopicDefinition, TopicChecks>;
  readonly #procedures: Lookup<ProcedureDefinition, ProcedureChecks>;

  constructor(topics: readonly Entry<TopicDefinition>[], procedures: readonly Entry<ProcedureDefinition>[], validate: Exclude<Validate, 'off'>) {
    const checksSent = validate === 'all';
    this.#topics = new Lookup(topics, (definition, uri) => new CheckedTopic(definition, uri, checksSent));
    this.#procedures = new Lookup(procedures, (definition, uri) => new CheckedProcedure(definition, uri, checksSent));
  }

  topic(uri: Uri): TopicChecks | undefined { return this.#topics.find(uri); }

  procedure(uri: Uri): ProcedureChecks | undefined { return this.#procedures.find(uri); }
}

/** Finds what is said of a URI: by its name, or by a template that covers it. */
class Lookup<D, C> {
  readonly #byUri: ReadonlyMap<Uri, Entry<D>>;
  readonly #templates: readonly Entry<D>[];
  readonly #make: (definition: D, uri: Uri) => C;

  constructor(entries: readonly Entry<D>[], make: (definition: D, uri: Uri) => C) {
    this.#byUri = new Map(entries.map((entry) => [entry.uri, entry]));
    this.#templates = entries.filter(({ template }) => template.match === 'wildcard');
    this.#make = make;
  }

  find(uri: Uri): C | undefined {
    const entry = this.#byUri.get(uri) ?? this.#templates.find(({ template }) => template.read(uri) !== undefined);
    return entry === undefined ? undefined : this.#make(entry.definition, uri);
  }
}

class CheckedTopic implements TopicChecks {
  readonly #definition: TopicDefinition;
  readonly #uri: Uri;
  readonly #checksSent: boolean;

  constructor(definition: TopicDefinition, uri: Uri, checksSent: boolean) {
    this.#definition = definition;
    this.#uri = uri;
    this.#checksSent = checksSent;
  }

  publish(payload: SentPayload): void {
    if (this.#checksSent) readArguments(this.#definition, payload, blame('event', { verb: 'publish', uri: this.#uri }, 'none'));
  }

  events(sink: Receiver<never>, report: (error: unknown) => void): Receiver<never> {
    return new CheckedReceiver<CheckedEvent>(sink, (event) => this.#read(event), report) as Receiver<never>;
  }

  signals(sink: Receiver<never>, report: (error: unknown) => void): Receiver<never> {
    const read = (signal: Signal): Signal => (signal.kind === 'event' ? { kind: 'event', event: this.#read(signal.event) } : signal);
    return new CheckedReceiver<Signal>(sink, read, report) as Receiver<never>;
  }

  // Not a spread: `retained` and `recovered` need not be its own properties.
  #read(event: CheckedEvent): CheckedEvent {
    const { topic, publication, params, details, retained, recovered } = event;
    const { args, kwargs } = readArguments(this.#definition, event, blame('event', { verb: 'subscribe', uri: topic }, 'unknown'));
    return { topic, publication, params, details, retained, recovered, args, kwargs };
  }
}

/** What an event has. */
interface CheckedEvent extends Payload {
  readonly topic: Uri;
  readonly publication: number;
  readonly params: Dict;
  readonly details: Dict;
  readonly retained: boolean;
  readonly recovered: boolean;
}

type Signal = { readonly kind: 'event'; readonly event: CheckedEvent } | { readonly kind: 'other' };

/** What is said of a result, or of progress. */
interface AnswerSchemas {
  readonly first: Schema | undefined;
  readonly kwargs: Schema | undefined;
}

class CheckedProcedure implements ProcedureChecks {
  readonly #definition: ProcedureDefinition;
  readonly #uri: Uri;
  readonly #checksSent: boolean;

  constructor(definition: ProcedureDefinition, uri: Uri, checksSent: boolean) {
    this.#definition = definition;
    this.#uri = uri;
    this.#checksSent = checksSent;
  }

  call(payload: SentPayload): void {
    if (this.#checksSent) readArguments(this.#definition, payload, blame('call', { verb: 'call', uri: this.#uri }, 'none'));
  }

  sentInput(payload: SentPayload): void {
    if (this.#checksSent) readArguments({ args: this.#definition.input }, payload, blame('input', { verb: 'call', uri: this.#uri }, 'unknown'));
  }

  result<R extends Payload & { readonly progress: boolean }>(result: R): R {
    const { progress } = result;
    const schemas = this.#answerOf(progress);
    return schemas === undefined ? result : { ...result, ...readAnswer(schemas, result, blame(progress ? 'progress' : 'result', { verb: 'call', uri: this.#uri }, 'unknown')) };
  }

  results(sink: Receiver<never>): Receiver<never> {
    return new CheckedReceiver<Payload & { readonly progress: boolean }>(sink, (result) => this.result(result)) as Receiver<never>;
  }

  invocation(payload: Payload): Payload {
    return this.#read('call', this.#definition, payload);
  }

  input(payload: Payload): Payload {
    return this.#read('input', { args: this.#definition.input }, payload);
  }

  answer(progress: boolean, payload: SentPayload): void {
    const schemas = this.#checksSent ? this.#answerOf(progress) : undefined;
    if (schemas !== undefined) readAnswer(schemas, payload, blame(progress ? 'progress' : 'result', { verb: 'register', uri: this.#uri }, 'unknown'));
  }

  #read(what: 'call' | 'input', definition: TopicDefinition, payload: Payload): Payload {
    try {
      return readArguments(definition, payload, blame(what, { verb: 'register', uri: this.#uri }, 'none'));
    } catch (error) {
      if (!(error instanceof TypeCheckError)) throw error;
      throw new ApplicationError(WampUri.invalidArgument, { args: [error.message], kwargs: { issues: error.issues } }, { cause: error });
    }
  }

  #answerOf(progress: boolean): AnswerSchemas | undefined {
    const { result, resultKwargs, progress: reported, progressKwargs } = this.#definition;
    const [first, kwargs] = progress ? [reported, progressKwargs] : [result, resultKwargs];
    return first === undefined && kwargs === undefined ? undefined : { first, kwargs };
  }
}

/** Hands on what `read` makes of each value. What it throws goes to `report`, or ends the stream where there is none. */
class CheckedReceiver<T> implements Receiver<T> {
  readonly #to: Receiver<T>;
  readonly #read: (value: T) => T;
  readonly #report: ((error: unknown) => void) | undefined;

  constructor(to: Receiver<never>, read: (value: T) => T, report?: (error: unknown) => void) {
    this.#to = to as Receiver<unknown>;
    this.#read = read;
    this.#report = report;
  }

  get closed(): boolean { return this.#to.closed; }

  next(value: T): void {
    let read: T;
    try {
      read = (0, this.#read)(value);
    } catch (error) {
      return this.#report === undefined ? this.#to.error(error) : (0, this.#report)(error);
    }
    this.#to.next(read);
  }

  error(error: unknown): void {
    this.#to.error(error);
  }

  complete(): void {
    this.#to.complete();
  }

  add(teardown: TeardownLogic): void {
    this.#to.add(teardown);
  }
}

/** What an error says of a payload that is wrong. */
type Blame = (issues: readonly TypeCheckIssue[]) => TypeCheckError;

function blame(what: 'event' | 'call' | 'input' | 'result' | 'progress', operation: Operation, effect: 'none' | 'unknown'): Blame {
  return (issues) => {
    const { path, message } = issues[0] ?? { path: [], message: 'an issue' };
    const more = issues.length > 1 ? `, and ${issues.length - 1} more` : '';
    return new TypeCheckError(`${what} of ${operation.uri} must be as its contract says, got one with ${path.join('.')}: ${message}${more}`, { issues, operation, effect });
  };
}

function readArguments({ args: list, kwargs: dict }: TopicDefinition, { args = NO_ARGS, kwargs = NO_KWARGS }: SentPayload, wrong: Blame): Payload {
  const readArgs = list === undefined ? { value: args } : validate(list, args, 'args');
  const readKwargs = dict === undefined ? { value: kwargs } : validate(dict, kwargs, 'kwargs');
  const issues = [...readArgs.issues ?? [], ...readKwargs.issues ?? []];
  if (issues.length > 0) throw wrong(issues.slice(0, MAX_ISSUES));
  // What is wrong here is the contract, and not the payload. Keyword arguments may well become an object of a class.
  if (!isList(readArgs.value)) throw new TypeError(`schema of args must read them as a list, got ${show(readArgs.value)}`);
  return { args: readArgs.value, kwargs: readKwargs.value as Dict };
}

function readAnswer({ first, kwargs: dict }: AnswerSchemas, { args = NO_ARGS, kwargs = NO_KWARGS }: SentPayload, wrong: Blame): Payload {
  const readFirst = first === undefined ? undefined : validate(first, args[0], 'args', 0);
  const readKwargs = dict === undefined ? { value: kwargs } : validate(dict, kwargs, 'kwargs');
  const issues = [...readFirst?.issues ?? [], ...readKwargs.issues ?? []];
  if (issues.length > 0) throw wrong(issues.slice(0, MAX_ISSUES));
  return { args: readFirst === undefined ? args : [readFirst.value, ...args.slice(1)], kwargs: readKwargs.value as Dict };
}

/** Throws TypeError where the schema takes its time: nothing on the way of a message waits. */
function validate(schema: Schema, value: unknown, ...at: readonly (string | number)[]): { readonly value?: unknown; readonly issues?: readonly TypeCheckIssue[] } {
  const result = schema['~standard'].validate(value);
  if ('then' in result) {
    result.then(undefined, () => {});
    throw new TypeError('schema of a contract must answer at once, got one that gives a promise');
  }
  return result.issues === undefined ? { value: result.value } : { issues: result.issues.slice(0, MAX_ISSUES).map((issue) => readIssue(issue, at)) };
}

function readIssue({ message, path = [] }: SchemaIssue, at: readonly (string | number)[]): TypeCheckIssue {
  // A list of its own: that of arktype is of a class that slice() cannot make.
  const keys = [...path].slice(0, MAX_PATH).map((step) => (typeof step === 'object' ? step.key : step));
  return { message: message.slice(0, MAX_MESSAGE), path: [...at, ...keys.map((key) => (typeof key === 'number' ? key : String(key)))] };
}
