/**
 * WAMP without sockets: what bridges, proxies and recorders need to read, check and write messages.
 *
 * @module rxwamp/protocol
 */
export { MessageType } from './messages.ts';
export type {
  Abort, Ack, Authenticate, Call, Cancel, Cargo, Challenge, ErrorMessage, EventMessage, EventReceived, Goodbye, Hello, Interrupt, Invocation,
  Message, Publish, Published, Register, Registered, Result, Source, Subscribe, Subscribed, Unregister, Unregistered, Unsubscribe,
  Unsubscribed, WampList, Welcome, Yield,
} from './messages.ts';
export { fromWire, toWire } from './wire.ts';
export { WampMetaUri, WampUri, assertUri, isUri, matches } from './uri.ts';
export type { MatchPolicy, UriOptions } from './uri.ts';
export { MAX_ID, idSequence, randomId } from './ids.ts';
export { advance } from './lifecycle.ts';
export type { Lifecycle, Peer } from './lifecycle.ts';
export { announces } from './announces.ts';
export type { Role } from './announces.ts';
export { CLIENT_ROLES, ROUTER_ROLES } from './features.ts';
export { Requests } from './requests.ts';
export { InvalidUriError, ProtocolError, WampError } from '../errors.ts';
export type { Dict, Id, List, Uri } from '../types.ts';
