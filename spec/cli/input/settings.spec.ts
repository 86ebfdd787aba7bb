import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SESSION_OPTIONS } from '../../../lib/cli/input/connection-options.ts';
import { readGiven } from '../../../lib/cli/input/options.ts';
import { readSettings, type Settings } from '../../../lib/cli/input/settings.ts';
import { generateSeed, signingKey } from '../../../lib/crypto/ed25519.ts';
import { toHex } from '../../../lib/crypto/bytes.ts';
import { openSshPrivateKey } from '../../../lib/cli/openssh-key.ts';
import { LOCKED } from '../../support/key-files.ts';
import { terminal } from '../../support/terminal.ts';

const base = mkdtempSync(join(tmpdir(), 'rxwamp-'));
afterAll(() => rmSync(base, { recursive: true }));
let count = 0;

interface World {
  readonly args?: readonly string[];
  readonly env?: { readonly [name: string]: string };
  /** By their paths in a folder that is both the one of the project and home. */
  readonly files?: { readonly [path: string]: unknown };
  /** What is typed where a passphrase is asked for; nothing is where it is left out. */
  readonly typed?: string;
}

function settings({ args = [], env = {}, files = {}, typed }: World): Settings & { readonly folder: string; readonly asked: string } {
  const folder = join(base, String(count++));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
  }
  const { given } = readGiven({ name: 'call', words: [], options: SESSION_OPTIONS }, args);
  const { io, written } = terminal({ folder, env: { HOME: folder, ...env }, ...(typed !== undefined && { isTTY: ['stdin'], secrets: [typed] }) });
  let read: Settings | undefined;
  let failure: unknown;
  readSettings(given, io).subscribe({ next: (each) => { read = each; }, error: (error: unknown) => { failure = error; } });
  if (read === undefined) throw failure;
  return { ...read, folder, asked: written.stderr.replace(folder, '') };
}

const methodsOf = (world: World): unknown => settings(world).auth.map(({ method, authid }) => [method, authid]);

