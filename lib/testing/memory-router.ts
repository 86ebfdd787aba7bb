import type { SchedulerLike } from 'rxjs';
import type { ApiDefinition, NoApi } from '../contract/api-types.ts';
import { SERIALIZERS } from '../serializers/all.ts';
import { BASIC_METHODS } from '../router/login-methods.ts';
import type { RouterOptions } from '../router/options.ts';
import { Router } from '../router/router.ts';
import { show } from '../protocol/show.ts';
import type { Uri } from '../types.ts';
import { Chance } from './chance.ts';
import { linkedClient, type LinkedClient, type LinkedClientOptions } from './linked-client.ts';

/** Options of {@link memoryRouter}: those of `createRouter`. @default one realm, `realm1`, that allows everything */
export type MemoryRouterOptions = Partial<RouterOptions>;

/** A router with clients in the same process: no port, no socket. */
export class MemoryRouter extends Router {
  readonly #realms: readonly Uri[];
  readonly #scheduler: SchedulerLike | undefined;
  readonly #chance: Chance;
  readonly #onUnhandled: ((error: unknown) => void) | undefined;
  readonly #clients: LinkedClient[] = [];

  /** @internal */
  constructor(options: MemoryRouterOptions, chance: Chance, onUnhandled?: (error: unknown) => void) {
    const { realms = { realm1: {} }, random = chance.stream(), scheduler } = options;
    super({ ...options, realms, random }, { serializers: SERIALIZERS, methods: BASIC_METHODS });
    this.#realms = Object.keys(realms);
    this.#scheduler = scheduler;
    this.#chance = chance;
    this.#onUnhandled = onUnhandled;
  }

  /** The realm of clients that name none: the first one. */
  get realm(): Uri {
    return this.#realms[0]!;
  }

  /** Every client that was made by {@link client}, in the order they were made. */
  get clients(): readonly LinkedClient[] {
    return this.#clients;
  }

  /**
   * Makes a client of this router, over a {@link LinkedClient.link} of its own. It dials at first use, like any other. Throws TypeError
   * where the realm is none of the router's, unless it is given a transport of its own.
   *
   * @param options those of `createClient`; the realm is the router's first one unless they name another, retries have no jitter
   */
  client<D extends ApiDefinition = NoApi>(options: LinkedClientOptions<D> = {}): LinkedClient<D> {
    if (options.transport === undefined && options.realm !== undefined && !this.#realms.includes(options.realm)) {
      throw new TypeError(`realm must be one of ${this.#realms.join(', ')}, got ${show(options.realm)}`);
    }
    const client = linkedClient(options, {
      realm: this.realm, transport: this.link(), scheduler: this.#scheduler, chance: () => this.#chance.stream(), onUnhandled: this.#onUnhandled,
    });
    this.#clients.push(client);
    return client;
  }

  /** Closes the clients and then the router. Resolves when nothing is open any more. */
  override async close(...options: Parameters<Router['close']>): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.close()));
    await super.close(...options);
  }
}

/**
 * A router in memory with clients that need no port, for tests that run in real time; {@link wampMarbles} is for those that do not.
 *
 * ```ts
 * const router = memoryRouter();
 * const printer = router.client();
 * const clerk = router.client();
 *
 * clerk.link.cut(); // and see what becomes of it
 * await router.close(); // the clients too
 * ```
 *
 * @param options those of `createRouter`. @default one realm, `realm1`, that allows everything
 */
export function memoryRouter(options: MemoryRouterOptions = {}): MemoryRouter {
  return new MemoryRouter(options, new Chance(1));
}
