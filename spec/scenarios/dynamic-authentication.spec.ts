import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NEVER } from 'rxjs';
import { anonymous } from '../../lib/auth/anonymous.ts';
import type { Authenticator } from '../../lib/auth/authenticator.ts';
import { ticket } from '../../lib/auth/ticket.ts';
import { deriveKey, wampcra } from '../../lib/auth/wampcra.ts';
import type { Client } from '../../lib/client/client.ts';
import { ApplicationError } from '../../lib/errors.ts';
import type { DynamicAuthenticator } from '../../lib/router/options.ts';
import { failureOf, registered, valueOf } from '../support/peers.ts';
import { EMBEDDED_WITH_CORE, MEMORY_WORLDS, embedded } from '../support/worlds.ts';

const AUTHENTICATE = 'com.app.authenticate';
const ONCE = { maxAttempts: 0 } as const;
const FAILED = { code: 'aborted', reason: 'wamp.error.authentication_failed' };
const DENIED = { code: 'aborted', reason: 'wamp.error.authentication_denied' };
const BACKEND = ticket({ authid: 'backend', ticket: 'sesame' });
const SALTED = { salt: 'salt123', iterations: 100, keylen: 16 };
const backend = { users: { backend: { ticket: 'sesame', role: 'backend' } } };
const byFunction: DynamicAuthenticator = (_, authid, { authmethod, ticket: given }) => {
  if (authid === 'broken') throw new Error('hunter2');
  if (authmethod === 'wampcra') return authid === 'anna' ? { role: 'user', secret: 'secret1' } : undefined;
  return given === `ticket of ${authid}` && { role: 'user', authid: authid?.toUpperCase() };
};

