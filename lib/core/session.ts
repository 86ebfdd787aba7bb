import type { Observable } from 'rxjs';
import { ApplicationError, TransportLostError, type Operation, type WampError } from '../errors.ts';
import { announces, type Role } from '../protocol/announces.ts';
import type { SessionDetails } from '../session/options.ts';
import { WITHOUT_EFFECT } from '../session/without-effect.ts';
import type { Dict, Id, List, Uri } from '../types.ts';
import { unexpected, type Incoming } from './incoming.ts';
import type { Procedures } from './procedures.ts';
import type { Topics } from './topics.ts';

/** A request that was sent and has not been answered. */
export interface Pending {
  readonly operation: Operation;
  readonly answered: (message: Incoming, hasProgressed: boolean) => void;
  /** A progressive RESULT. */
  readonly progressed?: (message: Incoming) => void;
  /** The router has refused it, or the session has ended. */
  readonly failed: (error: WampError) => void;
}

interface Asked {
  readonly type: number;
  readonly pending: Pending;
  hasProgressed: boolean;
}

/** What a {@link Session} is made with. */
export interface SessionSurroundings {
  readonly topics: Topics;
  readonly procedures: Procedures;
  /** Of its connection. */
  readonly writable$: Observable<boolean>;
}

/** The types of the requests that PUBLISHED, SUBSCRIBED, UNSUBSCRIBED, RESULT, REGISTERED and UNREGISTERED answer. */
const ANSWERED: { readonly [type: number]: number } = { 17: 16, 33: 32, 35: 34, 50: 48, 65: 64, 67: 66 };

const ERROR = 8;
const UNSUBSCRIBED = 35;
const EVENT = 36;
const CALL = 48;
const RESULT = 50;
const INVOCATION = 68;
const INTERRUPT = 69;

/** A joined session: what was asked in it, and who hears of what the router says. */
export class Session {
  readonly details: SessionDetails;
  /** Of the connection. */
  readonly writable$: Observable<boolean>;
  readonly #write: (list: List) => void;
  readonly #topics: Topics;
  readonly #procedures: Procedures;
  readonly #pending = new Map<Id, Asked>();
  #newest: Id = 0;
  #isOver = false;

  /** `write` sends a list, or throws SerializationError where it cannot be written. */
  constructor(details: SessionDetails, { topics, procedures, writable$ }: SessionSurroundings, write: (list: List) => void) {
    this.details = details;
    this.writable$ = writable$;
    this.#topics = topics;
    this.#procedures = procedures;
    this.#write = write;
  }

  announces(role: Role, feature: string): boolean { return announces(this.details.welcome, role, feature); }

  /** Sends what asks for nothing. Throws SerializationError, and then nothing was sent. */
  send(...list: List): void {
    if (!this.#isOver) this.#write(list);
  }

  /** Sends a request. Throws SerializationError, and then nothing was sent and its id is the next one's. */
  ask(type: number, rest: List, pending?: Pending): Id {
    const id = this.#newest + 1;
    this.#newest = id;
    // Before it is sent: behind that its answer may be there already.
    if (pending !== undefined) this.#pending.set(id, { type, pending, hasProgressed: false });
    try {
      this.send(type, id, ...rest);
    } catch (error) {
      this.#newest = id - 1;
      this.#pending.delete(id);
      throw error;
    }
    return id;
  }

  /** Stops waiting for an answer. Tells whether it was awaited. */
  forget(id: Id): boolean {
    return this.#pending.delete(id);
  }

  /** A message of the established session. Throws ProtocolError where there can be no such. */
  receive(message: Incoming): void {
    const { type, values } = message;
    const [first, second] = values;
    if (type === EVENT) return this.#topics.event(message);
    if (type === INVOCATION) return this.#procedures.invocation(message, this);
    if (type === INTERRUPT) return this.#procedures.interrupt(first as Id, second as Dict);
    if (type === ERROR) return this.#refused(message);
    const asked = ANSWERED[type];
    if (asked === undefined) throw unexpected(type);
    // Revocation: there is no request 0.
    if (first === 0) return (type === UNSUBSCRIBED ? this.#topics : this.#procedures).revoked((second ?? {}) as Dict);
    const open = this.#pending.get(first as Id);
    // Late: nobody waits for it any more.
    if (open?.type !== asked) return;
    if (type === RESULT && (second as Dict)['progress'] === true) {
      open.hasProgressed = true;
      return open.pending.progressed?.(message);
    }
    this.#pending.delete(first as Id);
    open.pending.answered(message, open.hasProgressed);
  }

  /** It is over: what was asked fails. */
  end(cause: WampError): void {
    this.#isOver = true;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { pending: { operation, failed } } of pending) {
      failed(new TransportLostError(`session ended before ${operation.uri} was answered`, { cause, sent: true, effect: 'unknown', operation }));
    }
    this.#topics.lost();
    this.#procedures.lost();
  }

  #refused({ values, args, kwargs }: Incoming): void {
    const [type, request, details, error] = values as [number, Id, Dict, Uri];
    const open = this.#pending.get(request);
    if (open?.type !== type) return;
    this.#pending.delete(request);
    const { operation, failed } = open.pending;
    // Who reported progress was run, whatever it says in the end. What only the router acts on was not acted on.
    const effect = type === CALL && (open.hasProgressed || !WITHOUT_EFFECT.has(error)) ? 'unknown' : 'none';
    failed(new ApplicationError(error, { args, kwargs }, { details, effect, operation }));
  }
}
