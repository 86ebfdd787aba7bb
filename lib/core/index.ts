/**
 * `rxwamp/core`: a client in 12 kB (minified and gzipped, without rxjs), for pages that call, listen, publish and register over JSON and need
 * nothing of the rest. Its `createClient` takes part of the options of that of `rxwamp` and gives part of its client, so that changing
 * the import is all it takes to have the rest.
 *
 * @module
 */
import type { ApiDefinition, NoApi } from '../contract/api-types.ts';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';

export { anonymous } from '../auth/anonymous.ts';
export { ticket, type TicketCredentials } from '../auth/ticket.ts';
export type { Authenticator } from '../auth/authenticator.ts';
export {
  AbortError, ApplicationError, AuthenticationError, ConnectFailedError, DrainingError, GoodbyeError, InvalidUriError, NotJoinedError, ProtocolError, QueueFullError,
  RegistrationRevokedError, SerializationError, SubscriptionRevokedError, TimeoutError, TransportLostError, WampError, applicationErrorOf, isApplicationError,
} from '../errors.ts';
export type { Effect, Operation, WampErrorCode } from '../errors.ts';
export { result } from '../session/options.ts';
export type { CallAnswer, CallProgress, CallResult, Publication, Registration, SessionDetails, TopicEvent } from '../session/options.ts';
export type { RetryOptions } from '../client/reconnect.ts';
export type { Dict, Id, List, Payload, PayloadInput, Uri } from '../types.ts';
export type { Client } from './client.ts';
export type { AuthOption, CallOptions, ClientOptions, ClientState, Invocation, JoinedState, PublishOptions, RegisterOptions, TopicOptions } from './options.ts';

/**
 * Makes a client of a realm: a session that comes back. Throws TypeError, RangeError or InvalidUriError where an option cannot be right, and where it
 * is one that only the client of `rxwamp` has. Types of a contract may be given as the type argument; nothing is checked against it.
 *
 * ```ts
 * const client = createClient({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' });
 * client.topic('com.shop.price').subscribe(({ args }) => console.log(args));
 * ```
 */
export function createClient<D extends ApiDefinition = NoApi>(options: ClientOptions): Client<D> {
  return new Client<D>(options);
}
