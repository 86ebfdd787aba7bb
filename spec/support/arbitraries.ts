/** What fast-check makes of the vocabulary: valid values, from the smallest to the odd ones. */
import fc from 'fast-check';
import {
  MessageType,
  type Abort, type Ack, type Authenticate, type Call, type Cancel, type Cargo, type Challenge, type ErrorMessage, type EventMessage,
  type EventReceived, type Goodbye, type Hello, type Interrupt, type Invocation, type Message, type Publish, type Published,
  type Register, type Registered, type Result, type Subscribe, type Subscribed, type Unregister, type Unregistered, type Unsubscribe,
  type Unsubscribed, type Welcome, type Yield,
} from '../../lib/protocol/messages.ts';
import type { MatchPolicy } from '../../lib/protocol/uri.ts';
import type { Dict, Id, List, Uri } from '../../lib/types.ts';

export const id: fc.Arbitrary<Id> = fc.oneof(
  fc.integer({ min: 1, max: 100 }),
  fc.integer({ min: 1, max: 2 ** 53 - 1 }),
  fc.constant(2 ** 53),
);

/** A component of a URI by the loose rule. Few different ones, so that patterns often match. */
export const component: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('com', 'shop', 'price', 'a', 'b', '42'),
  fc.stringMatching(/^[a-z0-9_]{1,8}$/),
  fc.stringMatching(/^[^\s.#]{1,8}$/),
);

export const uri: fc.Arbitrary<Uri> = fc.array(component, { minLength: 1, maxLength: 5 }).map((components) => components.join('.'));

/** A pattern and how it is meant. */
export const pattern: fc.Arbitrary<{ readonly pattern: Uri; readonly match: MatchPolicy }> = fc.oneof(
  record({ match: fc.constant('exact' as const), pattern: uri }),
  record({ match: fc.constant('prefix' as const), pattern: fc.oneof(uri, uri.map((whole) => `${whole}.`), fc.constant('')) }),
  record({
    match: fc.constant('wildcard' as const),
    pattern: fc.array(fc.oneof(component, fc.constant('')), { minLength: 1, maxLength: 5 }).map((components) => components.join('.')),
  }),
);

/** A value that every serializer can carry, bytes excepted. */
export const value: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 2 }).map(withoutNegativeZero);

export const dict: fc.Arbitrary<Dict> = fc.dictionary(fc.string({ maxLength: 8 }).filter((key) => key !== '__proto__'), value, {
  maxKeys: 4,
  noNullPrototype: true,
});

export const list: fc.Arbitrary<List> = fc.array(value, { maxLength: 4 });

export const bytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 40 });

/** The end of a message as it is read: every key there, and absent arguments in front of keyword arguments given as an empty list. */
export const cargo: fc.Arbitrary<Cargo> = fc.oneof(
  fc.constant({ args: undefined, kwargs: undefined, payload: undefined, source: undefined }),
  record({ args: list, kwargs: fc.option(dict, { nil: undefined }), payload: fc.constant(undefined), source: fc.constant(undefined) }),
  record({ args: fc.constant(undefined), kwargs: fc.constant(undefined), payload: bytes, source: fc.constant(undefined) }),
);

// fast-check would mix in objects without a prototype, which no reader makes.
function record<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const withCargo = <M extends object>(head: fc.Arbitrary<M>): fc.Arbitrary<M & Cargo> =>
  fc.tuple(head, cargo).map(([fields, end]) => ({ ...fields, ...end }));
const type = <T extends MessageType>(code: T): fc.Arbitrary<T> => fc.constant(code);
const revocable = { request: fc.oneof(id, fc.constant(0)), details: fc.option(dict, { nil: undefined }) };

/** The types of request that an ERROR may answer. */
export const requestType: fc.Arbitrary<MessageType> = fc.constantFrom(
  MessageType.SUBSCRIBE, MessageType.UNSUBSCRIBE, MessageType.PUBLISH, MessageType.REGISTER, MessageType.UNREGISTER, MessageType.CALL,
  MessageType.INVOCATION,
);

