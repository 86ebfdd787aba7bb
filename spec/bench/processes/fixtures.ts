/** The processes that benchmarks are made of, started together and ended together. */
import type { Fixture, Sample } from '../harness/bench.ts';
import { start, type Handlers, type Process } from '../harness/process.ts';
import type { Client } from './client.ts';
import type { CodecProcess } from './codec.ts';
import type { Router } from './router.ts';
import type { Source } from './source.ts';
import type { Traffic } from './traffic.ts';

type Start = <H extends Handlers>(name: string) => Promise<Process<H>>;

/** A client that is measured, joined to a router that costs nothing. */
export interface ClientAtSource extends Fixture {
  readonly client: Process<Client>;
  readonly source: Process<Source>;
  /** Milliseconds from import to joined. */
  readonly elapsed: number;
}

/** A router that is measured, and the clients that cost nothing. */
export interface RouterUnderTraffic extends Fixture {
  readonly router: Process<Router>;
  readonly traffic: Process<Traffic>;
  readonly url: string;
}

/** A codec, which needs nobody else. */
export interface CodecAlone extends Fixture {
  readonly codec: Process<CodecProcess>;
}

export function codecProcess(subject: string): Promise<CodecAlone> {
  return together(async (process) => {
    const codec = await process<CodecProcess>('codec');
    await codec.ask('load', subject);
    return { codec };
  });
}

export function clientAtSource(subject: string, serializer: string = 'json'): Promise<ClientAtSource> {
  return together(async (process) => {
    const source = await process<Source>('source');
    const client = await process<Client>('client');
    const elapsed = await client.ask('join', subject, await source.ask('listen', serializer));
    return { client, source, elapsed };
  });
}

/** A client that is measured, both its sessions joined to a floor's router. */
export function clientAtRouter(subject: string, routerSubject: string): Promise<Fixture & { readonly client: Process<Client> }> {
  return together(async (process) => {
    const router = await process<Router>('router');
    const client = await process<Client>('client');
    const url = await router.ask('listen', routerSubject);
    await client.ask('join', subject, url);
    await client.ask('joinFar', subject, url);
    return { client };
  });
}

/** @param receivers how many sessions a publication can fan out to */
export function routerUnderTraffic(subject: string, receivers: number = 0): Promise<RouterUnderTraffic> {
  return together(async (process) => {
    const router = await process<Router>('router');
    const traffic = await process<Traffic>('traffic');
    const url = await router.ask('listen', subject);
    await traffic.ask('connect', url, receivers);
    return { router, traffic, url };
  });
}

/** Adds to what the traffic saw the router's CPU for each of `count` operations, in µs. */
export async function withRouterCpu({ router }: RouterUnderTraffic, count: number, work: () => Promise<Sample>): Promise<Sample> {
  const before = await router.ask('usage', false);
  const sample = await work();
  const after = await router.ask('usage', false);
  return { ...sample, cpu: (after.cpu - before.cpu) / count };
}

async function together<T>(build: (process: Start) => Promise<T>): Promise<T & Fixture> {
  const started: Fixture[] = [];
  const close = (): void => {
    for (const one of started) one.close();
  };
  try {
    const parts = await build(async <H extends Handlers>(name: string) => {
      const one = await start<H>(new URL(`${name}.js`, import.meta.url));
      started.push(one);
      return one;
    });
    return { ...parts, close };
  } catch (error) {
    close();
    throw error;
  }
}
