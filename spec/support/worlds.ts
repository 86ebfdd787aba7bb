/**
 * The worlds in which the scenarios take place: each transport with each serializer, in front of the embedded router or, where
 * WAMP_INTEROP names one, in front of somebody else's. `npm test` plays some of them, WAMP_WORLDS=all plays all.
 */
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { NEVER, defer, filter, firstValueFrom } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import type { ClientOptions } from '../../lib/client/options.ts';
import { createClient } from '../../lib/index.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import type { RouterOptions } from '../../lib/router/options.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import { expectNoLeaks, leaksOf } from '../../lib/testing/leaks.ts';
import { linkedClient, type LinkedClient, type LinkedClientOptions } from '../../lib/testing/linked-client.ts';
import type { Transport } from '../../lib/transports/transport.ts';
import { coreClient } from './core-client.ts';
import type { Format, Trait } from './formats.ts';
import { PETER } from './people.ts';
import { MEMORY, ROADS, type Road } from './roads.ts';

/** One road with one serializer. */
export interface World {
  readonly name: string;
  readonly road: Road;
  readonly serializer: Serializer;
  /** Whether its clients are those of `rxwamp/core`. */
  readonly isCore?: true;
  /** Whether its messages have a place for something: see {@link Format}. */
  readonly carries: (trait: Trait) => boolean;
}

const { WAMP_INTEROP: FOREIGN_URL, WAMP_WORLDS } = process.env;
const REALM = process.env['WAMP_INTEROP_REALM'] ?? 'realm1';

const worldOf = (road: Road, { name, serializer, lacks }: Format): World => ({ name: `${road.name}, ${name}`, road, serializer, carries: (trait) => lacks[trait] === undefined });
const worldsOver = (road: Road): readonly World[] => road.formats.map((format) => worldOf(road, format));
const everydayOver = (road: Road): readonly World[] => road.formats.filter(({ name }) => road.everyday.some((each) => each === name)).map((format) => worldOf(road, format));

/** Every road with everything that can be spoken on it. */
export const ALL_WORLDS: readonly World[] = ROADS.flatMap(worldsOver);

/** Those of `npm test`, in which each road and each format is at least once. */
export const EVERYDAY_WORLDS: readonly World[] = ROADS.flatMap(everydayOver);

/** Those of them without a network, for what is the same on every road. */
export const MEMORY_WORLDS: readonly World[] = everydayOver(MEMORY);

function embeddedWorlds(): readonly World[] {
  if (FOREIGN_URL !== undefined) return [];
  if (WAMP_WORLDS === undefined) return EVERYDAY_WORLDS;
  const named = ALL_WORLDS.filter(({ name }) => WAMP_WORLDS === 'all' || name.includes(WAMP_WORLDS));
  if (named.length === 0) throw new RangeError(`WAMP_WORLDS must be all, or a part of the name of one, such as ${EVERYDAY_WORLDS[0]?.name}; got ${WAMP_WORLDS}`);
  return named;
}

function foreignWorlds(url: string): readonly World[] {
  const roads = ROADS.filter(({ network }) => network?.scheme === new URL(url).protocol);
  const names = (process.env['WAMP_INTEROP_FORMATS'] ?? 'json,msgpack,cbor').split(',');
  return roads.flatMap((road) => road.formats.filter(({ name }) => names.includes(name)).map((format) => worldOf(road, format)));
}

/** Worlds with the embedded router; none where the scenarios are played in front of another one, which has options of its own. */
export const EMBEDDED: readonly World[] = embeddedWorlds();

/** Every world: what is played in these asks nothing of the router but WAMP, anonymous clients and {@link PETER}. */
export const WORLDS: readonly World[] = FOREIGN_URL === undefined ? EMBEDDED : foreignWorlds(FOREIGN_URL);

/** The same with clients of `rxwamp/core`, which speak JSON. */
const coreOf = (worlds: readonly World[]): readonly World[] => worlds.filter(({ serializer }) => serializer.subprotocol === 'wamp.2.json').map((world) => ({ ...world, name: `${world.name}, rxwamp/core`, isCore: true }));

/** {@link WORLDS} and those of clients of `rxwamp/core`, for what asks for nothing that those leave out. */
export const WITH_CORE: readonly World[] = [...WORLDS, ...coreOf(FOREIGN_URL === undefined ? MEMORY_WORLDS : WORLDS)];

/** {@link EMBEDDED} and those. */
export const EMBEDDED_WITH_CORE: readonly World[] = [...EMBEDDED, ...coreOf(FOREIGN_URL === undefined ? MEMORY_WORLDS : [])];

/** The router of scenarios that ask for nothing else. */
const ROUTER: RouterOptions = {
  realms: { [REALM]: { auth: { ticket: { users: { [PETER.authid]: { ticket: PETER.ticket, role: 'user' } } }, anonymous: {} } } },
};

/** How many messages there are where there are many. Over HTTP without batches each takes a request of its own. */
export function manyOver({ road, serializer }: World): number {
  if (road === MEMORY) return 10_000;
  return road.network?.scheme === 'http:' && !serializer.subprotocol.endsWith('.batched') ? 200 : 2_000;
}

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
  const { network } = world.road;
  if (network === undefined) throw new TypeError('another router can only be dialled');
  const cast = new Cast(world, network.dial(FOREIGN_URL, [world.serializer.subprotocol]));
  afterEach(() => cast.leave());
  return cast;
}

/** Sets the scene in front of an embedded router, which is left empty by each spec. */
export function embedded(world: World, options: RouterOptions = ROUTER): EmbeddedScene {
  let router: ListeningRouter | undefined;
  let dialled: Transport = NEVER;
  const routerOf = (): ListeningRouter => {
    if (router === undefined) throw new TypeError('the router starts before the first spec');
    return router;
  };
  const cast = new Cast(world, defer(() => dialled));
  beforeAll(async () => {
    router = createRouter({ serializers: [world.serializer], ...options });
    dialled = await world.road.open(router, world.serializer);
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
    if (this.#world.isCore) return this.#cast(coreClient({ realm: REALM, ...this.#defaults, ...options }, options.transport ?? this.transport));
    return this.#cast(createClient({ transport: this.transport, realm: REALM, ...this.#defaults, ...options }));
  }

  linked(options: LinkedClientOptions = {}): LinkedClient {
    if (this.#world.isCore) return this.#cast(coreClient({ realm: REALM, ...this.#defaults, ...options }, options.transport ?? this.transport));
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
