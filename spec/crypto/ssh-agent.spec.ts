import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { fromHex, joinBytes, toHex } from '../../lib/crypto/bytes.ts';
import { signingKey, verifySignature } from '../../lib/crypto/ed25519.ts';
import { KeyError, sshAgentKeys } from '../../lib/crypto/ssh-agent.ts';
import { sshPublicKey, sshString, sshUint32 } from '../../lib/crypto/ssh-wire.ts';
import { PLAIN } from '../support/key-files.ts';
import { closeSockets, onClose } from '../support/sockets.ts';

const key = signingKey(PLAIN.seed);
const message = new TextEncoder().encode('message');
const other = joinBytes(sshString('ssh-rsa'), sshString('n'));
const identities = (...keys: readonly (readonly [blob: Uint8Array, comment: string])[]): Uint8Array =>
  joinBytes(Uint8Array.of(12), sshUint32(keys.length), ...keys.flatMap(([blob, comment]) => [sshString(blob), sshString(comment)]));
const signature = (bytes: Uint8Array, type = 'ssh-ed25519'): Uint8Array => joinBytes(Uint8Array.of(14), sshString(joinBytes(sshString(type), sshString(bytes))));
const MINE = identities([other, 'rsa'], [sshPublicKey(key.publicKey), 'joe@example.com']);

afterEach(closeSockets);

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'rxwamp-agent-'));
  onClose(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** An agent that says what it is told to, and what it was asked. */
async function scriptedAgent(...answers: readonly (Uint8Array | 'hang up' | 'nothing')[]): Promise<{ socket: string; asked: string[]; open: Set<Socket> }> {
  const socket = join(folder(), 'agent');
  const asked: string[] = [];
  const open = new Set<Socket>();
  const left = [...answers];
  const server = createServer((wire) => {
    open.add(wire);
    wire.on('close', () => open.delete(wire)).on('error', () => {});
    wire.on('data', (data) => {
      asked.push(data.toString('hex'));
      const answer = left.shift();
      if (answer === 'hang up') wire.destroy();
      // One byte at a time is a way to say it, too.
      else if (answer instanceof Uint8Array) for (const byte of answer) wire.write(Uint8Array.of(byte));
    });
  });
  server.listen(socket);
  await once(server, 'listening');
  onClose(() => { open.forEach((wire) => wire.destroy()); server.close(); });
  return { socket, asked, open };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !isSo(); turn++) await new Promise(setImmediate);
}

const framed = (answer: Uint8Array): Uint8Array => sshString(answer);

