import { Observable, Subscription, switchMap, timer } from 'rxjs';
import type { Client } from '../client/client.ts';
import { acceptPort, messagePort } from '../transports/message-port.ts';
import type { Transport } from '../transports/transport.ts';
import { hasWebLocks, whileHeld } from '../transports/web-locks.ts';
import { Hub } from './hub.ts';

/** How long a tab that nobody needs leads on. */
const RETIRE_MS = 60_000;

/**
 * A transport by which the tabs of an origin share one session where there is no SharedWorker: one of them leads, and shares the session of its client as
 * `shareSession()` does; the others reach it over a BroadcastChannel.
 *
 * Who leads is who has the Web Lock of the name. A leader that is closed, or crashes, gives it up, and the next tab leads: the session is lost to all
 * tabs, and they come back in another one. One whose own client has nothing open leads on while others need it. `makeClient` is asked for a client in
 * the tab that leads, once for each time that it does; it is closed with it. All frames pass by all tabs of the origin, which throw away
 * what is not theirs: where there is a SharedWorker it is the better way.
 *
 * Browsers do not freeze or discard a page that holds a lock, and do not keep it for the button Back.
 *
 * Errors as `messagePort()` does. Throws TypeError at once where the runtime has no Web Locks or no BroadcastChannel: pages that came by http:
 * have no locks.
 *
 * ```ts
 * const transport = sharedTabs('shop', () => createClient({ url: 'wss://example.com/ws', realm: 'shop' }));
 * const client = createClient({ transport, realm: 'shop', retry: { maxDelay: 1000 } });
 * ```
 */
export function sharedTabs(name: string, makeClient: () => Client): Transport {
  if (!hasWebLocks() || typeof globalThis.BroadcastChannel !== 'function') throw new TypeError('the runtime must have Web Locks and BroadcastChannel to share a session between tabs');
  const place = `rxwamp:tabs:${name}`;
  const candidate = new Candidate(place, makeClient);
  const transport = messagePort(() => new BroadcastChannel(place));
  return new Observable((subscriber) => {
    candidate.stand();
    subscriber.add(() => candidate.withdraw());
    subscriber.add(transport.subscribe(subscriber));
  });
}

/** This tab, which leads, or waits until it may. */
class Candidate {
  readonly #leading$: Observable<Hub>;
  #supporters = 0;
  #standing = Subscription.EMPTY;
  #retiring = Subscription.EMPTY;
  #hub: Hub | undefined;

  constructor(place: string, makeClient: () => Client) {
    this.#leading$ = whileHeld(place).pipe(switchMap(() => this.#lead(place, makeClient)));
  }

  stand(): void {
    this.#supporters++;
    this.#retiring.unsubscribe();
    if (this.#standing.closed) this.#standing = this.#leading$.subscribe((hub) => { this.#hub = hub; });
  }

  withdraw(): void {
    this.#supporters--;
    this.#retire();
  }

  // Whoever leads others goes on for them, and who has lost the session is about to come back: its client knows how long to wait.
  #retire(): void {
    this.#retiring.unsubscribe();
    this.#retiring = timer(RETIRE_MS).subscribe(() => {
      if (this.#supporters > 0 || (this.#hub !== undefined && this.#hub.tabs > 0)) return;
      this.#hub = undefined;
      this.#standing.unsubscribe();
    });
  }

  #lead(place: string, makeClient: () => Client): Observable<Hub> {
    return new Observable((subscriber) => {
      const client = makeClient();
      const hub = new Hub(client, () => this.#retire());
      const channel = new BroadcastChannel(place);
      const taking = acceptPort(channel).subscribe((connection) => hub.accept(connection));
      subscriber.next(hub);
      return () => {
        taking.unsubscribe();
        channel.close();
        void client.close();
      };
    });
  }
}
