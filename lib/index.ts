/** WAMP for RxJS: the entry for browsers and every other runtime with a WebSocket. Whatever it reaches runs there. */
import { clientOf } from './client/create-client.ts';
import type { Client } from './client/client.ts';
import { browserHints } from './client/hints.ts';
import { namedClients, type Known, type NamedClients, type NamedOptions } from './client/named-clients.ts';
import type { ClientOptions } from './client/options.ts';
import type { ApiDefinition, NoApi } from './contract/api-types.ts';
import { json } from './serializers/json.ts';
import { webSocket } from './transports/websocket.ts';

/**
 * Makes a {@link Client}: a WAMP session that comes back. Nothing is dialled before the first use, unless `lazy` is `false`.
 *
 * Throws TypeError, RangeError or InvalidUriError where an option cannot be right.
 *
 * ```ts
 * const client = createClient({ url: 'ws://localhost:8080/ws', realm: 'realm1' });
 * client.topic('com.shop.price').subscribe(({ args: [price] }) => console.log(price));
 * ```
 */
export function createClient<D extends ApiDefinition = NoApi>(options: ClientOptions<D>): Client<D> {
  return clientOf(options, { dial: webSocket, serializers: () => [json()], heartbeat: {}, hints: browserHints });
}

/**
 * Makes several clients at once: options of each by name, and what they have in common. Throws what {@link createClient} does; then none of them stays.
 *
 * ```ts
 * const { shop, audit } = createClients({ shop: { realm: 'shop', api: shopApi }, audit: { realm: 'audit' } }, { url: 'wss://example.com/ws' });
 * ```
 */
export function createClients<const C extends NamedOptions>(clients: C & Known<C>, defaults?: Partial<ClientOptions>): NamedClients<C> {
  return namedClients(createClient, clients, defaults);
}

