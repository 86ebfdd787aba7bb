import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { firstValueFrom, take, toArray } from 'rxjs';
import { anonymous } from '../../lib/auth/anonymous.ts';
import { createRouter, jsonLog, textLog, type Router } from '../../lib/router/index.ts';
import { createClient } from '../../lib/index.ts';
import { LOGINS, SECRETS, WRONG } from '../support/logins.ts';
import { asyncScheduler } from 'rxjs';

/** A secret as it is, and as it stands in bytes, hexadecimal and base64. */
function disguisesOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), bytes.join(','), [...bytes].map((byte) => byte.toString(16)).join(' ')];
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

describe.each(LOGINS)('secrets of $name', (login) => {
  const forbidden = [...disguisesOf(SECRETS.joe), ...disguisesOf(WRONG)];
  const expectNone = (where: string, value: unknown): void => {
    const text = typeof value === 'string' ? value : seen(value);
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

  it('are not to be seen in the credentials, nor in the verifier', () => {
    expectNone('credentials', login.client('joe', SECRETS.joe));
    expectNone('verifier', login.verifier(asyncScheduler));
  });
});

describe('secrets in options that are wrong', () => {
  const secret = 'tellnobody';

  it.each([
    { ticket: { users: { joe: { ticket: secret } } } },
    { ticket: { users: { joe: { ticket: [secret], role: 'user' } } } },
    { ticket: { users: secret } },
    { wampcra: { users: { joe: { secret: { secret }, role: 'user' } } } },
    { wampcra: { users: { joe: { secret, role: 7 } } } },
    { wampcra: { users: { joe: secret } } },
  ])('are not in the error: case %#', (auth) => {
    let said = '';
    try {
      createRouter({ realms: { realm1: { auth: auth as never } } });
    } catch (error) {
      said = seen(error);
    }

    expect(said).toMatch(/must/);
    expect(said).not.toContain(secret);
  });
});
