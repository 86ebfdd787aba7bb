// [node]
import { concat, defer, ignoreElements, type Observable } from 'rxjs';
import { ROUTER_SERIALIZERS } from '../serializers/all.ts';
import { addUp, type Census } from '../census.ts';
import type { BoundListener, Listener } from './listeners/listener.ts';
import { statusPage, type StatusPageOptions } from './listeners/status-page.ts';
import { listenRawSocket, type RawSocketListenOptions } from './listeners/rawsocket.ts';
import { listenWebSocket, type WebSocketListenOptions } from './listeners/websocket.ts';
import { show } from '../protocol/show.ts';
import { parseNodeUrl } from '../transports/rawsocket-url.ts';
import { BASIC_METHODS } from './login-methods.ts';
import { MORE_METHODS } from './more-login-methods.ts';
import type { RouterOptions } from './options.ts';
import { Router, type ShutdownOptions } from './router.ts';

export * from './index.ts';
export type { ListenerCookieOptions } from './listeners/cookies.ts';
export type { Listener } from './listeners/listener.ts';
export type { StatusPageOptions } from './listeners/status-page.ts';

/** Options of {@link ListeningRouter.listen}. */
export interface ListenOptions extends Omit<WebSocketListenOptions, 'accept' | 'subprotocols' | 'maxPayload' | 'answers'> {
  /**
   * A page for browsers that shows what the router has and does, live; as JSON for `Accept: application/json`. It asks for no password, and
   * shows numbers and the names of the realms to whoever reaches the listener. @default false
   */
  readonly status?: boolean | StatusPageOptions | undefined;
  /** For `rss:`, which must have it: the certificate and its key, and whatever else tls.createServer() takes. */
  readonly tls?: RawSocketListenOptions['tls'];
}

// The longest message that `ws` can be told of.
const MOST_BYTES = 2 ** 31 - 1;

/** A router that clients reach over the network. */
export class ListeningRouter extends Router {
  readonly #listeners = new Set<BoundListener>();

  /**
   * Listens at a URL: for WebSockets at `ws://127.0.0.1:8080/ws`, for RawSockets at `rs://127.0.0.1:8081`, `rss://` or `rs+unix:///run/wamp.sock`.
   * With port 0 the system chooses one, which `url` of the listener tells. A router may listen at several, and a listener that is closed leaves the
   * others alone. Rejects where the address cannot be had, or an option is none, or does not go with the scheme.
   */
  async listen(url: string, options: ListenOptions = {}): Promise<Listener> {
    const isRaw = parseNodeUrl(url).scheme.startsWith('rs');
    const bound = await (isRaw ? this.#listenRaw(url, options) : this.#listenWeb(url, options));
    const listener: BoundListener = {
      url: bound.url,
      stop: () => bound.stop(),
      close: async () => {
        await bound.close();
        this.#listeners.delete(listener);
      },
    };
    this.#listeners.add(listener);
    // The router was closed while the address was being bound.
    if (this.isClosing) await listener.close();
    return listener;
  }

  async #listenWeb(url: string, { status = false, tls, ...options }: ListenOptions): Promise<BoundListener> {
    if (tls !== undefined) throw new TypeError(`tls must not be there to listen on ${show(url)}: a server for https has its own`);
    return listenWebSocket(url, {
      ...options, ...this.#way,
      answers: status === false ? [] : [statusPage(this, status === true ? {} : status)],
      maxPayload: Math.min(this.messageSize, MOST_BYTES),
    });
  }

  async #listenRaw(url: string, { status = false, server, ...options }: ListenOptions): Promise<BoundListener> {
    if (status !== false || server !== undefined) throw new TypeError(`${server === undefined ? 'status' : 'server'} must not be there to listen on ${show(url)}: a RawSocket has no HTTP`);
    return listenRawSocket(url, { ...options, ...this.#way, maxPayload: Math.min(this.messageSize, MOST_BYTES) });
  }

  get #way(): Pick<WebSocketListenOptions, 'accept' | 'subprotocols'> {
    return { accept: (connection, transport) => this.attach(connection, transport), subprotocols: this.subprotocols };
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

  async #closeListeners(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener.close()));
  }
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
