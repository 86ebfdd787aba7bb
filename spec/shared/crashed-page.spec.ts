import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from '../../lib/client/client.ts';
import { createClient } from '../../lib/index.ts';
import { MessageType, type WampList } from '../../lib/protocol/messages.ts';
import { createRouter, type Router } from '../../lib/router/index.ts';
import { shareSession, type SharedSession } from '../../lib/shared/share-session.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { FakeLocks } from '../support/fake-locks.ts';
import { ROLES } from '../support/raw-peer.ts';

const { HELLO, REGISTER, SUBSCRIBE } = MessageType;
const { navigator } = globalThis;

type Listener = (event: unknown) => void;

/** One end of a port as browsers have them, which says nothing when the other is gone. */
class FakePagePort {
  peer: FakePagePort = this;
  readonly listeners = new Map<string, Listener>();

  addEventListener(event: string, listener: Listener): void { this.listeners.set(event, listener); }
  removeEventListener(event: string): void { this.listeners.delete(event); }
  start(): void {}

  postMessage(data: unknown): void {
    this.peer.listeners.get('message')?.({ data: structuredClone(data) });
  }
}

/** A page that speaks to the SharedWorker as `sharedWorker()` does, and holds a lock. */
class FakePage {
  readonly far = new FakePagePort();
  readonly #near = new FakePagePort();
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
    this.#near.peer = this.far;
    this.far.peer = this.#near;
    void locks.of(name).request(name, {}, () => new Promise(() => {}));
  }

  /** It joins, subscribes and registers. */
  begin(): void {
    this.#near.postMessage(['rxwamp', 7, 'open', { subprotocols: ['wamp.2.json'], maxLength: 1e6, every: 65_536, lock: this.#name }]);
    this.#say([HELLO, 'realm1', { roles: ROLES }]);
    this.#say([SUBSCRIBE, 1, {}, 'com.shop.price']);
    this.#say([REGISTER, 2, {}, `com.shop.${this.#name}`]);
  }

  crash(): void {
    locks.gone(this.#name);
  }

  #say(list: WampList): void {
    this.#near.postMessage(['rxwamp', 7, 'frame', JSON.stringify(list)]);
  }
}

let locks: FakeLocks;
let router: Router;
let client: Client;
let shared: SharedSession;
const scope = new FakePagePort();

const settled = (): Promise<unknown> => new Promise(setImmediate);
const define = (name: string, value: unknown): void => void Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });

async function connected(page: FakePage): Promise<FakePage> {
  scope.listeners.get('connect')?.({ ports: [page.far] });
  await settled();
  return page;
}

const held = (): readonly number[] => [shared.tabs, router.stats().subscriptions, router.stats().registrations];

beforeEach(() => {
  locks = new FakeLocks();
  define('navigator', { locks: locks.of('worker') });
  define('onconnect', null);
  define('addEventListener', scope.addEventListener.bind(scope));
  define('removeEventListener', scope.removeEventListener.bind(scope));
  router = createRouter({ realms: { realm1: {} } });
  client = createClient({ transport: router.link(), realm: 'realm1' });
  shared = shareSession(client);
});

afterEach(async () => {
  shared.close();
  await client.close();
  expect(Object.values(shared.census()).filter((count) => count !== 0)).toEqual([]);
  expectNoLeaks({ clients: [client], router });
  await router.close();
  define('navigator', navigator);
  for (const name of ['onconnect', 'addEventListener', 'removeEventListener']) Reflect.deleteProperty(globalThis, name);
});

describe('shareSession, in a SharedWorker', () => {
  it('gives back what a page had that crashes, as soon as its lock is free, and nothing of others', async () => {
    const pages = [await connected(new FakePage('a')), await connected(new FakePage('b'))] as const;
    for (const page of pages) page.begin();
    await settled();
    expect(held()).toEqual([2, 1, 2]);

    pages[0].crash();
    await settled();
    expect([held(), pages[0].far.listeners.size]).toEqual([[1, 1, 1], 0]);
    pages[1].crash();
    await settled();

    expect(held()).toEqual([0, 0, 0]);
  });

  it('gives it back too where the page had crashed before the worker came to look', async () => {
    const page = await connected(new FakePage('a'));
    page.crash();
    page.begin();
    expect(held()).toEqual([1, 1, 1]);

    await settled();

    expect([held(), page.far.listeners.size]).toEqual([[0, 0, 0], 0]);
  });
});
