/** Clients of other libraries at our router, talking with a client of ours. Each is a program in peers/ that says "ready" when it is. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { lastValueFrom, map, of, toArray } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { ApplicationError } from '../../lib/errors.ts';
import { createClient } from '../../lib/index.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { result } from '../../lib/session/options.ts';
import { failureOf, listening, registered, valueOf, type Listening } from '../support/peers.ts';

/** A library and how its program is started. */
interface Library {
  readonly name: string;
  readonly command: string | undefined;
  readonly program: string;
  /** A value that its program is known to send: bytes where it knows them in every serializer. */
  readonly value: unknown;
  /** Whether it announces progressive results as a callee; dealers ask no other one for them. */
  readonly progressive: boolean;
}

// The programs are not compiled: they lie beside the source of this file.
const PEERS = join(import.meta.dirname, '../../../spec/interop/peers');
const node = process.env['WAMP_NODE_MODULES'] === undefined ? undefined : process.execPath;
const LIBRARIES: readonly Library[] = [
  { name: 'Autobahn|Python', command: process.env['WAMP_PYTHON'], program: 'autobahn_python.py', value: new Uint8Array([0, 255]), progressive: true },
  { name: 'autobahn of npm', command: node, program: 'autobahn-js.mjs', value: 'two', progressive: true },
  { name: 'wampy of npm', command: node, program: 'wampy.mjs', value: 'two', progressive: false },
];
const CASES = LIBRARIES.filter(({ command }) => command !== undefined)
  .flatMap((library) => (['json', 'msgpack', 'cbor'] as const).map((serializer) => ({ ...library, serializer })));

describe.each(CASES)('$name with $serializer', ({ command, program, serializer, value, progressive }) => {
  let router: ListeningRouter;
  let url: string;
  let client: Client;
  let peer: ChildProcess;
  let listener: Listening;
  beforeAll(async () => {
    router = createRouter({ realms: { realm1: {} } });
    ({ url } = await router.listen('ws://127.0.0.1:0/ws'));
  });
  beforeEach(async () => {
    client = createClient({ transport: router.link(), realm: 'realm1' });
    await registered(client, 'ours.echo', ({ args, kwargs }) => result(args, kwargs));
    await registered(client, 'ours.count', () => of(1, 2, 3, 'done'), { final: 'last' });
    await registered(client, 'ours.fail', (payload) => { throw new ApplicationError('ours.failed', payload); });
    listener = await listening(client, 'theirs.topic');
    peer = spawn(command ?? '', [join(PEERS, program), url, serializer], { stdio: ['ignore', 'pipe', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      let said = '';
      const hear = (data: Buffer): void => {
        said += data.toString();
        if (said.includes('ready')) resolve();
      };
      peer.stdout?.on('data', hear);
      peer.stderr?.on('data', hear);
      peer.once('exit', () => reject(new Error(`${program} has ended: ${said}`)));
    });
  });
  afterEach(async () => {
    peer.removeAllListeners('exit');
    peer.kill();
    await client.close();
  });
  afterAll(() => router.close());

  it('answers our calls, with progress and errors', async () => {
    expect(await lastValueFrom(client.call('theirs.echo', { args: [1, value], kwargs: { text: 'ä' } }))).toMatchObject({ args: [1, value], kwargs: { text: 'ä' } });
    const counted = await lastValueFrom(client.call('theirs.count', [3], { progress: true }).pipe(map(({ progress, args: [n] }) => [progress, n]), toArray()));
    expect(counted).toEqual([...(progressive ? [[true, 1], [true, 2], [true, 3]] : []), [false, 'done']]);
    expect(await valueOf(client.call('theirs.count', [3]))).toBe('done');
    expect(await failureOf(valueOf(client.call('theirs.fail', { args: ['why'], kwargs: { code: 7 } })))).toMatchObject({ uri: 'theirs.failed', args: ['why'], kwargs: { code: 7 } });
  });

  it('calls us, with progress and errors, publishes and hears what we publish', async () => {
    client.publish('ours.topic', { args: [1, 'two'], kwargs: { text: 'ä' } }).subscribe();
    client.publish('ours.other.topic').subscribe();

    expect(await valueOf(client.call('theirs.run'))).toMatchObject({
      echo: [[1, value], { text: 'ä' }],
      progress: [1, 2, 3, 'done'],
      failure: ['ours.failed', ['why'], { code: 7 }],
      acknowledged: true,
      events: [[[1, 'two'], { text: 'ä' }], [[], {}]],
    });
    expect(await listener.first(1)).toMatchObject([{ args: [1, value], kwargs: { text: 'ä' } }]);
  });
});
