import { Observable, Subscription } from 'rxjs';
import type { Census } from '../census.ts';
import type { Client } from '../client/client.ts';
import { portCarrier, type PortLike } from '../transports/port-carrier.ts';
import { acceptPorts } from '../transports/port-line.ts';
import { readPortOptions } from '../transports/port-options.ts';
import type { Connection } from '../transports/transport.ts';
import { Hub } from './hub.ts';

/** A session that is shared. Made by {@link shareSession}. */
export class SharedSession {
  readonly #hub: Hub;
  readonly #taking: Subscription;

  /** @internal */
  constructor(client: Client, connections$: Observable<Connection>) {
    this.#hub = new Hub(client);
    this.#taking = connections$.subscribe((connection) => this.#hub.accept(connection));
  }

  /** How many tabs share it. */
  get tabs(): number { return this.#hub.tabs; }

  /** Ends the sessions of all tabs with GOODBYE, and takes no other. The client is left as it is. */
  close(): void {
    this.#hub.close();
    this.#taking.unsubscribe();
  }

  /** @internal */
  census(): Census { return this.#hub.census(); }
}

/**
 * Shares the session of a client: in a SharedWorker, with all tabs that have opened it by {@link sharedWorker}; or with whoever comes over `connections$`, such as those
 * of `acceptPort()` and `acceptIpc()`.
 *
 * To a tab this is a router, and `createClient` has all it knows: topics, calls with progress and cancelling, procedures, options that
 * nobody here has heard of. To the router it is one session:
 *
 * - a topic that several tabs have subscribed to is one subscription; the last one to leave ends it
 * - what a tab registers is the tab's, and ends with it; so do its calls, which are cancelled
 * - a procedure that tabs register with the same `invoke` (`roundrobin`, `random`, `first` or `last`), and all other options the same, is one registration. It
 *   is told which tab gets a call here: one that is busy is passed over, and one that goes away while it runs is an error `wamp.error.canceled`. To the router
 *   the tabs are one callee, also in its own choice between them and others. Any other second registration is refused with `procedure_already_exists`
 * - what a tab publishes the other tabs hear, and the tab itself does not, unless `excludeMe` is `false`: as if they were sessions of their own. For that, where
 *   another tab has subscribed to the topic, the event comes back from the router
 * - ids of sessions are one: `session.id`, who published, `exclude` and `eligible` mean all tabs or none
 *
 * Tabs are welcomed as soon as there is a session, with its realm, authid and role: credentials are the client's alone. When the session is lost every
 * tab's is, and its `state$` says so: by a GoodbyeError with the router's reason and details where it has said GOODBYE, else by a TransportLostError. They come back
 * by themselves, and subscribe anew. When the client gives up they are told why. A client that is lazy
 * has its session while there are tabs. What a tab had ends with it also where it crashes, by the Web Lock that it held; a page that came by http: from elsewhere
 * has no locks, and where the browser does not tell either, what it had stays until the worker ends. A tab that leaves 16 MiB unread, as one that hangs does, is told
 * GOODBYE `rxwamp.close.slow_consumer`, and the others go on. `resume` outlives a short loss without a word to the tabs; a `handover` is a loss to them.
 *
 * Throws TypeError where there are neither `connections$` nor a SharedWorker.
 *
 * ```ts
 * // worker.ts
 * shareSession(createClient({ url: 'wss://example.com/ws', realm: 'shop', auth: ticket({ authid: 'peter', ticket: () => token() }) }));
 * // page.ts
 * const worker = new SharedWorker(new URL('worker.js', import.meta.url), { type: 'module' });
 * const client = createClient({ transport: sharedWorker(worker), realm: 'shop' });
 * ```
 */
export function shareSession(client: Client, connections$: Observable<Connection> = connectionsOfWorker()): SharedSession {
  return new SharedSession(client, connections$);
}

/** What a SharedWorker has of its tabs. */
interface WorkerScope {
  addEventListener(type: 'connect', listener: (event: { readonly ports: readonly PortLike[] }) => void): void;
  removeEventListener(type: 'connect', listener: (event: { readonly ports: readonly PortLike[] }) => void): void;
}

function connectionsOfWorker(): Observable<Connection> {
  if (!('onconnect' in globalThis)) throw new TypeError('connections$ must be given outside of a SharedWorker, got nothing');
  const scope = globalThis as unknown as WorkerScope;
  return new Observable((subscriber) => {
    const ports = new Subscription();
    const connected = ({ ports: [port] }: { readonly ports: readonly PortLike[] }): void => {
      if (port === undefined) return;
      const taking = acceptPorts(portCarrier(port, { sameOrigin: true }), readPortOptions({})).subscribe({
        next: (connection) => subscriber.next(connection),
        complete: () => ports.remove(taking),
      });
      ports.add(taking);
    };
    scope.addEventListener('connect', connected);
    ports.add(() => scope.removeEventListener('connect', connected));
    return ports;
  });
}