export { anonymous } from './auth/anonymous.ts';
export { ticket } from './auth/ticket.ts';
export type { Authenticator, Signature } from './auth/authenticator.ts';
export type { Client } from './client/client.ts';
export type { DrainOptions, Remaining } from './client/drain.ts';
export type { HandoverOptions } from './client/handover.ts';
export type { HeartbeatOptions, Probe } from './client/heartbeat.ts';
export { browserHints } from './client/hints.ts';
export type { Hint } from './client/hints.ts';
export type { NamedClients, NamedOptions } from './client/named-clients.ts';
export type { Attempt, AuthOption, ClientOptions, ClientTimeouts, Credential, UrlOption } from './client/options.ts';
export type { RetryOptions } from './client/reconnect.ts';
export type { AuthenticatingState, ClientState, ClosedState, ConnectingState, DrainingState, IdleState, JoinedState, Suspension, WaitingState } from './client/state.ts';
export type { ApiDefinition, NoApi, ProcedureDefinition, TopicDefinition } from './contract/api-types.ts';
export { defineApi } from './contract/define-api.ts';
export type { Api } from './contract/define-api.ts';
export type { Schema, SchemaInput, SchemaIssue, SchemaOutput } from './contract/standard-schema.ts';
export type { Params } from './contract/uri-template.ts';
export type { Validate } from './contract/validation.ts';
export type { EncodedPayload, PayloadCodec, PayloadContext, PayloadOrigin } from './encryption/payload-codec.ts';
export {
  AbortError, ApplicationError, AuthenticationError, ConnectFailedError, DrainingError, EncryptionError, FeatureNotSupportedError, GapError, GoodbyeError,
  HeartbeatLostError, InvalidUriError, NotJoinedError, OverflowError, ProtocolError, PublicationError, QueueFullError, RegistrationRevokedError,
  SerializationError, SubscriptionRevokedError, TimeoutError, TransportLostError, TypeCheckError, WampError, applicationErrorOf, isApplicationError,
} from './errors.ts';
export type { Effect, EncryptionFailure, Operation, TypeCheckIssue, WampErrorCode } from './errors.ts';
export type { Logger } from './log.ts';
export { bufferOverflow } from './operators/buffer-overflow.ts';
export type { BufferOverflowOptions, Dropped, Overflow, OverflowOptions } from './operators/buffer-overflow.ts';
export { callWith } from './operators/call-with.ts';
export type { CallWithOptions, CallingPeer } from './operators/call-with.ts';
export { conflate } from './operators/conflate.ts';
export type { ConflateOptions } from './operators/conflate.ts';
export { detectGaps } from './operators/detect-gaps.ts';
export type { LateValue, SequenceGap, SequenceSignal, SequenceValue } from './operators/detect-gaps.ts';
export { holdWhile } from './operators/hold-while.ts';
export { liveQuery } from './operators/live-query.ts';
export type { LiveQueryOptions, LiveSignal, LiveVersion } from './operators/live-query.ts';
export { mergeTopics } from './operators/merge-topics.ts';
export type { MergeTopicsOptions } from './operators/merge-topics.ts';
export { arg, kwarg, payload } from './operators/payload.ts';
export type { Arg, Kwarg } from './operators/payload.ts';
export { presence } from './operators/presence.ts';
export type { Presence, PresenceOptions, PresencePeer, PresentSession } from './operators/presence.ts';
export { processEach } from './operators/process-each.ts';
export type { ProcessEachOptions } from './operators/process-each.ts';
export { progressOf } from './operators/progress-of.ts';
export type { ProgressHandlers, ProgressLike } from './operators/progress-of.ts';
export { publishTo } from './operators/publish-to.ts';
export type { PublishToOptions, PublishingPeer } from './operators/publish-to.ts';
export { rateLimit } from './operators/rate-limit.ts';
export type { RateLimitOptions } from './operators/rate-limit.ts';
export { backoffDelay, retryBackoff } from './operators/retry-backoff.ts';
export type { BackoffOptions, RetryBackoffOptions, Wait } from './operators/retry-backoff.ts';
export { retryCall } from './operators/retry-call.ts';
export type { RetryCallOptions, RetryCallTimes } from './operators/retry-call.ts';
export { toAsyncIterable } from './operators/to-async-iterable.ts';
export { toState } from './operators/to-state.ts';
export type { StateObservable } from './operators/to-state.ts';
export type { Attributes } from './protocol/attributes.ts';
export type { InvocationPolicy } from './protocol/options.ts';
export type { Passthru } from './protocol/payload-passthru.ts';
export { WampMetaUri, WampUri } from './protocol/uri.ts';
export type { MatchPolicy } from './protocol/uri.ts';
export { json } from './serializers/json.ts';
export type { Serializer } from './serializers/serializer.ts';
export { CanceledError, InvalidArgumentError, NoSuchProcedureError, NotAuthorizedError } from './session/application-errors.ts';
export type { CallFlow, CallStream, CallStreamOptions, StreamedResult } from './session/call-stream.ts';
export { mapError } from './session/error-mapping.ts';
export type { ErrorClass, ErrorMap, MappedError } from './session/error-mapping.ts';
export { join, joining } from './session/join.ts';
export type { JoinOptions, JoinTimeouts, Stage } from './session/join.ts';
export type { ResumeOptions } from './session/resumption.ts';
export { result } from './session/options.ts';
export type {
  CallAnswer, CallOptions, CallProgress, CallResult, GapReason, GapSignal, Invocation, Procedure, Publication, PublishOptions, RecoverOptions, RecoveredSignal, RegisterOptions,
  Registration, SessionDetails, SubscribedSignal, SuspendedSignal, TopicEvent, TopicOptions, TopicSignal,
} from './session/options.ts';
export type { TopicSubject } from './session/verb-types.ts';
export type { Peer, Service } from './session/verbs.ts';
export type { Session } from './session/session.ts';
export type { Redact } from './session/redaction.ts';
export type { Correlation, TappedConnection, TappedFrame, WireEntry, WireTap } from './session/wire-tap.ts';
export type { Connection, Duplex, Frame, Transport } from './transports/transport.ts';
export { webSocket } from './transports/websocket.ts';
export type { Dict, Id, List, Payload, PayloadInput, Uri } from './types.ts';
