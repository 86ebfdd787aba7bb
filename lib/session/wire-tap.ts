import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { MessageType, type Message } from '../protocol/messages.ts';
import { bytesOf } from '../transports/frame-length.ts';
import type { Frame } from '../transports/transport.ts';
import type { Id } from '../types.ts';
import { redacted, withoutContent, withoutSecrets, type Redact } from './redaction.ts';
import { reportUnhandled } from './report.ts';

/** One message as it went over the wire. */
export interface TappedFrame {
  readonly kind: 'frame';
  /** Seen from the client. */
  readonly direction: 'in' | 'out';
  /** The scheduler's time. */
  readonly at: number;
  /** The session, once there is one. */
  readonly session: Id | undefined;
  /**
   * Without what proves who somebody is, and as `redact` has it: signatures, the values of challenges and of `authextra`, and tokens of
   * sessions are `'***'`.
   */
  readonly message: Message;
  /** The size of its frame, as it was sent. */
  readonly bytes: number;
  /** What it belongs to; `undefined` for messages of the handshake, EVENT, and revocations. Worked out when it is read. */
  readonly correlation: Correlation | undefined;
}

/**
 * What a message belongs to: CALL, its CANCEL, each RESULT and ERROR have equal ones, and so have INVOCATION, INTERRUPT, YIELD and ERROR, and
 * each other request and its answer. `verb` and `request` are those of `WampError.operation` too.
 */
export interface Correlation {
  readonly verb: 'call' | 'publish' | 'subscribe' | 'unsubscribe' | 'register' | 'unregister' | 'invocation';
  /** Unique in its session among the invocations, and among all others. */
  readonly request: Id;
}

/**
 * What became of a connection:
 *
 * - `'dial'`: we have begun to open one
 * - `'open'`: it is open
 * - `'refused'`: it could not be opened
 * - `'lost'`: the other side, or the network, ended it
 * - `'closed'`: we ended it, because we left, or because of what was said on it, or gave the dial up
 *
 * ```
 * a life      dial  open  HELLO  WELCOME … lost
 * another     dial  refused
 * ```
 */
export interface TappedConnection {
  readonly kind: 'dial' | 'open' | 'refused' | 'lost' | 'closed';
  /** The scheduler's time. */
  readonly at: number;
  /** The session that was on it, if one was. */
  readonly session: Id | undefined;
  /** Why it was refused, lost or closed; `undefined` where we left. */
  readonly cause: unknown;
}

/** What happens on the wire. */
export type WireEntry = TappedFrame | TappedConnection;

/** Where what happens on the wire is shown to whoever looks; a Subject is one. */
export interface WireTap {
  /** Whether somebody looks. Read once for each message; nothing is made where it is `false`. */
  readonly observed: boolean;
  next(entry: WireEntry): void;
}

/** Options of {@link Tap}. */
export interface TapOptions {
  readonly redact?: Redact | undefined;
  readonly scheduler?: SchedulerLike | undefined;
  /** Where what `redact` throws goes. */
  readonly report?: ((error: unknown) => void) | undefined;
}

/** Makes what a {@link WireTap} is shown. Throws nothing, whatever the user's rule does: a session does not end because somebody looks. */
export class Tap {
  readonly #to: WireTap;
  readonly #redact: Redact | undefined;
  readonly #scheduler: SchedulerLike;
  readonly #report: (error: unknown) => void;

  constructor(to: WireTap, { redact, scheduler = asyncScheduler, report = reportUnhandled }: TapOptions = {}) {
    this.#to = to;
    this.#redact = redact;
    this.#scheduler = scheduler;
    this.#report = report;
  }

  /** Whether somebody looks. */
  get observed(): boolean { return this.#to.observed; }

  /** Shows a message and its frame. Called only where somebody looks. */
  frame(direction: 'in' | 'out', message: Message, frame: Frame, session: Id | undefined): void {
    this.#show({
      kind: 'frame', direction, at: this.#scheduler.now(), session, message: this.#redacted(message), bytes: bytesOf(frame),
      get correlation() { return correlationOf(message); },
    });
  }

  /** Shows what became of a connection, where somebody looks. */
  connection(kind: TappedConnection['kind'], session?: Id, cause?: unknown): void {
    if (this.observed) this.#show({ kind, at: this.#scheduler.now(), session, cause });
  }

  #redacted(message: Message): Message {
    const safe = withoutSecrets(message);
    if (this.#redact === undefined) return safe;
    try {
      return redacted(safe, this.#redact);
    } catch (error) {
      this.#report(error);
      return withoutContent(safe);
    }
  }

  #show(entry: WireEntry): void {
    try {
      this.#to.next(entry);
    } catch (error) {
      this.#report(error);
    }
  }
}

const VERBS: { readonly [type: number]: Correlation['verb'] } = {
  [MessageType.CALL]: 'call', [MessageType.CANCEL]: 'call', [MessageType.RESULT]: 'call',
  [MessageType.PUBLISH]: 'publish', [MessageType.PUBLISHED]: 'publish',
  [MessageType.SUBSCRIBE]: 'subscribe', [MessageType.SUBSCRIBED]: 'subscribe',
  [MessageType.UNSUBSCRIBE]: 'unsubscribe', [MessageType.UNSUBSCRIBED]: 'unsubscribe',
  [MessageType.REGISTER]: 'register', [MessageType.REGISTERED]: 'register',
  [MessageType.UNREGISTER]: 'unregister', [MessageType.UNREGISTERED]: 'unregister',
  [MessageType.INVOCATION]: 'invocation', [MessageType.INTERRUPT]: 'invocation', [MessageType.YIELD]: 'invocation',
};

/** What a message belongs to. */
function correlationOf(message: Message): Correlation | undefined {
  // A revocation answers nothing, and has request 0.
  if (!('request' in message) || message.request === 0) return undefined;
  const verb = VERBS[message.type === MessageType.ERROR ? message.requestType : message.type];
  return verb && { verb, request: message.request };
}