describe('readSettings', () => {
  const files = { 'rxwamp.json': { realm: 'of.file' }, '.config/rxwamp/config.json': { realm: 'of.home' } };

  it.each<readonly [what: string, world: World, realm: string]>([
    ['what was typed', { args: ['--realm', 'of.option'], env: { RXWAMP_REALM: 'of.environment' }, files }, 'of.option'],
    ['the environment', { env: { RXWAMP_REALM: 'of.environment' }, files }, 'of.environment'],
    ['the file of the folder', { files }, 'of.file'],
    ['the file of the user', { files: { '.config/rxwamp/config.json': { realm: 'of.home' } } }, 'of.home'],
    ['the file that is named', { args: ['--config', 'other.json'], files: { ...files, 'other.json': { realm: 'of.other' } } }, 'of.other'],
    ['a profile', { args: ['--profile', 'shop'], files: { 'rxwamp.json': { realm: 'of.file', profiles: { shop: { realm: 'of.profile' } } } } }, 'of.profile'],
    ['a profile of the environment', { env: { RXWAMP_PROFILE: 'shop' }, files: { 'rxwamp.json': { profiles: { shop: { realm: 'of.profile' } } } } }, 'of.profile'],
    ['what it is by default', {}, 'realm1'],
  ])('takes the realm of %s', (_, world, realm) => {
    expect(settings(world).realm).toBe(realm);
  });

  it('is at the router of this machine by default, with every serializer and as nobody', () => {
    expect(settings({})).toMatchObject({ url: 'ws://127.0.0.1:8080/ws', tls: {}, auth: [{ method: 'anonymous' }], serializers: { length: 4 } });
  });

  it.each<readonly [methods: unknown, world: World]>([
    [[['ticket', 'anna']], { args: ['--authid', 'anna', '--ticket', 'a'] }],
    [[['wampcra', 'anna']], { args: ['--authid', 'anna'], env: { RXWAMP_SECRET: 'a' } }],
    [[['wamp-scram', 'anna']], { files: { 'rxwamp.json': { authid: 'anna', password: 'a' } } }],
    [[['totp', 'anna']], { args: ['--authid', 'anna', '--auth', 'totp'], env: { RXWAMP_SECRET: 'DRBTC6YJWAZVPJTK' } }],
    [[['ticket', 'anna'], ['wamp-scram', 'anna']], { args: ['--authid', 'anna', '--ticket', 'a', '--password', 'b'] }],
    [[['tls', undefined]], { args: ['--auth', 'tls'] }],
    [[['anonymous', undefined]], { args: ['--auth', 'anonymous'], env: { RXWAMP_TICKET: 'a' } }],
  ])('logs in by %j', (methods, world) => {
    expect(methodsOf(world)).toEqual(methods);
  });

  it('finds keys from the folder of the file that names them', () => {
    const seed = generateSeed();
    const key = openSshPrivateKey(seed, signingKey(seed).publicKey, 'device7');

    const { auth } = settings({ files: { '.config/rxwamp/config.json': { key: 'device7.key' }, '.config/rxwamp/device7.key': key } });

    expect(auth[0]).toMatchObject({ method: 'cryptosign', authextra: { pubkey: toHex(signingKey(seed).publicKey) } });
  });

  it.each<readonly [what: string, world: World]>([
    ['what was typed', { args: ['--passphrase', LOCKED.passphrase] }],
    ['the environment', { env: { RXWAMP_PASSPHRASE: LOCKED.passphrase } }],
    ['the file that is named', { args: ['--passphrase-file', 'word'], env: { RXWAMP_PASSPHRASE: 'another' } }],
    ['the file of the environment', { env: { RXWAMP_PASSPHRASE_FILE: 'word' }, files: { 'rxwamp.json': { passphrase: 'another' } } }],
    ['the file of settings', { files: { 'rxwamp.json': { 'passphrase-file': 'word' } } }],
    ['whoever sits at the terminal', { typed: LOCKED.passphrase }],
  ])('opens a key with the passphrase of %s', (_, { args = [], files, ...world }) => {
    const { auth, asked } = settings({ ...world, args: ['--key', 'locked.key', ...args], files: { ...files, 'locked.key': LOCKED.file, word: `${LOCKED.passphrase}\r\n` } });

    expect(auth[0]).toMatchObject({ method: 'cryptosign', authextra: { pubkey: LOCKED.publicKey } });
    expect(asked).toBe(world.typed === undefined ? '' : 'passphrase of locked.key: ');
  });

  it('reads certificates, and trusts every one where it is told to', () => {
    const pem = { 'ca.pem': 'CA', 'own.pem': 'CERT AND KEY' };

    expect(settings({ args: ['--ca', 'ca.pem', '--cert', 'own.pem'], files: pem }).tls).toEqual({ ca: 'CA', cert: 'CERT AND KEY', key: 'CERT AND KEY' });
    expect(settings({ env: { RXWAMP_INSECURE: '1' } }).tls).toEqual({ rejectUnauthorized: false });
    expect(settings({ env: { RXWAMP_INSECURE: '0' }, files: { 'rxwamp.json': { insecure: true } } }).tls).toEqual({});
  });

  it('speaks the one serializer that it is told', () => {
    expect(settings({ args: ['--serializer', 'flatbuffers'] }).serializers.map(({ subprotocol }) => subprotocol)).toEqual(['wamp.2.flatbuffers']);
  });

  it.each<readonly [message: RegExp, world: World]>([
    [/^--url must /, { args: ['--url', 'ftp://a'] }],
    [/^--ca, --cert and --insecure must come with wss or rss/, { args: ['--url', 'https://a/', '--insecure'] }],
    [/^--realm must be a URI, got "a b"$/, { args: ['--realm', 'a b'] }],
    [/^ticket must be given --authid, RXWAMP_AUTHID, or "authid" in the file of settings, got none$/, { args: ['--ticket', 'a'] }],
    [/^RXWAMP_AUTH must be one of anonymous, .*, got "tickt", did you mean ticket\?$/, { env: { RXWAMP_AUTH: 'tickt' } }],
    [/rxwamp\.json:2:3 the file must have no keys but url, .*, got "relm"$/, { files: { 'rxwamp.json': { relm: 'a' } } }],
    [/rxwamp\.json:4:7 profiles\.a must have no keys but .*, got "urls"$/, { files: { 'rxwamp.json': { profiles: { a: { urls: 'a' } } } } }],
    [/rxwamp\.json:2:13 ticket must be a string$/, { files: { 'rxwamp.json': { ticket: 4711 } } }],
    [/rxwamp\.json:1:3 the file must be JSON: /, { files: { 'rxwamp.json': '{ nope }' } }],
    [/^--profile must be one of those in .*rxwamp\.json: shop; got "shp"$/, { args: ['--profile', 'shp'], files: { 'rxwamp.json': { profiles: { shop: {} } } } }],
    [/^--profile must come with a file of settings, got none: .*rxwamp\.json or .*config\.json$/, { args: ['--profile', 'shp'] }],
    [/nowhere\.json cannot be read: ENOENT/, { args: ['--config', 'nowhere.json'] }],
    [/^--key is encrypted: it must come with --passphrase-file or RXWAMP_PASSPHRASE, got neither$/, { args: ['--key', 'locked.key'], files: { 'locked.key': LOCKED.file } }],
    [/^key file must be read with its own passphrase, got another$/, { args: ['--key', 'locked.key'], files: { 'locked.key': LOCKED.file }, typed: 'another' }],
    [/ENOENT.*nowhere\.key/, { args: ['--key', 'nowhere.key'] }],
  ])('refuses, saying where: %s', (message, world) => {
    expect(() => settings(world)).toThrow(message);
  });
});

