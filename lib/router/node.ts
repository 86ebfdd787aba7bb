// [node]
import type { IncomingMessage } from 'node:http';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import type { Duplex } from 'node:stream';
import { concat, defer, ignoreElements, type Observable } from 'rxjs';
import { ROUTER_SERIALIZERS } from '../serializers/all.ts';
import { addUp, type Census } from '../census.ts';
import type { BoundListener, Listener, ListenerOptions } from './listeners/listener.ts';
import { LongPollRequests, type LongPollRequestsOptions, type LongPollTimes } from './listeners/long-poll.ts';
import { listenLongPoll } from './listeners/long-poll-listener.ts';
import { statusPage, type StatusPageOptions } from './listeners/status-page.ts';
import { listenRawSocket } from './listeners/rawsocket.ts';
import { joinServer, listenWebSocket, type WebSocketListenOptions } from './listeners/websocket.ts';
import { WebSocketUpgrades, type UpgradeOptions } from './listeners/websocket-upgrades.ts';
import type { Answer, WebServer } from './listeners/web-server.ts';
import { show } from '../protocol/show.ts';
import { parseNodeUrl } from '../transports/rawsocket-url.ts';
import type { Uri } from '../types.ts';
import { BASIC_METHODS } from './login-methods.ts';
import { MORE_METHODS } from './more-login-methods.ts';
import type { RouterOptions } from './options.ts';
import { Router, type ShutdownOptions } from './router.ts';

export * from './index.ts';
export type { ListenerCookieOptions } from './listeners/cookies.ts';
export type { LongPollTimes } from './listeners/long-poll.ts';
export type { Listener } from './listeners/listener.ts';
export type { CompressionOptions } from '../transports/ws-compression.ts';
export type { StatusPageOptions } from './listeners/status-page.ts';
export type { Answer, WebServer } from './listeners/web-server.ts';

/** What can be joined at a path. */
export interface PathOptions {
  /** The realms that may be joined there; the others do not exist for who comes that way. @default all */
  readonly realms?: readonly Uri[] | undefined;
}

/** Options of {@link ListeningRouter.upgradeHandler}. */
export interface UpgradeHandlerOptions extends PathOptions, Omit<UpgradeOptions, 'accept' | 'subprotocols' | 'maxPayload' | 'paths'> {
  /** Other paths at which clients may connect: `{ '/admin': { realms: ['admin'] } }`. @default {} */
  readonly paths?: { readonly [path: string]: PathOptions } | undefined;
}

/** Makes a WebSocket of a request, or says that it is for no path of its own and does nothing. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/** Long-poll, alone or beside WebSockets. */
export interface LongPollListenOptions extends LongPollTimes {
  /** Beside WebSockets, what the paths of its requests begin with. Alone that is the path of the URL. */
  readonly path?: string | undefined;
}

/** Options of {@link ListeningRouter.longPollHandler}. */
export interface LongPollHandlerOptions extends Pick<PathOptions, 'realms'>, Omit<LongPollRequestsOptions, 'accept' | 'subprotocols' | 'maxPayload'> {}

/** Options of {@link ListeningRouter.listen}. */
export interface ListenOptions extends UpgradeHandlerOptions, Pick<WebSocketListenOptions, 'handshakeTimeout' | 'maxHandshakes'> {
  /** For `wss:` and `rss:`: the certificate and its key, and whatever else tls.createServer() takes. */
  readonly tls?: TlsOptions | undefined;
  /**
   * For a WebSocket, the server that it shares with your own requests. With a path it is yours to have listen and to close. With a URL it must not be listening
   * yet, and is closed with the listener; for `wss:` it is one of https. It keeps its own timeouts, and its handshakes are not counted.
   *
   * @default a new one
   */
  readonly server?: WebServer | undefined;
  /**
   * A page for browsers that shows what the router has and does, live; as JSON for `Accept: application/json`. It asks for no password, and
   * shows numbers and the names of the realms to whoever reaches the listener. @default false
   */
  readonly status?: boolean | StatusPageOptions | undefined;
  /**
   * For a WebSocket at a URL: a path beside it for clients that no WebSocket gets through to. They make HTTP requests under it, and dial
   * `http://127.0.0.1:8080/lp` where it is `/lp`. At a URL of http, how clients are waited for. @default none
   */
  readonly longPoll?: string | LongPollListenOptions | undefined;
}

