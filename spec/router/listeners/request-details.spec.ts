import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { once } from 'node:events';
import { createServer, type ServerOptions } from 'node:https';
import { WebSocket, type ClientOptions } from 'ws';
import type { Candidate } from '../../../lib/auth/authenticator.ts';
import { readCookies } from '../../../lib/router/listeners/request-details.ts';
import { createRouter, type ListeningRouter } from '../../../lib/router/node.ts';
import type { SessionInfo } from '../../../lib/router/options.ts';
import type { Dict } from '../../../lib/types.ts';
import { CERTIFICATE } from '../../support/certificate.ts';

const FINGERPRINT = /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/;

describe('readCookies', () => {
  it('reads what browsers write', () => {
    expect(readCookies('sid=31d4d96e407aad42; lang="en-US"; empty=; theme = dark; a=b=c')).toEqual({ sid: '31d4d96e407aad42', lang: 'en-US', empty: '', theme: 'dark', a: 'b=c' });
    expect(readCookies('')).toEqual({});
  });

  it('takes the first of two, and leaves out what is none', () => {
    expect(readCookies('sid=1; sid=2; =3; none; ; " "')).toEqual({ sid: '1' });
  });

  it('makes a plain dictionary of whatever it is given', () => {
    expect(Object.getPrototypeOf(readCookies('__proto__=admin; a=1'))).toBe(Object.prototype);
    expect(Object.keys(readCookies('__proto__=admin; constructor=1'))).toEqual(['__proto__', 'constructor']);
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', '=', ';', '"', ' ', '_') }), (header) => {
      for (const [name, value] of Object.entries(readCookies(header))) expect([name.trim(), header.includes(String(value))]).toEqual([name, true]);
    }));
  });
});

describe('requestDetails', () => {
  let router: ListeningRouter | undefined;
  const sockets: WebSocket[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.terminate();
    await router?.close();
  });

  /** What a verifier learns of a client, and what is kept of it. */
  async function seenOf(path: string, client: ClientOptions, server?: ServerOptions): Promise<{ readonly candidate: Dict; readonly session: Dict }> {
    let candidate: Candidate | undefined;
    router = createRouter({
      realms: { realm1: { auth: [{ method: 'anonymous', begin: (given) => {
        candidate = given;
        return { is: 'accept', authid: 'ann', authrole: 'user' };
      } }] } },
    });
    const { url } = await router.listen(`${server === undefined ? 'ws' : 'wss'}://127.0.0.1:0/ws`, server && { server: createServer(server) });
    const socket = new WebSocket(new URL(path, url), ['wamp.2.json'], client);
    sockets.push(socket);
    await once(socket, 'open');
    socket.send(JSON.stringify([1, 'realm1', { roles: { caller: {} } }]));
    await once(socket, 'message');
    let sessions: readonly SessionInfo[] = [];
    router.sessions$.subscribe((list) => { sessions = list; }).unsubscribe();
    return { candidate: candidate?.transport ?? {}, session: sessions[0]?.transport ?? {} };
  }

  it('gives a verifier all, and keeps nothing that proves who somebody is', async () => {
    const headers = { Cookie: 'sid=secret-cookie; lang=en', Authorization: 'Bearer secret-token', Origin: 'https://shop.example' };

    const { candidate, session } = await seenOf('/ws?token=secret-query', { headers });

    expect(candidate).toMatchObject({
      type: 'websocket', protocol: 'wamp.2.json', peer: expect.stringMatching(/^tcp4:127\.0\.0\.1:\d+$/), path: '/ws?token=secret-query',
      headers: { cookie: headers.Cookie, authorization: headers.Authorization, origin: headers.Origin }, cookies: { sid: 'secret-cookie', lang: 'en' },
    });
    expect(candidate).not.toHaveProperty('tls');
    expect(session).toMatchObject({ type: 'websocket', protocol: 'wamp.2.json', peer: candidate['peer'], path: '/ws', headers: { origin: headers.Origin } });
    expect(JSON.stringify(session)).not.toContain('secret');
  });

  it('tells of TLS, and that a client has shown no certificate', async () => {
    const { candidate } = await seenOf('/ws', { rejectUnauthorized: false }, { ...CERTIFICATE });

    expect(candidate['tls']).toEqual({ protocol: 'TLSv1.3', cipher: expect.stringMatching(/^TLS_/), authorized: false });
  });

  it.each([['one that the server trusts', true], ['one that nobody knows', false]])('tells of the certificate of the client: %s', async (_, trusted) => {
    const server: ServerOptions = { ...CERTIFICATE, requestCert: true, rejectUnauthorized: false, ...(trusted && { ca: CERTIFICATE.cert }) };

    const { candidate, session } = await seenOf('/ws', { ...CERTIFICATE, rejectUnauthorized: false }, server);

    const name = { CN: 'localhost', O: 'rxwamp specs' };
    const peerCertificate = { subject: name, issuer: name, fingerprint: expect.stringMatching(FINGERPRINT), validTo: expect.stringContaining('2120') };
    expect(candidate['tls']).toMatchObject({ authorized: trusted, peerCertificate });
    expect(session['tls']).toMatchObject({ authorized: trusted, peerCertificate });
    expect(JSON.stringify(candidate)).not.toContain('PRIVATE');
  });
});
