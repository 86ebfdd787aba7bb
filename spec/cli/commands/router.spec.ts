import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join as pathTo } from 'node:path';
import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { createClient } from '../../../lib/index.ts';
import { rawSocket } from '../../../lib/transports/rawsocket.ts';
import { VERSION } from '../../../lib/version.ts';
import { CERTIFICATE, RENEWED_CERTIFICATE } from '../../support/certificate.ts';
import { valueOf } from '../../support/peers.ts';
import { ROLES } from '../../support/raw-peer.ts';
import { ROOT } from '../../support/sources.ts';

const LIMIT = 30_000;
const { bin } = JSON.parse(readFileSync(pathTo(ROOT, 'package.json'), 'utf8')) as { readonly bin: { readonly rxwamp: string } };

type Running = ChildProcessByStdio<null, Readable, Readable>;

const running = new Map<Running, Promise<unknown>>();
const folder = mkdtempSync(pathTo(tmpdir(), 'rxwamp-'));
afterEach(async () => {
  for (const child of running.keys()) child.kill('SIGKILL');
  await Promise.all(running.values());
});

/** The command as it is installed, and what it writes. */
function rxwamp(...args: readonly string[]) {
  const child: Running = spawn(process.execPath, [pathTo(ROOT, bin.rxwamp), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (text: string) => { written[name] += text; });
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code: code as number | null, ...written };
  });
  running.set(child, ended);
  /** Waits until it has written what fits; gives the match. */
  const said = async (name: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(written[name]);
      if (match !== null) return match;
      await Promise.race([once(child[name], 'data'), ended.then((end) => { throw new Error(`ended: ${JSON.stringify(end)}`); })]);
    }
  };
  return { child, ended, said, url: async () => (await said('stdout', /^listening on (\S+)$/m))[1]! };
}

function configFile(config: unknown, name = 'config.json'): string {
  const file = pathTo(folder, name);
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config, undefined, 2));
  return file;
}

/** A session over a socket: what it sends, and what it receives. */
async function joined(url: string) {
  const socket = new WebSocket(url, ['wamp.2.json']);
  const received: unknown[][] = [];
  socket.on('message', (data: Buffer) => received.push(JSON.parse(data.toString()) as unknown[])).on('error', () => {});
  await once(socket, 'open');
  const ask = async (list: readonly unknown[]): Promise<unknown[]> => {
    socket.send(JSON.stringify(list));
    return next();
  };
  const next = async (): Promise<unknown[]> => {
    while (received.length === 0) await once(socket, 'message');
    return received.shift()!;
  };
  expect((await ask([1, 'realm1', { roles: ROLES }]))[0]).toBe(2);
  return { socket, ask, next };
}

const listen = ['ws://127.0.0.1:0/ws'];
const guest = (...allow: readonly string[]) => ({ realm1: { roles: { anonymous: [{ uri: 'com.a', allow }] } } });

describe('rxwamp', () => {
  it.each<readonly [args: readonly string[], code: number, stdout: RegExp, stderr: RegExp]>([
    [['--version'], 0, new RegExp(`^${VERSION}\n$`), /^$/],
    [[], 2, /^$/, /^rxwamp <command> \[options\]/],
    [['--help'], 0, /^rxwamp <command> \[options\]/, /^$/],
    [['rooter'], 2, /^$/, /^command must be one of router, .*, got "rooter", did you mean router\?\n$/],
    [['router', '--help'], 0, /^rxwamp router \[options\]/, /^$/],
    [['router', '--config', '/nowhere.json'], 1, /^$/, /^\/nowhere.json cannot be read: ENOENT/],
  ])('%j ends with %i', async (args, code, stdout, stderr) => {
    const end = await rxwamp(...args).ended;

    expect(end).toEqual({ code, stdout: expect.stringMatching(stdout), stderr: expect.stringMatching(stderr) });
  }, LIMIT);

  it('prints the schema of the configuration for editors', async () => {
    const { stdout, code } = await rxwamp('router', '--schema').ended;

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ $schema: expect.stringContaining('json-schema'), required: ['realms'], properties: { realms: {} } });
  }, LIMIT);
});

