/**
 * The worlds in which the scenarios take place: each transport with each serializer, in front of the embedded router or, where
 * WAMP_INTEROP names one, in front of somebody else's.
 */
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { defer, filter, firstValueFrom } from 'rxjs';
import { WebSocket } from 'ws';
import type { Client } from '../../lib/client/client.ts';
import type { ClientOptions } from '../../lib/client/options.ts';
import { createClient } from '../../lib/index.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import type { RouterOptions } from '../../lib/router/options.ts';
import { SERIALIZERS } from '../../lib/serializers/all.ts';
import { batched } from '../../lib/serializers/batched.ts';
import { json } from '../../lib/serializers/json.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import { expectNoLeaks, leaksOf } from '../../lib/testing/leaks.ts';
import { linkedClient, type LinkedClient, type LinkedClientOptions } from '../../lib/testing/linked-client.ts';
import type { Transport } from '../../lib/transports/transport.ts';
import { rawSocket } from '../../lib/transports/rawsocket.ts';
import { webSocket } from '../../lib/transports/websocket.ts';
import { ws } from '../../lib/transports/ws.ts';
import { PETER } from './people.ts';

/** One transport with one serializer. */
export interface World {
  readonly name: string;
  readonly serializer: Serializer;
  /** Dials a URL; absent where there is no network between client and router. */
  readonly dial: ((url: string) => Transport) | undefined;
  /** Where an embedded router listens for it. @default ws://127.0.0.1:0/ws */
  readonly at?: string;
}

const FOREIGN_URL = process.env['WAMP_INTEROP'];
const REALM = process.env['WAMP_INTEROP_REALM'] ?? 'realm1';

/** Those that are played over every transport. The others come the same ways, so one transport is enough for them. */
const BASIC = SERIALIZERS.filter(({ subprotocol }) => ['wamp.2.json', 'wamp.2.msgpack', 'wamp.2.cbor'].includes(subprotocol));

const sockets = (serializer: Serializer): readonly World[] => {
  const subprotocols = [serializer.subprotocol];
  return [
    { name: `ws, ${serializer.subprotocol}`, serializer, dial: (url) => ws(url, { subprotocols }) },
    {
      name: `webSocket, ${serializer.subprotocol}`, serializer,
      dial: (url) => webSocket(url, { subprotocols, WebSocket: WebSocket as unknown as typeof globalThis.WebSocket }),
    },
  ];
};

const raw = (serializer: Serializer): World => ({
  name: `rawSocket, ${serializer.subprotocol}`, serializer, at: 'rs://127.0.0.1:0',
  dial: (url) => rawSocket(url, { subprotocols: [serializer.subprotocol] }),
});

/** Worlds with the embedded router; none where the scenarios are played in front of another one, which has options of its own. */
export const EMBEDDED: readonly World[] = FOREIGN_URL !== undefined ? [] : SERIALIZERS.flatMap((serializer) => [
  { name: `memory, ${serializer.subprotocol}`, serializer, dial: undefined },
  ...(BASIC.includes(serializer) ? [...sockets(serializer), raw(serializer)] : []),
]).concat(sockets(batched(json())).slice(0, 1));

/** Every world: what is played in these asks nothing of the router but WAMP, anonymous clients and {@link PETER}. */
export const WORLDS: readonly World[] = FOREIGN_URL !== undefined ? BASIC.flatMap(sockets) : EMBEDDED;

/** The router of scenarios that ask for nothing else. */
const ROUTER: RouterOptions = {
  realms: { [REALM]: { auth: { ticket: { users: { [PETER.authid]: { ticket: PETER.ticket, role: 'user' } } }, anonymous: {} } } },
};

/** A router, and clients that are closed at the end of each spec. */
export interface Scene {
  /** A client of the scene's realm that reconnects at once. */
  client(options?: Partial<ClientOptions>): Client;
  /** The same with a hand on its line. */
  linked(options?: LinkedClientOptions): LinkedClient;
  /** Dials the router. */
  readonly transport: Transport;
}

/** A scene with a router of ours behind it. */
export interface EmbeddedScene extends Scene {
  readonly router: ListeningRouter;
}

/** Nothing of any session is left in a router. */
export const EMPTY = { sessions: 0, connections: 0, subscriptions: 0, registrations: 0, pendingCalls: 0 } as const;

/** Waits until everybody has left. */
export async function emptied(router: ListeningRouter): Promise<void> {
  await firstValueFrom(router.sessions$.pipe(filter((sessions) => sessions.length === 0)), { defaultValue: undefined });
}

/** Sets the scene in front of whichever router there is, for all specs of the surrounding `describe`. */
export function scene(world: World): Scene {
  if (FOREIGN_URL === undefined) return embedded(world);
  const { dial } = world;
  if (dial === undefined) throw new TypeError('another router can only be dialled');
  const cast = new Cast(world, dial(FOREIGN_URL));
  afterEach(() => cast.leave());
  return cast;
}

/** Sets the scene in front of an embedded router, which is left empty by each spec. */
export function embedded(world: World, options: RouterOptions = ROUTER): EmbeddedScene {
  let router: ListeningRouter | undefined;
  let dialled: Transport | undefined;
  const routerOf = (): ListeningRouter => {
    if (router === undefined) throw new TypeError('the router starts before the first spec');
    return router;
  };
  const cast = new Cast(world, defer(() => dialled ?? routerOf().link({ serializer: world.serializer.subprotocol })));
  beforeAll(async () => {
    router = createRouter(options);
    if (world.dial !== undefined) dialled = world.dial((await router.listen(world.at ?? 'ws://127.0.0.1:0/ws')).url);
  });
  afterEach(async () => {
    await cast.leave();
    await emptied(routerOf());
    const { sessions, connections, subscriptions, registrations, pendingCalls } = routerOf().stats();
    expect({ sessions, connections, subscriptions, registrations, pendingCalls }).toEqual(EMPTY);
    expect(leaksOf({ router: routerOf() }).filter(({ what }) => what !== 'listeners')).toEqual([]);
  });
  afterAll(() => routerOf().close());
  return {
    get router() { return routerOf(); },
    transport: cast.transport,
    client: (given) => cast.client(given),
    linked: (given) => cast.linked(given),
  };
}

class Cast implements Scene {
  readonly transport: Transport;
  readonly #world: World;
  readonly #clients: Client[] = [];

  constructor(world: World, transport: Transport) {
    this.#world = world;
    this.transport = transport;
  }

  client(options: Partial<ClientOptions> = {}): Client {
    return this.#cast(createClient({ transport: this.transport, realm: REALM, ...this.#defaults, ...options }));
  }

  linked(options: LinkedClientOptions = {}): LinkedClient {
    return this.#cast(linkedClient({ ...this.#defaults, ...options }, { realm: REALM, transport: this.transport, scheduler: undefined, chance: () => Math.random }));
  }

  async leave(): Promise<void> {
    const clients = this.#clients.splice(0);
    await Promise.all(clients.map((client) => client.close()));
    expectNoLeaks({ clients });
  }

  get #defaults(): LinkedClientOptions {
    return { serializers: [this.#world.serializer], retry: { initialDelay: 5, maxDelay: 5, jitter: 'none' } };
  }

  #cast<C extends Client>(client: C): C {
    this.#clients.push(client);
    return client;
  }
}

/** What the router calls the transport of a world. */
export function transportOf({ dial, at }: World): 'memory' | 'websocket' | 'rawsocket' {
  if (dial === undefined) return 'memory';
  return at?.startsWith('rs') === true ? 'rawsocket' : 'websocket';
}
