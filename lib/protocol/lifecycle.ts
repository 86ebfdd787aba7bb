/**
 * The life of a session: a table of its states, and who sends what.
 *
 * Rule 1: whatever decides which message may follow which, and who may send it, stands in this file.
 * Rule 2: this file does not know which end we are. It sees the messages of both peers, so a client and a router hold each other, and
 *         themselves, to the same rules.
 */
import { ProtocolError } from '../errors.ts';
import { MessageType } from './messages.ts';

/** One of the two ends of a session. */
export type Peer = 'client' | 'router';

/**
 * Where a session is in its life (4). `'closed'` is both before it and after it: a transport may carry one session after the other.
 * The two leaving states are named for the peer that said GOODBYE first.
 */
export type Lifecycle = 'closed' | 'establishing' | 'challenging' | 'established' | 'client-leaving' | 'router-leaving';

const { HELLO, WELCOME, ABORT, CHALLENGE, AUTHENTICATE, GOODBYE } = MessageType;

type Row = { readonly [P in Peer]?: { readonly [T in MessageType]?: Lifecycle } };

/**
 * ABORT is not among these: either peer may send it at any time (4.1.3, 2.3.3), also to refuse what came instead of HELLO, and two
 * that cross meet a session that is closed already.
 */
const LIFECYCLE: { readonly [S in Lifecycle]: Row } = {
  closed: { client: { [HELLO]: 'establishing' } },
  establishing: { router: { [CHALLENGE]: 'challenging', [WELCOME]: 'established' } },
  // Back to establishing: the router may accept, refuse, or ask once more (two factors).
  challenging: { client: { [AUTHENTICATE]: 'establishing' } },
  established: { client: { [GOODBYE]: 'client-leaving' }, router: { [GOODBYE]: 'router-leaving' } },
  // Of two GOODBYEs that cross, each is taken for the answer to the other.
  'client-leaving': { router: { [GOODBYE]: 'closed' } },
  'router-leaving': { client: { [GOODBYE]: 'closed' } },
};

/** Who sends which of the messages that need an established session (3.5). A function, since bundlers keep tables whose keys are looked up. */
function senderOf(type: MessageType): Peer | 'both' | undefined {
  switch (type) {
    case MessageType.PUBLISH:
    case MessageType.SUBSCRIBE:
    case MessageType.UNSUBSCRIBE:
    case MessageType.EVENT_RECEIVED:
    case MessageType.CALL:
    case MessageType.CANCEL:
    case MessageType.REGISTER:
    case MessageType.UNREGISTER:
    case MessageType.YIELD:
      return 'client';
    case MessageType.PUBLISHED:
    case MessageType.SUBSCRIBED:
    case MessageType.UNSUBSCRIBED:
    case MessageType.EVENT:
    case MessageType.RESULT:
    case MessageType.REGISTERED:
    case MessageType.UNREGISTERED:
    case MessageType.INVOCATION:
    case MessageType.INTERRUPT:
      return 'router';
    case MessageType.ERROR:
    // Whether it was agreed on is known to those who did.
    case MessageType.ACK:
      return 'both';
    default:
      return undefined;
  }
}

/** The state after `sender` sent a message of this type. Throws {@link ProtocolError} where the tables have no such step. */
export function advance(state: Lifecycle, sender: Peer, type: MessageType): Lifecycle {
  const allowed = senderOf(type);
  if (type > GOODBYE && allowed !== sender && allowed !== 'both') throw refusal(state, sender, type);
  return advanceAt(state, sender, type);
}

/** {@link advance} for an end that reads, and writes, nothing but what the sender may send at some time. */
export function advanceAt(state: Lifecycle, sender: Peer, type: MessageType): Lifecycle {
  const next = type > GOODBYE ? staying(state, sender) : type === ABORT ? 'closed' : LIFECYCLE[state][sender]?.[type];
  if (next === undefined) throw refusal(state, sender, type);
  return next;
}

function refusal(state: Lifecycle, sender: Peer, type: MessageType): ProtocolError {
  return new ProtocolError(`${sender} must not send ${nameOf(type)} while the session is ${state}`);
}

// The types up to GOODBYE move a session from state to state; the others leave it where it is.
function staying(state: Lifecycle, sender: Peer): Lifecycle | undefined {
  if (state === 'established') return state;
  // A peer that has not yet seen our GOODBYE may still be talking; one that said GOODBYE may not.
  return state === (sender === 'client' ? 'router-leaving' : 'client-leaving') ? state : undefined;
}

/** The name of a message type, as the specification writes it. */
export function nameOf(type: MessageType): string {
  return Object.entries(MessageType).find(([, code]) => code === type)?.[0] ?? `a message of type ${type}`;
}
