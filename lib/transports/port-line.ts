import { NEVER, Observable, Subscription, of, timer, type SchedulerLike, type Subscriber } from 'rxjs';
import { randomId } from '../protocol/ids.ts';
import { show } from '../protocol/show.ts';
import type { Id } from '../types.ts';
import { PortConnection } from './port-connection.ts';
import { readMessage, readOpened, readOpening, writeMessage, writeOpening, type Opened, type PortList, type PortMessage, type PortMessageKind, type PortTerms } from './port-message.ts';
import type { Connection, Transport } from './transport.ts';
import { failureOf } from './websocket-close.ts';

/** What carries messages between two ends, whole and in order: a port, or the channel between two processes. */
export interface Carrier {
  /** What it is, for messages of errors. */
  readonly label: string;
  /** Posts a message. Does nothing where the carrier is gone. */
  post(message: PortList): void;
  /** Hears what is posted at the other end, until the subscription is ended. */
  listen(listener: CarrierListener): Subscription;
  /** Whether there are several others at its far side. One that is gone is the end of its connections, and not of the carrier. */
  readonly isShared?: boolean;
  /** Lets go of a carrier that was made for one connection. */
  close?(): void;
  /** How an end is known to be gone where the carrier itself does not tell. */
  readonly presence?: Presence;
}

/** Who hears a {@link Carrier}. */
export interface CarrierListener {
  message(data: unknown): void;
  /** Nothing more comes or goes. */
  gone(reason: string, cause?: unknown): void;
  /** The other end may never have begun: matters only while nothing is open. */
  failed(reason: string, cause?: unknown): void;
}

/** See {@link Carrier.presence}. */
export interface Presence {
  /** What this end shows as long as it lives. */
  own(): Observable<string | undefined>;
  /** Emits when the other end does not show it any more. */
  gone(shown: string): Observable<void>;
}

/** Options of either end, read. */
export interface PortSettings {
  readonly subprotocols: readonly string[];
  readonly maxPayload: number;
  readonly highWaterMark: number;
  readonly scheduler: SchedulerLike;
}

/** Options of who dials, read. */
export interface PortDialSettings extends PortSettings {
  readonly openTimeout: number;
}

// Four times from the high-water mark to nothing: often enough for a steady flow, and one message for many.
const TELLINGS = 4;

const OTHER_GONE = 'the other end is gone';

/** Each subscription asks for a connection over a carrier of its own, or over the same one. */
export function dialPort(open: () => Carrier, settings: PortDialSettings): Transport {
  return new Observable((subscriber) => new PortDial(open(), settings, subscriber).begin());
}

/** Connections that are asked for over a carrier, until it is gone. Unsubscribing drops those that are open. */
export function acceptPorts(carrier: Carrier, settings: PortSettings): Observable<Connection> {
  return new Observable((subscriber) => new PortAcceptor(carrier, settings, subscriber).begin());
}

function termsOf({ maxPayload, highWaterMark }: PortSettings, lock: string | undefined): PortTerms {
  const terms = { maxLength: maxPayload, every: Math.floor(highWaterMark / TELLINGS) };
  // JSON has no undefined.
  return lock === undefined ? terms : { ...terms, lock };
}

function ownPresence({ presence }: Carrier): Observable<string | undefined> {
  return presence?.own() ?? of(undefined);
}

function whenGone({ presence }: Carrier, { lock }: PortTerms): Observable<void> {
  return lock === undefined || presence === undefined ? NEVER : presence.gone(lock);
}

class PortDial {
  readonly #carrier: Carrier;
  readonly #settings: PortDialSettings;
  readonly #subscriber: Subscriber<Connection>;
  readonly #id: Id = randomId();
  readonly #line = new Subscription();
  #deadline = Subscription.EMPTY;
  #connection: PortConnection | undefined;
  #asked = false;

  constructor(carrier: Carrier, settings: PortDialSettings, subscriber: Subscriber<Connection>) {
    this.#carrier = carrier;
    this.#settings = settings;
    this.#subscriber = subscriber;
  }

  begin(): () => void {
    const { openTimeout, scheduler } = this.#settings;
    const late = openTimeout === 0 ? NEVER : timer(openTimeout, scheduler);
    this.#deadline = late.subscribe(() => this.#fail(`it must open within ${openTimeout} ms`));
    this.#line.add(ownPresence(this.#carrier).subscribe((lock) => this.#ask(lock)));
    return () => this.#release();
  }

