/**
 * The messages of WAMP as FlatBuffers tables: the slots of each in order, as the published vectors have them, and where in the list of a message
 * a slot stands. Slots that WAMP has no word for are there to be counted.
 */
import { MessageType } from '../protocol/messages.ts';

/** Names by their numbers. */
export type Names = readonly string[];

/** What is in a slot; a list of names is a number of one byte that stands for one of them. */
export type Kind =
  | 'unused' | 'bool' | 'uint8' | 'uint16' | 'uint32' | 'uint64' | 'text' | 'bytes' | 'cbor' | 'uint64s' | 'texts' | 'pair' | 'methods' | 'roles' | 'principals' | Names;

/** One slot of a table: its name in WAMP, and what is in it. */
export type Slot = readonly [name: string, kind: Kind];

/** One message. */
export interface Layout {
  readonly slots: readonly Slot[];
  /** Slots that are elements of the list, and where; the others are in its dictionary. */
  readonly elements: { readonly [name: string]: number };
  /** Where the dictionary of the message is, if it has one. */
  readonly dict: number | undefined;
  /** Whether the dictionary is left out when it is empty. */
  readonly isDictOptional?: boolean;
  /** Where its payload begins, if it has one. */
  readonly payload?: number;
}

/** What a peer that puts no roles into its first message may be taken for: Autobahn|Python has never written them. */
export const ALL_ROLES: { readonly [type: number]: readonly string[] } = {
  [MessageType.HELLO]: ['publisher', 'subscriber', 'caller', 'callee'],
  [MessageType.WELCOME]: ['broker', 'dealer'],
};

export const METHODS: Names = ['anonymous', 'ticket', 'wampcra', 'wamp-scram', 'cryptosign'];
const MATCH: Names = ['exact', 'prefix', 'wildcard'];
const INVOKE: Names = ['single', 'first', 'last', 'roundrobin', 'random'];
const CANCEL_MODE: Names = ['skip', 'kill', 'killnowait'];

const SESSION: Slot = ['session', 'unused'];
const REQUEST: Slot = ['request', 'uint64'];
const REASON: Slot = ['reason', 'text'];
const FORWARD_FOR: Slot = ['forward_for', 'principals'];
const HASH: Slot = ['transaction_hash', 'text'];
const PAYLOAD: readonly Slot[] = [['args', 'cbor'], ['kwargs', 'cbor'], ['payload', 'bytes']];
const PPT: readonly Slot[] = [
  ['ppt_scheme', ['', 'wamp', 'mqtt', 'xbr', 'opaque']],
  ['ppt_serializer', ['native', 'json', 'msgpack', 'cbor', 'ubjson', 'opaque', 'flatbuffers', 'flexbuffers']],
  ['ppt_cipher', ['', 'xsalsa20poly1305', 'aes256gcm']],
  ['ppt_keyid', 'text'],
];
const WITH_PAYLOAD: readonly Slot[] = [...PAYLOAD, ...PPT];

const disclosed = (who: string): readonly Slot[] => [[who, 'uint64'], [`${who}_authid`, 'text'], [`${who}_authrole`, 'text']];

