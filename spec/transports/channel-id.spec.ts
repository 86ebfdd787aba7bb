import { afterEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { createServer } from 'node:https';
import { connect, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { cryptosign, cryptosignVerifier } from '../../lib/auth/cryptosign.ts';
import { toHex } from '../../lib/crypto/bytes.ts';
import { signingKey } from '../../lib/crypto/ed25519.ts';
import { AbortError, AuthenticationError } from '../../lib/errors.ts';
import { createRouter } from '../../lib/router/node.ts';
import { join } from '../../lib/session/join.ts';
import { rawSocket } from '../../lib/transports/rawsocket.ts';
import { RawSocketConnection } from '../../lib/transports/rawsocket-connection.ts';
import type { Transport } from '../../lib/transports/transport.ts';
import { ws } from '../../lib/transports/ws.ts';
import { WsConnection } from '../../lib/transports/ws-connection.ts';
import { channelIdOf } from '../../lib/transports/channel-id.ts';
import type { ChannelBinding } from '../../lib/types.ts';
import { CERTIFICATE } from '../support/certificate.ts';
import { closeSockets, course, dial, onClose } from '../support/sockets.ts';

type Version = 'TLSv1.2' | 'TLSv1.3';

const VERSIONS: readonly (readonly [Version, ChannelBinding, ChannelBinding])[] = [
  ['TLSv1.2', 'tls-unique', 'tls-exporter'],
  ['TLSv1.3', 'tls-exporter', 'tls-unique'],
];
const SEED = '4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510';
const ROUTER = '6e1fde9cf9e2359a87420b65a87dc0c66136e66945196ba2475990d8a0c3a25b';
const pubkeyOf = (seed: string): string => toHex(signingKey(seed).publicKey);
const trusting = { tls: { ca: CERTIFICATE.cert } };

afterEach(closeSockets);

/** A server of TLS in one version, and the next socket it accepts. */
async function startTls(version: Version): Promise<{ port: number; accepted: () => Promise<TLSSocket> }> {
  const server = createTlsServer({ ...CERTIFICATE, minVersion: version, maxVersion: version });
  server.on('secureConnection', (socket) => { socket.on('error', () => {}).resume().write('x'); });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onClose(() => server.close());
  return { port: (server.address() as AddressInfo).port, accepted: async () => (await once(server, 'secureConnection') as [TLSSocket])[0] };
}

async function connectTls(port: number, session?: Buffer): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca: CERTIFICATE.cert, ...(session && { session }) });
  onClose(() => socket.destroy());
  await once(socket, 'secureConnect');
  await once(socket.on('error', () => {}), 'readable');
  return socket;
}

type Road = 'WebSocket' | 'RawSocket';

const ROADS: readonly Road[] = ['WebSocket', 'RawSocket'];

/** A router over TLS that knows one key. */
async function startRouter(version: Version, road: Road): Promise<string> {
  const verifier = cryptosignVerifier({ users: { joe: { role: 'user', keys: [pubkeyOf(SEED)] } }, key: ROUTER });
  const router = createRouter({ realms: { realm1: { auth: [verifier] } } });
  onClose(() => router.close());
  const tls = { ...CERTIFICATE, minVersion: version, maxVersion: version };
  const { url } = await (road === 'RawSocket' ? router.listen('rss://127.0.0.1:0', { tls }) : router.listen('wss://127.0.0.1:0/ws', { server: createServer(tls) }));
  return url;
}

const dialling = (url: string): Transport => (url.startsWith('rss') ? rawSocket(url, trusting) : ws(url, trusting));

describe.each(VERSIONS)('channelIdOf, over %s', (version, type, other) => {
  it('is the same at both ends, and another on each connection', async () => {
    const { port, accepted } = await startTls(version);
    const ids: string[] = [];

    for (let round = 0; round < 2; round++) {
      const server = accepted();
      const client = await connectTls(port);
      const [here, there] = [channelIdOf(client, type, true)!, channelIdOf(await server, type, false)!];
      expect(here).toHaveLength(32);
      expect(toHex(here)).toBe(toHex(there));
      expect(channelIdOf(client, other, true)).toBeUndefined();
      ids.push(toHex(here));
    }

    expect(ids[0]).not.toBe(ids[1]);
  });

  it('is the same at both ends of a session that is resumed', async () => {
    const { port, accepted } = await startTls(version);
    const first = connect({ host: '127.0.0.1', port, ca: CERTIFICATE.cert });
    onClose(() => first.destroy());
    const [session] = await once(first, 'session') as [Buffer];
    const server = accepted();

    const client = await connectTls(port, session);

    expect(client.isSessionReused()).toBe(true);
    expect(toHex(channelIdOf(client, type, true)!)).toBe(toHex(channelIdOf(await server, type, false)!));
  });

  it('is not there once the socket is closed', async () => {
    const { port } = await startTls(version);
    const client = await connectTls(port);

    client.destroy();

    expect(channelIdOf(client, type, true)).toBeUndefined();
  });
});

