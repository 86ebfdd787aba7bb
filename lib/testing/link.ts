import { BehaviorSubject, Observable, Subject, asyncScheduler, map, type SchedulerLike } from 'rxjs';
import { ProtocolError, SerializationError } from '../errors.ts';
import type { Message } from '../protocol/messages.ts';
import { show } from '../protocol/show.ts';
import { serializerOf } from '../serializers/all.ts';
import { codec } from '../serializers/codec.ts';
import type { Codec } from '../serializers/serializer.ts';
import { assertRange } from '../transports/assert-range.ts';
import type { Connection, Frame, Transport } from '../transports/transport.ts';
import { bandwidthOf } from './faults/bandwidth.ts';
import { corrupted } from './faults/corrupt-when.ts';
import { cutWhen } from './faults/cut-when.ts';
import { faulty } from './faults/faulty.ts';
import type { Fault } from './faults/faulty-connection.ts';
import { straightLane } from './faults/lane.ts';
import { delayOf, latencyOf } from './faults/latency.ts';
import { refuseWhile } from './faults/refuse-while.ts';
import { Spoiler } from './faults/spoiler.ts';
import { stallWhile } from './faults/stall-while.ts';
import { truncated } from './faults/truncate-when.ts';
import { marblesOf, playMarbles } from './notation.ts';

/** Options of {@link Link}. */
export interface LinkOptions {
  /** Source of chance from 0 up to 1: of jitter, of where a frame is cut short, of what is corrupted. */
  readonly random: () => number;
  /** Where latency, bandwidth and marbles pass. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** What the letters of {@link Link.marbles} do. */
export type LinkActions = { readonly [letter: string]: (link: Link) => void };

const ACTIONS: LinkActions = {
  x: (link) => link.cut(),
  o: (link) => link.restore(),
  s: (link) => link.stall(),
  r: (link) => link.refuse(),
  t: (link) => link.truncate(),
  c: (link) => link.corrupt(),
};

/**
 * A transport over another one, whose network a test holds in its hand. Until it is told otherwise everything passes at once.
 *
 * What it is told holds for every connection, the open ones and those to come. Faults can be combined: a link that is refused and
 * stalled is both until {@link restore}.
 *
 * ```
 * marbles   ---x 2s o--        x cut, o restore
 * client    j--w 2s (j)        j joined, w waiting; as soon as it dials after the restore
 * ```
 *
 * ```ts
 * const link = new Link(router.link(), { random: () => 0.5 });
 * const client = createClient({ transport: link, realm: 'realm1' });
 * link.latency(20);
 * link.marbles('---x 2s o--');
 * ```
 */
export class Link extends Observable<Connection> {
  /** What the client sent, as it enters the link. Hot; decoded only while somebody looks. What cannot be decoded is not shown. */
  readonly sent$: Observable<Message>;
  /** What reached the client, in the same way. */
  readonly received$: Observable<Message>;
  readonly #random: () => number;
  readonly #scheduler: SchedulerLike;
  readonly #transport: Transport;
  readonly #sent = new Subject<Message>();
  readonly #received = new Subject<Message>();
  readonly #cuts = new Subject<void>();
  readonly #refused = new BehaviorSubject(false);
  readonly #stalled = new BehaviorSubject(false);
  readonly #truncation: Spoiler;
  readonly #corruption: Spoiler;
  #latency = 0;
  #jitter = 0;
  #bandwidth: number | undefined;
  #dials = 0;
  #open = 0;

  constructor(inner: Transport, { random, scheduler = asyncScheduler }: LinkOptions) {
    super((subscriber) => {
      this.#dials += 1;
      return this.#transport.subscribe(subscriber);
    });
    this.#random = random;
    this.#scheduler = scheduler;
    this.#truncation = new Spoiler((frame) => truncated(frame, random));
    this.#corruption = new Spoiler((frame) => corrupted(frame, random));
    this.sent$ = this.#sent.asObservable();
    this.received$ = this.#received.asObservable();
    this.#transport = this.#through(inner);
  }

  /** How often somebody dialled. */
  get dials(): number {
    return this.#dials;
  }

  /** Connections that are open at the client's end, those that are being closed too; the router may know of others still. */
  get open(): number {
    return this.#open;
  }

  /** Drops every open connection, at both ends at once, the router's first; what is under way is lost. Refuses dials until {@link restore}. */
  cut(): void {
    this.refuse();
    this.#cuts.next();
  }

  /** Ends what {@link cut}, {@link stall} and {@link refuse} began. What waited arrives in order. */
  restore(): void {
    this.#refused.next(false);
    this.#stalled.next(false);
  }

  /** Lets nothing pass in either direction, and tells nobody, until {@link restore}. Dials hang. See {@link stallWhile}. */
  stall(): void {
    this.#stalled.next(true);
  }

