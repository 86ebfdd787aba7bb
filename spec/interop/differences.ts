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
}

/** Autobahn|Python 26.10.2, autobahn of npm 22.11.1 */
export const FAULTS: readonly Fault[] = [
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
