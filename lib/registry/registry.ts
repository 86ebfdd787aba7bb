import { EMPTY, Observable, catchError, defer, finalize, from, ignoreElements, isObservable, merge } from 'rxjs';
import { RegistryError } from '../errors.ts';
import { checkOverflow } from '../operators/bounded-queue.ts';
import { processEach } from '../operators/process-each.ts';
import { show } from '../protocol/show.ts';
import { readRegister } from '../session/callee.ts';
import { ErrorMapping, type ErrorClass, type MappedError } from '../session/error-mapping.ts';
import type { AnyProcedure, Procedure, RegisterOptions, Registration, TopicEvent, TopicOptions } from '../session/options.ts';
import { readTopic } from '../session/topic-request.ts';
import type { Service, Verbs } from '../session/verbs.ts';
import type { Dict, List, Uri } from '../types.ts';
import { allOf } from './all-of.ts';
import { marksOf, type Mark } from './marks.ts';
import { handlerOf, procedureOf, type EventHandler, type SubscriberOptions } from './methods.ts';
import { callerOf } from './site.ts';

/** Options of a {@link Registry}. */
export interface RegistryOptions {
  /** What stands before the URI of each procedure and topic, and a dot between them. @default nothing */
  readonly prefix?: Uri | undefined;
  /** Options of every procedure that does not say otherwise. */
  readonly procedures?: RegisterOptions | undefined;
  /** Options of every subscriber that does not say otherwise. */
  readonly topics?: SubscriberOptions | undefined;
}

interface ProcedureEntry {
  readonly uri: Uri;
  readonly procedure: AnyProcedure;
  readonly options: RegisterOptions;
  /** By whom, for whoever adds the same. */
  readonly place: string;
}

interface SubscriberEntry {
  readonly uri: Uri;
  readonly handler: EventHandler;
  readonly options: SubscriberOptions;
  readonly place: string;
}

interface ErrorEntry {
  readonly mapping: ErrorClass | MappedError;
  readonly place: string;
}

/**
 * What an application offers, put together from functions, decorated objects and other registries, and served by `client.serve(registry)`: its procedures are
 * registered and its topics subscribed to in each session, and its errors mapped both ways, for as long as that is subscribed to.
 *
 * What cannot be right is an error when it is added: RegistryError where a procedure or an error is there already, which names both places;
 * InvalidUriError, TypeError or RangeError for a URI, a handler or an option. A topic may have several subscribers.
 *
 * Events are handled one after the other, or `concurrency` at a time, in order; while a handler that takes its time is at work no more than `limit` of
 * them wait, and `overflow` says what becomes of others. What a handler fails with goes to `errors$`, and the next event is handled.
 * `client.drain()` waits for those that run.
 *
 * ```ts
 * let total = 0;
 * const registry = new Registry({ prefix: 'com.calc', procedures: { concurrency: 8 } })
 *   .procedure('sub', ({ args: [a, b] }: Invocation<[a: number, b: number]>) => a - b)
 *   .subscriber('reset', () => { total = 0; })
 *   .error('com.calc.overflow', OverflowError)
 *   .include(statistics, 'stats')
 *   .includeObject(new Calculator());
 * client.serve(registry).subscribe();
 * ```
 */
export class Registry implements Service {
  readonly #prefix: Uri;
  readonly #defaults: { readonly procedures: RegisterOptions; readonly topics: SubscriberOptions };
  /** By what they are on the wire. */
  #procedures = new Map<string, ProcedureEntry>();
  #subscribers: SubscriberEntry[] = [];
  #errors = new Map<Uri, ErrorEntry>();

  constructor({ prefix = '', procedures = {}, topics = {} }: RegistryOptions = {}) {
    this.#prefix = prefix;
    this.#defaults = { procedures, topics };
  }

  /** Adds a procedure, which gets an invocation as every procedure does. A URI may be a template. */
  procedure<A extends List = List, K = Dict, P = Dict>(uri: Uri, procedure: Procedure<A, K, P>, options: RegisterOptions = {}): this {
    return this.#addProcedure({ uri: join(this.#prefix, uri), procedure, options, place: `procedure(${show(uri)})${callerOf()}` });
  }

  /** Adds what handles the events of a topic. A URI may be a template. */
  subscriber<A extends List = List, K = Dict, P = Dict>(uri: Uri, handler: EventHandler<TopicEvent<A, K, P>>, options: SubscriberOptions = {}): this {
    return this.#addSubscriber({ uri: join(this.#prefix, uri), handler: handler as EventHandler, options, place: `subscriber(${show(uri)})${callerOf()}` });
  }

  /** Maps errors to a URI, which stands as it is: see the option `errors` of a client. */
  error(uri: Uri, mapping: ErrorClass | MappedError): this {
    return this.#addError(uri, { mapping, place: `error(${show(uri)})${callerOf()}` });
  }

  /** Adds all that another registry has now, behind the prefix of this one and `prefix`; its own prefix and defaults stay. */
  include(other: Registry, prefix: Uri = ''): this {
    if (!(other instanceof Registry)) throw new TypeError(`include must be given a Registry, got ${show(other)}`);
    const [procedures, subscribers, errors] = [[...other.#procedures.values()], [...other.#subscribers], [...other.#errors]];
    return this.#whole(() => {
      for (const entry of procedures) this.#addProcedure({ ...entry, uri: join(this.#prefix, prefix, entry.uri) });
      for (const entry of subscribers) this.#addSubscriber({ ...entry, uri: join(this.#prefix, prefix, entry.uri) });
      for (const [uri, entry] of errors) this.#addError(uri, entry);
    });
  }