describe('readSettings, of a file that nobody has named', () => {
  const secrets = { RXWAMP_AUTHID: 'anna', RXWAMP_TICKET: 'a', RXWAMP_SECRET: 'b' };
  const url = 'ws://evil.example/';

  it.each<readonly [what: string, world: World]>([
    ['its URL', { files: { 'rxwamp.json': { url } } }],
    ['a URL of a profile', { args: ['--profile', 'a'], files: { 'rxwamp.json': { profiles: { a: { url } } } } }],
    ['whom it trusts', { env: { RXWAMP_URL: 'wss://example.com/' }, files: { 'rxwamp.json': { ca: 'ca.pem' }, 'ca.pem': 'CA' } }],
    ['that it trusts everybody', { env: { RXWAMP_URL: 'wss://example.com/' }, files: { 'rxwamp.json': { insecure: true } } }],
  ])('leaves secrets of the environment out with %s, and says so', (_, { env, ...world }) => {
    const { auth, leftOut } = settings({ ...world, env: { ...env, ...secrets } });

    expect(auth.map(({ method }) => method)).toEqual(['anonymous']);
    expect(leftOut).toMatch(/^RXWAMP_TICKET, RXWAMP_SECRET left out, since rxwamp\.json of this folder has "(url|ca|insecure)" and nobody has named that file: --config rxwamp\.json does$/);
  });

  it.each<readonly [what: string, world: World]>([
    ['the URL was typed', { args: ['--url', 'ws://example.com/'], files: { 'rxwamp.json': { url } } }],
    ['the URL is of the environment too', { env: { RXWAMP_URL: 'ws://example.com/' }, files: { 'rxwamp.json': { url } } }],
    ['the URL is the one by default', { files: { 'rxwamp.json': { realm: 'realm2' } } }],
    ['the file is named', { args: ['--config', 'rxwamp.json'], files: { 'rxwamp.json': { url } } }],
    ['the environment names the file', { env: { RXWAMP_CONFIG: 'rxwamp.json' }, files: { 'rxwamp.json': { url } } }],
    ['the file is that of the user', { files: { '.config/rxwamp/config.json': { url } } }],
  ])('has them sent where %s', (_, { env, ...world }) => {
    const { auth, leftOut } = settings({ ...world, env: { ...env, ...secrets } });

    expect(auth.map(({ method }) => method)).toEqual(['ticket', 'wampcra']);
    expect(leftOut).toBeUndefined();
  });

  it.each(['RXWAMP_TICKET', 'RXWAMP_SECRET', 'RXWAMP_PASSWORD', 'RXWAMP_KEY', 'RXWAMP_CERT', 'RXWAMP_PASSPHRASE', 'RXWAMP_PASSPHRASE_FILE'])('leaves %s out', (name) => {
    expect(settings({ env: { [name]: 'a' }, files: { 'rxwamp.json': { url } } }).leftOut).toMatch(new RegExp(`^${name} left out`));
  });

  it('sends what was typed, and what the file itself has', () => {
    const { auth, leftOut } = settings({ args: ['--ticket', 'typed'], env: secrets, files: { 'rxwamp.json': { url, password: 'a' } } });

    expect(auth.map(({ method }) => method)).toEqual(['ticket', 'wamp-scram']);
    expect(leftOut).toMatch(/^RXWAMP_SECRET left out/);
  });

  it.each(['/etc/hostname', '../other.key', 'link.key'])('reads no key from elsewhere: %s', (key) => {
    const files = { 'rxwamp.json': { url, key }, '../other.key': toHex(generateSeed()) };
    mkdirSync(join(base, String(count)));
    symlinkSync('../other.key', join(base, String(count), 'link.key'));

    expect(() => settings({ files })).toThrow(`key of rxwamp.json must be a file in the folder of it, got ${JSON.stringify(key)}; with --config rxwamp.json it may be any`);
  });
});