export const hello: fc.Arbitrary<Hello> = record({ type: type(MessageType.HELLO), realm: uri, details: dict });
export const welcome: fc.Arbitrary<Welcome> = record({ type: type(MessageType.WELCOME), session: id, details: dict });
export const abort: fc.Arbitrary<Abort> = withCargo(record({ type: type(MessageType.ABORT), details: dict, reason: uri }));
export const challenge: fc.Arbitrary<Challenge> = record({ type: type(MessageType.CHALLENGE), method: fc.string(), extra: dict });
export const authenticate: fc.Arbitrary<Authenticate> = record({
  type: type(MessageType.AUTHENTICATE), signature: fc.string(), extra: dict,
});
export const goodbye: fc.Arbitrary<Goodbye> = record({ type: type(MessageType.GOODBYE), details: dict, reason: uri });
export const error: fc.Arbitrary<ErrorMessage> = withCargo(
  record({ type: type(MessageType.ERROR), requestType, request: id, details: dict, error: uri }),
);
export const publish: fc.Arbitrary<Publish> = withCargo(
  record({ type: type(MessageType.PUBLISH), request: id, options: dict, topic: uri }),
);
export const published: fc.Arbitrary<Published> = record({ type: type(MessageType.PUBLISHED), request: id, publication: id });
export const subscribe: fc.Arbitrary<Subscribe> = record({
  type: type(MessageType.SUBSCRIBE), request: id, options: dict, topic: pattern.map((drawn) => drawn.pattern),
});
export const subscribed: fc.Arbitrary<Subscribed> = record({ type: type(MessageType.SUBSCRIBED), request: id, subscription: id });
export const unsubscribe: fc.Arbitrary<Unsubscribe> = record({ type: type(MessageType.UNSUBSCRIBE), request: id, subscription: id });
export const unsubscribed: fc.Arbitrary<Unsubscribed> = record({ type: type(MessageType.UNSUBSCRIBED), ...revocable });
export const event: fc.Arbitrary<EventMessage> = withCargo(
  record({ type: type(MessageType.EVENT), subscription: id, publication: id, details: dict }),
);
export const eventReceived: fc.Arbitrary<EventReceived> = record({ type: type(MessageType.EVENT_RECEIVED), publication: id });
export const call: fc.Arbitrary<Call> = withCargo(record({ type: type(MessageType.CALL), request: id, options: dict, procedure: uri }));
export const cancel: fc.Arbitrary<Cancel> = record({ type: type(MessageType.CANCEL), request: id, options: dict });
export const result: fc.Arbitrary<Result> = withCargo(record({ type: type(MessageType.RESULT), request: id, details: dict }));
export const register: fc.Arbitrary<Register> = record({
  type: type(MessageType.REGISTER), request: id, options: dict, procedure: pattern.map((drawn) => drawn.pattern),
});
export const registered: fc.Arbitrary<Registered> = record({ type: type(MessageType.REGISTERED), request: id, registration: id });
export const unregister: fc.Arbitrary<Unregister> = record({ type: type(MessageType.UNREGISTER), request: id, registration: id });
export const unregistered: fc.Arbitrary<Unregistered> = record({ type: type(MessageType.UNREGISTERED), ...revocable });
export const invocation: fc.Arbitrary<Invocation> = withCargo(
  record({ type: type(MessageType.INVOCATION), request: id, registration: id, details: dict }),
);
export const interrupt: fc.Arbitrary<Interrupt> = record({ type: type(MessageType.INTERRUPT), request: id, options: dict });
export const yielded: fc.Arbitrary<Yield> = withCargo(record({ type: type(MessageType.YIELD), request: id, options: dict }));
export const ack: fc.Arbitrary<Ack> = record({ type: type(MessageType.ACK), received: fc.nat({ max: 2 ** 53 - 1 }) });

/** One arbitrary for each type of message, by the name of its type. */
export const messages: { readonly [N in keyof typeof MessageType]: fc.Arbitrary<MessageOf<N>> } = {
  HELLO: hello, WELCOME: welcome, ABORT: abort, CHALLENGE: challenge, AUTHENTICATE: authenticate, GOODBYE: goodbye, ERROR: error,
  PUBLISH: publish, PUBLISHED: published, SUBSCRIBE: subscribe, SUBSCRIBED: subscribed, UNSUBSCRIBE: unsubscribe,
  UNSUBSCRIBED: unsubscribed, EVENT: event, EVENT_RECEIVED: eventReceived, CALL: call, CANCEL: cancel, RESULT: result,
  REGISTER: register, REGISTERED: registered, UNREGISTER: unregister, UNREGISTERED: unregistered, INVOCATION: invocation,
  INTERRUPT: interrupt, YIELD: yielded, ACK: ack,
};
type MessageOf<N extends keyof typeof MessageType> = Extract<Message, { readonly type: (typeof MessageType)[N] }>;

/** Any message. */
export const message: fc.Arbitrary<Message> = fc.oneof(...Object.values<fc.Arbitrary<Message>>(messages));

/** Anything that can stand in the place of something else. */
export const anything: fc.Arbitrary<unknown> = fc.anything({
  withBigInt: true, withBoxedValues: true, withDate: true, withMap: true, withNullPrototype: true, withSet: true, withSparseArray: true,
  withTypedArray: true,
});

// JSON has no -0 that comes back as one.
function withoutNegativeZero(json: unknown): unknown {
  if (json === 0) return 0;
  if (Array.isArray(json)) return json.map(withoutNegativeZero);
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json).filter(([key]) => key !== '__proto__');
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNegativeZero(item)]));
}