describe('sshAgentKeys', () => {
  it('lists the keys of this type, and signs with them', async () => {
    const { socket, asked } = await scriptedAgent(framed(MINE), framed(signature(key.sign(message))));

    const keys = await lastValueFrom(sshAgentKeys({ socket }));
    const signed = await lastValueFrom(keys[0]!.sign(message));

    expect(keys.map(({ publicKey, comment }) => [toHex(publicKey), comment])).toEqual([[PLAIN.publicKey, 'joe@example.com']]);
    expect(toHex(signed)).toBe(toHex(key.sign(message)));
    expect(asked).toEqual(['000000010b', `000000470d000000330000000b${toHex(new TextEncoder().encode('ssh-ed25519'))}00000020${PLAIN.publicKey}00000007${toHex(message)}00000000`]);
  });

  it.each<[string, Uint8Array | 'hang up', string, string]>([
    ['that hangs up', 'hang up', 'unavailable', 'ssh agent must answer, and hung up'],
    ['that refuses', framed(Uint8Array.of(5)), 'unreadable', 'ssh agent must answer with its keys, and did not'],
    ['that says nothing', framed(new Uint8Array()), 'unreadable', 'answer of the ssh agent must be whole, and ends early'],
    ['that has more keys than it says', framed(joinBytes(Uint8Array.of(12), sshUint32(0xffff_ffff))), 'unreadable', 'answer of the ssh agent must be whole, and ends early'],
    ['that says too much', sshUint32(0x7fff_ffff), 'unreadable', 'ssh agent must answer with up to 262144 bytes, got 2147483647'],
    ['with a key of another length', framed(identities([sshPublicKey(new Uint8Array(31)), ''])), 'unreadable', 'answer of the ssh agent must have a public key of 32 bytes'],
  ])('errors with an agent %s', async (_, answer, code, text) => {
    const { socket } = await scriptedAgent(answer);

    const error = await lastValueFrom(sshAgentKeys({ socket })).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(KeyError);
    expect(error).toMatchObject({ code, message: text });
  });

  it.each<[string, Uint8Array, string, string]>([
    ['refuses', Uint8Array.of(5), 'missing', 'ssh agent must sign with this key, and refused'],
    ['signs something else', signature(key.sign(Uint8Array.of(1))), 'unreadable', 'ssh agent must answer with a signature by this key, and did not'],
    ['signs in another way', signature(key.sign(message), 'ssh-rsa'), 'unreadable', 'ssh agent must answer with a signature by this key, and did not'],
    ['signs in part', signature(key.sign(message).slice(1)), 'unreadable', 'ssh agent must answer with a signature by this key, and did not'],
  ])('has keys that error where the agent %s', async (_, answer, code, text) => {
    const { socket } = await scriptedAgent(framed(MINE), framed(answer));
    const [mine] = await lastValueFrom(sshAgentKeys({ socket }));

    await expect(lastValueFrom(mine!.sign(message))).rejects.toMatchObject({ name: 'KeyError', code, message: text });
  });

  it('errors where there is no agent', async () => {
    const before = process.env['SSH_AUTH_SOCK'];
    onClose(() => { if (before !== undefined) process.env['SSH_AUTH_SOCK'] = before; });
    delete process.env['SSH_AUTH_SOCK'];

    await expect(lastValueFrom(sshAgentKeys())).rejects.toMatchObject({ code: 'unavailable', message: 'ssh agent must be named, by SSH_AUTH_SOCK or by the option socket' });
    await expect(lastValueFrom(sshAgentKeys({ socket: join(folder(), 'none') }))).rejects.toMatchObject({ code: 'unavailable', message: 'ssh agent cannot be reached' });
  });

  it('gives up an agent that does not answer in time', async () => {
    const { socket } = await scriptedAgent('nothing');

    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ expectObservable }) => {
      expectObservable(sshAgentKeys({ socket, timeout: 5 })).toBe('-----#', undefined, new KeyError('unavailable', 'ssh agent must answer within 5 ms'));
    });
  });

  it('closes the connection with the answer, and when it is given up', async () => {
    const { socket, open, asked } = await scriptedAgent(framed(MINE), 'nothing');
    await lastValueFrom(sshAgentKeys({ socket }));

    const asking = sshAgentKeys({ socket }).subscribe();
    await until(() => asked.length === 2);
    asking.unsubscribe();

    await until(() => open.size === 0);
    expect(open.size).toBe(0);
  });

  it('reads whatever an agent may say, or errors', async () => {
    const answers = fc.sample(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.nat(MINE.length - 1).map((length) => MINE.slice(0, length)), fc.nat(MINE.length - 1).map((at) => MINE.map((byte, index) => (index === at ? byte ^ 0x41 : byte)))), 60);
    const { socket } = await scriptedAgent(...answers.map(framed));

    for (const _ of answers) {
      const read = await lastValueFrom(sshAgentKeys({ socket })).catch((error: unknown) => error);
      if (!Array.isArray(read)) expect(read).toBeInstanceOf(KeyError);
    }
  });
});

const AGENT = ['/usr/bin/ssh-agent', '/usr/local/bin/ssh-agent'].find((path) => existsSync(path));

(AGENT === undefined ? describe.skip : describe)('the agent of OpenSSH (left out where there is none)', () => {
  it('signs with the key that it was given', async () => {
    const path = folder();
    const socket = join(path, 'agent');
    const agent = spawn(AGENT!, ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    onClose(() => agent.kill());
    await once(agent.stdout, 'data');
    writeFileSync(join(path, 'key'), PLAIN.file, { mode: 0o600 });
    execFileSync(AGENT!.replace('agent', 'add'), ['-q', join(path, 'key')], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });

    const [mine] = await firstValueFrom(sshAgentKeys({ socket }));
    const signed = await firstValueFrom(mine!.sign(message));

    expect(toHex(mine!.publicKey)).toBe(PLAIN.publicKey);
    expect(verifySignature(signed, message, fromHex(PLAIN.publicKey, 32)!)).toBe(true);
  });
});
