import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Observable, firstValueFrom, retry } from 'rxjs';
import { PETER } from '../support/people.ts';


/** Crossbar.io while it runs. */
export interface RunningCrossbar {
  readonly url: string;
  /** Ends it, and waits for that. */
  end(): Promise<void>;
}

/** It takes a while to start: so often we knock, every 200 ms. */
const KNOCKS = 300;

/** Starts Crossbar.io on a free port of this machine, with everything allowed in realm1. Rejects where it does not open its port. */
export async function startCrossbar(command: string): Promise<RunningCrossbar> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'rxwamp-crossbar-'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify(nodeConfig(port)));
  const node = spawn(command, ['start', '--cbdir', folder, '--loglevel', 'error'], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    node.once('exit', () => resolve());
    node.once('error', () => resolve());
  });
  const end = async (): Promise<void> => {
    node.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([opened(port), ended.then(() => { throw new Error('crossbar ended before it opened its port'); })]);
  } catch (error) {
    await end();
    throw error;
  }
  return { url: `ws://127.0.0.1:${port}/`, end };
}

function nodeConfig(port: number): object {
  const permissions = [{ uri: '', match: 'prefix', allow: { call: true, register: true, publish: true, subscribe: true }, disclose: { caller: false, publisher: false }, cache: true }];
  return {
    version: 2,
    controller: {},
    workers: [{
      type: 'router',
      realms: [{ name: 'realm1', roles: ['anonymous', 'user'].map((name) => ({ name, permissions })) }],
      transports: [{
        type: 'websocket',
        endpoint: { type: 'tcp', port, interface: '127.0.0.1' },
        serializers: ['json', 'msgpack', 'cbor'],
        auth: {
          anonymous: { type: 'static', role: 'anonymous' },
          ticket: { type: 'static', principals: { [PETER.authid]: { ticket: PETER.ticket, role: 'user' } } },
        },
      }],
    }],
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function opened(port: number): Promise<void> {
  return firstValueFrom(new Observable<void>((subscriber) => {
    const socket = connect(port, '127.0.0.1', () => subscriber.next());
    socket.on('error', (error) => subscriber.error(error));
    return () => socket.destroy();
  }).pipe(retry({ count: KNOCKS, delay: 200 })));
}