  /** Has dials error with ConnectFailedError until {@link restore}, those that hang too. Open connections live on. */
  refuse(): void {
    this.#refused.next(true);
  }

  /** Cuts the next frame short that the client sends or gets. Twice before a frame: the next two. */
  truncate(): void {
    this.#truncation.arm();
  }

  /** Changes one byte, or one character, of the next frame that the client sends or gets. Twice before a frame: the next two. */
  corrupt(): void {
    this.#corruption.arm();
  }

  /**
   * Each frame that is sent from now on is under way so many milliseconds, and up to `jitter` more; 0 is none. See {@link latency}.
   * Throws RangeError where one of them is no number from 0.
   */
  latency(ms: number, jitter = 0): void {
    assertRange({ ms, jitter });
    this.#latency = ms;
    this.#jitter = jitter;
  }

  /**
   * So many bytes pass in a second from now on, each way; `undefined` is any number. The frame that is just leaving keeps its pace. See
   * {@link bandwidth}. Throws RangeError where it is no number from 1.
   */
  bandwidth(bytesPerSecond: number | undefined): void {
    if (bytesPerSecond !== undefined) assertRange({ bytesPerSecond }, 1);
    this.#bandwidth = bytesPerSecond;
  }

  /**
   * Does what a diagram says, from now on: `x` {@link cut}, `o` {@link restore}, `s` {@link stall}, `r` {@link refuse}, `t`
   * {@link truncate}, `c` {@link corrupt}, and whatever `actions` names. The marbles are those of RxJS's run mode: `-` and a letter
   * are 1 ms, a group is done at once, `2s` between spaces passes so long. Returns at once; several diagrams can be played at a time.
   *
   * Throws TypeError where the diagram is none or has a letter that nobody knows.
   *
   * ```ts
   * link.marbles('--s 500ms o 1s a', { a: () => link.latency(200) });
   * ```
   */
  marbles(diagram: string, actions: LinkActions = {}): void {
    const known: LinkActions = { ...ACTIONS, ...actions };
    for (const [letter, act] of Object.entries(known)) {
      if (typeof act !== 'function') throw new TypeError(`actions.${letter} must be a function, got ${show(act)}`);
    }
    const steps = marblesOf(diagram).map((marble) => {
      if (marble.kind !== 'next') throw new TypeError(`marbles of a link must neither complete nor fail, got ${show(diagram)}`);
      if (!Object.hasOwn(known, marble.letter)) throw new TypeError(`marbles of a link must be of ${Object.keys(known).join(', ')}, got ${show(marble.letter)}`);
      return { frame: marble.frame, act: known[marble.letter]! };
    });
    playMarbles(steps, ({ act }) => act(this), this.#scheduler);
  }

  // What cuts and stalls stands at both ends of the line, so that neither end sees anything after it that was still under way.
  #through(inner: Transport): Transport {
    // Who is told of a change behind another one that was made in the midst of it is told what holds.
    const stalled$ = this.#stalled.pipe(map(() => this.#stalled.value));
    return inner.pipe(
      cutWhen(this.#cuts),
      stallWhile(stalled$),
      latencyOf(() => delayOf(this.#latency, this.#jitter, this.#random), this.#scheduler),
      bandwidthOf(() => this.#bandwidth, this.#scheduler),
      stallWhile(stalled$),
      refuseWhile(this.#refused),
      cutWhen(this.#cuts),
      faulty((connection) => this.#clientEnd(connection)),
    );
  }

  // The client's own end of the link: what it sends is shown as it was sent, what reaches it as it was spoilt.
  #clientEnd({ subprotocol }: Connection): Fault {
    const serializer = serializerOf(subprotocol);
    const reader = serializer && codec(serializer);
    const spoil = (frame: Frame): Frame => this.#corruption.pass(this.#truncation.pass(frame));
    const out = (frame: Frame): Frame => {
      if (this.#sent.observed) showTo(this.#sent, frame, reader);
      return spoil(frame);
    };
    const into = (frame: Frame): Frame => {
      const spoilt = spoil(frame);
      if (this.#received.observed) showTo(this.#received, spoilt, reader);
      return spoilt;
    };
    return {
      lane: (outlet, direction) => straightLane(outlet, direction === 'out' ? out : into),
      start: () => {
        this.#open += 1;
        return () => {
          this.#open -= 1;
        };
      },
    };
  }
}

function showTo(messages: Subject<Message>, frame: Frame, reader: Codec | undefined): void {
  let message: Message | undefined;
  try {
    message = reader?.decode(frame);
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof SerializationError) return;
    throw error;
  }
  if (message !== undefined) messages.next(message);
}