describe.each(EMBEDDED_WITH_CORE)('an authenticator over $name', (world) => {
  const stage = embedded(world, {
    realms: {
      // A realm with what others authenticate by: only those come in whom the router knows.
      realm1: { auth: { ticket: backend } },
      shop: {
        auth: {
          ticket: { procedure: AUTHENTICATE, realm: 'realm1', redirect: ['office'] }, wampcra: { procedure: AUTHENTICATE, realm: 'realm1' },
          anonymous: { procedure: AUTHENTICATE, realm: 'realm1' },
        },
      },
      office: { auth: { ticket: backend, wampcra: AUTHENTICATE } },
      functions: { auth: { dynamic: byFunction } },
    },
  });
  let service: Client;
  const join = (realm: string, auth: Authenticator): Client => stage.client({ realm, auth, retry: ONCE });
  const answering = async (answer: (...args: unknown[]) => unknown): Promise<void> => {
    await registered(service, AUTHENTICATE, ({ args }) => answer(...args));
  };

  beforeEach(() => { service = stage.client({ auth: BACKEND }); });
  afterEach(() => service.close());

  it('is asked with where, who and how, as those of Crossbar.io are', async () => {
    const asked: unknown[] = [];
    await answering((...args) => {
      asked.push(args);
      return 'user';
    });

    const { id: session } = await join('shop', { ...ticket({ authid: 'anna', ticket: 'open' }), authextra: { device: 'phone' } }).connect();

    const details = { session, authmethod: 'ticket', authid: 'anna', authrole: null, authextra: { device: 'phone' }, ticket: 'open', transport: expect.objectContaining({ type: world.road.type }) };
    expect(asked).toEqual([['shop', 'anna', details]]);
  });

  it('gives a role, or a role and more', async () => {
    await answering((_, authid) => (authid === 'anna' ? 'user' : { role: 'staff', authid: 'Otto', extra: { greeting: 'hello' } }));

    const anna = await join('shop', ticket({ authid: 'anna', ticket: 't' })).connect();
    const otto = await join('shop', ticket({ authid: 'otto', ticket: 't' })).connect();
    const nobody = await join('shop', anonymous()).connect();

    expect(anna).toMatchObject({ realm: 'shop', authid: 'anna', authrole: 'user', authmethod: 'ticket', authprovider: 'dynamic', authextra: {} });
    expect(otto).toMatchObject({ realm: 'shop', authid: 'Otto', authrole: 'staff', authextra: { greeting: 'hello' } });
    expect(nobody).toMatchObject({ authid: 'Otto', authrole: 'staff', authmethod: 'anonymous' });
  });

  if (world.carries('extra')) it('gives the secret that a client has to sign with', async () => {
    await answering((_, authid) => (authid === 'anna' ? { role: 'user', secret: 'secret1' } : { role: 'user', secret: deriveKey('secret2', SALTED), ...SALTED }));

    expect(await join('shop', wampcra({ authid: 'anna', secret: 'secret1' })).connect()).toMatchObject({ authid: 'anna', authmethod: 'wampcra', authprovider: 'dynamic' });
    expect(await join('shop', wampcra({ authid: 'otto', secret: 'secret2' })).connect()).toMatchObject({ authid: 'otto' });
    expect(await failureOf(join('shop', wampcra({ authid: 'anna', secret: 'guess' })).connect())).toMatchObject(DENIED);
  });

  it('has those asked like everybody else whom it does not know', async () => {
    await answering((_, authid) => {
      if (authid === 'unheard') throw new ApplicationError('com.app.no_such_user');
      return null;
    });

    for (const authid of ['unknown', 'unheard']) {
      expect(await failureOf(join('shop', wampcra({ authid, secret: 'secret1' })).connect())).toMatchObject(DENIED);
    }
    expect(await failureOf(join('shop', ticket({ authid: 'unknown', ticket: 't' })).connect())).toMatchObject(DENIED);
  });

  it('puts a client into another realm only where that is open to it', async () => {
    await answering((_, authid) => ({ role: 'backend', realm: authid === 'anna' ? 'office' : 'realm1' }));
    const anna = join('shop', ticket({ authid: 'anna', ticket: 't' }));

    expect(await anna.connect()).toMatchObject({ realm: 'office', authid: 'anna' });
    expect(await failureOf(join('shop', ticket({ authid: 'otto', ticket: 't' })).connect())).toMatchObject(FAILED);
    const office = join('office', BACKEND);
    await registered(office, 'com.office.price', () => 42);
    expect(await valueOf(anna.call('com.office.price'))).toBe(42);
    await office.close();
  });

  it('may come from the realm that it lets clients into', async () => {
    expect(await failureOf(join('office', wampcra({ authid: 'anna', secret: 'secret1' })).connect())).toMatchObject(FAILED);
    const office = join('office', BACKEND);
    await registered(office, AUTHENTICATE, () => ({ role: 'user', secret: 'secret1' }));

    expect(await join('office', wampcra({ authid: 'anna', secret: 'secret1' })).connect()).toMatchObject({ realm: 'office', authrole: 'user' });
    await office.close();
  });

  it.each<[string, (() => unknown) | undefined]>([
    ['is not there', undefined],
    ['fails', () => { throw new ApplicationError('com.broken', { args: ['hunter2'] }); }],
    ['says something else', () => ({ authid: 'anna' })],
  ])('lets nobody in, and tells nothing of why, where it %s', async (_, answer) => {
    if (answer !== undefined) await answering(answer);

    const failure = await failureOf(join('shop', ticket({ authid: 'anna', ticket: 't' })).connect());

    expect(failure).toMatchObject(FAILED);
    expect(JSON.stringify([failure, String(failure)])).not.toMatch(/hunter2|com\.broken|com\.app/);
  });

  it('may be a function', async () => {
    expect(await join('functions', ticket({ authid: 'anna', ticket: 'ticket of anna' })).connect()).toMatchObject({ authid: 'ANNA', authrole: 'user' });
    expect(await join('functions', wampcra({ authid: 'anna', secret: 'secret1' })).connect()).toMatchObject({ authid: 'anna' });
    expect(await failureOf(join('functions', ticket({ authid: 'anna', ticket: 'guess' })).connect())).toMatchObject(DENIED);
    expect(await failureOf(join('functions', ticket({ authid: 'broken', ticket: 't' })).connect())).toMatchObject(FAILED);
    expect(await failureOf(join('functions', wampcra({ authid: 'nobody', secret: 'secret1' })).connect())).toMatchObject(DENIED);
  });
});

// Without a network nobody else takes any time, however busy the machine is.
describe.each(MEMORY_WORLDS)('an authenticator that takes too long over $name', (world) => {
  const stage = embedded(world, {
    realms: { realm1: { auth: { ticket: backend } }, shop: { auth: { ticket: { procedure: AUTHENTICATE, realm: 'realm1' } } } },
    timeouts: { authenticate: 50 },
  });

  it('lets nobody in', async () => {
    const service = stage.client({ auth: BACKEND });
    await registered(service, AUTHENTICATE, () => NEVER);

    expect(await failureOf(stage.client({ realm: 'shop', auth: ticket({ authid: 'anna', ticket: 't' }), retry: ONCE }).connect())).toMatchObject(FAILED);
    await service.close();
  });
});
