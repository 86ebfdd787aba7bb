import { asyncScheduler } from 'rxjs';
import { ConnectFailedError } from '../../../lib/errors.ts';
import { MessageType, type WampList } from '../../../lib/protocol/messages.ts';
import { linkTo } from '../../../lib/router/link.ts';
import type { Connection, Transport } from '../../../lib/transports/transport.ts';
import type { Dict, Uri } from '../../../lib/types.ts';
import { keyOf } from './wire-ledger.ts';
import { matches } from './matching.ts';

/** What the router does about one request. */
export interface Whim {
  /** Milliseconds until it gets to it: others overtake it. */
  readonly delay: number;
  readonly answer: 'right' | 'refuse' | 'never' | 'twice';
  readonly error: Uri;
  /** How many progressive results come first. */
  readonly progress: number;
}

/** What it does about a HELLO. */
export interface Greeting {
  readonly delay: number;
  readonly answer: 'welcome' | 'abort' | 'never' | 'challenge' | 'nonsense' | 'hang up';
  readonly reason: Uri;
}

/** What the router is made of. */
export interface OpenRouterOptions {
  readonly whims: readonly Whim[];
  readonly greetings: readonly Greeting[];
  readonly dialect: 'specification' | 'crossbar';
  readonly after: (ms: number, act: () => void) => void;
  readonly now: () => number;
  /** The history was asked for, and it takes its time. */
  readonly meanwhile: () => void;
}

interface Peer {
  readonly connection: Connection;
  isOpen: boolean;
  isJoined: boolean;
  readonly subscriptions: Map<string, number>;
  readonly registrations: Map<string, number>;
  readonly calls: Set<number>;
  readonly invocations: Set<number>;
  /** Requests that will never be answered. */
  silences: number;
  /** When it will be done with the requests of a role: it takes them in turn. */
  readonly busy: Map<unknown, number>;
  invoked: number;
}

interface Stored {
  readonly id: number;
  readonly topic: Uri;
  readonly args: WampList;
}

const HISTORY = 'wamp.subscription.get_events';
const RIGHT: Whim = { delay: 0, answer: 'right', error: '', progress: 0 };
const FEATURES = { features: { call_canceling: true, progressive_call_results: true, pattern_based_subscription: true, pattern_based_registration: true } };
const WELCOME = { roles: { broker: FEATURES, dealer: FEATURES } };

/** A router that knows what it has given to whom, and does with each request what the plan says. What is over, the peer never hears of. */
export class OpenRouter {
  readonly transport: Transport;
  /** It has come to its senses: everything is answered, rightly and at once. */
  isSober = false;
  readonly #options: OpenRouterOptions;
  readonly #peers = new Set<Peer>();
  readonly #history: Stored[] = [];
  readonly #retained = new Map<Uri, Stored>();
  #whims = 0;
  #greetings = 0;
  #sessions = 0;
  #ids = 100;

