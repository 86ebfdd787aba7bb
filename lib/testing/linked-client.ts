import { throwError, type SchedulerLike } from 'rxjs';
import { Client } from '../client/client.ts';
import { partsOf } from '../client/create-client.ts';
import type { ClientOptions } from '../client/options.ts';
import type { ClientParts } from '../client/parts.ts';
import type { ApiDefinition } from '../contract/api-types.ts';
import { ConnectFailedError } from '../errors.ts';
import { SERIALIZERS } from '../serializers/all.ts';
import type { Transport } from '../transports/transport.ts';
import type { Random } from './chance.ts';
import { Link } from './link.ts';

/** Options of a client of a test: those of `createClient`, but for the way to the router, which is there already. */
export type LinkedClientOptions<D extends ApiDefinition = any> = Partial<Omit<ClientOptions<D>, 'url'>>;

/** What a {@link LinkedClient} is made with, by whoever runs the test. */
export interface LinkedClientSurroundings {
  /** The realm, where the options name none. */
  readonly realm: string;
  /** The way to the router, where the options name none. */
  readonly transport: Transport;
  /** Where time passes, where the options name nothing else. */
  readonly scheduler: SchedulerLike | undefined;
  /** A new source of chance at each call. */
  readonly chance: () => Random;
  /** Where failures go that have no subscriber. */
  readonly onUnhandled?: ((error: unknown) => void) | undefined;
}

/** A client with a hand on its line: `client.link` cuts it, slows it and spoils it. */
export class LinkedClient<T = any> extends Client<T> {
  /** The line to the router, and whatever a test does to it. */
  readonly link: Link;

  /** @internal */
  constructor(parts: ClientParts, link: Link) {
    super(parts);
    this.link = link;
  }
}

/**
 * Makes a client for a test. It waits the same time before each retry at each run: `retry.jitter` is `'none'` unless the options say
 * otherwise, and then it draws from the seed.
 */
export function linkedClient<D extends ApiDefinition>(options: LinkedClientOptions<D>, surroundings: LinkedClientSurroundings): LinkedClient<D> {
  const { realm = surroundings.realm, transport = surroundings.transport, scheduler = surroundings.scheduler, retry, random = surroundings.chance() } = options;
  const link = new Link(transport, { random: surroundings.chance(), scheduler });
  const parts = partsOf(
    { ...options, realm, transport: link, scheduler, random, retry: { ...retry, jitter: retry?.jitter ?? 'none' } },
    { dial: () => throwError(() => new ConnectFailedError('a client of a test has its link and dials no url')), serializers: () => SERIALIZERS },
  );
  return new LinkedClient(surroundings.onUnhandled === undefined ? parts : { ...parts, onUnhandled: surroundings.onUnhandled }, link);
}
