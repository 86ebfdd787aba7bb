/** A short session is cut at each of its bytes, and before and behind each of its frames: both ends have to notice, and to keep nothing. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { concatMap, first, firstValueFrom, from, lastValueFrom, map, mergeMap, timeout, timer, toArray, type MonoTypeOperatorFunction } from 'rxjs';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { join } from '../../lib/session/join.ts';
import type { Session } from '../../lib/session/session.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { ForwardingConnection } from '../../lib/transports/forwarding-connection.ts';
import type { Connection, Frame, Transport } from '../../lib/transports/transport.ts';
import { CuttingProxy, type Cut } from '../support/cutting-proxy.ts';
import { listening, registered, valueOf } from '../support/peers.ts';
import type { Network } from '../support/roads.ts';
import { EMBEDDED, emptied, type World } from '../support/worlds.ts';

/** Sessions at a time: enough to keep the machine busy. */
const CROWD = 16;

/** More frames than a short session has. */
const MANY_FRAMES = 50;

/**
 * Bytes from one cut to the next, by road, where not each is cut: every day some do for those that have the same code beneath. Within TLS they are those of the same
 * road without it, and a session over HTTP has thousands, most of them headers.
 */
const EVERYDAY_STRIDES: { readonly [road: string]: number } = { ws: 2, webSocket: 3, 'ws over TLS': 13, 'rawSocket over TLS': 13, longPoll: 37 };

const strideOf = ({ road }: World): number => (process.env['WAMP_WORLDS'] === undefined ? EVERYDAY_STRIDES[road.name] ?? 1 : 1);

const STREAMS = ['client to router', 'router to client'] as const;

/** Everything once, between a session and itself. */
async function act(session: Session): Promise<void> {
  const name = String(session.id).padStart(16, '0');
  const listener = await listening(session, `com.t${name}`);
  await registered(session, `com.p${name}`, ({ args: [value] }) => value);
  expect(await valueOf(session.call(`com.p${name}`, ['echo']))).toBe('echo');
  await firstValueFrom(session.publish(`com.t${name}`, ['event'], { acknowledge: true, excludeMe: false }));
  await listener.first(1);
  await lastValueFrom(session.leave(), { defaultValue: undefined });
}

/** Lives one session from end to end, and tells how it ended: `left`, or the code of an error. */
async function live(transport: Transport, { serializer }: World): Promise<string> {
  const life = join(transport, { realm: 'realm1', serializers: [serializer] }).pipe(concatMap((session) => act(session)), timeout(20_000));
  return lastValueFrom(life, { defaultValue: undefined }).then(() => 'left', (error: { code?: string; message: string }) => error.code ?? error.message);
}

interface FrameCut {
  readonly direction: 'in' | 'out';
  /** Counted from 1. */
  readonly frame: number;
  readonly side: 'before' | 'behind';
}

class CutConnection extends ForwardingConnection {
  readonly #cut: FrameCut;
  #sent = 0;

  constructor(inner: Connection, cut: FrameCut) {
    super(inner, (subscriber) => {
      let received = 0;
      return inner.subscribe({
        next: (frame) => {
          received += 1;
          if (cut.direction === 'in' && received === cut.frame) this.#do(() => subscriber.next(frame));
          else subscriber.next(frame);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
    this.#cut = cut;
  }

  override next(frame: Frame): void {
    this.#sent += 1;
    if (this.#cut.direction === 'out' && this.#sent === this.#cut.frame) this.#do(() => super.next(frame));
    else super.next(frame);
  }

  #do(pass: () => void): void {
    if (this.#cut.side === 'behind') pass();
    this.error(new Error('the scissors'));
  }
}

const cutting = (cut: FrameCut): MonoTypeOperatorFunction<Connection> => map((connection) => new CutConnection(connection, cut));

/** The way through a proxy. */
function detour(url: string, proxy: CuttingProxy): string {
  if (url.startsWith('rs+unix:')) return `${url}.cut`;
  return Object.assign(new URL(url), { port: String(proxy.port) }).href;
}

const targetOf = (url: string): number | string => (url.startsWith('rs+unix:') ? new URL(url).pathname : Number(new URL(url).port));

describe.each(EMBEDDED)('a session that is cut over $name', (world) => {
  let router: ListeningRouter;
  beforeAll(() => { router = createRouter({ realms: { realm1: {} }, serializers: [world.serializer] }); });
  afterAll(async () => {
    await router.close();
    expectNoLeaks({ router });
  });

  /** Whatever the sessions had is given back, and every connection is gone. */
  async function expectNothingLeft(): Promise<void> {
    await emptied(router);
    await firstValueFrom(timer(0, 5).pipe(map(() => router.stats().connections), first((connections) => connections === 0), timeout(15_000)));
    expect(router.stats()).toMatchObject({ subscriptions: 0, registrations: 0, pendingCalls: 0 });
  }

  it.each(['in', 'out'] as const)('is over at both ends, before and behind each frame: %s', async (direction) => {
    const transport = await world.road.open(router, world.serializer);
    const ends: string[] = [];

    for (let frame = 1; ends.at(-1) !== 'left' && frame < MANY_FRAMES; frame++) {
      for (const side of ['before', 'behind'] as const) ends.push(await live(transport.pipe(cutting({ direction, frame, side })), world));
    }

    expect(ends.length).toBeGreaterThan(10);
    expect(new Set(ends)).toEqual(new Set(['transport-lost', 'left']));
    await expectNothingLeft();
  });

  const { network } = world.road;
  if (network !== undefined) it.each(STREAMS)('is over at both ends, at each byte: %s', async (stream) => {
    const url = await network.listen(router);
    const passed = (await livesThrough(network, url, [], 1)).passed[stream];
    const cuts = Array.from({ length: Math.ceil(passed / strideOf(world)) }, (_, n): Cut => ({ stream, after: n * strideOf(world) }));

    const { ends } = await livesThrough(network, url, cuts, cuts.length);

    expect([...new Set(ends)].filter((end) => !['connect-failed', 'transport-lost', 'left'].includes(end))).toEqual([]);
    // Over HTTP a session has several connections, and a cut hits one of them.
    expect(ends.filter((end) => end === 'left').length).toBeLessThan(network.scheme === 'http:' ? ends.length : ends.length / 10);
    await expectNothingLeft();
  }, 300_000);

  async function livesThrough({ dial }: Network, url: string, cuts: readonly Cut[], count: number): Promise<{ ends: readonly string[]; passed: CuttingProxy['passed'] }> {
    const proxy = await CuttingProxy.open(targetOf(url), cuts);
    const transport = dial(detour(url, proxy), [world.serializer.subprotocol]);
    const ends = await lastValueFrom(from(Array(count).keys()).pipe(mergeMap(() => live(transport, world), CROWD), toArray()));
    await proxy.close();
    return { ends, passed: proxy.passed };
  }
});
