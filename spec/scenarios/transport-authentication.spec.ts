import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:https';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { WebSocket } from 'ws';
import { cookie } from '../../lib/auth/cookie.ts';
import { ticket } from '../../lib/auth/ticket.ts';
import { tls } from '../../lib/auth/tls.ts';
import { createClient, ws, type Client, type ClientOptions } from '../../lib/node.ts';
import { createRouter, type ListeningRouter, type ListenOptions, type RealmOptions } from '../../lib/router/node.ts';
import { CERTIFICATE } from '../support/certificate.ts';
import { failureOf } from '../support/peers.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listening(auth: RealmOptions['auth'], options: ListenOptions = {}, scheme = 'ws'): Promise<{ readonly router: ListeningRouter; readonly url: string }> {
  const router = createRouter({ realms: { realm1: { auth } } });
  closing.push(() => router.close());
  const { url } = await router.listen(`${scheme}://127.0.0.1:0/ws`, options);
  return { router, url };
}

function clientOf(options: ClientOptions): Client {
  const client = createClient({ retry: { maxAttempts: 0 }, ...options });
  closing.push(() => client.close());
  return client;
}

/** The response to the request for a WebSocket. */
function answered(url: string, headers: { readonly [name: string]: string } = {}): Promise<{ readonly cookies: readonly string[] }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, ['wamp.2.json'], { headers: { ...headers } });
    socket.once('upgrade', (response) => {
      resolve({ cookies: response.headers['set-cookie'] ?? [] });
      socket.terminate();
    });
    socket.on('error', reject);
  });
}

const auth: RealmOptions['auth'] = { cookie: {}, ticket: { users: { joe: { ticket: 'sesame', role: 'user' } } } };

describe('the cookie of an earlier login', () => {
  it('stands for it on the next connection, until the client logs out', async () => {
    const { url } = await listening(auth, { cookie: true });
    let asked = 0;
    const askForIt = (): string => {
      asked += 1;
      return 'sesame';
    };
    const transport = ws(url);
    const visit = async (reason?: string): Promise<unknown> => {
      const client = clientOf({ transport, realm: 'realm1', auth: [cookie(), ticket({ authid: 'joe', ticket: askForIt })] });
      const { authid, authrole, authmethod } = await client.connect();
      const session = await firstValueFrom(client.session$);
      if (reason !== undefined) await lastValueFrom(session!.leave(reason), { defaultValue: undefined });
      await client.close();
      return { authid, authrole, authmethod };
    };

    const visits = [await visit(), await visit(), await visit('wamp.close.logout'), await visit()];

    const [byTicket, byCookie] = ['ticket', 'cookie'].map((authmethod) => ({ authid: 'joe', authrole: 'user', authmethod }));
    expect(visits).toEqual([byTicket, byCookie, byCookie, byTicket]);
    expect(asked).toBe(2);
  });

  it('is set HttpOnly and SameSite, new for everybody, and kept where a client has one', async () => {
    const { url } = await listening(auth, { cookie: { name: 'sid', maxAge: 60_000 } });

    const [first, second] = [await answered(url), await answered(url)];
    const [set = ''] = first.cookies;
    const value = /^sid=([0-9a-f]{64}); Max-Age=60; Path=\/; HttpOnly; SameSite=Lax$/.exec(set)?.[1] ?? '';
    expect(value).not.toBe('');
    expect(second.cookies).not.toEqual(first.cookies);

    expect((await answered(url, { Cookie: `a=b; sid=${value}` })).cookies).toEqual(first.cookies);
    expect((await answered(url, { Cookie: 'sid=guess' })).cookies).not.toContain('guess');
  });

  it('is neither looked at nor set for pages of other hosts', async () => {
    const { url } = await listening(auth, { cookie: { origins: ['https://app.example.com'] } });
    const { host } = new URL(url);

    const cookies = await Promise.all(['https://evil.example', `http://${host}`, 'https://app.example.com', 'null'].map(async (Origin) => (await answered(url, { Origin })).cookies.length));

    expect(cookies).toEqual([0, 1, 1, 0]);
  });

  it('is shown to nobody: neither to those who authenticate, nor in what is kept of a session', async () => {
    const seen: unknown[] = [];
    const { url, router } = await listening([{ method: 'anonymous', begin: (candidate) => {
      seen.push(candidate.transport);
      return { is: 'accept', authid: 'ann', authrole: 'user' };
    } }], { cookie: { name: 'sid' } });
    const client = clientOf({ transport: ws(url, { headers: { Cookie: `sid=${'a'.repeat(64)}; lang=en` } }), realm: 'realm1' });

    await client.connect();
    seen.push(await firstValueFrom(router.sessions$));

    expect(JSON.stringify(seen)).not.toContain('a'.repeat(64));
    expect(JSON.stringify(seen[0])).toContain('"cookies":{"lang":"en"}');
  });

  it('is refused where it is all that is offered and stands for nobody', async () => {
    const { url } = await listening(auth, { cookie: true });

    expect(await failureOf(clientOf({ url, realm: 'realm1', auth: cookie() }).connect())).toMatchObject({ reason: 'wamp.error.authentication_denied' });
  });

  it.each([
    [{ name: 'a b' }, 'cookie.name must be a token, got "a b"'],
    [{ maxAge: 1 }, 'cookie.maxAge must be a number from 1000, got 1'],
    [{ origins: ['example.com'] }, 'cookie.origins must be origins such as "https://example.com", got "example.com"'],
  ])('is refused with options that are wrong: %#', async (options, message) => {
    await expect(listening(auth, { cookie: options })).rejects.toThrow(message);
  });
});

describe('a certificate of the client', () => {
  const users = { joe: { commonName: 'localhost', role: 'user' } };
  const secured = { ...CERTIFICATE, requestCert: true, rejectUnauthorized: false };

  it('lets in who has one that the server trusts', async () => {
    const { url } = await listening({ tls: { users } }, { server: createServer({ ...secured, ca: CERTIFICATE.cert }) }, 'wss');
    const client = clientOf({ transport: ws(url, { tls: { ...CERTIFICATE, ca: CERTIFICATE.cert } }), realm: 'realm1', auth: tls() });

    expect(await client.connect()).toMatchObject({ authid: 'joe', authrole: 'user', authmethod: 'tls' });
  });

  it('lets nobody in with one that it does not trust, or with none', async () => {
    const { url } = await listening({ tls: { users } }, { server: createServer(secured) }, 'wss');
    const reasons = await Promise.all([CERTIFICATE, {}].map(async (mine) =>
      failureOf(clientOf({ transport: ws(url, { tls: { ...mine, ca: CERTIFICATE.cert } }), realm: 'realm1', auth: tls() }).connect())));

    expect(reasons).toMatchObject([{ reason: 'wamp.error.authentication_denied' }, { reason: 'wamp.error.authentication_denied' }]);
  });

  it('leaves who has none to the next method', async () => {
    const { url } = await listening({ tls: { users }, ticket: { users: { ann: { ticket: 'sesame', role: 'guest' } } } }, { server: createServer({ ...secured, ca: CERTIFICATE.cert }) }, 'wss');
    const client = clientOf({ transport: ws(url, { tls: { ca: CERTIFICATE.cert } }), realm: 'realm1', auth: [tls(), ticket({ authid: 'ann', ticket: 'sesame' })] });

    expect(await client.connect()).toMatchObject({ authid: 'ann', authmethod: 'ticket' });
  });
});
