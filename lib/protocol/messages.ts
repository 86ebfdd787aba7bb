import type { Dict, Id, List, Uri } from '../types.ts';

/** Numeric codes of the message types, as they stand first in every WAMP list (5.3). ACK is of the range that is left to implementations (3.6). */
export const MessageType = {
  HELLO: 1, WELCOME: 2, ABORT: 3, CHALLENGE: 4, AUTHENTICATE: 5, GOODBYE: 6,
  ERROR: 8,
  PUBLISH: 16, PUBLISHED: 17, SUBSCRIBE: 32, SUBSCRIBED: 33, UNSUBSCRIBE: 34, UNSUBSCRIBED: 35, EVENT: 36, EVENT_RECEIVED: 37,
  CALL: 48, CANCEL: 49, RESULT: 50,
  REGISTER: 64, REGISTERED: 65, UNREGISTER: 66, UNREGISTERED: 67, INVOCATION: 68, INTERRUPT: 69, YIELD: 70,
  ACK: 256,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/**
 * The payload of a message as it came in, kept by a codec that was asked to, so that a relay can pass it on as it was written
 * instead of writing it again.
 */
export interface Source {
  /** Subprotocol of the serializer that wrote the frame. */
  readonly subprotocol: string;
  /** The elements of the payload, as they stand in the frame. */
  readonly elements: string;
}

/** The end of the messages that carry application data. `undefined` is what was not sent: absent stays absent when it is forwarded. */
export interface Cargo {
  readonly args: List | undefined;
  readonly kwargs: Dict | undefined;
  /** Opaque bytes in the place of `args` and `kwargs` (payload transparency). */
  readonly payload?: Uint8Array | undefined;
  readonly source?: Source | undefined;
}

/** Opens a session. `[HELLO, Realm|uri, Details|dict]` */
export interface Hello { readonly type: typeof MessageType.HELLO; readonly realm: Uri; readonly details: Dict }

/** Accepts a session. `[WELCOME, Session|id, Details|dict]` */
export interface Welcome { readonly type: typeof MessageType.WELCOME; readonly session: Id; readonly details: Dict }

/** Refuses or ends a session. `[ABORT, Details|dict, Reason|uri]` (`Arguments` and `ArgumentsKw` may follow). */
export interface Abort extends Cargo { readonly type: typeof MessageType.ABORT; readonly details: Dict; readonly reason: Uri }

/** Asks the client to prove who it is. `[CHALLENGE, AuthMethod|string, Extra|dict]` */
export interface Challenge { readonly type: typeof MessageType.CHALLENGE; readonly method: string; readonly extra: Dict }

/** Answers a challenge. `[AUTHENTICATE, Signature|string, Extra|dict]` */
export interface Authenticate { readonly type: typeof MessageType.AUTHENTICATE; readonly signature: string; readonly extra: Dict }

/** Closes a session, and answers the peer's wish to. `[GOODBYE, Details|dict, Reason|uri]` */
export interface Goodbye { readonly type: typeof MessageType.GOODBYE; readonly details: Dict; readonly reason: Uri }

/** Answers a request that failed. `[ERROR, REQUEST.Type|int, REQUEST.Request|id, Details|dict, Error|uri, Arguments|list, ArgumentsKw|dict]` */
export interface ErrorMessage extends Cargo {
  readonly type: typeof MessageType.ERROR;
  readonly requestType: number;
  readonly request: Id;
  readonly details: Dict;
  readonly error: Uri;
}

/** Hands an event to the broker. `[PUBLISH, Request|id, Options|dict, Topic|uri, Arguments|list, ArgumentsKw|dict]` */
export interface Publish extends Cargo { readonly type: typeof MessageType.PUBLISH; readonly request: Id; readonly options: Dict; readonly topic: Uri }

/** Acknowledges a publication. `[PUBLISHED, PUBLISH.Request|id, Publication|id]` */
export interface Published { readonly type: typeof MessageType.PUBLISHED; readonly request: Id; readonly publication: Id }

/** Asks the broker for events. `[SUBSCRIBE, Request|id, Options|dict, Topic|uri]` */
export interface Subscribe { readonly type: typeof MessageType.SUBSCRIBE; readonly request: Id; readonly options: Dict; readonly topic: Uri }

/** `[SUBSCRIBED, SUBSCRIBE.Request|id, Subscription|id]` */
export interface Subscribed { readonly type: typeof MessageType.SUBSCRIBED; readonly request: Id; readonly subscription: Id }

/** `[UNSUBSCRIBE, Request|id, SUBSCRIBED.Subscription|id]` */
export interface Unsubscribe { readonly type: typeof MessageType.UNSUBSCRIBE; readonly request: Id; readonly subscription: Id }

/** `[UNSUBSCRIBED, UNSUBSCRIBE.Request|id]`, or with request 0 a revocation: `[UNSUBSCRIBED, 0, Details|dict]`. */
export interface Unsubscribed { readonly type: typeof MessageType.UNSUBSCRIBED; readonly request: Id; readonly details: Dict | undefined }

/** `[EVENT, SUBSCRIBED.Subscription|id, PUBLISHED.Publication|id, Details|dict, PUBLISH.Arguments|list, PUBLISH.ArgumentsKw|dict]` */
export interface EventMessage extends Cargo {
  readonly type: typeof MessageType.EVENT;
  readonly subscription: Id;
  readonly publication: Id;
  readonly details: Dict;
}

/** Acknowledges an event. `[EVENT_RECEIVED, EVENT.Publication|id]` */
export interface EventReceived { readonly type: typeof MessageType.EVENT_RECEIVED; readonly publication: Id }

/** Asks the dealer to run a procedure. `[CALL, Request|id, Options|dict, Procedure|uri, Arguments|list, ArgumentsKw|dict]` */
export interface Call extends Cargo { readonly type: typeof MessageType.CALL; readonly request: Id; readonly options: Dict; readonly procedure: Uri }

/** `[CANCEL, CALL.Request|id, Options|dict]` */
export interface Cancel { readonly type: typeof MessageType.CANCEL; readonly request: Id; readonly options: Dict }

/** `[RESULT, CALL.Request|id, Details|dict, YIELD.Arguments|list, YIELD.ArgumentsKw|dict]` */
export interface Result extends Cargo { readonly type: typeof MessageType.RESULT; readonly request: Id; readonly details: Dict }

/** `[REGISTER, Request|id, Options|dict, Procedure|uri]` */
export interface Register { readonly type: typeof MessageType.REGISTER; readonly request: Id; readonly options: Dict; readonly procedure: Uri }

/** `[REGISTERED, REGISTER.Request|id, Registration|id]` */
export interface Registered { readonly type: typeof MessageType.REGISTERED; readonly request: Id; readonly registration: Id }

/** `[UNREGISTER, Request|id, REGISTERED.Registration|id]` */
export interface Unregister { readonly type: typeof MessageType.UNREGISTER; readonly request: Id; readonly registration: Id }

/** `[UNREGISTERED, UNREGISTER.Request|id]`, or with request 0 a revocation: `[UNREGISTERED, 0, Details|dict]`. */
export interface Unregistered { readonly type: typeof MessageType.UNREGISTERED; readonly request: Id; readonly details: Dict | undefined }

/** `[INVOCATION, Request|id, REGISTERED.Registration|id, Details|dict, CALL.Arguments|list, CALL.ArgumentsKw|dict]` */
export interface Invocation extends Cargo {
  readonly type: typeof MessageType.INVOCATION;
  readonly request: Id;
  readonly registration: Id;
  readonly details: Dict;
}

/** `[INTERRUPT, INVOCATION.Request|id, Options|dict]` */
export interface Interrupt { readonly type: typeof MessageType.INTERRUPT; readonly request: Id; readonly options: Dict }

/** `[YIELD, INVOCATION.Request|id, Options|dict, Arguments|list, ArgumentsKw|dict]` */
export interface Yield extends Cargo { readonly type: typeof MessageType.YIELD; readonly request: Id; readonly options: Dict }

/**
 * Says how many counted messages of the other end were processed, so that it need not keep them any longer. No message of WAMP: it is
 * sent only where both ends have agreed on resumption, by either of them. `[ACK, Received|integer]`
 */
export interface Ack { readonly type: typeof MessageType.ACK; readonly received: number }

/** Every message of WAMP version 2, and {@link Ack}. */
export type Message =
  | Hello | Welcome | Abort | Challenge | Authenticate | Goodbye | ErrorMessage
  | Publish | Published | Subscribe | Subscribed | Unsubscribe | Unsubscribed | EventMessage | EventReceived
  | Call | Cancel | Result | Register | Registered | Unregister | Unregistered | Invocation | Interrupt | Yield | Ack;

/** A message as serializers see it: a list whose first element is the message type. */
export type WampList = readonly unknown[];
