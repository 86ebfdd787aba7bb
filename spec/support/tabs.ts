import { asyncScheduler, type SchedulerLike } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import type { ClientOptions } from '../../lib/client/options.ts';
import { createClient } from '../../lib/index.ts';
import { linkTo } from '../../lib/router/link.ts';
import { Hub } from '../../lib/shared/hub.ts';
import { ForwardingConnection } from '../../lib/transports/forwarding-connection.ts';
import type { Connection, Transport } from '../../lib/transports/transport.ts';

/** A connection whose other end takes messages up to a length, and reads them or does not. */
export class LimitedConnection extends ForwardingConnection {
  /** What the other end has not read. */
  unread = 0;
  readonly #longest: number;

  constructor(inner: Connection, longest: number) {
    super(inner, (reader) => inner.subscribe(reader));
    this.#longest = longest;
  }

  override get maxLength(): number { return this.#longest; }

  override get bufferedAmount(): number { return this.unread; }
}

/** A hub, and a way for tabs to it in the same process. */
export interface HubAtHand {
  readonly hub: Hub;
  /** The client whose session is shared. */
  readonly client: Client;
  /** Tabs dial it. */
  readonly transport: Transport;
  /** The hub's ends of the connections of tabs, in the order they came. */
  readonly ends: readonly Connection[];
  /** A tab: any client. */
  tab(options?: Partial<ClientOptions>): Client;
}

/** Shares the session of a client with tabs that need no port. */
export function hubOf(client: Client, { latency = 0, scheduler = asyncScheduler, realm = 'realm1' }: { latency?: number; scheduler?: SchedulerLike; realm?: string } = {}): HubAtHand {
  const hub = new Hub(client);
  const ends: Connection[] = [];
  const transport = linkTo({ subprotocol: 'wamp.2.json', latency, scheduler, accept: (connection) => {
    ends.push(connection);
    hub.accept(connection);
  } });
  return { hub, client, transport, ends, tab: (options) => createClient({ transport, realm, scheduler, retry: { initialDelay: 5, jitter: 'none' }, ...options }) };
}
