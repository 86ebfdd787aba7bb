import type { Checks } from '../contract/checks.ts';
import { TransportLostError, type Operation, type WampError } from '../errors.ts';
import { checkAttributes } from '../protocol/attributes.ts';
import { MessageType, type ErrorMessage, type Published } from '../protocol/messages.ts';
import { writePublishOptions } from '../protocol/options.ts';
import type { Passthru } from '../protocol/payload-passthru.ts';
import { assertLooseUri } from '../protocol/uri.ts';
import type { Dict, Id, List, PayloadInput, Uri } from '../types.ts';
import type { Sink } from './direct-observable.ts';
import type { Publication, PublishOptions } from './options.ts';
import { outgoing } from './payload-coding.ts';
import { NO_KWARGS, checkPassedThrough, readPayload, type PreparedPayload } from './payload.ts';
import { refusalOf } from './refusal.ts';
import type { PendingRequest, RoleHost } from './role-host.ts';

/** A publication that was read and found right, ready to be made any number of times. */
export interface PublishRequest {
  readonly uri: Uri;
  readonly payload: PreparedPayload;
  readonly options: Dict;
  readonly acknowledge: boolean;
  /** The payload is encoded already. */
  readonly passthru: Passthru | undefined;
}

const { PUBLISH } = MessageType;

/** Reads what a user passed to `publish`. Throws InvalidUriError, TypeError, RangeError or TypeCheckError. */
export function readPublish(uri: Uri, input: PayloadInput | undefined, options?: PublishOptions, contract?: Checks): PublishRequest {
  assertLooseUri(uri, 'topic');
  checkAttributes(options?.attributes);
  const payload = readPayload(input);
  checkPassedThrough(options?.passthru, payload);
  contract?.topic(uri)?.publish(payload);
  return { uri, payload, options: options === undefined ? NO_KWARGS : writePublishOptions(options), acknowledge: options?.acknowledge === true, passthru: options?.passthru };
}

/** The same publication, but not for a session that is ours as well. */
export function excluding(request: PublishRequest, session: Id): PublishRequest {
  const { options } = request;
  if (options['exclude_me'] === false) return request;
  const exclude = Array.isArray(options['exclude']) ? options['exclude'] as List : [];
  return { ...request, options: { ...options, exclude: [...exclude, session] } };
}

const UNACKNOWLEDGED: Publication = Object.freeze({ id: undefined });

/** The publisher of a session (7.1): sends PUBLISH for a sink. It cannot be undone; unsubscribing only stops waiting for the acknowledgement. */
export function startPublish(host: RoleHost, request: PublishRequest, sink: Sink<Publication>): void {
  const { uri, acknowledge } = request;
  const pending = acknowledge ? new PendingPublication(host, uri, sink) : undefined;
  const id = pending === undefined ? host.tell() : host.ask(PUBLISH, pending);
  if (pending !== undefined) pending.id = id;
  try {
    const { args, kwargs, payload, options } = outgoing(host, 'broker', request.payload, request.options, { uri, from: 'originator' }, request.passthru);
    host.send({ type: PUBLISH, request: id, options, topic: uri, args, kwargs, payload });
  } catch (error) {
    host.withdraw(PUBLISH, id);
    return sink.error(error);
  }
  if (pending !== undefined) return sink.add(pending);
  sink.next(UNACKNOWLEDGED);
  sink.complete();
}

/** One publication whose acknowledgement is awaited. */
class PendingPublication implements PendingRequest {
  id: Id = 0;
  readonly #host: RoleHost;
  readonly #uri: Uri;
  readonly #sink: Sink<Publication>;

  constructor(host: RoleHost, uri: Uri, sink: Sink<Publication>) {
    this.#host = host;
    this.#uri = uri;
    this.#sink = sink;
  }

  answered({ publication }: Published): void {
    this.#sink.next({ id: publication });
    this.#sink.complete();
  }

  refused(message: ErrorMessage): void {
    this.#sink.error(refusalOf(this.#host, message, { operation: this.#operation }));
  }

  lost(cause: WampError): void {
    this.#sink.error(new TransportLostError(`session ended before the publication to ${this.#uri} was acknowledged`, { cause, sent: true, effect: 'unknown', operation: this.#operation }));
  }

  unsubscribe(): void {
    this.#host.forget(PUBLISH, this.id);
  }

  get #operation(): Operation { return { verb: 'publish', uri: this.#uri, request: this.id }; }
}