  constructor(options: OpenRouterOptions) {
    this.#options = options;
    this.transport = linkTo({ subprotocol: 'wamp.2.json', latency: 0, scheduler: asyncScheduler, accept: (connection) => this.#accept(connection) });
  }

  get open(): number { return this.#peers.size; }

  /** What the client has, in all its sessions. */
  get subscriptions(): readonly string[] { return [...this.#peers].flatMap(({ subscriptions }) => [...subscriptions.keys()]); }

  get registrations(): readonly string[] { return [...this.#peers].flatMap(({ registrations }) => [...registrations.keys()]); }

  get calls(): number { return [...this.#peers].reduce((sum, { calls }) => sum + calls.size, 0); }

  /** Whether somebody waits for an answer that will not come. */
  get owes(): boolean { return [...this.#peers].some(({ silences }) => silences > 0); }

  /** Publishes to all that are subscribed, but what is `dropped`. */
  publish(topic: Uri, args: WampList, isRetained = false): void {
    const stored: Stored = { id: ++this.#ids, topic, args };
    this.#history.push(stored);
    if (isRetained) this.#retained.set(topic, stored);
    for (const peer of this.#joined()) {
      for (const [key, id] of peer.subscriptions) if (matches(key, topic)) this.#send(peer, MessageType.EVENT, id, stored.id, detailsFor(key, topic), args);
    }
  }

  /** Says GOODBYE or ABORT. */
  dismiss(type: 'GOODBYE' | 'ABORT', reason: Uri, details: Dict): void {
    for (const peer of this.#joined()) {
      this.#send(peer, MessageType[type], details, reason);
      this.#forget(peer);
      if (type === 'ABORT') peer.connection.complete();
    }
  }

  /** Takes a subscription or a registration away. */
  revoke(what: 'subscription' | 'registration', at: number): void {
    for (const peer of this.#joined()) {
      const table = what === 'subscription' ? peer.subscriptions : peer.registrations;
      const [key, id] = [...table][at % Math.max(1, table.size)] ?? [];
      if (key === undefined) continue;
      table.delete(key);
      this.#send(peer, what === 'subscription' ? MessageType.UNSUBSCRIBED : MessageType.UNREGISTERED, 0, { [what]: id, reason: 'com.taken.away' });
    }
  }

  /** Calls one of the client's procedures. */
  invoke(at: number, isProgressive: boolean): void {
    for (const peer of this.#joined()) {
      const [uri, id] = [...peer.registrations][at % Math.max(1, peer.registrations.size)] ?? [];
      if (id === undefined || uri === undefined) continue;
      const request = ++peer.invoked;
      peer.invocations.add(request);
      this.#send(peer, MessageType.INVOCATION, request, id, { ...(isProgressive && { receive_progress: true }), procedure: uri.split(' ')[1] }, [request]);
    }
  }

  interrupt(at: number): void {
    for (const peer of this.#joined()) {
      const request = [...peer.invocations][at % Math.max(1, peer.invocations.size)] ?? 7777;
      this.#send(peer, MessageType.INTERRUPT, request, { mode: 'kill' });
    }
  }

  /** Says something that answers nothing. */
  say(...list: WampList): void {
    for (const peer of this.#joined()) this.#send(peer, ...list);
  }

  raw(text: string): void {
    for (const peer of this.#joined()) peer.connection.next(text);
  }

  /** Drops all connections. */
  drop(): void {
    for (const { connection } of this.#peers) connection.error(new ConnectFailedError('dropped by the spec'));
  }

  #joined(): readonly Peer[] {
    return [...this.#peers].filter(({ isJoined }) => isJoined);
  }

  #accept(connection: Connection): void {
    const peer: Peer = {
      connection, isOpen: true, isJoined: false, subscriptions: new Map(), registrations: new Map(), calls: new Set(), invocations: new Set(), silences: 0, busy: new Map(), invoked: 0,
    };
    this.#peers.add(peer);
    const end = (): void => {
      this.#forget(peer);
      peer.isOpen = false;
      this.#peers.delete(peer);
    };
    connection.subscribe({ next: (frame) => this.#receive(peer, JSON.parse(String(frame)) as WampList), error: end, complete: end });
  }

  #receive(peer: Peer, list: WampList): void {
    switch (list[0]) {
      case MessageType.HELLO: return this.#greet(peer);
      case MessageType.GOODBYE:
        if (peer.isJoined) this.#send(peer, MessageType.GOODBYE, {}, 'wamp.close.goodbye_and_out');
        return this.#forget(peer);
      case MessageType.ABORT: return this.#forget(peer);
      case MessageType.YIELD:
        if ((list[2] as Dict)['progress'] !== true) peer.invocations.delete(Number(list[1]));
        return;
      case MessageType.ERROR: return void peer.invocations.delete(Number(list[2]));
      default: return this.#request(peer, list);
    }
  }

  #greet(peer: Peer): void {
    const { greetings, after } = this.#options;
    const { delay, answer, reason } = this.isSober ? { delay: 0, answer: 'welcome', reason: '' } : greetings[this.#greetings++ % greetings.length]!;
    const greet = (): void => {
      if (!peer.isOpen) return;
      switch (answer) {
        case 'welcome':
          peer.isJoined = true;
          return this.#send(peer, MessageType.WELCOME, ++this.#sessions, WELCOME);
        case 'abort': {
          this.#send(peer, MessageType.ABORT, {}, reason);
          return peer.connection.complete();
        }
        case 'challenge': return this.#send(peer, MessageType.CHALLENGE, 'ticket', {});
        case 'nonsense': return this.#send(peer, MessageType.SUBSCRIBED, 1, 1);
        case 'hang up': return peer.connection.complete();
        default: return undefined;
      }
    };
    if (delay === 0) greet();
    else after(delay, greet);
  }

  #request(peer: Peer, list: WampList): void {
    const { whims } = this.#options;
    const whim = this.isSober ? RIGHT : whims[this.#whims++ % whims.length]!;
    if (list[0] === MessageType.CALL) peer.calls.add(Number(list[1]));
    if (whim.answer === 'never' && !(list[0] === MessageType.CANCEL || (list[0] === MessageType.PUBLISH && (list[2] as Dict)['acknowledge'] !== true))) {
      peer.silences += 1;
      return;
    }
    // What somebody publishes arrives in the order it was published.
    if (list[0] === MessageType.PUBLISH && whim.answer !== 'refuse') this.publish(String(list[3]), list[4] as WampList);
    const id = this.#ids;
    const { isJoined } = peer;
    if (list[3] === HISTORY && whim.delay > 0) this.#options.meanwhile();
    this.#inTurn(peer, list[0], whim.delay, () => { if (isJoined && peer.isJoined) this.#act(peer, list, whim, id); });
  }

  // Calls and publications overtake each other. What makes and undoes subscriptions, and registrations, stays in order.
  #inTurn({ busy }: Peer, type: unknown, delay: number, act: () => void): void {
    const { after, now } = this.#options;
    const role = type === MessageType.SUBSCRIBE || type === MessageType.UNSUBSCRIBE ? 'broker' : type === MessageType.REGISTER || type === MessageType.UNREGISTER ? 'dealer' : undefined;
    const due = Math.max(now() + delay, role === undefined ? 0 : busy.get(role) ?? 0);
    if (role !== undefined) busy.set(role, due);
    if (due === now()) act();
    else after(due - now(), act);
  }

  #act(peer: Peer, list: WampList, whim: Whim, published: number): void {
    const request = Number(list[1]);
    if (whim.answer === 'refuse' && REFUSABLE.has(list[0])) {
      if (list[0] === MessageType.CALL && !peer.calls.delete(request)) return;
      if (list[0] === MessageType.PUBLISH && (list[2] as Dict)['acknowledge'] !== true) return;
      return this.#send(peer, MessageType.ERROR, list[0], request, {}, whim.error);
    }
    const [, , options, uri] = list;
    switch (list[0]) {
      case MessageType.SUBSCRIBE: return this.#subscribe(peer, request, options as Dict, String(uri));
      case MessageType.UNSUBSCRIBE: return this.#undo(peer, MessageType.UNSUBSCRIBE, request, peer.subscriptions, Number(list[2]));
      case MessageType.REGISTER: return this.#register(peer, request, keyOf(String(uri), (options as Dict)['match']));
      case MessageType.UNREGISTER: return this.#undo(peer, MessageType.UNREGISTER, request, peer.registrations, Number(list[2]));
      case MessageType.PUBLISH:
        if ((options as Dict)['acknowledge'] === true) this.#answer(peer, whim, MessageType.PUBLISHED, request, published);
        return;
      case MessageType.CALL: return this.#call(peer, request, String(uri), list, whim);
      case MessageType.CANCEL:
        if (peer.calls.delete(request)) this.#send(peer, MessageType.ERROR, MessageType.CALL, request, {}, 'wamp.error.canceled');
        return;
      default: return undefined;
    }
  }

  #subscribe(peer: Peer, request: number, options: Dict, topic: string): void {
    const key = keyOf(topic, options['match']);
    const id = peer.subscriptions.get(key) ?? ++this.#ids;
    peer.subscriptions.set(key, id);
    this.#send(peer, MessageType.SUBSCRIBED, request, id);
    if (options['get_retained'] !== true) return;
    for (const stored of this.#retained.values()) {
      if (matches(key, stored.topic)) this.#send(peer, MessageType.EVENT, id, ++this.#ids, { ...detailsFor(key, stored.topic), retained: true }, stored.args);
    }
  }

  #register(peer: Peer, request: number, key: string): void {
    if (peer.registrations.has(key)) return this.#send(peer, MessageType.ERROR, MessageType.REGISTER, request, {}, 'wamp.error.procedure_already_exists');
    const id = ++this.#ids;
    peer.registrations.set(key, id);
    this.#send(peer, MessageType.REGISTERED, request, id);
  }

  #undo(peer: Peer, type: typeof MessageType.UNSUBSCRIBE | typeof MessageType.UNREGISTER, request: number, table: Map<string, number>, id: number): void {
    const found = [...table].find(([, other]) => other === id);
    if (found === undefined) return this.#send(peer, MessageType.ERROR, type, request, {}, `wamp.error.no_such_${type === MessageType.UNSUBSCRIBE ? 'subscription' : 'registration'}`);
    table.delete(found[0]);
    this.#send(peer, type + 1, request);
  }

  #call(peer: Peer, request: number, uri: string, list: WampList, whim: Whim): void {
    if (!peer.calls.has(request)) return;
    const args = uri === HISTORY ? this.#past(peer, list) : (list[4] as WampList | undefined);
    if (args === undefined) {
      peer.calls.delete(request);
      return this.#send(peer, MessageType.ERROR, MessageType.CALL, request, {}, 'wamp.error.invalid_argument');
    }
    if ((list[2] as Dict)['receive_progress'] === true) for (let n = 0; n < whim.progress; n++) this.#send(peer, MessageType.RESULT, request, { progress: true }, [n]);
    // Whoever hears of the progress may have cancelled it.
    peer.calls.delete(request);
    this.#answer(peer, whim, MessageType.RESULT, request, {}, args);
  }

  #past(peer: Peer, list: WampList): WampList | undefined {
    const [id, limit] = list[4] as [number, number];
    const filters = list[5] as Dict | undefined;
    const key = [...peer.subscriptions].find(([, other]) => other === id)?.[0];
    if (key === undefined) return undefined;
    const kept = this.#history.filter(({ topic }) => matches(key, topic));
    const events = kept.map(({ id: publication, topic, args }) => ({ publication, details: detailsFor(key, topic), topic, args }));
    if (this.#options.dialect === 'crossbar') return filters === undefined ? [events.reverse().slice(0, limit)] : undefined;
    const from = events.findIndex(({ publication }) => publication === filters?.['from_publication']);
    return from < 0 ? [] : events.slice(from, from + Number(filters?.['limit']));
  }

  #answer(peer: Peer, { answer }: Whim, ...list: WampList): void {
    this.#send(peer, ...list);
    if (answer === 'twice') this.#send(peer, ...list);
  }

  #forget(peer: Peer): void {
    peer.isJoined = false;
    peer.silences = 0;
    for (const table of [peer.subscriptions, peer.registrations, peer.calls, peer.invocations]) table.clear();
  }

  #send(peer: Peer, ...list: WampList): void {
    if (peer.isOpen) peer.connection.next(JSON.stringify(list));
  }
}

const REFUSABLE: ReadonlySet<unknown> = new Set([MessageType.SUBSCRIBE, MessageType.REGISTER, MessageType.PUBLISH, MessageType.CALL]);

function detailsFor(key: string, topic: Uri): Dict {
  return key.startsWith('exact') ? {} : { topic };
}
