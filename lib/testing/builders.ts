/**
 * Messages in a few words, for tests: what is written is compared with messages that went over the wire, or completed and sent.
 *
 * Every function is named for its message and takes what people care about first; all of it may be left out, and what is left out
 * matches anything. The other fields stand in the object at the end.
 *
 * ```ts
 * CALL('com.add', [2, 3]);
 * CALL('com.add', { kwargs: { a: 1 } }, { options: { receive_progress: true } });
 * CANCEL({ options: { mode: 'kill' } });
 * ```
 */
import {
  MessageType,
  type Abort, type Ack, type Authenticate, type Call, type Cancel, type Challenge, type ErrorMessage, type EventMessage, type EventReceived,
  type Goodbye, type Hello, type Interrupt, type Invocation, type Message, type Publish, type Published, type Register, type Registered,
  type Result, type Subscribe, type Subscribed, type Unregister, type Unregistered, type Unsubscribe, type Unsubscribed, type Welcome,
  type Yield,
} from '../protocol/messages.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import { readPayload } from '../session/payload.ts';
import type { Dict, Id, PayloadInput, Uri } from '../types.ts';
import { alike, isMatcher } from './alike.ts';

/** One message, with some of its fields. A field that is not there, or `undefined`, matches anything. */
export type Pattern<M extends Message> = Pick<M, 'type'> & { readonly [F in Exclude<keyof M, 'type' | 'source'>]?: M[F] | undefined };

/** A message of any type, with some of its fields. Every {@link Message} is one. */
export type MessagePattern = { readonly [N in keyof typeof MessageType]: Pattern<MessageOf<N>> }[keyof typeof MessageType];

type MessageOf<N extends keyof typeof MessageType> = Extract<Message, { readonly type: (typeof MessageType)[N] }>;

/** The fields that are not given by position. */
type Rest<M extends Message, Given extends string = never> = Omit<Pattern<M>, 'type' | Given>;

type Cargo = 'args' | 'kwargs';

/** Opens a session in a realm. */
export function HELLO(realm?: Uri, fields?: Rest<Hello, 'realm'>): Pattern<Hello> {
  return { type: MessageType.HELLO, realm, ...fields };
}

/** Accepts a session. */
export function WELCOME(session?: Id, fields?: Rest<Welcome, 'session'>): Pattern<Welcome> {
  return { type: MessageType.WELCOME, session, ...fields };
}

/** Refuses or ends a session. */
export function ABORT(reason?: Uri, fields?: Rest<Abort, 'reason'>): Pattern<Abort> {
  return { type: MessageType.ABORT, reason, ...fields };
}

/** Asks the client to prove who it is. */
export function CHALLENGE(method?: string, fields?: Rest<Challenge, 'method'>): Pattern<Challenge> {
  return { type: MessageType.CHALLENGE, method, ...fields };
}

/** Answers a challenge. */
export function AUTHENTICATE(signature?: string, fields?: Rest<Authenticate, 'signature'>): Pattern<Authenticate> {
  return { type: MessageType.AUTHENTICATE, signature, ...fields };
}

/** Closes a session, or answers the peer's wish to. */
export function GOODBYE(reason?: Uri, fields?: Rest<Goodbye, 'reason'>): Pattern<Goodbye> {
  return { type: MessageType.GOODBYE, reason, ...fields };
}

/** Answers a request that failed. */
export function ERROR(error?: Uri, payload?: PayloadInput, fields?: Rest<ErrorMessage, 'error' | Cargo>): Pattern<ErrorMessage> {
  return { type: MessageType.ERROR, error, ...partsOf(payload), ...fields };
}

/** Hands an event to the broker. */
export function PUBLISH(topic?: Uri, payload?: PayloadInput, fields?: Rest<Publish, 'topic' | Cargo>): Pattern<Publish> {
  return { type: MessageType.PUBLISH, topic, ...partsOf(payload), ...fields };
}

/** Acknowledges a publication. */
export function PUBLISHED(publication?: Id, fields?: Rest<Published, 'publication'>): Pattern<Published> {
  return { type: MessageType.PUBLISHED, publication, ...fields };
}

/** Asks the broker for events. */
export function SUBSCRIBE(topic?: Uri, fields?: Rest<Subscribe, 'topic'>): Pattern<Subscribe> {
  return { type: MessageType.SUBSCRIBE, topic, ...fields };
}

/** Acknowledges a subscription. */
export function SUBSCRIBED(subscription?: Id, fields?: Rest<Subscribed, 'subscription'>): Pattern<Subscribed> {
  return { type: MessageType.SUBSCRIBED, subscription, ...fields };
}

/** Asks the broker for no more events. */
export function UNSUBSCRIBE(subscription?: Id, fields?: Rest<Unsubscribe, 'subscription'>): Pattern<Unsubscribe> {
  return { type: MessageType.UNSUBSCRIBE, subscription, ...fields };
}