describe('channelIdOf', () => {
  it('is the first Finished message under TLS 1.2, hashed: of the client, or of the server where a session is resumed', async () => {
    const sha256 = (bytes: Buffer | undefined): string => createHash('sha256').update(bytes!).digest('hex');
    const { port } = await startTls('TLSv1.2');
    const whole = await connectTls(port);

    const resumed = await connectTls(port, whole.getSession());

    expect(toHex(channelIdOf(whole, 'tls-unique', true)!)).toBe(sha256(whole.getFinished()));
    expect(toHex(channelIdOf(resumed, 'tls-unique', true)!)).toBe(sha256(resumed.getPeerFinished()));
  });

  it.each(['ws://127.0.0.1:0/ws', 'rs://127.0.0.1:0'])('is not there without TLS: %s', async (at) => {
    const router = createRouter({ realms: { realm1: {} } });
    onClose(() => router.close());
    const { url } = await router.listen(at);

    const { connection } = await dial(at.startsWith('rs') ? rawSocket(url) : ws(url));

    expect(connection).toBeInstanceOf(at.startsWith('rs') ? RawSocketConnection : WsConnection);
    expect([connection.channelId!('tls-unique'), connection.channelId!('tls-exporter'), channelIdOf(undefined, 'tls-exporter', true)]).toEqual([undefined, undefined, undefined]);
  });
});

describe.each(VERSIONS.flatMap((one) => ROADS.map((road) => [...one, road] as const)))('cryptosign over %s, bound by %s and not by %s, on a %s', (version, type, other, road) => {
  it('joins, bound to the connection, and knows the router', async () => {
    const url = await startRouter(version, road);
    const auth = cryptosign({ key: SEED, channelBinding: type, router: pubkeyOf(ROUTER) });

    const session = await firstValueFrom(join(dialling(url), { realm: 'realm1', auth }));

    expect(session.details).toMatchObject({ authid: 'joe', authrole: 'user', authmethod: 'cryptosign' });
  });

  it('refuses a binding that is not of this version', async () => {
    const url = await startRouter(version, road);

    const { end } = await course(join(dialling(url), { realm: 'realm1', auth: cryptosign({ key: SEED, channelBinding: other }) }));

    expect(end).toBeInstanceOf(AbortError);
    expect(end).toMatchObject({ message: expect.stringContaining('channel_binding must be one that this connection has') });
  });

  it.each([
    ['by the client that knows the router', { router: pubkeyOf(ROUTER) }, AuthenticationError, /router must prove that it has its key, and did not/],
    ['by the router', {}, AbortError, /the authid or the key is wrong/],
  ])('refuses a man in the middle who has a certificate and passes messages on: %s', async (_, known, kind, message) => {
    const middle = await startMiddle(await startRouter(version, road), version);

    const { end } = await course(join(dialling(middle), { realm: 'realm1', auth: cryptosign({ key: SEED, channelBinding: type, ...known }) }));

    expect(end).toBeInstanceOf(kind);
    expect(end).toMatchObject({ message: expect.stringMatching(message) });
  });
});

/** Ends TLS on either side, and passes bytes on as they are. */
async function startMiddle(url: string, version: Version): Promise<string> {
  const { protocol, port, pathname } = new URL(url);
  const server = createTlsServer({ ...CERTIFICATE, minVersion: version, maxVersion: version }, (victim) => {
    const router = connect({ host: '127.0.0.1', port: Number(port), ca: CERTIFICATE.cert });
    victim.on('error', () => router.destroy()).pipe(router);
    router.on('error', () => victim.destroy()).pipe(victim);
    onClose(() => { victim.destroy(); router.destroy(); });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onClose(() => server.close());
  return `${protocol}//127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`;
}
