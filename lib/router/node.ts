// [node]
import { concat, defer, ignoreElements, type Observable } from 'rxjs';
import { SERIALIZERS } from '../serializers/all.ts';
import { addUp, type Census } from '../census.ts';
import { listenWebSocket, type Listener, type WebSocketListenOptions } from './listeners/websocket.ts';
import type { RouterOptions } from './options.ts';
import { Router, type ShutdownOptions } from './router.ts';

export * from './index.ts';
export type { Listener } from './listeners/websocket.ts';

/** Options of {@link ListeningRouter.listen}. */
export type ListenOptions = Omit<WebSocketListenOptions, 'accept' | 'subprotocols' | 'maxPayload'>;

// The longest message that `ws` can be told of.
const MOST_BYTES = 2 ** 31 - 1;

/** A router that clients reach over the network. */
export class ListeningRouter extends Router {
  readonly #listeners = new Set<Listener>();

  /**
   * Listens at a URL: `ws://127.0.0.1:8080/ws`; with port 0 the system chooses one, which `url` of the listener tells. A router may listen
   * at several, and a listener that is closed leaves the others alone. Rejects where the address cannot be had, or an option is none.
   */
  async listen(url: string, options: ListenOptions = {}): Promise<Listener> {
    const bound = await listenWebSocket(url, {
      ...options,
      accept: (connection, transport) => this.attach(connection, transport),
      subprotocols: this.subprotocols,
      maxPayload: Math.min(this.messageSize, MOST_BYTES),
    });
    const listener: Listener = {
      url: bound.url,
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

  /** Closes the sessions like {@link Router.shutdown}, then the listeners. */
  override shutdown(options: ShutdownOptions = {}): Observable<never> {
    return concat(super.shutdown(options), defer(() => this.#closeListeners()).pipe(ignoreElements()));
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
  return new ListeningRouter(options, SERIALIZERS);
}