/** Acknowledges the end of a subscription; with request 0 and `details.subscription` it is a revocation. */
export function UNSUBSCRIBED(fields?: Rest<Unsubscribed>): Pattern<Unsubscribed> {
  return { type: MessageType.UNSUBSCRIBED, ...fields };
}

/** Hands an event to a subscriber. */
export function EVENT(payload?: PayloadInput, fields?: Rest<EventMessage, Cargo>): Pattern<EventMessage> {
  return { type: MessageType.EVENT, ...partsOf(payload), ...fields };
}

/** Acknowledges an event. */
export function EVENT_RECEIVED(publication?: Id): Pattern<EventReceived> {
  return { type: MessageType.EVENT_RECEIVED, publication };
}

/** Asks the dealer to run a procedure. */
export function CALL(procedure?: Uri, payload?: PayloadInput, fields?: Rest<Call, 'procedure' | Cargo>): Pattern<Call> {
  return { type: MessageType.CALL, procedure, ...partsOf(payload), ...fields };
}

/** Asks the dealer to give a call up. */
export function CANCEL(fields?: Rest<Cancel>): Pattern<Cancel> {
  return { type: MessageType.CANCEL, ...fields };
}

/** Answers a call; with `details.progress` more is to come. */
export function RESULT(payload?: PayloadInput, fields?: Rest<Result, Cargo>): Pattern<Result> {
  return { type: MessageType.RESULT, ...partsOf(payload), ...fields };
}

/** Offers a procedure to the dealer. */
export function REGISTER(procedure?: Uri, fields?: Rest<Register, 'procedure'>): Pattern<Register> {
  return { type: MessageType.REGISTER, procedure, ...fields };
}

/** Acknowledges a registration. */
export function REGISTERED(registration?: Id, fields?: Rest<Registered, 'registration'>): Pattern<Registered> {
  return { type: MessageType.REGISTERED, registration, ...fields };
}

/** Takes a procedure back. */
export function UNREGISTER(registration?: Id, fields?: Rest<Unregister, 'registration'>): Pattern<Unregister> {
  return { type: MessageType.UNREGISTER, registration, ...fields };
}

/** Acknowledges the end of a registration; with request 0 and `details.registration` it is a revocation. */
export function UNREGISTERED(fields?: Rest<Unregistered>): Pattern<Unregistered> {
  return { type: MessageType.UNREGISTERED, ...fields };
}

/** Hands a call to a callee. */
export function INVOCATION(payload?: PayloadInput, fields?: Rest<Invocation, Cargo>): Pattern<Invocation> {
  return { type: MessageType.INVOCATION, ...partsOf(payload), ...fields };
}

/** Asks a callee to stop. */
export function INTERRUPT(fields?: Rest<Interrupt>): Pattern<Interrupt> {
  return { type: MessageType.INTERRUPT, ...fields };
}

/** Answers an invocation; with `options.progress` more is to come. */
export function YIELD(payload?: PayloadInput, fields?: Rest<Yield, Cargo>): Pattern<Yield> {
  return { type: MessageType.YIELD, ...partsOf(payload), ...fields };
}

/** Says how many messages were processed, where session resumption was agreed on. */
export function ACK(received?: number): Pattern<Ack> {
  return { type: MessageType.ACK, received };
}

// An empty list or dictionary that was written means that there must be none; what was not written means nothing.
function partsOf(input: PayloadInput | undefined): Pick<Pattern<Call>, Cargo> {
  const { args, kwargs } = readPayload(input);
  if (input === undefined) return {};
  if (Array.isArray(input)) return { args: args ?? [] };
  const given = input as { readonly args?: unknown; readonly kwargs?: unknown };
  return { args: given.args === undefined ? undefined : args ?? [], kwargs: given.kwargs === undefined ? undefined : kwargs ?? {} };
}

/**
 * Tells whether a message is as the pattern has it. `options`, `details` and `extra` must have at least the pattern's keys, everything
 * else must be alike, where arguments that were not sent are the same as empty ones.
 */
export function matchesMessage(message: Message, pattern: MessagePattern): boolean {
  if (message.type !== pattern.type) return false;
  const actual = message as unknown as Dict;
  return Object.entries(pattern).every(([field, expected]) => {
    if (expected === undefined || field === 'type') return true;
    switch (field) {
      case 'options': case 'details': case 'extra': return holds(actual[field] ?? {}, expected);
      case 'args': return alike(actual[field] ?? [], expected);
      case 'kwargs': return alike(actual[field] ?? {}, expected);
      default: return alike(actual[field], expected);
    }
  });
}

function holds(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null || isMatcher(expected)) return alike(actual, expected);
  return Object.entries(expected).every(([key, value]) => Object.hasOwn(actual as object, key) && alike((actual as Dict)[key], value));
}

