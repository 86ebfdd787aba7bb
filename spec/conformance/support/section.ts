/** The cases of one section of the text, each over a real WebSocket and in each serialization, in front of one router. */
import { afterAll, afterEach, beforeAll, describe, expect } from '@jest/globals';
import { filter, firstValueFrom } from 'rxjs';
import { createRouter, type ListeningRouter } from '../../../lib/router/node.ts';
import type { RouterOptions } from '../../../lib/router/options.ts';
import { leaksOf } from '../../../lib/testing/leaks.ts';
import { Clock } from './clock.ts';
import { FORMATS, type Format, type List } from './formats.ts';
import { Peer } from './peer.ts';

/** Features that a client announces, by role. */
export interface Features {
  readonly publisher?: readonly string[];
  readonly subscriber?: readonly string[];
  readonly caller?: readonly string[];
  readonly callee?: readonly string[];
}

/** How a client joins. */
export interface Joining {
  /** @default 'realm1' */
  readonly realm?: string;
  /** What goes into HELLO.Details besides the roles. */
  readonly details?: object;
  /** @default that of the section's turn */
  readonly format?: Format;
}

const ROLES = ['publisher', 'subscriber', 'caller', 'callee'] as const;

/** `HELLO.Details.roles` with all four roles, and these features of them. */
export function roles(features: Features = {}): object {
  return Object.fromEntries(ROLES.map((role) => {
    const names = features[role];
    return [role, names === undefined ? {} : { features: Object.fromEntries(names.map((name) => [name, true])) }];
  }));
}

/** What the cases of a section work with: clients of one router, which are gone after each case. */
export class Bench {
  readonly format: Format;
  /** All time of the router. */
  readonly clock: Clock = new Clock();
  readonly #router: ListeningRouter;
  readonly #peers: Peer[] = [];
  #url = '';

  constructor(format: Format, options: RouterOptions) {
    this.format = format;
    this.#router = createRouter({ ...options, scheduler: this.clock });
  }

  /** Where the router listens. */
  get url(): string {
    return this.#url;
  }

  /** The router, for what the text leaves to its configuration. */
  get router(): ListeningRouter {
    return this.#router;
  }

  /** A connection on which nothing has been said. */
  async connect(format: Format = this.format): Promise<Peer> {
    const peer = await Peer.open(this.#url, format);
    this.#peers.push(peer);
    return peer;
  }

  /** A client that has joined: by default one that announces all roles, and no feature of them. */
  async join(features: Features = {}, { realm = 'realm1', details = {}, format }: Joining = {}): Promise<Peer> {
    const peer = await this.connect(format);
    peer.send([1, realm, { roles: roles(features), ...details }]);
    return welcomed(peer);
  }

  /** Starts the router. */
  async open(): Promise<void> {
    this.#url = (await this.#router.listen('ws://127.0.0.1:0/ws')).url;
  }

  /** Has every client go, and shows that nothing of them is left. */
  async clear(): Promise<void> {
    await Promise.all(this.#peers.splice(0).map((peer) => peer.dispose()));
    await firstValueFrom(this.#router.sessions$.pipe(filter((sessions) => sessions.length === 0)), { defaultValue: undefined });
    expect(leaksOf({ router: this.#router }).filter(({ what }) => what !== 'listeners')).toEqual([]);
  }

  /** Stops the router. */
  close(): Promise<void> {
    return this.#router.close();
  }
}

/** Notes what WELCOME says, which has to be the next message. */
export async function welcomed(peer: Peer): Promise<Peer> {
  const [type, session, details] = await peer.receive() as [number, number, Peer['welcome']];
  expect([type, session, details]).toEqual([2, expect.any(Number), expect.any(Object)]);
  peer.session = session;
  peer.welcome = details;
  return peer;
}

/** The features that the router announces for a role. */
export function announced({ welcome }: Peer, role: 'broker' | 'dealer'): unknown {
  const described = welcome['roles'] as { readonly [role: string]: { readonly features?: unknown } | undefined };
  return described[role]?.features;
}

/** Describes a section: its cases run once for each serialization. */
export function section(title: string, cases: (bench: Bench) => void, options: Partial<RouterOptions> = {}): void {
  describe.each(FORMATS)(`${title} ($name)`, (format) => {
    const bench = new Bench(format, { realms: { realm1: {} }, ...options });
    beforeAll(() => bench.open());
    afterEach(() => bench.clear());
    afterAll(() => bench.close());
    cases(bench);
  });
}

/** The payload of a RESULT. */
export function resultOf(answer: List): unknown {
  expect(answer[0]).toBe(50);
  return (answer[3] as List | undefined)?.[0];
}