export const LAYOUTS: { readonly [type: number]: Layout } = {
  [MessageType.HELLO]: {
    slots: [
      SESSION, ['roles', 'roles'], ['realm', 'text'], ['authmethods', 'methods'], ['authid', 'text'], ['authrole', 'text'], ['authextra', 'pair'],
      ['resumable', 'bool'], ['resume_session', 'uint64'], ['resume_token', 'text'],
    ],
    elements: { realm: 1 }, dict: 2,
  },
  [MessageType.WELCOME]: {
    slots: [
      ['session', 'uint64'], ['roles', 'roles'], ['realm', 'text'], ['authid', 'text'], ['authrole', 'text'], ['authmethod', METHODS],
      ['authprovider', 'text'], ['authextra', 'pair'], ['resumed', 'bool'], ['resumable', 'bool'], ['resume_token', 'text'],
    ],
    elements: { session: 1 }, dict: 2,
  },
  [MessageType.ABORT]: { slots: [SESSION, REASON, ['message', 'text']], elements: { reason: 2 }, dict: 1 },
  [MessageType.CHALLENGE]: { slots: [SESSION, ['method', METHODS], ['extra', 'pair']], elements: { method: 1, extra: 2 }, dict: undefined },
  [MessageType.AUTHENTICATE]: {
    slots: [SESSION, ['signature', 'text'], ['extra', 'pair']], elements: { signature: 1, extra: 2 }, dict: undefined,
  },
  [MessageType.GOODBYE]: { slots: [SESSION, REASON, ['message', 'text'], ['resumable', 'bool']], elements: { reason: 2 }, dict: 1 },
  [MessageType.ERROR]: {
    slots: [SESSION, ['request_type', 'uint16'], REQUEST, ['error', 'text'], ...WITH_PAYLOAD, FORWARD_FOR],
    elements: { request_type: 1, request: 2, error: 4 }, dict: 3, payload: 5,
  },
  [MessageType.PUBLISH]: {
    slots: [
      SESSION, REQUEST, ['topic', 'text'], ...WITH_PAYLOAD, ['acknowledge', 'bool'], ['exclude_me', 'bool'],
      ['exclude', 'uint64s'], ['exclude_authid', 'texts'], ['exclude_authrole', 'texts'],
      ['eligible', 'uint64s'], ['eligible_authid', 'texts'], ['eligible_authrole', 'texts'], ['retain', 'bool'], HASH, FORWARD_FOR,
    ],
    elements: { request: 1, topic: 3 }, dict: 2, payload: 4,
  },
  [MessageType.PUBLISHED]: { slots: [SESSION, REQUEST, ['publication', 'uint64']], elements: { request: 1, publication: 2 }, dict: undefined },
  [MessageType.SUBSCRIBE]: {
    slots: [SESSION, REQUEST, ['topic', 'text'], ['match', MATCH], ['get_retained', 'bool']], elements: { request: 1, topic: 3 }, dict: 2,
  },
  [MessageType.SUBSCRIBED]: { slots: [SESSION, REQUEST, ['subscription', 'uint64']], elements: { request: 1, subscription: 2 }, dict: undefined },
  [MessageType.UNSUBSCRIBE]: { slots: [SESSION, REQUEST, ['subscription', 'uint64']], elements: { request: 1, subscription: 2 }, dict: undefined },
  [MessageType.UNSUBSCRIBED]: {
    slots: [SESSION, REQUEST, ['subscription', 'uint64'], REASON], elements: { request: 1 }, dict: 2, isDictOptional: true,
  },
  [MessageType.EVENT]: {
    slots: [
      SESSION, ['subscription', 'uint64'], ['publication', 'uint64'], ...WITH_PAYLOAD, ...disclosed('publisher'), ['topic', 'text'], ['retained', 'bool'],
      HASH, ['acknowledge', 'bool'], FORWARD_FOR,
    ],
    elements: { subscription: 1, publication: 2 }, dict: 3, payload: 4,
  },
  [MessageType.EVENT_RECEIVED]: { slots: [SESSION, ['publication', 'uint64'], FORWARD_FOR], elements: { publication: 1 }, dict: 2, isDictOptional: true },
  [MessageType.CALL]: {
    slots: [
      SESSION, REQUEST, ['procedure', 'text'], ...WITH_PAYLOAD, ['timeout', 'uint32'], ['receive_progress', 'bool'], HASH, ...disclosed('caller'), FORWARD_FOR,
    ],
    elements: { request: 1, procedure: 3 }, dict: 2, payload: 4,
  },
  [MessageType.CANCEL]: { slots: [SESSION, REQUEST, ['mode', CANCEL_MODE], FORWARD_FOR], elements: { request: 1 }, dict: 2 },
  [MessageType.RESULT]: {
    slots: [SESSION, REQUEST, ...WITH_PAYLOAD, ['progress', 'bool'], ...disclosed('callee'), FORWARD_FOR], elements: { request: 1 }, dict: 2, payload: 3,
  },
  [MessageType.REGISTER]: {
    slots: [
      SESSION, REQUEST, ['procedure', 'text'], ['match', MATCH], ['invoke', INVOKE], ['concurrency', 'uint16'], ['force_reregister', 'bool'],
    ],
    elements: { request: 1, procedure: 3 }, dict: 2,
  },
  [MessageType.REGISTERED]: { slots: [SESSION, REQUEST, ['registration', 'uint64']], elements: { request: 1, registration: 2 }, dict: undefined },
  [MessageType.UNREGISTER]: { slots: [SESSION, REQUEST, ['registration', 'uint64']], elements: { request: 1, registration: 2 }, dict: undefined },
  [MessageType.UNREGISTERED]: {
    slots: [SESSION, REQUEST, ['registration', 'uint64'], REASON], elements: { request: 1 }, dict: 2, isDictOptional: true,
  },
  [MessageType.INVOCATION]: {
    slots: [
      SESSION, REQUEST, ['registration', 'uint64'], ...WITH_PAYLOAD, ['procedure', 'text'], ['timeout', 'uint32'], ['receive_progress', 'bool'], HASH,
      ...disclosed('caller'), FORWARD_FOR,
    ],
    elements: { request: 1, registration: 2 }, dict: 3, payload: 4,
  },
  [MessageType.INTERRUPT]: { slots: [SESSION, REQUEST, ['mode', CANCEL_MODE], REASON, FORWARD_FOR], elements: { request: 1 }, dict: 2 },
  [MessageType.YIELD]: {
    slots: [SESSION, REQUEST, ...WITH_PAYLOAD, ['progress', 'bool'], ...disclosed('callee'), FORWARD_FOR], elements: { request: 1 }, dict: 2, payload: 3,
  },
};

