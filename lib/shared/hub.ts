import { Subscription } from 'rxjs';
import { addUp, type Census } from '../census.ts';
import type { Client } from '../client/client.ts';
import type { ClientState } from '../client/state.ts';
import { AbortError, ConnectFailedError, GoodbyeError } from '../errors.ts';
import { MessageType, type Hello, type Message } from '../protocol/messages.ts';
import { show } from '../protocol/show.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import { codec } from '../serializers/codec.ts';
import { json } from '../serializers/json.ts';
import type { Session } from '../session/session.ts';
import type { Connection } from '../transports/transport.ts';
import type { Dict } from '../types.ts';
import { Tab, type TabHost } from './tab.ts';
import { Upstream } from './upstream.ts';

/** What tabs speak, and what ports are opened with unless something else is asked for: text is what they carry best. */
const SERIALIZER = json();

/**
 * One session, and the tabs that share it. A tab says HELLO and is welcomed to the session as to one of its own, as soon as there is one; what it asks for is asked
 * for in the session. When the session is lost every tab's is.
 */
export class Hub implements TabHost {
  readonly #client: Client;
  // Payloads are handed on as they came.
  readonly #codec = codec(SERIALIZER, { keepSource: true });
  readonly #tabs = new Set<Tab>();
  readonly #onEmpty: () => void;
  #upstream: Upstream | undefined;
  #watching = Subscription.EMPTY;

  constructor(client: Client, onEmpty: () => void = () => {}) {
    this.#client = client;
    this.#onEmpty = onEmpty;
  }

  /** How many tabs there are. */
  get tabs(): number { return this.#tabs.size; }

  /** Takes a tab. */
  accept(connection: Connection): void {
    if (connection.subprotocol !== SERIALIZER.subprotocol) {
      return connection.error(new ConnectFailedError(`subprotocol must be ${SERIALIZER.subprotocol}, got ${show(connection.subprotocol)}`));
    }
    const tab = new Tab(connection, this.#codec, this);
    this.#tabs.add(tab);
    tab.start();
    if (this.#tabs.size > 0) this.#watch();
  }

  /** Ends the sessions of all tabs. */
  close(): void {
    for (const tab of this.#tabs) tab.dismiss(WampUri.systemShutdown, { message: 'the session is not shared any more' });
  }

  message(tab: Tab, message: Message): void {
    if (message.type === MessageType.HELLO) this.#hello(tab, message);
    else if (tab.isJoined) this.#upstream?.take(tab, message);
  }

  gone(tab: Tab): void {
    this.#tabs.delete(tab);
    // Nobody is asked to undo what is gone itself.
    if (this.#upstream?.session.isLive === true) this.#upstream.leave(tab);
    if (this.#tabs.size > 0) return;
    this.#watching.unsubscribe();
    this.#onEmpty();
  }

  /** @internal */
  census(): Census {
    return addUp({ tabs: this.#tabs.size }, this.#upstream?.census() ?? {});
  }

  // A client that is lazy has a session while there are tabs.
  #watch(): void {
    if (!this.#watching.closed) return;
    const watching = new Subscription();
    this.#watching = watching;
    watching.add(this.#client.state$.subscribe((state) => this.#changed(state)));
    if (!watching.closed) watching.add(this.#client.session$.subscribe((session) => { if (session !== undefined) this.#joined(session); }));
  }

  // One that is resumed is away for a while, and still the same.
  #changed(state: ClientState): void {
    if (state.kind === 'closed') this.#closed(state.cause);
    else if (this.#upstream?.session.isLive === false) this.#lost(state.kind === 'waiting' ? state.cause : undefined);
  }

  #joined(session: Session): void {
    if (this.#upstream?.session === session) return;
    this.#lost();
    this.#upstream = new Upstream(session);
    for (const tab of this.#tabs) if (tab.hello !== undefined) this.#welcome(tab, tab.hello);
  }

  // What the router said to the session it says to all tabs.
  #lost(cause?: unknown): void {
    this.#upstream = undefined;
    for (const tab of this.#tabs) {
      if (!tab.isJoined) continue;
      if (cause instanceof GoodbyeError) tab.dismiss(cause.reason, cause.details);
      else tab.drop();
    }
  }

  #closed(cause: unknown): void {
    const message = cause instanceof Error ? cause.message : 'the session that is shared was closed';
    const { reason, details } = cause instanceof AbortError || cause instanceof GoodbyeError ? cause : { reason: WampUri.systemShutdown, details: { message } };
    for (const tab of this.#tabs) if (tab.isJoined || tab.hello !== undefined) tab.dismiss(reason, details);
  }

  #hello(tab: Tab, message: Hello): void {
    tab.hello = message;
    const { state } = this.#client;
    if (state.kind === 'closed') this.#closed(state.cause);
    else if (this.#upstream?.session.isLive === true) this.#welcome(tab, message);
  }

  #welcome(tab: Tab, { realm }: Hello): void {
    const session = this.#upstream?.session;
    if (session === undefined) return;
    const { id, details } = session;
    if (realm === details.realm) tab.welcome({ type: MessageType.WELCOME, session: id, details: shown(details.welcome) });
    else tab.abort(WampUri.noSuchRealm, { message: `realm must be ${details.realm}, got ${show(realm)}` });
  }
}

// Resumption is agreed on between two ends, and a tab is none of them.
function shown(welcome: Dict): Dict {
  return Object.fromEntries(Object.entries(welcome).filter(([name]) => !name.startsWith('resum') && name !== '_resume'));
}
