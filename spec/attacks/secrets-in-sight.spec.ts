import { afterEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { asyncScheduler, firstValueFrom, take, toArray } from 'rxjs';
import { anonymous } from '../../lib/auth/anonymous.ts';
import { readConfig } from '../../lib/cli/config/read-config.ts';
import { createRouter, jsonLog, textLog, type Router } from '../../lib/router/index.ts';
import { createClient } from '../../lib/index.ts';
import { createRouter as createListeningRouter } from '../../lib/router/node.ts';
import { ws } from '../../lib/transports/ws.ts';
import { LOGINS, SECRETS, WRONG, privateKeyOf } from '../support/logins.ts';
import { closeSockets, onClose } from '../support/sockets.ts';

/** Bytes as they may be written: hexadecimal, base64, or lists of numbers, all without white space. What ends in the midst of a digit is left out. */
function writingsOf(bytes: Buffer): readonly string[] {
  const base64 = [bytes.toString('base64'), bytes.toString('base64url')].map((text) => text.slice(0, Math.floor((bytes.length * 4) / 3)));
  const keyed = [...bytes].map((byte, at) => `"${at}":${byte}`).join(',');
  return [bytes.toString('hex'), bytes.toString('hex').toUpperCase(), ...base64, bytes.join(','), keyed];
}

/** A secret as it is and as it may be written, and the private key that a user of cryptosign has by it. */
function disguisesOf(secret: string): readonly string[] {
  return [secret, ...writingsOf(Buffer.from(secret)), ...writingsOf(Buffer.from(privateKeyOf(secret), 'hex'))];
}

/** What whoever looks at a value may see of it. */
function seen(value: unknown): string {
  const json = (): string => {
    try {
      return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one)) ?? '';
    } catch {
      return ''; // a cycle
    }
  };
  return [inspect(value, { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null }), json(), String(value)].join('\n');
}

/** A client of everybody, to look at what a realm tells of others. */
async function toldByRealm(router: Router): Promise<unknown> {
  const looker = createClient({ transport: router.link(), realm: 'realm1', auth: anonymous() });
  await looker.connect();
  const ids = (await firstValueFrom(looker.call('wamp.session.list'))).args[0] as readonly number[];
  const sessions = await Promise.all(ids.map(async (id) => (await firstValueFrom(looker.call('wamp.session.get', [id]))).args));
  await looker.close();
  return sessions;
}

afterEach(closeSockets);

describe.each(LOGINS)('secrets of $name', (login) => {
  const forbidden = [...disguisesOf(SECRETS.joe), ...disguisesOf(WRONG)];
  const expectNone = (where: string, value: unknown): void => {
    const text = (typeof value === 'string' ? value : seen(value)).replaceAll(/\s/g, '');
    expect([where, forbidden.filter((each) => text.includes(each))]).toEqual([where, []]);
  };

  it.each(['joined', 'refused'])('are in nothing that can be looked at where somebody is %s', async (how) => {
    const lines: string[] = [];
    const log = { ...jsonLog((line) => lines.push(line), { level: 'debug' }), warn: textLog((line) => lines.push(line)).warn };
    const router = createRouter({ realms: { realm1: { auth: [login.verifier(asyncScheduler), { method: 'anonymous', begin: () => ({ is: 'accept', authid: 'looker', authrole: 'all' }) }] } }, log });
    const client = createClient({ transport: router.link(), realm: 'realm1', auth: login.client('joe', how === 'joined' ? SECRETS.joe : WRONG), log, retry: { maxAttempts: 0 } });
    const shown: unknown[] = [];
    client.frames$.subscribe((frame) => shown.push(frame));
    client.wire$.subscribe((entry) => shown.push(entry));
    client.state$.subscribe((state) => shown.push(state));
    client.errors$.subscribe((error) => shown.push(error));

    const came: unknown = await client.connect().catch((error: unknown) => error);
    const meta = await toldByRealm(router);

    expect(came instanceof Error).toBe(how === 'refused');
    expectNone('details or error', came);
    expectNone('streams', shown);
    expectNone('log', lines.join('\n'));
    expectNone('client', client);
    expectNone('router', router);
    expectNone('stats', router.stats());
    expectNone('sessions$', await firstValueFrom(router.sessions$.pipe(take(1), toArray())));
    expectNone('meta API', meta);
    expect(shown.length).toBeGreaterThan(3);
    expect(lines.length).toBeGreaterThan(0);
    await client.close();
    await router.close();
  });

  it.each(['joined', 'refused'])('are not on the status page where somebody is %s', async (how) => {
    const router = createListeningRouter({ realms: { realm1: { auth: [login.verifier(asyncScheduler)] } } });
    onClose(() => router.close({ drain: 0 }));
    const { url } = await router.listen('ws://127.0.0.1:0/ws', { status: true });
    const client = createClient({ transport: ws(url), realm: 'realm1', auth: login.client('joe', how === 'joined' ? SECRETS.joe : WRONG), retry: { maxAttempts: 0 } });

    await client.connect().catch(() => undefined);
    const look = async (accept: string): Promise<string> => (await fetch(new URL('/', url.replace('ws:', 'http:')), { headers: { accept } })).text();
    const [html, json] = [await look('text/html'), await look('application/json')];

    expect(JSON.parse(json)).toMatchObject(how === 'joined' ? { sessions: 1 } : { sessions: 0, aborts: 1 });
    expect(html).toContain('<h2>Sessions</h2>');
    expectNone('HTML', html);
    expectNone('JSON', json);
    await client.close();
  });

  it('are not to be seen in the credentials, nor in the verifier', () => {
    expectNone('credentials', login.client('joe', SECRETS.joe));
    expectNone('verifier', login.verifier(asyncScheduler));
  });
});

