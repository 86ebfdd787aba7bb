/**
 * Session resumption as both ends see it: how it is agreed on, and how the messages of a session are counted and kept so that none is
 * lost or processed twice when the session goes on over another connection.
 *
 * It is no part of WAMP. HELLO offers it as `_resume`, and a router that has it answers under the same key; to any other it is an unknown
 * attribute, which peers ignore (3.1). The specification has `resumable` and `resume_token` for it and says nothing of what they mean, and
 * there are peers that refuse values they do not expect there.
 *
 * ```
 * HELLO   {_resume: {}}                             WELCOME  {_resume: {token, timeout, messages, bytes}}
 * ACK     [256, received]                           from either end, for the messages of the other
 * HELLO   {_resume: {session, token, received}}     WELCOME  of the same id {_resume: {resumed: true, received, token}}: it goes on
 *                                                   WELCOME  of another id: it does not
 * ```
 */
import { ProtocolError } from '../errors.ts';
import type { Dict, Id } from '../types.ts';
import { isCount, isDict, own } from './fields.ts';
import { MAX_ID } from './ids.ts';
import { MessageType, type Message } from './messages.ts';

/** An ACK goes out after so many messages, ... */
const ACK_EVERY = 64;
/** ... and no later than so many milliseconds behind the first of them. */
export const ACK_WITHIN = 1000;

/** Nobody's tokens are longer: what is, is not compared. */
const MAX_TOKEN_LENGTH = 256;

/** How much is kept for an end that may come back. */
export interface ReplayBounds {
  readonly messages: number;
  /** Bytes of their frames, or characters where these are text. */
  readonly bytes: number;
}

/**
 * One end's count of a session: what it has processed of the other's messages, and those of its own that the other end has not confirmed.
 * Every message behind WELCOME counts, but for ACK, GOODBYE and ABORT.
 *
 * Beyond the bounds it forgets the oldest. That harms nobody as long as the connection lives, and an end that comes back later finds what
 * it has not seen, or is told that it cannot.
 */
export class Replay<T extends { readonly length: number }> {
  readonly #bounds: ReplayBounds;
  readonly #kept: T[] = [];
  #keptBytes = 0;
  #sent = 0;
  #received = 0;
  #unacknowledged = 0;

  constructor(bounds: ReplayBounds) {
    this.#bounds = bounds;
  }

  /** How many messages were processed. */
  get received(): number { return this.#received; }

  /** Messages of which the other end is to be told that they were processed. */
  get unacknowledged(): number { return this.#unacknowledged; }

  /** How many frames are kept. */
  get size(): number { return this.#kept.length; }

  /** Counts a message that is sent, or would be, and keeps its frame. `false` where the bounds made it forget one. */
  keep(frame: T): boolean {
    this.#sent += 1;
    this.#kept.push(frame);
    this.#keptBytes += frame.length;
    const { messages, bytes } = this.#bounds;
    if (this.#kept.length <= messages && this.#keptBytes <= bytes) return true;
    let over = 0;
    while (this.#kept.length - over > messages || this.#keptBytes > bytes) this.#keptBytes -= this.#kept[over++]!.length;
    this.#kept.splice(0, over);
    return false;
  }

  /** Counts a message that is processed. `true` where so many were that the other end should hear of it now. */
  count(): boolean {
    this.#received += 1;
    this.#unacknowledged += 1;
    return this.#unacknowledged >= ACK_EVERY;
  }

  /** The ACK that is due. */
  acknowledge(): Extract<Message, { readonly type: typeof MessageType.ACK }> {
    this.#unacknowledged = 0;
    return { type: MessageType.ACK, received: this.#received };
  }

  /** Lets go of what the other end has processed. A count of long ago says nothing new; throws ProtocolError where there were not so many. */
  confirm(received: number): void {
    if (received > this.#sent) throw new ProtocolError(`ACK.Received must be at most ${this.#sent}, got ${received}`);
    const confirmed = received - this.#forgotten;
    if (confirmed <= 0) return;
    for (let at = 0; at < confirmed; at++) this.#keptBytes -= this.#kept[at]!.length;
    this.#kept.splice(0, confirmed);
  }

  /** What an end that has processed so many has to be sent; `undefined` where that cannot be told, and the session cannot go on. */
  missing(received: number): readonly T[] | undefined {
    if (received > this.#sent || received < this.#forgotten) return undefined;
    return this.#kept.slice(received - this.#forgotten);
  }

  /** Messages that were sent and are not kept any more. */
  get #forgotten(): number { return this.#sent - this.#kept.length; }
}

/** A client that wants its session back. */
export interface ResumeClaim {
  readonly session: Id;
  readonly token: string;
  /** How many messages of the router it has processed. */
  readonly received: number;
}

/** What a router promises: the session can be resumed so long after its connection was lost, unless more is kept for it than that. */
export interface ResumeGrant extends ReplayBounds {
  readonly token: string;
  /** Milliseconds. */
  readonly timeout: number;
}

/** What a router says of a session that goes on. */
export interface Resumed {
  /** What the next attempt is made with. */
  readonly token: string;
  /** How many messages of the client it has processed. */
  readonly received: number;
}

/** What HELLO says of resumption: a claim, an offer, or nothing. What is no claim in every part is an offer. */
export function readClaim(hello: Dict): ResumeClaim | 'offer' | undefined {
  const resume = own(hello, '_resume');
  if (!isDict(resume)) return undefined;
  const session = own(resume, 'session');
  const token = own(resume, 'token');
  const received = own(resume, 'received');
  return isCount(session) && session >= 1 && session <= MAX_ID && isToken(token) && isCount(received) ? { session, token, received } : 'offer';
}

/** What WELCOME promises to a new session; `undefined` where the router does not resume. */
export function readGrant(welcome: Dict): ResumeGrant | undefined {
  const resume = own(welcome, '_resume');
  if (!isDict(resume)) return undefined;
  const token = own(resume, 'token');
  const timeout = own(resume, 'timeout');
  const messages = own(resume, 'messages');
  const bytes = own(resume, 'bytes');
  return isToken(token) && isCount(timeout) && isCount(messages) && isCount(bytes) ? { token, timeout, messages, bytes } : undefined;
}

/** What WELCOME says to a client that came back; `undefined` where the session does not go on. */
export function readResumed(welcome: Dict): Resumed | undefined {
  const resume = own(welcome, '_resume');
  if (!isDict(resume) || own(resume, 'resumed') !== true) return undefined;
  const token = own(resume, 'token');
  const received = own(resume, 'received');
  return isToken(token) && isCount(received) ? { token, received } : undefined;
}

/** The details of HELLO or WELCOME without the tokens in them, which are as good as a password. */
export function withoutTokens(details: Dict): Dict {
  const resume = own(details, '_resume');
  const hidesOne = isDict(resume) && Object.hasOwn(resume, 'token');
  if (!hidesOne && !Object.hasOwn(details, 'resume_token')) return details;
  return {
    ...details,
    ...(hidesOne && { _resume: { ...resume, token: '***' } }),
    ...(Object.hasOwn(details, 'resume_token') && { resume_token: '***' }),
  };
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_TOKEN_LENGTH;
}