type Closable = Pick<BoundListener, 'stop' | 'close'>;

// The longest message that `ws` can be told of.
const MOST_BYTES = 2 ** 31 - 1;

/** A router that clients reach over the network. */
export class ListeningRouter extends Router {
  readonly #listeners = new Set<Closable>();

  /**
   * Listens at a URL: for WebSockets at `ws://127.0.0.1:8080/ws`, for RawSockets at `rs://127.0.0.1:8081`, `rss://` or `rs+unix:///run/wamp.sock`, for HTTP
   * requests alone (long-poll) at `http://127.0.0.1:8080/lp`.
   * With port 0 the system chooses one, which `url` of the listener tells. A router may listen at several, and a listener that is closed leaves the
   * others alone. Rejects where the address cannot be had, or an option is none, or does not go with the scheme.
   *
   * Or at a path of a `server` that is yours, and may be listening already: the rest of it stays with your own app, and closing the router closes its
   * WebSockets alone. Upgrades at paths that no router has get 404, or are left to whoever listens to `upgrade` besides.
   *
   * ```ts
   * const server = express().listen(8080);
   * await router.listen('/ws', { server, realms: ['realm1'] });
   * await router.listen('/admin', { server, realms: ['admin'] });
   * ```
   */
  async listen(at: string, options: ListenOptions = {}): Promise<Listener> {
    const bound = await this.#bind(at, options);
    const forget = this.#keep(bound);
    const listener: Listener = {
      get url() {
        return bound.url;
      },
      setSecureContext: (context: SecureContextOptions) => bound.setSecureContext(context),
      close: async () => {
        await bound.close();
        forget();
      },
    };
    // The router was closed while the address was being bound.
    if (this.isClosing) await listener.close();
    return listener;
  }

  /**
   * For a server whose upgrades you hand out yourself: makes WebSockets of those at `path`, and tells that others are not its own. What becomes of those is for
   * you to say, as nobody else will. Once the router closes, its paths get 503.
   *
   * ```ts
   * const wamp = router.upgradeHandler('/ws');
   * server.on('upgrade', (request, socket, head) => {
   *   if (!wamp(request, socket, head)) socket.destroy();
   * });
   * ```
   */
  upgradeHandler(path: string, options: UpgradeHandlerOptions = {}): UpgradeHandler {
    const upgrades = new WebSocketUpgrades(path, this.#upgradeOptions(options));
    this.#keep(upgrades);
    if (this.isClosing) upgrades.stop();
    return (request, socket, head) => {
      const isOurs = upgrades.has(request);
      if (isOurs) upgrades.take(request, socket, head);
      return isOurs;
    };
  }

  /**
   * Long-poll for a server of your own: answers requests under `path`, and says `false` to others. It goes before whatever reads bodies. Once the router closes,
   * nobody gets in any more.
   *
   * ```ts
   * const wamp = router.longPollHandler('/lp');
   * app.use((request, response, next) => wamp(request, response) || next());
   * ```
   */
  longPollHandler(path: string, options: LongPollHandlerOptions = {}): Answer {
    const requests = this.#longPoll(path, options);
    this.#keep({ stop: () => void requests.stop(), close: () => requests.close() });
    if (this.isClosing) void requests.stop();
    return requests.answer;
  }

  /** The page of `listen({ status })` for a server of your own: answers requests for its path, and says `false` to others. */
  statusPage(options: StatusPageOptions = {}): Answer {
    return statusPage(this, options);
  }

  async #bind(at: string, options: ListenOptions): Promise<BoundListener> {
    if (typeof at === 'string' && at.startsWith('/')) return this.#join(at, options);
    const { scheme } = parseNodeUrl(at);
    if (scheme.startsWith('rs')) return this.#listenRaw(at, options);
    return scheme.startsWith('http') ? this.#listenPoll(at, options) : this.#listenWeb(at, options);
  }

  #join(path: string, { status = false, tls, server, longPoll, ...options }: ListenOptions): BoundListener {
    if (server === undefined) throw new TypeError(`server must be there to listen at the path ${show(path)}, got none`);
    if (longPoll !== undefined) throw new TypeError(`longPoll must not be there to listen at the path ${show(path)}: give longPollHandler() the requests of the server`);
    if (status !== false || tls !== undefined) throw new TypeError(`${tls === undefined ? 'status' : 'tls'} must not be there to listen at the path ${show(path)}: it is for the server`);
    return joinServer(server, path, this.#upgradeOptions(options));
  }

