/**
 * The life of a session, as two tables.
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

/** Who sends which of the messages that need an established session (3.5). */
const SENDER: { readonly [T in MessageType]?: Peer | 'both' } = {
  [MessageType.ERROR]: 'both',
  [MessageType.PUBLISH]: 'client',
  [MessageType.PUBLISHED]: 'router',
  [MessageType.SUBSCRIBE]: 'client',
  [MessageType.SUBSCRIBED]: 'router',
  [MessageType.UNSUBSCRIBE]: 'client',
  [MessageType.UNSUBSCRIBED]: 'router',
  [MessageType.EVENT]: 'router',
  [MessageType.EVENT_RECEIVED]: 'client',
  [MessageType.CALL]: 'client',
  [MessageType.CANCEL]: 'client',
  [MessageType.RESULT]: 'router',
  [MessageType.REGISTER]: 'client',
  [MessageType.REGISTERED]: 'router',
  [MessageType.UNREGISTER]: 'client',
  [MessageType.UNREGISTERED]: 'router',
  [MessageType.INVOCATION]: 'router',
  [MessageType.INTERRUPT]: 'router',
  [MessageType.YIELD]: 'client',
  // Whether it was agreed on is known to those who did.
  [MessageType.ACK]: 'both',
};

/** The state after `sender` sent a message of this type. Throws {@link ProtocolError} where the tables have no such step. */
export function advance(state: Lifecycle, sender: Peer, type: MessageType): Lifecycle {
  const next = type > GOODBYE ? staying(state, sender, type) : type === ABORT ? 'closed' : LIFECYCLE[state][sender]?.[type];
  if (next === undefined) throw new ProtocolError(`${sender} must not send ${nameOf(type)} while the session is ${state}`);
  return next;
}

// The types up to GOODBYE move a session from state to state; the others leave it where it is.
function staying(state: Lifecycle, sender: Peer, type: MessageType): Lifecycle | undefined {
  const allowed = SENDER[type];
  if (allowed !== sender && allowed !== 'both') return undefined;
  if (state === 'established') return state;
  // A peer that has not yet seen our GOODBYE may still be talking; one that said GOODBYE may not.
  return state === (sender === 'client' ? 'router-leaving' : 'client-leaving') ? state : undefined;
}

/** The name of a message type, as the specification writes it. */
export function nameOf(type: MessageType): string {
  return Object.entries(MessageType).find(([, code]) => code === type)?.[0] ?? `a message of type ${type}`;
}