const CLIENT = ['payload_transparency', 'payload_encryption_cryptobox'];

/** The features that each role can announce, in the order of its table. */
const FEATURES = {
  publisher: ['publisher_identification', 'publisher_exclusion', 'subscriber_blackwhite_listing', 'acknowledge_event_received', ...CLIENT],
  subscriber: [
    'publisher_identification', 'pattern_based_subscription', 'publication_trustlevels', 'subscription_revocation', 'event_history',
    'acknowledge_subscriber_received', ...CLIENT,
  ],
  caller: ['caller_identification', 'call_timeout', 'call_canceling', 'progressive_call_results', ...CLIENT],
  callee: [
    'caller_identification', 'call_trustlevels', 'call_timeout', 'call_canceling', 'progressive_call_results', 'registration_revocation',
    'pattern_based_registration', 'shared_registration', ...CLIENT,
  ],
  broker: [
    'publisher_identification', 'publisher_exclusion', 'subscriber_blackwhite_listing', 'pattern_based_subscription', 'publication_trustlevels',
    'subscription_revocation', 'session_meta_api', 'subscription_meta_api', 'event_retention', 'event_history', 'acknowledge_event_received',
    'acknowledge_subscriber_received', ...CLIENT,
  ],
  dealer: [
    'caller_identification', 'call_trustlevels', 'call_timeout', 'call_canceling', 'progressive_call_results', 'registration_revocation',
    'pattern_based_registration', 'shared_registration', 'session_meta_api', 'registration_meta_api', 'testament_meta_api', ...CLIENT,
  ],
} as const satisfies { readonly [role: string]: readonly string[] };

/** The roles of the peer that says HELLO, or WELCOME, in the order of its table, with the features of each. */
export function rolesOf(type: number): ReadonlyArray<readonly [role: string, features: readonly string[]]> {
  return (ALL_ROLES[type] ?? []).map((role) => [role, FEATURES[role as keyof typeof FEATURES]]);
}