  async #listenPoll(url: string, { status = false, tls, server, longPoll, paths, realms, ...options }: ListenOptions): Promise<BoundListener> {
    const { path, ...times } = longPollOf(longPoll);
    const [other] = Object.entries({ server, paths, 'longPoll.path': path }).find(([, value]) => value !== undefined) ?? [];
    if (other !== undefined) throw new TypeError(`${other} must not be there to listen on ${show(url)}`);
    return listenLongPoll(url, { ...options, ...times, ...this.#way(realms), tls, answers: status === false ? [] : [statusPage(this, status === true ? {} : status)] });
  }

  async #listenWeb(url: string, { status = false, tls, server, handshakeTimeout, maxHandshakes, longPoll, ...options }: ListenOptions): Promise<BoundListener> {
    const { path = '', ...times } = longPollOf(longPoll);
    return listenWebSocket(url, {
      ...this.#upgradeOptions(options), tls, server, handshakeTimeout, maxHandshakes,
      longPoll: longPoll === undefined ? undefined : this.#longPoll(path, { ...options, ...times, handshakeTimeout }),
      answers: status === false ? [] : [statusPage(this, status === true ? {} : status)],
    });
  }

  async #listenRaw(url: string, { realms, tls, pingInterval, highWaterMark, maxConnections, handshakeTimeout, maxHandshakes, scheduler, ...others }: ListenOptions): Promise<BoundListener> {
    const [other] = Object.entries(others).find(([, value]) => value !== undefined && value !== false) ?? [];
    if (other !== undefined) throw new TypeError(`${other} must not be there to listen on ${show(url)}: a RawSocket has no HTTP`);
    return listenRawSocket(url, { ...this.#way(realms), tls, pingInterval, highWaterMark, maxConnections, handshakeTimeout, maxHandshakes, scheduler });
  }

  #longPoll(path: string, { realms, ...options }: LongPollHandlerOptions): LongPollRequests {
    return new LongPollRequests(path, { ...options, ...this.#way(realms) });
  }

  #upgradeOptions({ realms, paths = {}, ...options }: UpgradeHandlerOptions): UpgradeOptions {
    const others = Object.entries(paths).map(([path, { realms: there }]) => [path, this.#accept(there)] as const);
    return { ...options, ...this.#way(realms), paths: Object.fromEntries(others) };
  }

  #way(realms: readonly Uri[] | undefined): Pick<UpgradeOptions, 'accept' | 'subprotocols' | 'maxPayload'> {
    return { accept: this.#accept(realms), subprotocols: this.subprotocols, maxPayload: Math.min(this.messageSize, MOST_BYTES) };
  }

  #accept(realms: readonly Uri[] | undefined): ListenerOptions['accept'] {
    if (realms !== undefined && !Array.isArray(realms)) throw new TypeError(`realms must be a list of realms, got ${show(realms)}`);
    const unknown = realms?.find((realm) => !this.realms.includes(realm));
    if (unknown !== undefined) throw new TypeError(`realms must be realms of the router, got ${show(unknown)}`);
    return (connection, transport) => this.attach(connection, transport, realms);
  }

  /** Stops listening, so that clients go elsewhere from the start, and closes the sessions like {@link Router.shutdown}. */
  override shutdown(options: ShutdownOptions = {}): Observable<never> {
    const closing = super.shutdown(options);
    return defer(() => {
      for (const listener of this.#listeners) listener.stop();
      return concat(closing, defer(() => this.#closeListeners()).pipe(ignoreElements()));
    });
  }

  /** @internal */
  override census(): Census {
    return addUp(super.census(), { listeners: this.#listeners.size });
  }

  #keep(listener: Closable): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #closeListeners(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener.close()));
    this.#listeners.clear();
  }
}

function longPollOf(option: ListenOptions['longPoll']): LongPollListenOptions {
  return typeof option === 'object' ? option : { path: option };
}

/**
 * Makes a router that can listen.
 *
 * ```ts
 * const router = createRouter({ realms: { realm1: {} } });
 * const listener = await router.listen('ws://127.0.0.1:8080/ws');
 * ```
 */
export function createRouter(options: RouterOptions): ListeningRouter {
  return new ListeningRouter(options, { serializers: ROUTER_SERIALIZERS, methods: { ...BASIC_METHODS, ...MORE_METHODS } });
}
