import { mkdtempSync, rmSync, existsSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from '@jest/globals';
import { VirtualTimeScheduler } from 'rxjs';
import { listenRawSocket, type RawSocketListenOptions } from '../../../lib/router/listeners/rawsocket.ts';
import type { BoundListener } from '../../../lib/router/listeners/listener.ts';
import type { Connection } from '../../../lib/transports/transport.ts';
import { rawSocket } from '../../../lib/transports/rawsocket.ts';
import type { Dict } from '../../../lib/types.ts';
import { BareRaw, rawFrame } from '../../support/bare-raw.ts';
import { CERTIFICATE } from '../../support/certificate.ts';
import { closeSockets, course, dial, onClose } from '../../support/sockets.ts';

afterEach(closeSockets);

interface Accepted {
  readonly connection: Connection;
  readonly transport: Dict;
}

/** A listener, and what it has accepted. */
async function listen(options: Partial<RawSocketListenOptions> = {}, url = 'rs://127.0.0.1:0'): Promise<{ listener: BoundListener; url: string; accepted: Accepted[] }> {
  const accepted: Accepted[] = [];
  const accept = (connection: Connection, transport: Dict): void => void accepted.push({ connection, transport });
  const listener = await listenRawSocket(url, { accept, subprotocols: ['wamp.2.json', 'wamp.2.cbor', 'wamp.2.json.batched'], ...options });
  onClose(() => {
    for (const { connection } of accepted) connection.error(undefined);
    return listener.close();
  });
  return { listener, url: listener.url, accepted };
}

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rxwamp-'));
  onClose(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('listenRawSocket', () => {
  it('answers with the serializer that was asked for, and with what it takes', async () => {
    const { url, accepted } = await listen({ maxPayload: 1000 });

    const raw = await BareRaw.open(url, 0x03);

    expect([...raw.opening]).toEqual([0x7f, 0x13, 0, 0]);
    expect(accepted[0]?.connection.subprotocol).toBe('wamp.2.cbor');
    expect(accepted[0]?.connection.maxLength).toBe(512);
    expect(accepted[0]?.transport).toEqual({ type: 'rawsocket', protocol: 'wamp.2.cbor', peer: `tcp4:127.0.0.1:${raw.socket.localPort}` });
  });

  it('takes frames that come with the handshake', async () => {
    const { url, accepted } = await listen();
    const raw = BareRaw.connect(url).write([0x7f, 0xf1, 0, 0, ...rawFrame('early')]);
    await raw.until(() => raw.opening.length === 4);

    const heard = course(accepted[0]!.connection);
    raw.socket.end();

    expect(await heard).toEqual({ values: ['early'], end: 'complete' });
  });

  it('takes a handshake that comes byte by byte', async () => {
    const { url, accepted } = await listen();
    const raw = BareRaw.connect(url);
    raw.socket.setNoDelay(true);
    for (const byte of [0x7f, 0xf1, 0, 0]) {
      raw.write([byte]);
      await turn();
    }
    await raw.until(() => raw.opening.length === 4);

    expect(accepted).toHaveLength(1);
  });

  it.each([
    ['an unknown serializer', [0x7f, 0xf2, 0, 0], 1],
    ['a serializer of the future', [0x7f, 0xff, 0, 0], 1],
    ['reserved bits', [0x7f, 0xf1, 0, 1], 3],
  ])('answers %s with its error, and goes with the client', async (_, bytes, code) => {
    const { url, accepted } = await listen();
    const raw = BareRaw.connect(url).write([...bytes, ...rawFrame('more')]);
    await raw.until(() => raw.ended);
    raw.socket.end();
    await raw.closed();

    expect([...raw.opening]).toEqual([0x7f, code << 4, 0, 0]);
    expect(accepted).toEqual([]);
  });

  it.each([
    ['HTTP', Buffer.from('G')],
    ['no serializer', Uint8Array.of(0x7f, 0xf0, 0, 0)],
    ['TLS', Uint8Array.of(0x16, 3, 1, 0)],
  ])('cuts who speaks %s, without a word', async (_, bytes) => {
    const { url, accepted } = await listen();
    const raw = BareRaw.connect(url).write(bytes);
    await raw.closed();

    expect(raw.opening).toHaveLength(0);
    expect(accepted).toEqual([]);
  });

  it('cuts who closes within the handshake', async () => {
    const { url, accepted } = await listen();
    const raw = BareRaw.connect(url).write([0x7f]);
    raw.socket.end();
    await raw.closed();
    expect(accepted).toEqual([]);
  });

  it('cuts who says nothing in time', async () => {
    const scheduler = new VirtualTimeScheduler(undefined, 0);
    const { url, accepted } = await listen({ handshakeTimeout: 3000, scheduler, pingInterval: 0 });
    const silent = BareRaw.connect(url).write([0x7f]);
    const open = await BareRaw.open(url); // accepted behind the other one
    expect(scheduler.actions).toHaveLength(1);
    scheduler.maxFrames = 3000;
    scheduler.flush();
    await silent.closed();

    expect(open.socket.destroyed).toBe(false);
    expect(accepted).toHaveLength(1);
    expect(scheduler.actions).toEqual([]);
  });

  it('cuts the oldest of those who say nothing for one more', async () => {
    const { url } = await listen({ maxHandshakes: 2 });
    const silent: BareRaw[] = [];
    for (let n = 0; n < 3; n++) {
      silent.push(BareRaw.connect(url));
      await once(silent[n]!.socket, 'connect');
    }
    await silent[0]!.closed();
    const open = await BareRaw.open(url);

    expect(open.opening).toHaveLength(4);
    await silent[1]!.closed();
    expect(silent[2]!.socket.destroyed).toBe(false);
  });

  it('refuses connections above maxConnections, until one of them is gone', async () => {
    const { url, accepted } = await listen({ maxConnections: 1 });
    const first = await BareRaw.open(url);
    const second = await BareRaw.open(url);
    expect([...second.opening]).toEqual([0x7f, 0x40, 0, 0]);

    const gone = course(accepted[0]!.connection);
    first.socket.end();
    await gone;
    const third = await BareRaw.open(url);

    expect([...third.opening]).toEqual([0x7f, 0xf1, 0, 0]);
  });

  it('is reached over TLS, and tells what is known of it', async () => {
    const { url, accepted } = await listen({ tls: CERTIFICATE }, 'rss://127.0.0.1:0');

    const { connection, dialling } = await dial(rawSocket(url, { tls: { ca: CERTIFICATE.cert } }));
    connection.next('hi');

    expect(url).toMatch(/^rss:\/\/127\.0\.0\.1:\d+$/);
    expect(accepted[0]?.transport).toMatchObject({ type: 'rawsocket', tls: { protocol: 'TLSv1.3', authorized: false } });
    const heard = course(accepted[0]!.connection);
    connection.complete();
    expect(await heard).toEqual({ values: ['hi'], end: 'complete' });
    dialling.unsubscribe();
  });

  it('is not reached over TLS where the certificate is not known, and cuts who stays silent', async () => {
    const { url, accepted } = await listen({ tls: CERTIFICATE, maxHandshakes: 1 }, 'rss://127.0.0.1:0');
    const silent = BareRaw.connect(url);
    await once(silent.socket, 'connect');

    const { end } = await course(rawSocket(url));

    expect(end).toMatchObject({ code: 'connect-failed', message: expect.stringContaining('self-signed certificate') });
    await silent.closed();
    expect(accepted).toEqual([]);
  });

  it('closes its connections when it is closed, though they do not', async () => {
    const scheduler = new VirtualTimeScheduler(undefined, 0);
    const { listener, url } = await listen({ scheduler, pingInterval: 0 });
    const [open, silent] = [await BareRaw.open(url), BareRaw.connect(url)];
    await once(silent.socket, 'connect');
    const closing = listener.close();
    await silent.closed();
    expect(open.socket.destroyed).toBe(false);

    scheduler.maxFrames = 5000;
    scheduler.flush();
    await closing;
    await open.closed();
  });

  describe('at a Unix socket', () => {
    it('is reached, and removes its file when it is closed', async () => {
      const file = join(folderOf(), 'a b.sock');
      const { listener, url, accepted } = await listen({}, `rs+unix://${file.replace(' ', '%20')}`);

      const { connection, dialling } = await dial(rawSocket(url));
      const heard = course(accepted[0]!.connection);
      connection.next('hi');
      connection.complete();

      expect(await heard).toEqual({ values: ['hi'], end: 'complete' });
      expect(accepted[0]?.transport).toEqual({ type: 'rawsocket', protocol: 'wamp.2.json', peer: `unix:${file}` });
      dialling.unsubscribe();
      await listener.close();
      expect(existsSync(file)).toBe(false);
    });

    it('replaces the file of a program that has gone', async () => {
      const file = join(folderOf(), 'x.sock');
      spawnSync(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`]);
      expect(existsSync(file)).toBe(true);

      const { url } = await listen({}, `rs+unix://${file}`);

      expect((await dial(rawSocket(url))).connection.subprotocol).toBe('wamp.2.json');
    });

    it.each(['a program that is there', 'somebody who had another use for it'])('leaves alone the file of %s', async (who) => {
      const file = join(folderOf(), 'x.sock');
      if (who === 'a program that is there') {
        const server = createServer().listen(file);
        await once(server, 'listening');
        onClose(() => server.close());
      } else {
        writeFileSync(file, 'mine');
      }

      await expect(listen({}, `rs+unix://${file}`)).rejects.toMatchObject({ code: 'EADDRINUSE', message: expect.stringMatching(/^cannot listen on rs\+unix:.*EADDRINUSE/) });

      expect(existsSync(file)).toBe(true);
    });
  });

  it('rejects where the port is taken', async () => {
    const { url } = await listen();
    await expect(listen({}, url)).rejects.toMatchObject({ code: 'EADDRINUSE', message: expect.stringContaining(`cannot listen on ${url}: `) });
  });

  it.each([
    ['another scheme', 'ws://127.0.0.1:0', {}, RangeError],
    ['rss without tls', 'rss://127.0.0.1:0', {}, RangeError],
    ['rs with tls', 'rs://127.0.0.1:0', { tls: CERTIFICATE }, RangeError],
    ['no time', 'rs://127.0.0.1:0', { handshakeTimeout: 0 }, RangeError],
    ['no subprotocols', 'rs://127.0.0.1:0', { subprotocols: [] }, TypeError],
  ])('rejects %s', async (_, url, options, error) => {
    await expect(listen(options, url)).rejects.toBeInstanceOf(error);
  });

  it('notices that a client has gone before it was heard', async () => {
    const { listener, url } = await listen();
    const { port } = new URL(url);
    const socket = connectTcp(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.resetAndDestroy();
    await listener.close();
  });
});
