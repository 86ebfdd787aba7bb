import type { SerializerName } from './peer.ts';

/** A scenario that another router plays otherwise, and why that is its right or its fault and not ours. */
export interface Difference {
  /** The name of the spec, or enough of it. */
  readonly spec: string;
  readonly why: string;
}

/** Crossbar.io 26.10.1 */
export const CROSSBAR: readonly Difference[] = [
  { spec: 'an empty white list lets nobody hear', why: 'it takes an empty `eligible` for none at all, so that everybody gets the event' },
];

/** What it is met with. Its UBJSON is BJData; its listeners do not start with FlatBuffers. */
export const CROSSBAR_FORMATS = ['json', 'msgpack', 'cbor', 'bjdata'] as const;

/** And over WebSockets: those of JSON it reads with U+0018 alone between messages, and a client that speaks first cannot know. */
export const CROSSBAR_BATCHES = ['msgpack.batched', 'cbor.batched', 'bjdata.batched'] as const;

/** What a library's own fault keeps from being played in one part, against what WAMP says. */
export interface Fault {
  readonly library: string;
  readonly scenarios: readonly string[];
  readonly part: string;
  readonly why: string;
  /** Where it is so with this one alone. */
  readonly serializer?: SerializerName;
  /** Nothing would come of it for ever, so it is not played. */
  readonly isEndless?: boolean;
}

const IN_FLATBUFFERS = { library: 'Autobahn|Python', serializer: 'flatbuffers' } as const;
const WITHOUT_ROLES = 'in FlatBuffers it announces no features and no methods of authentication in HELLO';
const WITHOUT_LISTS = 'in FlatBuffers it cannot write those lists';

/** Autobahn|Python 26.10.2, autobahn of npm 22.11.1 */
export const FAULTS: readonly Fault[] = [
  { ...IN_FLATBUFFERS, scenarios: ['joins as anybody, and leaves'], part: '', why: 'in FlatBuffers it does not read `authmethod` of WELCOME' },
  {
    ...IN_FLATBUFFERS, part: '', why: WITHOUT_ROLES, isEndless: true,
    scenarios: ['logs in with ticket', 'logs in with WAMP-CRA', 'logs in with salted WAMP-CRA', 'logs in with SCRAM', 'logs in with Cryptosign', 'being thrown out', 'revocation of a registration'],
  },
  {
    ...IN_FLATBUFFERS, part: 'callee', why: WITHOUT_ROLES, isEndless: true,
    scenarios: ['progressive results', 'cancelling', 'cancelling with kill', 'cancelling with killnowait', 'a timeout that the router keeps'],
  },
  { ...IN_FLATBUFFERS, scenarios: ['black and white lists'], part: 'subscriber', why: WITHOUT_ROLES, isEndless: true },
  { ...IN_FLATBUFFERS, scenarios: ['black and white lists', 'an empty white list'], part: 'publisher', why: WITHOUT_LISTS, isEndless: true },
  {
    ...IN_FLATBUFFERS, scenarios: ['errors with args and kwargs', 'a callee that leaves'], part: 'caller', isEndless: true,
    why: 'in FlatBuffers it reads ERROR, its own too, one slot beside',
  },
  {
    library: 'Autobahn|Python', scenarios: ['cancelling with kill'], part: 'callee',
    why: 'it answers an invocation that was interrupted with `wamp.error.runtime_error`',
  },
  {
    library: 'Autobahn|Python', scenarios: ['revocation of a subscription'], part: '',
    why: 'it announces `subscription_revocation`, and closes its connection when one of its subscriptions is revoked',
  },
  {
    library: 'autobahn of npm', scenarios: ['cancelling', 'cancelling with skip', 'cancelling with killnowait'], part: 'caller',
    why: 'it forgets the call when it sends CANCEL, and closes its connection when the router answers',
  },
];
