import type { Observable, SchedulerLike } from 'rxjs';
import type { Checks } from '../contract/checks.ts';
import type { PayloadCodec } from '../encryption/payload-codec.ts';
import type { WampError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { ErrorMessage, Message, MessageType, Published, Registered, Result, Subscribed, Unregistered, Unsubscribed } from '../protocol/messages.ts';
import type { Id } from '../types.ts';
import type { CallRequest } from './caller.ts';
import type { Sink } from './direct-observable.ts';
import type { ErrorMapping } from './error-mapping.ts';
import type { CallProgress, CallResult, Publication } from './options.ts';
import type { PublishRequest } from './publisher.ts';

/** A message that answers a request. */
export type AnswerMessage = Published | Subscribed | Unsubscribed | Registered | Unregistered | Result;

/** A request that waits for its answer. Exactly one of the three is called, but for a progressive RESULT, which does not end it. */
export interface PendingRequest {
  answered(message: AnswerMessage): void;
  /** ERROR answered it. */
  refused(message: ErrorMessage): void;
  /** The session ended first. */
  lost(cause: WampError): void;
}

/** What the four roles of a session ask of it. */
export interface RoleHost {
  /** The session's id. */
  readonly id: Id;
  readonly scheduler: SchedulerLike;
  readonly log: Logger | undefined;
  /** What ERRORs become, and what procedures throw. */
  readonly errors: ErrorMapping;
  /** What its contract has to say. */
  readonly checks: Checks | undefined;
  /** What encodes and decodes payloads; absent where they go as they are. */
  readonly payloadCodec: PayloadCodec | undefined;
  /** Milliseconds a call may take that says nothing about it. */
  readonly callTimeout: number | undefined;
  /** `false` while more is to be sent than the connection takes; completes with it. */
  readonly writable$: Observable<boolean>;
  /** Whether the router announced a feature in WELCOME. */
  announces(role: 'broker' | 'dealer', feature: string): boolean;
  /** Enters a request in the ledger, before it is sent: on a synchronous link the answer comes first. Gives its id: 1, 2, 3, ... (2.1.2). */
  ask(type: MessageType, pending: PendingRequest): Id;
  /** The id of a request that gets no answer. */
  tell(): Id;
  /** Takes a request that could not be written out again, and gives its id back: routers hold us to a sequence without holes. */
  withdraw(type: MessageType, request: Id): void;
  /** Stops waiting for the answer; `true` where it was still awaited. */
  forget(type: MessageType, request: Id): boolean;
  /** Writes a message. Throws SerializationError where it cannot be written. */
  send(message: Message): void;
  /** Calls for a sink. One that has ended errors it. */
  startCall(request: CallRequest, sink: Sink<CallResult | CallProgress>): void;
  /** Publishes for a sink. One that has ended errors it. */
  startPublish(request: PublishRequest, sink: Sink<Publication>): void;
  /** A failure that has no subscriber. */
  report(error: unknown): void;
  /** Something that was open is not any more. */
  settled(): void;
}
