import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Authenticator } from '../../lib/auth/authenticator.ts';
import { cryptosign } from '../../lib/auth/cryptosign.ts';
import { scram, scramUser, type ScramMethod, type ScramUser, type ScramUserOptions } from '../../lib/auth/scram.ts';
import { ticket } from '../../lib/auth/ticket.ts';
import { totp } from '../../lib/auth/totp.ts';
import type { Client } from '../../lib/client/client.ts';
import { ApplicationError } from '../../lib/errors.ts';
import { failureOf, registered } from '../support/peers.ts';
import { MEMORY_WORLDS, embedded } from '../support/worlds.ts';

const AUTHENTICATE = 'com.app.authenticate';
const FAILED = { code: 'aborted', reason: 'wamp.error.authentication_failed' };
const DENIED = { code: 'aborted', reason: 'wamp.error.authentication_denied' };
const backend = { users: { backend: { ticket: 'sesame', role: 'backend' } } };
const elsewhere = { procedure: AUTHENTICATE, realm: 'realm1', redirect: ['office'] };

const CODES = { right: 'MFRGGZDFMZTWQ2LK', wrong: 'NBSWY3DPEB3W64TM' };
const KEYS = { right: randomBytes(32).toString('hex'), wrong: randomBytes(32).toString('hex') };
const PUBLIC_KEY = String(cryptosign({ key: KEYS.right }).authextra?.['pubkey']);
const CHEAP = { pbkdf2: { kdf: 'pbkdf2', iterations: 4096 }, argon2id13: { kdf: 'argon2id13', iterations: 1, memory: 1024 } } as const;

const recordOf = (method: ScramMethod, cost: Omit<ScramUserOptions, 'role'>): ScramUser => scramUser('open', { role: 'user', method, ...cost });

/** What Crossbar.io keeps of a user: the names have hyphens, and the bytes are in hexadecimal. */
function inCrossbar({ kdf, salt, storedKey, serverKey, ...rest }: ScramUser): object {
  const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');
  return { ...rest, 'kdf': kdf === 'argon2id13' ? 'argon2id-13' : kdf, 'salt': hex(salt), 'stored-key': hex(storedKey), 'server-key': hex(serverKey) };
}

const inside = ({ role, ...record }: ScramUser): object => ({ role, scram: record });