  #ask(lock: string | undefined): void {
    const ask = (): void => this.#post('open', writeOpening({ ...termsOf(this.#settings, lock), subprotocols: this.#settings.subprotocols }));
    this.#line.add(this.#carrier.listen({
      message: (data) => {
        const message = readMessage(data);
        if (message?.connection === this.#id) this.#take(message);
        else if (message?.kind === 'ready' && this.#connection === undefined) ask();
      },
      gone: (reason, cause) => (this.#connection === undefined ? this.#fail(reason, cause) : this.#connection.lose(reason, cause)),
      failed: (reason, cause) => {
        if (this.#connection === undefined) this.#fail(reason, cause);
      },
    }));
    this.#asked = true;
    // A carrier that is gone says so at once.
    if (!this.#subscriber.closed) ask();
  }

  #take({ kind, value }: PortMessage): void {
    if (this.#connection !== undefined) return this.#connection.take(kind, value);
    if (kind === 'refused') return this.#fail(typeof value === 'string' ? value : 'it was refused');
    const opened = kind === 'opened' ? readOpened(value) : undefined;
    if (opened !== undefined && this.#settings.subprotocols.includes(opened.subprotocol)) this.#open(opened);
    else this.#fail(`the other end must say with which of ${this.#settings.subprotocols.join(', ')} it is open, got ${show(kind === 'opened' ? opened?.subprotocol : kind)}`);
  }

  #open(opened: Opened): void {
    this.#deadline.unsubscribe();
    const connection = new PortConnection({
      ...this.#settings, ...opened, label: this.#carrier.label, post: (kind, value) => this.#post(kind, value), onEnd: () => {
        this.#letGo();
        this.#subscriber.complete();
      },
    });
    this.#connection = connection;
    this.#line.add(whenGone(this.#carrier, opened).subscribe(() => connection.lose(OTHER_GONE)));
    this.#subscriber.next(connection);
  }

  #post(kind: PortMessageKind, value?: unknown): void {
    this.#carrier.post(writeMessage(this.#id, kind, value));
  }

  #fail(reason: string, cause?: unknown): void {
    this.#subscriber.error(failureOf(this.#carrier.label, reason, cause));
  }

  #release(): void {
    this.#deadline.unsubscribe();
    if (this.#connection !== undefined) return this.#connection.release();
    if (this.#asked) this.#post('lost');
    this.#letGo();
  }

  #letGo(): void {
    this.#line.unsubscribe();
    this.#carrier.close?.();
  }
}

class PortAcceptor {
  readonly #carrier: Carrier;
  readonly #settings: PortSettings;
  readonly #subscriber: Subscriber<Connection>;
  readonly #connections = new Map<Id, PortConnection>();
  readonly #line = new Subscription();
  #isWatched = false;

  constructor(carrier: Carrier, settings: PortSettings, subscriber: Subscriber<Connection>) {
    this.#carrier = carrier;
    this.#settings = settings;
    this.#subscriber = subscriber;
  }

  begin(): () => void {
    this.#line.add(ownPresence(this.#carrier).subscribe((lock) => this.#listen(lock)));
    return () => {
      for (const connection of this.#connections.values()) connection.error(undefined);
      this.#line.unsubscribe();
    };
  }

  #listen(lock: string | undefined): void {
    this.#line.add(this.#carrier.listen({
      message: (data) => {
        const message = readMessage(data);
        if (message !== undefined) this.#take(message, lock);
      },
      gone: (reason, cause) => this.#gone(reason, cause),
      failed: () => {},
    }));
    this.#carrier.post(writeMessage(0, 'ready'));
  }

  #take({ connection: id, kind, value }: PortMessage, lock: string | undefined): void {
    const known = this.#connections.get(id);
    // Asked twice: once before, and once because of `ready`.
    if (known !== undefined && kind !== 'open') known.take(kind, value);
    else if (known === undefined && kind === 'open') this.#open(id, value, lock);
  }

  #open(id: Id, value: unknown, lock: string | undefined): void {
    const opening = readOpening(value);
    const subprotocol = this.#settings.subprotocols.find((name) => opening?.subprotocols.includes(name));
    const post = (kind: PortMessageKind, more?: unknown): void => this.#carrier.post(writeMessage(id, kind, more));
    if (opening === undefined || subprotocol === undefined) return post('refused', `subprotocol must be one of ${this.#settings.subprotocols.join(', ')}`);
    const watch = new Subscription();
    const connection = new PortConnection({
      ...this.#settings, ...opening, subprotocol, label: this.#carrier.label, post, onEnd: () => {
        this.#connections.delete(id);
        this.#line.remove(watch);
        watch.unsubscribe();
      },
    });
    this.#connections.set(id, connection);
    this.#line.add(watch);
    post('opened', { ...termsOf(this.#settings, lock), subprotocol, bytes: opening.bytes });
    if (this.#carrier.isShared === true) watch.add(whenGone(this.#carrier, opening).subscribe(() => connection.lose(OTHER_GONE)));
    else this.#watch(opening);
    this.#subscriber.next(connection);
  }

  // Also between two connections: nobody else would tell that the port is of no use any more.
  #watch(terms: PortTerms): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#line.add(whenGone(this.#carrier, terms).subscribe(() => this.#gone(OTHER_GONE)));
  }

  #gone(reason: string, cause?: unknown): void {
    for (const connection of this.#connections.values()) connection.lose(reason, cause);
    this.#subscriber.complete();
  }
}
