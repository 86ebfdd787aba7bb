import { ApplicationError, TimeoutError, applicationErrorOf, rememberOrigin } from '../errors.ts';
import { show } from '../protocol/fields.ts';
import { assertLooseUri } from '../protocol/uri.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Payload, PayloadInput, Uri } from '../types.ts';
import { CanceledError, InvalidArgumentError, NoSuchProcedureError, NotAuthorizedError } from './application-errors.ts';
import { NO_ARGS, NO_KWARGS, readPayload } from './payload.ts';

/**
 * A subclass of ApplicationError, made of the payload of an ERROR; the second argument is its URI, for a class that has several. What the
 * constructor does not know of (`uri`, `details`, `effect`, `operation`) is put on the instance once it is made.
 */
export type ErrorClass = new (payload: Payload<never, never>, uri: Uri) => ApplicationError;

/** How errors of a class that is not ours become ERRORs, and back. Made by {@link mapError}. */
export interface MappedError<T extends object = object> {
  /** Whose instances a procedure throws. */
  readonly type: abstract new (...args: never) => T;
  /** Makes an instance of what a peer answered. The ApplicationError itself is its `cause` if you make it so. */
  read(error: ApplicationError): T;
  /** The payload of an ERROR that says the same. */
  write(error: T): PayloadInput;
}

/** What errors are at each URI: see {@link ErrorClass} and {@link mapError}. */
export interface ErrorMap {
  readonly [uri: Uri]: ErrorClass | MappedError;
}

/**
 * Maps a class that does not extend ApplicationError to a URI: one that your program has already, or that knows nothing of WAMP.
 *
 * Its instances have no `uri`, `effect` or `operation`. `applicationErrorOf(error)` gives the ApplicationError an instance was read from,
 * which has; `retryCall` asks it too.
 *
 * ```ts
 * createClient({
 *   url, realm,
 *   errors: {
 *     'com.shop.sold_out': mapError({
 *       type: SoldOut,
 *       read: ({ args: [item] }) => new SoldOut(String(item)),
 *       write: ({ item }) => [item],
 *     }),
 *   },
 * });
 * ```
 */
export function mapError<T extends object>(mapping: MappedError<T>): MappedError<T> {
  return mapping;
}

// Which of the two clocks of a call comes first is chance, so both give the same class. One that a procedure throws of itself says nothing of
// its caller's time, and is a failure like others.
const TIMED_OUT = (error: ApplicationError): TimeoutError => new TimeoutError(error.message, { cause: error, effect: error.effect, operation: error.operation });

type Layer = ReadonlyMap<Uri, ErrorClass | MappedError>;

const BUILT_IN: Layer = new Map<Uri, ErrorClass>([
  [WampUri.canceled, CanceledError], [WampUri.notAuthorized, NotAuthorizedError], [WampUri.authorizationDenied, NotAuthorizedError],
  [WampUri.noSuchProcedure, NoSuchProcedureError], [WampUri.invalidArgument, InvalidArgumentError],
]);

/** What becomes of ERRORs in a session, and of what its procedures throw. */
export class ErrorMapping {
  // The first one that has a URI decides.
  #layers: readonly Layer[] = [BUILT_IN];

  /** Throws TypeError or InvalidUriError where an entry cannot be right. */
  constructor(errors: ErrorMap = {}) {
    this.add(errors);
  }

  /** Maps more errors, before those that it has. Gives what undoes it. Throws as the constructor does. */
  add(errors: ErrorMap): () => void {
    if (typeof errors !== 'object' || errors === null) throw new TypeError(`errors must be an object, got ${show(errors)}`);
    const layer: Layer = new Map(Object.entries(errors));
    for (const [uri, mapping] of layer) checkMapping(uri, mapping);
    this.#layers = [layer, ...this.#layers];
    return () => { this.#layers = this.#layers.filter((other) => other !== layer); };
  }

  /** The error for an ApplicationError that has arrived. It stays what it is where it is not mapped, and where its mapping fails. */
  read(plain: ApplicationError, report: (error: unknown) => void): object {
    const mapping = this.#layers.find((layer) => layer.has(plain.uri))?.get(plain.uri);
    if (mapping === undefined && plain.uri !== WampUri.timeout) return plain;
    try {
      if (typeof mapping === 'function') return instanceOf(mapping, plain);
      const error = mapping === undefined ? TIMED_OUT(plain) : mapping.read(plain);
      if (typeof error !== 'object' || error === null) throw new TypeError(`read of ${plain.uri} must return an error, got ${show(error)}`);
      if (error !== plain) rememberOrigin(error, plain);
      return error;
    } catch (failure) {
      report(failure);
      return plain;
    }
  }

  /** What a procedure that threw this answers with; `undefined` where it was not meant for the caller. Throws what `write` throws. */
  write(error: unknown): ApplicationError | undefined {
    if (error instanceof ApplicationError) return error;
    for (const [uri, mapping] of this.#layers.flatMap((layer) => [...layer])) {
      if (typeof mapping === 'function' || !(error instanceof mapping.type)) continue;
      const { args = NO_ARGS, kwargs = NO_KWARGS } = readPayload(mapping.write(error));
      return new ApplicationError(uri, { args, kwargs });
    }
    // An answer that is handed on.
    return applicationErrorOf(error);
  }
}

// Its constructor may leave all of this out, and retries rest on it.
function instanceOf(type: ErrorClass, plain: ApplicationError): ApplicationError {
  const { uri, details, effect, operation } = plain;
  const error = new (type as new (payload: Payload, uri: Uri) => ApplicationError)(plain, uri);
  if (!(error instanceof ApplicationError)) throw new TypeError(`class of ${uri} must make ApplicationErrors, got ${show(error)}`);
  return Object.assign(error, { uri, details, effect, operation });
}

function checkMapping(uri: Uri, mapping: unknown): void {
  assertLooseUri(uri, 'errors');
  if (typeof mapping === 'function' ? mapping.prototype instanceof ApplicationError : isMappedError(mapping)) return;
  throw new TypeError(`errors['${uri}'] must be a subclass of ApplicationError, or mapError({ type, read, write }), got ${show(mapping)}`);
}

function isMappedError(mapping: unknown): boolean {
  if (typeof mapping !== 'object' || mapping === null) return false;
  const { type, read, write } = mapping as { readonly [part in keyof MappedError]?: unknown };
  return [type, read, write].every((part) => typeof part === 'function');
}