const secret = 'tellnobody';
const user = { role: 'user' };
/** A key with a byte too many, and one in the form of another kind. */
const [long, base64] = [`${privateKeyOf(secret)}00`, Buffer.from(privateKeyOf(secret), 'hex').toString('base64')];

/** Mistakes with a secret in them, or in the place of something else. */
const MISTAKES: readonly unknown[] = [
  secret,
  ...['ticket', 'wampcra', 'scram', 'totp', 'cryptosign'].flatMap((method) => [
    { [method]: `${secret}#1` }, { [method]: [secret] }, { [method]: { users: secret } }, { [method]: { users: [secret] } }, { [method]: { users: { joe: secret } } },
  ]),
  { ticket: 4711_0815 }, { ticket: { users: 4711_0815 } },
  { ticket: { users: { joe: { ticket: secret } } } }, { ticket: { users: { joe: { ticket: [secret], ...user } } } }, { ticket: { users: { joe: { ticket: 4711_0815, ...user } } } },
  { wampcra: { users: { joe: { secret: { secret }, ...user } } } }, { wampcra: { users: { joe: { secret, role: 7 } } } }, { wampcra: { users: { joe: { secret, ...user, iterations: 0 } } } },
  { scram: { users: { joe: { kdf: 'pbkdf2', salt: 'c2FsdHNhbHQ=', iterations: 4096, storedKey: secret, serverKey: secret, ...user } } } },
  { scram: { users: { joe: { kdf: 'md5', salt: 'c2FsdHNhbHQ=', iterations: 4096, storedKey: secret, serverKey: secret, ...user } } } },
  { totp: { users: { joe: { secret: `${secret}1`, ...user } } } }, { totp: { users: { joe: { secret: [secret], ...user } } } }, { totp: { users: { joe: { secret } } } },
  ...[long, base64].flatMap((key) => [
    { cryptosign: { users: { joe: { keys: key, ...user } } } }, { cryptosign: { users: { joe: { keys: [key], ...user } } } },
    { cryptosign: { users: {}, key } }, { cryptosign: { users: {}, key: [key] } }, { cryptosign: { users: {}, key: { key } } }, { cryptosign: `${key}#` },
  ]),
];

describe.each(MISTAKES.map((auth) => ({ auth })))('secrets in options that are wrong: %#', ({ auth }) => {
  const forbidden = [...disguisesOf(secret), '47110815'];
  const saidBy = (read: () => unknown): string => {
    try {
      read();
    } catch (error) {
      return `${seen(error)}${seen((error as Error).cause)}`;
    }
    return '';
  };

  it.each<[string, () => unknown]>([
    ['createRouter', () => createListeningRouter({ realms: { realm1: { auth: auth as never } } })],
    ['a configuration file', () => readConfig(JSON.stringify({ realms: { realm1: { auth } } }), 'router.json')],
  ])('are not in the error of %s', (_, read) => {
    const said = saidBy(read);

    expect(said).toMatch(/must/);
    expect(forbidden.filter((each) => said.replaceAll(/\s/g, '').includes(each))).toEqual([]);
  });
});

describe('secrets in a configuration file that is no JSON', () => {
  const before = '{"realms":{"realm1":{"auth":{"ticket":{"users":{"joe":{"ticket":';

  it.each([secret, `'${secret}'`, `"${secret}`, `"${secret}" x`, `"${secret}" "role"`, `"role" "${secret}"`, `"${secret}\\q"`, `"\t${secret}"`, `"${secret}\n"`])('are not in the error: %#', (rest) => {
    let said = '';
    try {
      readConfig(`${before}${rest}`, 'router.json');
    } catch (error) {
      said = seen(error);
    }

    expect(said).toMatch(/the file must be JSON/);
    expect(said).not.toContain(secret);
  });
});