  /**
   * Adds what is decorated in an object: methods, also inherited ones, and the errors of its classes. A class may stand for its static members. Throws
   * RegistryError where nothing is decorated.
   */
  includeObject(object: object, prefix: Uri = ''): this {
    if ((typeof object !== 'object' && typeof object !== 'function') || object === null) throw new TypeError(`includeObject must be given an object or a class, got ${show(object)}`);
    const marks = marksOf(object);
    if (marks.length === 0) throw new RegistryError(`${nameOf(object)} must have members that are decorated, got none`);
    return this.#whole(() => {
      for (const mark of marks) this.#addMember(object, mark, prefix);
    });
  }

  /** Serves it, once for each subscriber: what `client.serve(registry)` asks for. */
  attach(peer: Verbs): Observable<readonly Registration[]> {
    return new Observable((subscriber) => {
      subscriber.add(peer.errors.add(Object.fromEntries([...this.#errors].map(([uri, { mapping }]) => [uri, mapping]))));
      const handled = this.#subscribers.map((entry) => handling(peer, entry));
      const registered = [...this.#procedures.values()].map(({ uri, procedure, options }) => peer.register<List, Dict>(uri, procedure as Procedure, options));
      subscriber.add(merge(...handled, allOf(registered)).subscribe(subscriber));
    });
  }

  /** Adds all of it or nothing. */
  #whole(add: () => void): this {
    const [procedures, subscribers, errors] = [new Map(this.#procedures), [...this.#subscribers], new Map(this.#errors)];
    try {
      add();
    } catch (error) {
      [this.#procedures, this.#subscribers, this.#errors] = [procedures, subscribers, errors];
      throw error;
    }
    return this;
  }

  #addMember(object: object, mark: Mark, prefix: Uri): void {
    const place = `${nameOf(object)}.${String(mark.name)}`;
    if (mark.kind === 'error') {
      const mapping = memberOf(typeof object === 'function' ? object : object.constructor, mark.name) as ErrorClass;
      this.#addError(mark.uri, { mapping, place });
      return;
    }
    // Not the method that was marked: a subclass may have another one in its place.
    const method = memberOf(object, mark.name);
    if (typeof method !== 'function') throw new RegistryError(`${place} must be a method, got ${show(method)}`);
    const uri = join(this.#prefix, prefix, mark.uri);
    if (mark.kind === 'procedure') this.#addProcedure({ uri, procedure: procedureOf(object, method, mark.options), options: mark.options, place });
    else this.#addSubscriber({ uri, handler: handlerOf(object, method, mark.options), options: mark.options, place });
  }

  #addProcedure({ options: own, ...entry }: ProcedureEntry): this {
    const options = withDefaults(this.#defaults.procedures, own);
    const { match, pattern } = readRegister(entry.uri, entry.procedure, options);
    const key = `${match} ${pattern}`;
    const other = this.#procedures.get(key);
    if (other !== undefined) throw twice('procedure', entry.uri, other, entry);
    this.#procedures.set(key, { ...entry, options });
    return this;
  }

  #addSubscriber({ options: own, ...entry }: SubscriberEntry): this {
    const options = withDefaults(this.#defaults.topics, own);
    if (typeof entry.handler !== 'function') throw new TypeError(`subscriber must be a function, got ${show(entry.handler)}`);
    readTopic(entry.uri, topicOptionsOf(options));
    checkOverflow(options, entry.place);
    this.#subscribers.push({ ...entry, options });
    return this;
  }

  #addError(uri: Uri, entry: ErrorEntry): this {
    void new ErrorMapping({ [uri]: entry.mapping });
    const other = this.#errors.get(uri);
    if (other !== undefined && other.mapping !== entry.mapping) throw twice('error', uri, other, entry);
    this.#errors.set(uri, entry);
    return this;
  }
}

/** Handles the events of a topic. Emits nothing. */
function handling(peer: Verbs, { uri, handler, options }: SubscriberEntry): Observable<never> {
  const { concurrency, limit, overflow, report } = options;
  const handle = (event: TopicEvent): Observable<unknown> => defer(() => {
    const answer = handler(event);
    if (!isAsync(answer)) return EMPTY;
    peer.handling(1);
    return from(answer).pipe(finalize(() => peer.handling(-1)));
  }).pipe(catchError((error: unknown) => {
    peer.report(error);
    return EMPTY;
  }));
  const events: Observable<TopicEvent> = peer.topic(uri, topicOptionsOf(options));
  return events.pipe(processEach(handle, { concurrency, limit, overflow, report }), ignoreElements());
}

function isAsync(answer: unknown): answer is Observable<unknown> | PromiseLike<unknown> | AsyncIterable<unknown> {
  return isObservable(answer) || (typeof answer === 'object' && answer !== null && ('then' in answer || Symbol.asyncIterator in answer));
}

function topicOptionsOf({ match, grace, recover, onGap, retained, retainedKey, requireJoined }: TopicOptions): TopicOptions {
  return { match, grace, recover, onGap, retained, retainedKey, requireJoined };
}

/** An option that is `undefined` is none. */
function withDefaults<O extends object>(defaults: O, own: O): O {
  return { ...defaults, ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) };
}

function twice(kind: 'procedure' | 'error', uri: Uri, first: { readonly place: string }, second: { readonly place: string }): RegistryError {
  return new RegistryError(`${kind} ${uri} must be registered once, got it twice: by ${first.place}, and by ${second.place}`);
}

function join(...parts: readonly Uri[]): Uri {
  return parts.filter((part) => part !== '').join('.');
}

function nameOf(object: object): string {
  const name = (typeof object === 'function' ? object : object.constructor)?.name;
  return name === undefined || name === '' ? 'an object' : name;
}

function memberOf(object: object, name: string | symbol): unknown {
  return (object as { readonly [member: string | symbol]: unknown })[name];
}
