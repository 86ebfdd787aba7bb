import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { VirtualTimeScheduler, filter, firstValueFrom, take, toArray } from 'rxjs';
import { WebSocket, type ServerOptions } from 'ws';
import { ConnectFailedError, HeartbeatLostError, TransportLostError } from '../../lib/errors.ts';
import { Keepalive } from '../../lib/transports/keepalive.ts';
import type { Frame } from '../../lib/transports/transport.ts';
import { ws } from '../../lib/transports/ws.ts';
import type { WsOptions } from '../../lib/transports/ws-options.ts';
import {
  closeSockets, closedPort, course, dial, legible, receive, startServer, startTcpServer, type BareEnd, type Dialled,
} from '../support/sockets.ts';

afterEach(closeSockets);

/** A connection of ours to a bare server, and the server's end of it. */
async function connect(options: WsOptions = {}, server: ServerOptions = {}): Promise<Dialled & { peer: BareEnd; url: string }> {
  const { url, accept } = await startServer(server);
  const [dialled, peer] = await Promise.all([dial(ws(url, options)), accept()]);
  return { ...dialled, peer, url };
}

describe('ws', () => {
  it('dials once for each subscription, and not before', async () => {
    const { url, http, accept } = await startServer();
    let upgrades = 0;
    http.on('upgrade', () => upgrades++);
    const transport = ws(url, { subprotocols: ['wamp.2.cbor', 'wamp.2.json'], headers: { 'X-Test': 'yes' } });
    expect(upgrades).toBe(0);

    const { connection } = await dial(transport);
    await accept();
    await dial(transport);
    await accept();

    expect(upgrades).toBe(2);
    expect(connection.subprotocol).toBe('wamp.2.cbor');
  });

  it('sends the headers it was given', async () => {
    const { url, http } = await startServer();
    const [[request]] = await Promise.all([once(http, 'upgrade'), dial(ws(url, { headers: { 'X-Test': 'yes' } }))]);
    expect(request.headers).toMatchObject({ 'x-test': 'yes', 'sec-websocket-protocol': 'wamp.2.json' });
    expect(request.headers).not.toHaveProperty('sec-websocket-extensions');
  });

  it('carries any frames in both directions, however they are cut into chunks', async () => {
    const { connection, peer } = await connect();
    const frame: fc.Arbitrary<Frame> = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('', '\ufffd', 'x\ufffdé', 'z'.repeat(70_000), new Uint8Array(70_000).fill(7)),
    );
    const frames = fc.array(frame, { minLength: 1, maxLength: 10 });
    await fc.assert(fc.asyncProperty(frames, fc.integer({ min: 1, max: 5000 }), async (sent, size) => {
      const back = firstValueFrom(connection.pipe(take(sent.length), toArray()));
      const there = receive(peer.ws, sent.length);
      for (const each of sent) connection.next(each);
      const whole = Buffer.concat(sent.map(unmasked));
      const step = Math.max(size, whole.length >> 6);
      for (let at = 0; at < whole.length; at += step) peer.socket.write(whole.subarray(at, at + step));

      expect((await there).map(legible)).toEqual(sent.map(legible));
      expect((await back).map(legible)).toEqual(sent.map(legible));
    }), { numRuns: 50 });
  });

  it('delivers bytes as a plain Uint8Array', async () => {
    const { connection, peer } = await connect();
    const arrived = firstValueFrom(connection);
    peer.ws.send(new Uint8Array([1]));
    expect(Buffer.isBuffer(await arrived)).toBe(false);
  });

  it('completes where the peer closes in order, and completes the transport after it', async () => {
    const { connection, peer, end } = await connect();
    const order: string[] = [];
    connection.subscribe({ complete: () => order.push('connection') });
    peer.ws.close(1001);
    expect(await end).toBe('complete');
    order.push('transport');

    expect(order).toEqual(['connection', 'transport']);
    connection.next('late');
    connection.complete();
    connection.error('late');
  });

  it('delivers everything and then closes with 1000 on complete()', async () => {
    const { connection, peer, end } = await connect();
    const arrived = receive(peer.ws, 2);
    const closed = once(peer.ws, 'close');
    const heard = course(connection);
    peer.ws.once('message', () => peer.ws.send('one more'));
    connection.next('a');
    connection.next('b');
    connection.complete();

    expect(await arrived).toEqual(['a', 'b']);
    expect((await closed)[0]).toBe(1000);
    expect((await heard).end).toBe('complete');
    expect(await end).toBe('complete');
  });

  it('goes on closing in order where it is unsubscribed after complete()', async () => {
    const { connection, peer, dialling } = await connect();
    const arrived = receive(peer.ws, 2);
    const closed = once(peer.ws, 'close');
    peer.ws.pause();
    connection.next('x'.repeat(20_000_000)); // more than the system takes
    connection.next('goodbye');
    connection.complete();
    dialling.unsubscribe();
    peer.ws.resume();

    expect((await arrived)[1]).toBe('goodbye');
    expect((await closed)[0]).toBe(1000);
  });

  it('drops the connection on error() and on unsubscribing', async () => {
    const first = await connect();
    const cause = new Error('why');
    const heard = course(first.connection);
    const cut = once(first.peer.ws, 'close');
    first.connection.error(cause);
    expect(await heard).toEqual({ values: [], end: expect.any(TransportLostError) });
    expect(((await heard).end as Error).cause).toBe(cause);
    expect((await cut)[0]).toBe(1006);

    const second = await connect();
    const [lost, gone] = [course(second.connection), once(second.peer.ws, 'close')];
    second.dialling.unsubscribe();
    expect((await lost).end).toBeInstanceOf(TransportLostError);
    expect((await gone)[0]).toBe(1006);
  });

  it.each([
    ['between frames', 'a'],
    ['within a frame', 'ab'],
  ])('errors with TransportLostError where the connection is cut %s', async (_, text) => {
    const { connection, peer, end, url } = await connect();
    const heard = course(connection);
    peer.ws.send('whole');
    peer.socket.write(unmasked(text).subarray(0, text === 'a' ? 0 : 3));
    peer.socket.destroySoon();

    expect(await heard).toEqual({ values: ['whole'], end: expect.any(TransportLostError) });
    expect((await heard).end).toMatchObject({ message: `connection to ${url}/ was lost with code 1006`, code: 'transport-lost' });
    expect(await end).toBe('complete');
  });

  it('names the code and the reason of a peer that closes in anger', async () => {
    const { connection, peer, url } = await connect();
    const heard = course(connection);
    peer.ws.close(1008, 'too many');
    expect((await heard).end).toMatchObject({ message: `connection to ${url}/ was lost with code 1008: too many` });
  });

  it('closes with 1007 where a text is not UTF-8, and delivers nothing after it', async () => {
    const { connection, peer, end } = await connect();
    const heard = course(connection);
    const closed = once(peer.ws, 'close');
    peer.socket.write(Buffer.from([0x81, 2, 0xc3, 0x28, 0x81, 1, 0x41]));

    expect(await heard).toEqual({ values: [], end: expect.any(TransportLostError) });
    expect((await closed)[0]).toBe(1007);
    expect(await end).toBe('complete');
  });

  it('closes with 1009 where a message is longer than maxPayload', async () => {
    const { connection, peer } = await connect({ maxPayload: 1000 });
    const heard = course(connection);
    const closed = once(peer.ws, 'close');
    peer.ws.send('x'.repeat(1000));
    peer.ws.send('x'.repeat(1001));

    expect((await closed)[0]).toBe(1009);
    expect(await heard).toEqual({ values: ['x'.repeat(1000)], end: expect.any(TransportLostError) });
    expect((await heard).end).toMatchObject({ message: expect.stringContaining('Max payload size exceeded') });
  });

  it('says through writable$ when the peer is behind', async () => {
    const { connection, peer } = await connect({ highWaterMark: 1000 });
    const seen: boolean[] = [];
    connection.writable$.subscribe((writable) => seen.push(writable));
    peer.ws.pause();
    let count = 0;
    for (; seen.at(-1) === true && count < 10_000; count++) connection.next('x'.repeat(100_000));
    expect(seen).toEqual([true, false]);
    expect(connection.bufferedAmount).toBeGreaterThan(1000);

    const arrived = receive(peer.ws, count);
    peer.ws.resume();
    await firstValueFrom(connection.writable$.pipe(filter(Boolean)));
    expect(await arrived).toHaveLength(count);
  });

  it('leaves no listener and no timer behind', async () => {
    const scheduler = new VirtualTimeScheduler();
    const { url, accept } = await startServer();
    const emit = jest.spyOn(WebSocket.prototype, 'emit');
    const [{ connection, end }, peer] = await Promise.all([dial(ws(url, { scheduler })), accept()]);
    const own = emit.mock.contexts.find((each, i) => emit.mock.calls[i]?.[0] === 'open' && each !== peer.ws) as WebSocket;
    emit.mockRestore();
    expect(own.listenerCount('message')).toBe(1);
    expect(scheduler.actions).toHaveLength(1);

    connection.complete();
    await end;

    expect(own.eventNames()).toEqual([]);
    expect(scheduler.actions).toEqual([]);
  });

  describe('to a quiet peer', () => {
    /** A connection whose clock is moved by hand, and the pings that its peer gets and does not answer. */
    async function connectByHand(): Promise<Dialled & { peer: BareEnd; url: string; pings: () => number; advance: (to: number) => void }> {
      const scheduler = new VirtualTimeScheduler(undefined, 0);
      const connected = await connect({ scheduler }, { autoPong: false });
      let pings = 0;
      connected.peer.ws.on('ping', () => pings++);
      const advance = (to: number): void => {
        scheduler.maxFrames = to;
        scheduler.flush();
      };
      return { ...connected, pings: () => pings, advance };
    }

    it('sends two pings, and then takes it for lost', async () => {
      const { connection, end, url, advance } = await connectByHand();
      const heard = course(connection);
      advance(29_999);
      expect(connection.bufferedAmount).toBe(0);
      advance(30_000);

      expect(await heard).toEqual({ values: [], end: expect.any(HeartbeatLostError) });
      expect((await heard).end).toMatchObject({ message: `connection to ${url}/ is dead: it must answer a ping, and missed two` });
      expect(await end).toBe('complete');
    });

    it('sends none while it talks', async () => {
      const { connection, peer, pings, advance } = await connectByHand();
      for (const text of ['a', 'b', 'c']) {
        const arrived = firstValueFrom(connection);
        peer.ws.send(text);
        await arrived;
        advance(10_000 * (text.charCodeAt(0) - 96));
      }
      connection.complete();
      await once(peer.ws, 'close');

      expect(pings()).toBe(0);
    });

    it.each([
      ['pong', (ws: WebSocket) => ws.pong()],
      ['ping', (ws: WebSocket) => ws.ping()],
    ])('takes a %s for life', async (_, prove) => {
      const { connection, peer, advance } = await connectByHand();
      const heard = course(connection);
      advance(20_000);
      const answered = jest.spyOn(Keepalive.prototype, 'answered');
      prove(peer.ws);
      while (answered.mock.calls.length === 0) await turn();
      answered.mockRestore();
      advance(40_000);
      connection.complete();

      expect(await heard).toEqual({ values: [], end: 'complete' });
    });
  });

  describe('where no connection comes about', () => {
    it('errors with ConnectFailedError on a port that nobody listens on', async () => {
      const port = await closedPort();
      const { end } = await course(ws(`ws://127.0.0.1:${port}`));
      expect(end).toBeInstanceOf(ConnectFailedError);
      expect(end).toMatchObject({
        message: `connection to ws://127.0.0.1:${port}/ cannot be opened: connect ECONNREFUSED 127.0.0.1:${port}`,
        cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
      });
    });

    it.each([
      ['another', () => 'soap'],
      ['none', () => false as const],
    ])('errors where the server chooses %s of the subprotocols', async (_, handleProtocols) => {
      const { url, accept } = await startServer({ handleProtocols });
      const [{ end, values }, peer] = await Promise.all([course(ws(url)), accept()]);
      expect(values).toEqual([]);
      expect(end).toBeInstanceOf(ConnectFailedError);
      expect((end as Error).message).toMatch(/cannot be opened: Server sent (an invalid|no) subprotocol$/);
      if (peer.ws.readyState !== peer.ws.CLOSED) await once(peer.ws, 'close');
    });

    it('errors where the server answers otherwise', async () => {
      const port = await startTcpServer((socket) => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'));
      const { end } = await course(ws(`ws://127.0.0.1:${port}/`));
      expect(end).toBeInstanceOf(ConnectFailedError);
      expect((end as Error).message).toContain('the router answered 404 Not Found');
    });

    it('errors where it is not open in time, and leaves nothing open', async () => {
      const scheduler = new VirtualTimeScheduler();
      let closed: Promise<unknown> | undefined;
      const port = await startTcpServer((socket) => {
        closed = once(socket, 'close');
        scheduler.flush();
      });
      const { end } = await course(ws(`ws://127.0.0.1:${port}`, { openTimeout: 3000, scheduler }));
      await closed;

      expect(end).toBeInstanceOf(ConnectFailedError);
      expect(end).toMatchObject({ message: `connection to ws://127.0.0.1:${port}/ cannot be opened: it must open within 3000 ms` });
      expect(scheduler.now()).toBe(3000);
    });

    it('errors on a header that HTTP does not allow', async () => {
      const { end } = await course(ws('ws://127.0.0.1:9', { headers: { 'X-Bad': 'a\nb' } }));
      expect(end).toBeInstanceOf(ConnectFailedError);
    });

    it('leaves nothing open where it is unsubscribed while connecting', async () => {
      const scheduler = new VirtualTimeScheduler();
      const { http, url } = await startServer();
      const dialling = ws(url, { scheduler }).subscribe();
      const [socket] = await once(http, 'connection');
      dialling.unsubscribe();
      await once(socket, 'close');
      expect(scheduler.actions).toEqual([]);

      ws(url).subscribe().unsubscribe();
    });
  });

  it.each([
    ['no url', () => ws('nowhere'), TypeError],
    ['another scheme', () => ws('http://127.0.0.1'), RangeError],
    ['no subprotocol', () => ws('ws://127.0.0.1', { subprotocols: [] }), TypeError],
    ['a negative time', () => ws('ws://127.0.0.1', { pingInterval: -1 }), RangeError],
    ['no payload', () => ws('ws://127.0.0.1', { maxPayload: 0 }), RangeError],
  ])('refuses %s at once', (_, call, error) => {
    expect(call).toThrow(error);
  });
});

/** A frame as a server writes it, by the letter of RFC 6455, 5.2. */
function unmasked(payload: Frame): Buffer {
  const bytes = Buffer.from(payload as string);
  const opcode = typeof payload === 'string' ? 0x81 : 0x82;
  const head = Buffer.alloc(bytes.length < 126 ? 2 : bytes.length < 65_536 ? 4 : 10);
  head[0] = opcode;
  head[1] = bytes.length < 126 ? bytes.length : bytes.length < 65_536 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(bytes.length, 2);
  if (head.length === 10) head.writeUIntBE(bytes.length, 4, 6);
  return Buffer.concat([head, bytes]);
}