/** What is known of a conversation beside the pattern of a message. */
export interface KnownFields {
  readonly realm?: Uri | undefined;
  readonly session?: Id | undefined;
  readonly request?: Id | undefined;
  readonly requestType?: number | undefined;
  readonly subscription?: Id | undefined;
  readonly registration?: Id | undefined;
  readonly publication?: Id | undefined;
}

const NO_DETAILS: Dict = Object.freeze({});
const NO_CARGO = { args: undefined, kwargs: undefined };

/** A valid message of each type, with as little in it as can be. */
const BLANK: { readonly [N in keyof typeof MessageType]: MessageOf<N> } = {
  HELLO: { type: MessageType.HELLO, realm: 'realm1', details: { roles: { publisher: {}, subscriber: {}, caller: {}, callee: {} } } },
  WELCOME: { type: MessageType.WELCOME, session: 1, details: { roles: { broker: {}, dealer: {} } } },
  ABORT: { type: MessageType.ABORT, details: NO_DETAILS, reason: WampUri.protocolViolation, ...NO_CARGO },
  CHALLENGE: { type: MessageType.CHALLENGE, method: 'ticket', extra: NO_DETAILS },
  AUTHENTICATE: { type: MessageType.AUTHENTICATE, signature: '', extra: NO_DETAILS },
  GOODBYE: { type: MessageType.GOODBYE, details: NO_DETAILS, reason: WampUri.closeNormal },
  ERROR: { type: MessageType.ERROR, requestType: MessageType.CALL, request: 1, details: NO_DETAILS, error: WampUri.runtimeError, ...NO_CARGO },
  PUBLISH: { type: MessageType.PUBLISH, request: 1, options: NO_DETAILS, topic: 'com.topic', ...NO_CARGO },
  PUBLISHED: { type: MessageType.PUBLISHED, request: 1, publication: 1 },
  SUBSCRIBE: { type: MessageType.SUBSCRIBE, request: 1, options: NO_DETAILS, topic: 'com.topic' },
  SUBSCRIBED: { type: MessageType.SUBSCRIBED, request: 1, subscription: 1 },
  UNSUBSCRIBE: { type: MessageType.UNSUBSCRIBE, request: 1, subscription: 1 },
  UNSUBSCRIBED: { type: MessageType.UNSUBSCRIBED, request: 1, details: undefined },
  EVENT: { type: MessageType.EVENT, subscription: 1, publication: 1, details: NO_DETAILS, ...NO_CARGO },
  EVENT_RECEIVED: { type: MessageType.EVENT_RECEIVED, publication: 1 },
  CALL: { type: MessageType.CALL, request: 1, options: NO_DETAILS, procedure: 'com.procedure', ...NO_CARGO },
  CANCEL: { type: MessageType.CANCEL, request: 1, options: NO_DETAILS },
  RESULT: { type: MessageType.RESULT, request: 1, details: NO_DETAILS, ...NO_CARGO },
  REGISTER: { type: MessageType.REGISTER, request: 1, options: NO_DETAILS, procedure: 'com.procedure' },
  REGISTERED: { type: MessageType.REGISTERED, request: 1, registration: 1 },
  UNREGISTER: { type: MessageType.UNREGISTER, request: 1, registration: 1 },
  UNREGISTERED: { type: MessageType.UNREGISTERED, request: 1, details: undefined },
  INVOCATION: { type: MessageType.INVOCATION, request: 1, registration: 1, details: NO_DETAILS, ...NO_CARGO },
  INTERRUPT: { type: MessageType.INTERRUPT, request: 1, options: NO_DETAILS },
  YIELD: { type: MessageType.YIELD, request: 1, options: NO_DETAILS, ...NO_CARGO },
  ACK: { type: MessageType.ACK, received: 0 },
};
const BLANKS: ReadonlyMap<MessageType, Message> = new Map(Object.values(BLANK).map((message) => [message.type, message]));

/**
 * Makes of a pattern a message that can be sent. A field that it leaves out is taken from `known`, where the message has such a field, and
 * else is a valid default: id 1, no options, no arguments.
 *
 * ```ts
 * complete(RESULT([5]), { request: 7 }); // [50, 7, {}, [5]]
 * ```
 */
export function complete(pattern: MessagePattern, known: KnownFields = {}): Message {
  const blank = BLANKS.get(pattern.type);
  if (blank === undefined) throw new TypeError(`message type must be one of WAMP's, got ${String(pattern.type)}`);
  const given = pattern as unknown as Dict;
  const fields = Object.entries(blank).map(([field, value]) => [field, given[field] ?? (known as unknown as Dict)[field] ?? value]);
  return { ...Object.fromEntries(fields), ...(given['payload'] !== undefined && { payload: given['payload'] }) } as Message;
}
