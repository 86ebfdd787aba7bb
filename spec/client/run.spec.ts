import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { NEVER } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { namedClients } from '../../lib/client/named-clients.ts';
import type { ClientOptions } from '../../lib/client/options.ts';
import { createClient, createClients, run } from '../../lib/node.ts';
import { ROOT } from '../support/sources.ts';

const PROGRAM = `
  import { NEVER, delay, first, ignoreElements, merge, tap } from 'rxjs';
  import { run } from 'rxwamp';
  import { Registry } from 'rxwamp/registry';
  import { createRouter } from 'rxwamp/router';
  const router = createRouter({ realms: { shop: {}, audit: {} } });
  setInterval(() => {}, 1000).unref();
  const start = (main, more = {}) => run({ defaults: { transport: router.link() }, clients: { shop: { realm: 'shop' }, audit: { realm: 'audit' } }, main, ...more });
`;

interface Run {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** Runs a program to its end; a line that names a signal sends it. */
async function ran(program: string, signals: { readonly [line: string]: NodeJS.Signals } = {}): Promise<Run> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', `${PROGRAM}${program}`], { cwd: join(ROOT, 'spec'), timeout: 20_000, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  let errors = '';
  let seen = 0;
  child.stderr.setEncoding('utf8').on('data', (more: string) => { errors += more; });
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    const lines = text.split('\n').slice(0, -1);
    for (const line of lines.slice(seen)) if (signals[line] !== undefined) child.kill(signals[line]);
    seen = lines.length;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, errors, lines: text.split('\n').slice(0, -1) };
}

describe('run, in a process of its own', () => {
  it('ends with 0 behind its main', async () => {
    expect(await ran("start(async ({ shop, audit }) => console.log(shop.state.kind, audit.state.kind));")).toEqual({ code: 0, errors: '', lines: ['joined joined'] });
  }, 30_000);

  it('ends with 1 where its main fails, and says why', async () => {
    const { code, errors } = await ran("start(async () => { throw new Error('broken'); });");

    expect(code).toBe(1);
    expect(errors).toContain('Error: broken');
  }, 30_000);

  it.each([['SIGTERM', 143], ['SIGINT', 130]] as const)('stops in order at %s, and exits with %i', async (signal, code) => {
    // What handles the event goes on until the signal is here, and a little longer.
    const program = `start(({ shop }) => {
      const handled = new Registry().subscriber('com.t', () => shop.state$.pipe(first(({ kind }) => kind === 'draining'), delay(30), tap({ complete: () => console.log('handled') })));
      shop.errors$.subscribe(console.log);
      shop.state$.subscribe(({ kind }) => console.log(kind));
      return merge(shop.serve(handled).pipe(ignoreElements(), tap({ complete: () => console.log('unserved') })),
        shop.publish('com.t', [], { excludeMe: false, acknowledge: true }).pipe(tap(() => console.log('ready'))), NEVER);
    });`;

    expect(await ran(program, { ready: signal })).toEqual({ code, errors: '', lines: ['joined', 'ready', 'draining', 'handled', 'unserved', 'closed'] });
  }, 30_000);

  it('ends at once at the second signal', async () => {
    const program = `start(({ shop }) => {
      shop.state$.subscribe(({ kind }) => console.log(kind));
      return merge(shop.serve(new Registry().subscriber('com.t', () => NEVER)), shop.publish('com.t', [], { excludeMe: false, acknowledge: true }).pipe(tap(() => console.log('ready'))));
    });`;

    expect(await ran(program, { ready: 'SIGTERM', draining: 'SIGINT' })).toMatchObject({ code: 130, lines: ['joined', 'ready', 'draining'] });
  }, 30_000);

  it('leaves the process to who else listens', async () => {
    const program = `process.on('SIGTERM', () => console.log('heard'));
      start(({ shop }) => { shop.state$.subscribe({ complete: () => setTimeout(() => console.log('still here')) }); console.log('ready'); });`;

    expect(await ran(program, { ready: 'SIGTERM' })).toMatchObject({ code: 143, lines: ['ready', 'heard', 'still here'] });
  }, 30_000);
});

describe('run', () => {
  const transport = NEVER;

  it('stops where it is unsubscribed from, and leaves nothing behind', () => {
    const before = process.listenerCount('SIGTERM');

    const running = run({ clients: { one: { transport, realm: 'realm1' } }, main: () => {} });
    const during = process.listenerCount('SIGTERM');
    running.unsubscribe();

    expect([during, process.listenerCount('SIGTERM')]).toEqual([before + 1, before]);
  });

  it.each<[object, string]>([
    [{ clients: {} }, 'clients must have at least one, got none'],
    [{ clients: undefined }, 'clients must be an object with the options of each, got nothing'],
    [{ main: 5 }, 'main must be a function, got 5'],
    [{ signals: ['SIGNOTHING'] }, 'signals must be names of signals, got SIGNOTHING'],
    [{ timeout: -1 }, 'timeout must be a number of milliseconds from 0 to 2147483647, got -1'],
  ])('refuses %j', (options, message) => {
    expect(() => run({ clients: { one: { transport, realm: 'realm1' } }, main: () => {}, ...options } as never)).toThrow(message);
  });
});

describe('createClients', () => {
  it('makes each with what it says itself before what all have in common', async () => {
    const { one, two } = createClients({ one: { realm: 'realm1' }, two: { url: 'ws://127.0.0.1:9/ws' } }, { realm: 'realm2', transport: NEVER });

    expect([one.state.kind, two.state.kind]).toEqual(['idle', 'idle']);
    await Promise.all([one.close(), two.close()]);
  });

  it('gives each its options', () => {
    const made: ClientOptions[] = [];
    const create = (options: ClientOptions): Client => { made.push(options); return createClient({ transport: NEVER, realm: 'realm1' }); };

    namedClients(create, { a: { realm: 'a' }, b: { url: 'ws://b', idleClose: undefined }, c: { idleClose: 5 } }, { realm: 'all', transport: NEVER, idleClose: 3 });

    expect(made).toEqual([
      { realm: 'a', transport: NEVER, url: undefined, idleClose: 3 }, { realm: 'all', url: 'ws://b', idleClose: 3 }, { realm: 'all', transport: NEVER, url: undefined, idleClose: 5 },
    ]);
  });

  it('closes those that were made where one cannot be', () => {
    const made: Client[] = [];
    const create = (options: ClientOptions): Client => { const client = createClient(options); made.push(client); return client; };

    expect(() => namedClients(create, { one: { realm: 'realm1' }, two: { realm: 'no realm' } }, { transport: NEVER })).toThrow('realm');
    expect(made.map(({ state }) => state.kind)).toEqual(['closed']);
  });
});