describe.each(MEMORY_WORLDS.filter(({ carries }) => carries('extra')))('a procedure that is asked about more than tickets, over $name', (world) => {
  const stage = embedded(world, {
    realms: {
      realm1: { auth: { ticket: backend } },
      shop: { auth: { scram: elsewhere, totp: elsewhere, cryptosign: elsewhere } },
      crossbar: { auth: { scram: { ...elsewhere, method: 'scram' } } },
      office: { auth: { ticket: backend } },
      functions: { auth: { dynamic: { methods: ['cryptosign', 'totp', 'scram'], procedure: (_, authid, { authmethod }) => {
        if (authid === 'broken') throw new Error('hunter2');
        return authid === 'anna' && { role: String(authmethod), secret: CODES.right, pubkey: PUBLIC_KEY, scram: recordOf('wamp-scram', CHEAP.pbkdf2) };
      } } } },
    },
  });
  let service: Client;
  const join = (realm: string, auth: Authenticator): Client => stage.client({ realm, auth, retry: { maxAttempts: 0 } });
  const answering = (answer: (...args: unknown[]) => unknown): Promise<unknown> => registered(service, AUTHENTICATE, ({ args }) => answer(...args));

  beforeEach(() => { service = stage.client({ auth: ticket({ authid: 'backend', ticket: 'sesame' }) }); });
  afterEach(() => service.close());

  it.each<[string, ScramMethod, object]>([
    ['as scramUser() makes it', 'wamp-scram', recordOf('wamp-scram', CHEAP.pbkdf2)],
    ['by Argon2id', 'wamp-scram', recordOf('wamp-scram', CHEAP.argon2id13)],
    ['under a key of its own', 'wamp-scram', inside(recordOf('wamp-scram', CHEAP.pbkdf2))],
    ['of Crossbar.io', 'scram', inCrossbar(recordOf('scram', CHEAP.argon2id13))],
    ['of Crossbar.io, by PBKDF2', 'scram', inCrossbar(recordOf('scram', CHEAP.pbkdf2))],
    ['of Crossbar.io, for the method of the specification', 'wamp-scram', inCrossbar(recordOf('wamp-scram', CHEAP.argon2id13))],
  ])('gives a record for SCRAM %s', async (_, method, record) => {
    await answering(() => ({ ...record, extra: { greeting: 'hello' } }));
    const realm = method === 'scram' ? 'crossbar' : 'shop';

    const details = await join(realm, scram({ authid: 'anna', password: 'open', method })).connect();

    expect(details).toMatchObject({ realm, authid: 'anna', authrole: 'user', authmethod: method, authprovider: 'dynamic', authextra: { greeting: 'hello' } });
    expect(await failureOf(join(realm, scram({ authid: 'anna', password: 'shut', method })).connect())).toMatchObject(DENIED);
  });

  it('gives the secret that codes are made of', async () => {
    await answering(() => ({ role: 'user', secret: CODES.right }));

    expect(await failureOf(join('shop', totp({ authid: 'anna', secret: CODES.wrong })).connect())).toMatchObject(DENIED);
    expect(await join('shop', totp({ authid: 'anna', secret: CODES.right })).connect()).toMatchObject({ authid: 'anna', authrole: 'user', authmethod: 'totp' });
  });

  it.each([['one', { pubkey: PUBLIC_KEY }], ['several', { pubkey: ['00'.repeat(32), PUBLIC_KEY] }], ['by our name', { keys: [PUBLIC_KEY.toUpperCase()] }]])('gives the public key of a user: %s', async (_, keys) => {
    await answering(() => ({ role: 'user', ...keys }));

    expect(await join('shop', cryptosign({ authid: 'anna', key: KEYS.right })).connect()).toMatchObject({ authid: 'anna', authrole: 'user', authmethod: 'cryptosign' });
    expect(await failureOf(join('shop', cryptosign({ authid: 'anna', key: KEYS.wrong })).connect())).toMatchObject(DENIED);
  });

  it('finds who has a key and says no name', async () => {
    await answering((_, authid, details) => {
      const { authextra } = details as { readonly authextra: { readonly pubkey: string } };
      return authid === null && authextra.pubkey === PUBLIC_KEY ? { role: 'sensor', authid: 'device7', pubkey: PUBLIC_KEY } : null;
    });

    expect(await join('shop', cryptosign({ key: KEYS.right })).connect()).toMatchObject({ authid: 'device7', authrole: 'sensor' });
    expect(await failureOf(join('shop', cryptosign({ key: KEYS.wrong })).connect())).toMatchObject(DENIED);
  });

  it('puts those who come by them into another realm where that is open', async () => {
    await answering(() => ({ ...recordOf('wamp-scram', CHEAP.pbkdf2), secret: CODES.right, pubkey: PUBLIC_KEY, realm: 'office' }));

    // A code lets a name in once, so this one is another.
    for (const auth of [scram({ authid: 'otto', password: 'open' }), totp({ authid: 'otto', secret: CODES.right }), cryptosign({ authid: 'otto', key: KEYS.right })]) {
      expect(await join('shop', auth).connect()).toMatchObject({ realm: 'office', authid: 'otto', authmethod: auth.method });
    }
  });

  const right = [scram({ authid: 'anna', password: 'open' }), totp({ authid: 'anna', secret: CODES.right }), cryptosign({ authid: 'anna', key: KEYS.right })];

  it.each<[string, () => unknown]>([['null', () => null], ['an error', () => { throw new ApplicationError('com.app.no_such_user'); }]])('has those refused like one whose secret is wrong of whom it says %s', async (_, answer) => {
    await answering(answer);

    for (const auth of right) expect(await failureOf(join('shop', auth).connect())).toMatchObject(DENIED);
  });

  it.each<[string, unknown]>([
    ['without what the method needs', 'user'],
    ['with bytes that are none', { ...inCrossbar(recordOf('wamp-scram', CHEAP.pbkdf2)), 'stored-key': 'hunter2', 'secret': 'hunter2!', 'pubkey': [7] }],
    ['with a function that is not known', { ...recordOf('wamp-scram', CHEAP.pbkdf2), kdf: 'md5', secret: 'hunter2!', pubkey: [''] }],
  ])('lets nobody in, and tells nothing of why, where it answers %s', async (_, answer) => {
    await answering(() => answer);

    for (const auth of right) {
      const failure = await failureOf(join('shop', auth).connect());
      expect(failure).toMatchObject(FAILED);
      expect(JSON.stringify([failure, String(failure)])).not.toMatch(/hunter2|md5|com\.app/);
    }
  });

  it('may be a function for all of them', async () => {
    for (const auth of right) expect(await join('functions', auth).connect()).toMatchObject({ authid: 'anna', authmethod: auth.method });
    expect(await failureOf(join('functions', cryptosign({ authid: 'otto', key: KEYS.right })).connect())).toMatchObject(DENIED);
    expect(await failureOf(join('functions', totp({ authid: 'broken', secret: CODES.right })).connect())).toMatchObject(FAILED);
  });
});
