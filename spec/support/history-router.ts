import { Observable, Subscription, timer } from 'rxjs';
import { ConnectFailedError } from '../../lib/errors.ts';
import { MessageType, type WampList } from '../../lib/protocol/messages.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import type { Connection, Transport } from '../../lib/transports/transport.ts';
import type { Dict } from '../../lib/types.ts';

/**
 * How a router answers `wamp.subscription.get_events`: by the specification; as Crossbar.io does; or as one that refuses the
 * filters and takes no notice of a limit.
 */
export type HistoryDialect = 'specification' | 'crossbar' | 'limitless';

/** What a {@link HistoryRouter} does. It may be changed at any time. */
export interface HistoryBehaviour {
  dialect: HistoryDialect;
  /** Events that it remembers. */
  keep: number;
  /** Milliseconds from a question to its answer. */
  delay: number;
  /** Whether the answer is what was true at the end of the delay, and not at its beginning. */
  late: boolean;
  /** The URI of the ERROR that answers instead. */
  refusal: string | undefined;
  /** What stands in the place of an answer. */
  nonsense: WampList | undefined;
}

interface Published {
  readonly id: number;
  readonly n: number;
}

interface Peer {
  readonly connection: Connection;
  readonly life: Subscription;
  readonly calls: Map<number, Subscription>;
  subscription: number | undefined;
}

/** The router of one topic that remembers what was published, and of one client. */
export class HistoryRouter {
  readonly transport: Transport;
  readonly behaviour: HistoryBehaviour;
  /** Every CALL that came, as its payload. */
  readonly asked: { readonly args: unknown; readonly kwargs: unknown; answered: boolean }[] = [];
  /** How many events were published. */
  published = 0;
  #memory: Published[] = [];
  #sessions = 0;
  #broken = false;
  readonly #peers = new Set<Peer>();

  constructor(behaviour: Partial<HistoryBehaviour> = {}, latency = 0) {
    this.behaviour = { dialect: 'specification', keep: 1000, delay: 0, late: false, refusal: undefined, nonsense: undefined, ...behaviour };
    this.transport = new Observable((subscriber) => {
      if (this.#broken) return subscriber.error(new ConnectFailedError('refused by the spec'));
      const [near, far] = memoryLink({ latency });
      const peer: Peer = { connection: far, life: new Subscription(), calls: new Map(), subscription: undefined };
      this.#peers.add(peer);
      peer.life.add(() => {
        this.#peers.delete(peer);
        for (const call of peer.calls.values()) call.unsubscribe();
      });
      const end = (): void => peer.life.unsubscribe();
      peer.life.add(far.subscribe({ next: (frame) => this.#receive(peer, JSON.parse(String(frame)) as WampList), error: end, complete: end }));
      subscriber.next(near);
      return () => near.complete();
    });
  }

  get open(): number { return this.#peers.size; }

  /** Whether somebody gets what is published. */
  get subscribed(): boolean { return [...this.#peers].some(({ subscription }) => subscription !== undefined); }

  /** Questions that wait for their answer. */
  get pending(): number { return [...this.#peers].reduce((sum, { calls }) => sum + calls.size, 0); }

  /** Publishes the next number; the ids are in no order. `stored` says whether the history gets it. */
  publish(stored = true): void {
    const n = this.published++;
    const event = { id: 1 + ((n + 1) * 7919) % 1_000_003, n };
    if (stored) this.#memory.push(event);
    this.#forget();
    for (const peer of this.#peers) if (peer.subscription !== undefined) send(peer, MessageType.EVENT, peer.subscription, event.id, {}, [event.n]);
  }

  /** Forgets all that was published, as a router that is started anew. */
  restart(): void {
    this.cut();
    this.#memory = [];
  }

  /** Drops the connections, and refuses others until it is mended. */
  cut(): void {
    this.#broken = true;
    for (const { connection, life } of this.#peers) {
      life.unsubscribe();
      connection.error(new Error('cut by the spec'));
    }
  }

  mend(): void {
    this.#broken = false;
  }

  #forget(): void {
    this.#memory = this.#memory.slice(Math.max(0, this.#memory.length - this.behaviour.keep));
  }

  #receive(peer: Peer, [type, request, id, , args, kwargs]: WampList): void {
    switch (type) {
      case MessageType.HELLO: return send(peer, MessageType.WELCOME, ++this.#sessions, { roles: { broker: {}, dealer: { features: { call_canceling: true } } } });
      case MessageType.GOODBYE: return send(peer, MessageType.GOODBYE, {}, 'wamp.close.goodbye_and_out');
      case MessageType.SUBSCRIBE:
        peer.subscription = 70 + this.#sessions;
        return send(peer, MessageType.SUBSCRIBED, request, peer.subscription);
      case MessageType.UNSUBSCRIBE:
        if (id !== peer.subscription) return send(peer, MessageType.ERROR, type, request, {}, 'wamp.error.no_such_subscription');
        peer.subscription = undefined;
        return send(peer, MessageType.UNSUBSCRIBED, request);
      case MessageType.CALL: return this.#call(peer, Number(request), args, kwargs);
      case MessageType.CANCEL: return cancel(peer, Number(request));
    }
  }

  #call(peer: Peer, request: number, args: unknown, kwargs: unknown): void {
    const { delay, late } = this.behaviour;
    const question = { args, kwargs, answered: false };
    this.asked.push(question);
    const answered = (): WampList => this.#answer(request, args as WampList, kwargs as Dict | undefined);
    const early = late ? undefined : answered();
    const answer = (): void => {
      peer.calls.delete(request);
      question.answered = true;
      send(peer, ...(early ?? answered()));
    };
    if (delay === 0) answer();
    else peer.calls.set(request, timer(delay).subscribe(answer));
  }

  #answer(request: number, args: WampList, kwargs: Dict | undefined): WampList {
    const { dialect, refusal, nonsense } = this.behaviour;
    const events = this.#memory.map(({ id, n }) => ({ publication: id, details: {}, args: [n] }));
    if (refusal !== undefined) return [MessageType.ERROR, MessageType.CALL, request, {}, refusal];
    if (nonsense !== undefined) return [MessageType.RESULT, request, {}, ...nonsense];
    if (dialect !== 'specification' && kwargs !== undefined) return [MessageType.ERROR, MessageType.CALL, request, {}, 'wamp.error.invalid_argument'];
    if (dialect === 'limitless') return [MessageType.RESULT, request, {}, events];
    if (dialect === 'crossbar') return [MessageType.RESULT, request, {}, [events.reverse().slice(0, Number(args[1])).map(({ publication, args: payload }) => ({ publication, topic: 'com.x', args: payload }))]];
    const from = events.findIndex(({ publication }) => publication === kwargs?.['from_publication']);
    return [MessageType.RESULT, request, {}, from < 0 ? [] : events.slice(from, from + Number(kwargs?.['limit']))];
  }
}

function send({ connection }: Peer, ...list: WampList): void {
  connection.next(JSON.stringify(list));
}

function cancel(peer: Peer, request: number): void {
  const call = peer.calls.get(request);
  if (call === undefined) return;
  peer.calls.delete(request);
  call.unsubscribe();
  send(peer, MessageType.ERROR, MessageType.CALL, request, {}, 'wamp.error.canceled');
}
