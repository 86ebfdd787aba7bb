import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { NEVER, firstValueFrom } from 'rxjs';
import { createClient, drainOnSignal } from '../../lib/node.ts';
import { createRouter } from '../../lib/router/index.ts';
import { ROOT } from '../support/sources.ts';

interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
}

/** What comes first in every program: a service with a procedure that answers when it is told to. */
const SERVICE = `
  import { Subject, take } from 'rxjs';
  import { createClient, drainOnSignal } from 'rxwamp';
  import { createRouter } from 'rxwamp/router';
  const router = createRouter({ realms: { realm1: {} } });
  const service = createClient({ transport: router.link(), realm: 'realm1' });
  const caller = createClient({ transport: router.link(), realm: 'realm1' });
  const answer = new Subject();
  service.register('com.p', () => { setTimeout(() => console.log('running')); return answer.pipe(take(1)); }).subscribe({ complete: () => console.log('unregistered') });
  await service.connect();
  setInterval(() => {}, 1000);
`;
const CALL = `
  caller.call('com.p').subscribe({ next: ({ args }) => console.log('answered', args[0]), error: ({ name }) => console.log(name) });
`;

/** Runs a program to its end; a line that names a signal sends it. */
async function run(program: string, signals: { readonly [line: string]: NodeJS.Signals }): Promise<Run> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: join(ROOT, 'spec'), timeout: 20_000, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = `${rest}${text}`.split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      lines.push(line);
      const signal = signals[line];
      if (signal !== undefined) child.kill(signal);
    }
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, lines };
}

describe('drainOnSignal, in a process of its own', () => {
  it.each([['SIGTERM', 143], ['SIGINT', 130]] as const)('lets what runs come to its end at %s, and exits with %i', async (signal, code) => {
    const program = `${SERVICE} drainOnSignal([service, caller]); ${CALL}
      service.state$.subscribe(({ kind }) => { if (kind === 'draining') setTimeout(() => answer.next(7), 20); });
    `;

    expect(await run(program, { running: signal })).toEqual({ code, signal: null, lines: ['running', 'unregistered', 'answered 7'] });
  }, 30_000);

  it('interrupts what still runs when the time is over', async () => {
    const program = `${SERVICE} drainOnSignal([service], { timeout: 50 }); ${CALL}`;

    expect(await run(program, { running: 'SIGTERM' })).toMatchObject({ code: 143, lines: ['running', 'unregistered'] });
  }, 30_000);

  it('ends at once at the second signal', async () => {
    const program = `${SERVICE} drainOnSignal(service); ${CALL}`;

    expect(await run(program, { running: 'SIGTERM', unregistered: 'SIGINT' })).toEqual({ code: 130, signal: null, lines: ['running', 'unregistered'] });
  }, 30_000);

  it('leaves the process to who else listens, and sets its exit code', async () => {
    const program = `${SERVICE} process.on('SIGTERM', () => console.log('heard')); drainOnSignal(service);
      service.state$.subscribe({ complete: () => setTimeout(() => { console.log(process.exitCode); process.exit(); }, 20) });
      console.log('ready');
    `;

    expect(await run(program, { ready: 'SIGTERM' })).toMatchObject({ code: 143, lines: ['ready', 'heard', 'unregistered', '143'] });
  }, 30_000);

  it('leaves a signal to its default where it is unsubscribed', async () => {
    const program = `${SERVICE} drainOnSignal(service).unsubscribe(); console.log('ready');`;

    expect(await run(program, { ready: 'SIGTERM' })).toEqual({ code: null, signal: 'SIGTERM', lines: ['ready'] });
  }, 30_000);
});

describe('drainOnSignal', () => {
  const listeners = (): readonly number[] => ['SIGTERM', 'SIGINT', 'SIGUSR2'].map((signal) => process.listenerCount(signal));

  it('listens to the signals it is given, until all clients are closed', async () => {
    const router = createRouter({ realms: { realm1: {} } });
    const clients = [1, 2].map(() => createClient({ transport: router.link(), realm: 'realm1' }));
    const before = listeners();

    const listening = drainOnSignal(clients, { signals: ['SIGUSR2'] });
    const during = listeners();
    await clients[0]?.close();
    const between = listeners();
    await clients[1]?.close();

    expect({ during, between, after: listeners(), closed: listening.closed }).toEqual({ during: [before[0], before[1], before[2]! + 1], between: during, after: before, closed: true });
  });

  it('does not begin to use a client', async () => {
    const client = createClient({ transport: NEVER, realm: 'realm1' });

    const listening = drainOnSignal(client);

    expect((await firstValueFrom(client.state$)).kind).toBe('idle');
    listening.unsubscribe();
    await client.close();
  });

  it('refuses signals and times that are none', () => {
    const client = createClient({ transport: NEVER, realm: 'realm1' });
    const before = listeners();

    expect(() => drainOnSignal(client, { signals: ['SIGNONE' as never] })).toThrow(TypeError);
    expect(() => drainOnSignal(client, { timeout: -1 })).toThrow(RangeError);
    expect(listeners()).toEqual(before);
  });
});