describe('rxwamp router', () => {
  it('starts without a word, shows its status, and ends by Ctrl-C', async () => {
    const { child, ended, said, url } = rxwamp('router', '--port', '0');
    const { socket, ask, next } = await joined(await url());
    const [, status = ''] = await said('stdout', /^status at (\S+)$/m);

    expect((await ask([48, 1, {}, 'com.nobody']))[4]).toBe('wamp.error.no_such_procedure');
    expect(await (await fetch(status, { headers: { accept: 'application/json' } })).json()).toMatchObject({ version: VERSION, sessions: 1 });
    const goodbye = next();
    child.kill('SIGINT');
    expect(await goodbye).toEqual([6, { retry_after: expect.any(Number) }, 'wamp.close.system_shutdown']);
    socket.send('[6,{},"wamp.close.goodbye_and_out"]');

    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/info {2}session joined {2}realm=realm1 .*\n[\s\S]*info {2}router closes {2}sessions=1 pendingCalls=0\n[\s\S]*info {2}session left .* reason=wamp.close.system_shutdown\n/);
  }, LIMIT);

  it('lets open calls end at SIGTERM, and ends at once at the second', async () => {
    const file = configFile({ listen, realms: { realm1: {} }, shutdown: { calls: 20_000, drain: 20_000 } });
    const { child, ended, said, url } = rxwamp('router', '--config', file);
    const { ask, next } = await joined(await url());
    await ask([64, 1, {}, 'com.p']);
    await ask([48, 2, {}, 'com.p']);

    child.kill('SIGTERM');
    await said('stderr', /router closes {2}sessions=1 pendingCalls=1/);
    expect((await ask([48, 3, {}, 'com.p']))[4]).toBe('wamp.error.unavailable');
    expect(await ask([70, 1, {}, ['done']])).toEqual([50, 2, {}, ['done']]);
    expect((await next())[0]).toBe(6);
    child.kill('SIGTERM');

    expect((await ended).code).toBe(143);
  }, LIMIT);

  it('says everything that is wrong with its configuration, and takes no port', async () => {
    const file = configFile('{\n  "realms": { "realm1": { "rolls": {} } },\n  "log": { "level": "loud" }\n}', 'wrong.json');

    expect(await rxwamp('router', '--config', file).ended).toEqual({
      code: 2, stdout: '', stderr: expect.stringMatching(/^\S+wrong\.json:2:27 realms\.realm1 must have no keys but .*, got "rolls"\n\S+wrong\.json:3:21 log\.level must be one of .*, got "loud"\n$/),
    });
  }, LIMIT);

  it.each([['SIGHUP', []], ['a change of the file', ['--watch']]])('has other rules after %s, and sessions stay', async (_, args) => {
    const file = configFile({ listen, log: { format: 'json' }, realms: guest('subscribe') }, `${args.length}.json`);
    const { child, said, url } = rxwamp('router', '--config', file, ...args);
    const reload = (): void => { if (args.length === 0) child.kill('SIGHUP'); };
    const { ask } = await joined(await url());
    expect((await ask([32, 1, {}, 'com.a']))[0]).toBe(33);

    configFile({ listen, log: { format: 'json' }, realms: guest('register'), timeouts: { hello: 1 } }, `${args.length}.json`);
    reload();
    expect((await said('stderr', /^.*wait for a restart.*$/m))[0]).toContain('"keys":"timeouts"');

    expect((await ask([32, 2, {}, 'com.a']))[4]).toBe('wamp.error.not_authorized');
    expect((await ask([64, 3, {}, 'com.a']))[0]).toBe(65);

    configFile('{ "realms": {} , }', `${args.length}.json`);
    reload();
    expect((await said('stderr', /^.*cannot be used.*$/m))[0]).toMatch(/"level":"warn".*the file must be JSON/);
    expect((await ask([32, 4, {}, 'com.a']))[4]).toBe('wamp.error.not_authorized');
  }, LIMIT);

  it('opens and closes realms at SIGHUP, has other limits, and says what waits', async () => {
    const file = configFile({ listen, realms: { realm1: {} } }, 'realms.json');
    const { child, said, url } = rxwamp('router', '--config', file);
    const at = await url();
    const { next } = await joined(at);
    const enter = async (realm: string): Promise<unknown> => {
      const socket = new WebSocket(at, ['wamp.2.json']);
      await once(socket, 'open');
      socket.send(JSON.stringify([1, realm, { roles: ROLES }]));
      const [data] = await once(socket, 'message') as [Buffer];
      const [type, , reason] = JSON.parse(data.toString()) as unknown[];
      return type === 2 ? type : reason;
    };
    expect(await enter('realm2')).toBe('wamp.error.no_such_realm');

    configFile({ listen, limits: { sessions: 1, messageSize: 2 ** 25 }, realms: { realm2: { roles: {} } } }, 'realms.json');
    const goodbye = next();
    child.kill('SIGHUP');
    expect((await said('stderr', /^.*wait for a restart.*$/m))[0]).toMatch(/keys=limits\.messageSize$/);

    expect((await goodbye)[2]).toBe('wamp.close.close_realm');
    expect([await enter('realm1'), await enter('realm2'), await enter('realm2')]).toEqual(['wamp.error.no_such_realm', 2, 'wamp.error.unavailable']);

    configFile({ listen, realms: { realm2: {}, realm3: {} } }, 'realms.json');
    child.kill('SIGHUP');
    expect((await said('stderr', /^.*cannot be used.*$/m))[0]).toContain('realms.realm2.roles must be there');
    expect(await enter('realm3')).toBe('wamp.error.no_such_realm');
  }, LIMIT);

  it('fails where the port is taken, and leaves nothing running', async () => {
    const first = rxwamp('router', '--port', '0');
    const taken = await first.url();

    const second = await rxwamp('router', '--config', configFile({ listen: ['ws://127.0.0.1:0/a', taken], realms: {} }, 'two.json')).ended;

    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('EADDRINUSE') });
  }, LIMIT);

  it('listens at paths, for pages that may, and reads its certificate again at SIGHUP', async () => {
    const tlsFolder = mkdtempSync(pathTo(folder, 'tls-'));
    for (const [name, text] of Object.entries({ 'cert.pem': CERTIFICATE.cert, 'key.pem': CERTIFICATE.key })) writeFileSync(pathTo(tlsFolder, name), text);
    const tls = { cert: pathTo(tlsFolder, 'cert.pem'), key: pathTo(tlsFolder, 'key.pem') };
    const file = configFile({ listen: [{ url: 'wss://127.0.0.1:0/ws', tls, paths: { '/admin': { realms: [] } }, allowedOrigins: ['https://example.com'] }], realms: guest('subscribe') }, 'renewed.json');
    const { child, said, url } = rxwamp('router', '--config', file);
    const at = await url();
    const serial = async (path: string, origin = 'https://example.com'): Promise<string> => {
      const socket = new WebSocket(new URL(path, at), ['wamp.2.json'], { rejectUnauthorized: false, origin });
      const [response] = await once(socket, 'upgrade') as [IncomingMessage];
      const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate();
      socket.terminate();
      return serialNumber;
    };
    expect([await serial('/ws'), await serial('/admin')]).toEqual(['01', '01']);
    await expect(serial('/ws', 'https://evil.org')).rejects.toThrow('403');

    writeFileSync(tls.cert, RENEWED_CERTIFICATE);
    child.kill('SIGHUP');
    await said('stderr', /^.*configuration read.*$/m);

    expect(await serial('/ws')).toBe('02');
  }, LIMIT);

  it('listens for RawSockets: over TCP, over TLS and at a file, which is gone when it has ended', async () => {
    const tls = { cert: 'raw-cert.pem', key: 'raw-key.pem' };
    writeFileSync(pathTo(folder, tls.cert), CERTIFICATE.cert);
    writeFileSync(pathTo(folder, tls.key), CERTIFICATE.key);
    const file = pathTo(folder, 'wamp.sock');
    const { child, ended, said } = rxwamp('router', '--config', configFile({ listen: ['rs://127.0.0.1:0', { url: 'rss://127.0.0.1:0', tls }, `rs+unix://${file}`], realms: { realm1: {} } }, 'raw.json'));
    const urls = (await said('stdout', /^(?:listening on \S+\n){3}/m))[0].match(/rs\S+/g) ?? [];

    const answers = await Promise.all(urls.map(async (url) => {
      const client = createClient({ transport: rawSocket(url, url.startsWith('rss') ? { tls: { ca: CERTIFICATE.cert } } : {}), realm: 'realm1' });
      const answer = await valueOf(client.call('wamp.session.count'));
      await client.close();
      return [url.replace(/:\d+$/, ''), typeof answer];
    }));
    child.kill('SIGTERM');

    expect(answers).toEqual([['rs://127.0.0.1', 'number'], ['rss://127.0.0.1', 'number'], [`rs+unix://${file}`, 'number']]);
    expect((await ended).code).toBe(0);
    expect(existsSync(file)).toBe(false);
  }, LIMIT);

  it('listens for wss with the files beside its configuration, and says which cannot be read', async () => {
    const listening = [{ url: 'wss://127.0.0.1:0/', tls: { cert: 'cert.pem', key: 'key.pem' } }];

    const { code, stderr } = await rxwamp('router', '--config', configFile({ listen: listening, realms: {} }, 'tls.json')).ended;

    expect(code).toBe(1);
    expect(stderr).toContain(`${pathTo(folder, 'cert.pem')} cannot be read: ENOENT`);
  }, LIMIT);
});

// The folder is there as long as the process of the specs.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
