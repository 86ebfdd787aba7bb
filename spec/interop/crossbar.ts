import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Observable, firstValueFrom, retry } from 'rxjs';
import { toHex } from '../../lib/crypto/bytes.ts';
import { signingKey } from '../../lib/crypto/ed25519.ts';
import { PETER } from '../support/people.ts';
import { SALTING, USERS } from './matrix/scenario.ts';


/** Crossbar.io while it runs. */
export interface RunningCrossbar {
  readonly url: string;
  /** The same by RawSocket: over TCP, and through the file of a Unix socket. */
  readonly rawUrls: readonly string[];
  /** Its own key of Ed25519, in hexadecimal. */
  readonly publicKey: string;
  /** Ends it, and waits for that. */
  end(): Promise<void>;
}

/** It takes a while to start: so often we knock, every 200 ms. */
const KNOCKS = 900;

/** What is kept of the password of `scram`: made by argon2-cffi as `derive_scram_credential` of Autobahn|Python has it, so that none of it is our doing. */
const SCRAM_CREDENTIAL = {
  kdf: 'argon2id-13', iterations: 3, memory: 4096, salt: '73616c74206f662073636f74742e2e2e',
  'stored-key': 'c0c1ce21d6be7d01cbe2deab7298f6bb2908acf55a4b1ed1e8c49001ff827f05',
  'server-key': 'aeb565a6ed951e0ca6a9c70e3855af45d5c08df153bf4fdf9b732c6a1fa8e61b',
};

/** Starts Crossbar.io on a free port of this machine, with everything allowed in realm1. Rejects where it does not open its port. */
export async function startCrossbar(command: string): Promise<RunningCrossbar> {
  const [port, rawPort] = [await freePort(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), 'rxwamp-crossbar-'));
  const file = join(folder, 'raw.sock');
  writeFileSync(join(folder, 'config.json'), JSON.stringify(nodeConfig(port, rawPort, file)));
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
    await Promise.race([Promise.all([port, rawPort].map(opened)), ended.then(() => { throw new Error('crossbar ended before it opened its port'); })]);
  } catch (error) {
    await end();
    throw error;
  }
  const [, publicKey = ''] = /^public-key-ed25519: (\w+)$/m.exec(readFileSync(join(folder, 'key.pub'), 'utf8')) ?? [];
  return { url: `ws://127.0.0.1:${port}/`, rawUrls: [`rs://127.0.0.1:${rawPort}`, `rs+unix://${file}`], publicKey, end };
}

function nodeConfig(port: number, rawPort: number, path: string): object {
  const permissions = [{ uri: '', match: 'prefix', allow: { call: true, register: true, publish: true, subscribe: true }, disclose: { caller: false, publisher: false }, cache: true }];
  // It has FlatBuffers too, but no listener starts with them: it asks for their batched form, which its library refuses to make.
  const serializers = ['json', 'msgpack', 'cbor', 'ubjson'];
  return {
    version: 2,
    controller: {},
    workers: [{
      type: 'router',
      realms: [{ name: 'realm1', roles: ['anonymous', 'user'].map((name) => ({ name, permissions })) }],
      transports: [
        { type: 'websocket', endpoint: { type: 'tcp', port, interface: '127.0.0.1' }, serializers, auth: logins() },
        { type: 'rawsocket', endpoint: { type: 'tcp', port: rawPort, interface: '127.0.0.1' }, serializers, auth: logins() },
        { type: 'rawsocket', endpoint: { type: 'unix', path }, serializers, auth: logins() },
      ],
    }],
  };
}

/** Anybody, the user of the scenarios, and those who log in by the other methods. */
function logins(): object {
  const { ticket, wampcra, salted, scram, cryptosign } = USERS;
  const [type, role] = ['static', 'user'];
  return {
    anonymous: { type, role: 'anonymous' },
    ticket: { type, principals: { [PETER.authid]: { ticket: PETER.ticket, role }, [ticket.authid]: { ticket: ticket.secret, role } } },
    // It has the password here, and salts it itself.
    wampcra: { type, users: { [wampcra.authid]: { secret: wampcra.secret, role }, [salted.authid]: { secret: salted.secret, role, ...SALTING } } },
    scram: { type, principals: { [scram.authid]: { ...SCRAM_CREDENTIAL, role } } },
    cryptosign: { type, principals: { [cryptosign.authid]: { authorized_keys: [toHex(signingKey(cryptosign.secret).publicKey)], role } } },
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
