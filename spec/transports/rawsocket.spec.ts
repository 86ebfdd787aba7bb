import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { VirtualTimeScheduler, filter, firstValueFrom, take, toArray } from 'rxjs';
import { ConnectFailedError, HeartbeatLostError, OverflowError, TransportLostError } from '../../lib/errors.ts';
import { FrameType, RawSocketRefusal, writeRefusal } from '../../lib/protocol/rawsocket.ts';
import { Keepalive } from '../../lib/transports/keepalive.ts';
import { rawSocket, type RawSocketOptions } from '../../lib/transports/rawsocket.ts';
import type { Frame } from '../../lib/transports/transport.ts';
import { BareRaw, rawFrame, rawPrefix } from '../support/bare-raw.ts';
import { closeSockets, closedPort, course, dial, legible, onClose, startTcpServer, type Dialled } from '../support/sockets.ts';

afterEach(closeSockets);

/** A connection of ours to a bare peer that answers its handshake with a byte, and the peer. */
async function connect(options: RawSocketOptions = {}, second = 0xf1): Promise<Dialled & { peer: BareRaw; url: string }> {
  const peers: BareRaw[] = [];
  const port = await startTcpServer((socket) => void peers.push(answering(socket, second)));
  const url = `rs://127.0.0.1:${port}`;
  const dialled = await dial(rawSocket(url, options));
  return { ...dialled, peer: peers[0]!, url };
}

function answering(socket: Socket, second: number): BareRaw {
  const peer = new BareRaw(socket);
  void peer.until(() => peer.opening.length === 4).then(() => peer.write([0x7f, second, 0, 0]), () => {});
  return peer;
}

/** A server of a Unix socket, and its URL. */
async function startUnixServer(onSocket: (socket: Socket) => void): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'rxwamp-'));
  const server: Server = createServer(onSocket).listen(join(folder, 'a b.sock'));
  await once(server, 'listening');
  onClose(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  return `rs+unix://${folder}/a%20b.sock`;
}

describe('rawSocket', () => {
  it('asks for the first of its serializers, and tells what it takes', async () => {
    const { connection, peer } = await connect({ subprotocols: ['wamp.2.json.batched', 'wamp.2.cbor', 'wamp.2.json'], maxPayload: 1000 }, 0x73);

    expect([...peer.opening]).toEqual([0x7f, 0x13, 0, 0]);
    expect(connection.subprotocol).toBe('wamp.2.cbor');
    expect(connection.maxLength).toBe(65_536);
  });

  it('asks for the next one where the router does not speak the first', async () => {
    const asked: number[] = [];
    const port = await startTcpServer((socket) => {
      socket.once('data', ([, second = 0]: Buffer) => {
        asked.push(second & 0x0f);
        socket.write(asked.length < 3 ? writeRefusal(RawSocketRefusal.serializer) : Uint8Array.of(0x7f, 0xf1, 0, 0));
      });
    });

    const { connection } = await dial(rawSocket(`rs://127.0.0.1:${port}`, { subprotocols: ['wamp.2.msgpack', 'wamp.2.cbor', 'wamp.2.json'] }));

    expect(asked).toEqual([2, 3, 1]);
    expect(connection.subprotocol).toBe('wamp.2.json');
  });

  it('reaches a Unix socket', async () => {
    const url = await startUnixServer((socket) => void answering(socket, 0xf1));

    const { connection } = await dial(rawSocket(url));

    expect(connection.subprotocol).toBe('wamp.2.json');
  });

  it.each([['wamp.2.json', 0xf1], ['wamp.2.msgpack', 0xf2]] as const)('carries any frames in both directions, however they are cut into chunks: %s', async (subprotocol, second) => {
    const { connection, peer } = await connect({ subprotocols: [subprotocol] }, second);
    const some: readonly Frame[] = second === 0xf1
      ? ['', '\ufffd', 'x\ufffdé', 'é'.repeat(16_384), 'z'.repeat(70_000)] : [new Uint8Array(0), new Uint8Array(16_385).fill(9), new Uint8Array(70_000).fill(7)];
    const any: fc.Arbitrary<Frame> = second === 0xf1 ? fc.string({ unit: 'grapheme', maxLength: 200 }) : fc.uint8Array({ maxLength: 200 });
    const frames = fc.array(fc.oneof({ weight: 3, arbitrary: any }, fc.constantFrom(...some)), { minLength: 1, maxLength: 10 });
    await fc.assert(fc.asyncProperty(frames, fc.integer({ min: 1, max: 5000 }), async (sent, size) => {
      peer.frames.length = 0;
      const back = firstValueFrom(connection.pipe(take(sent.length), toArray()));
      for (const each of sent) connection.next(each);
      const whole = Buffer.concat(sent.map((each) => rawFrame(each)));
      const step = Math.max(size, whole.length >> 6);
      for (let at = 0; at < whole.length; at += step) peer.write(whole.subarray(at, at + step));
      await peer.until(() => peer.frames.length === sent.length);

      expect(peer.frames.map(({ payload }) => payload.toString('latin1'))).toEqual(sent.map((each) => Buffer.from(each as string).toString('latin1')));
      expect((await back).map(legible)).toEqual(sent.map(legible));
    }), { numRuns: 50 });
  });

  it('makes one write of all small frames of a turn', async () => {
    const { connection, peer } = await connect();
    let chunks = 0;
    peer.socket.on('data', () => chunks++);

    for (let n = 0; n < 100; n++) connection.next(`[${n}]`);
    await peer.until(() => peer.frames.length === 100);

    expect(chunks).toBe(1);
    expect(peer.texts[99]).toBe('[99]');
  });

  it('delivers bytes as a plain Uint8Array', async () => {
    const { connection, peer } = await connect({ subprotocols: ['wamp.2.cbor'] }, 0xf3);
    const arrived = firstValueFrom(connection);
    peer.write(rawFrame(Uint8Array.of(1)));
    expect(Buffer.isBuffer(await arrived)).toBe(false);
  });

  it('delivers what came in one piece with the answer of the router', async () => {
    const port = await startTcpServer((socket) => socket.once('data', () => socket.write(Buffer.concat([Uint8Array.of(0x7f, 0xf1, 0, 0), rawFrame('at once')]))));
    const { connection } = await dial(rawSocket(`rs://127.0.0.1:${port}`));
    expect(await firstValueFrom(connection)).toBe('at once');
  });

  it('completes where the peer closes in order, and completes the transport after it', async () => {
    const { connection, peer, end } = await connect();
    const heard = course(connection);
    peer.socket.end(rawFrame('last'));

    expect(await heard).toEqual({ values: ['last'], end: 'complete' });
    expect(await end).toBe('complete');
    connection.next('late');
    connection.complete();
    connection.error('late');
  });

  it('delivers everything and then closes on complete(), and hears what is still said', async () => {
    const { connection, peer, end } = await connect();
    const heard = course(connection);
    connection.next('a');
    connection.next('b'.repeat(100_000));
    connection.complete();
    connection.next('c');
    peer.socket.end(rawFrame('one more'));

    await peer.closed();
    expect(peer.texts.map((text) => text.length)).toEqual([1, 100_000]);
    expect(await heard).toEqual({ values: ['one more'], end: 'complete' });
    expect(await end).toBe('complete');
  });

  it('goes on closing in order where it is unsubscribed after complete()', async () => {
    // Nobody is hurried here, however long a busy machine takes for all of it.
    const { connection, peer, dialling } = await connect({ scheduler: new VirtualTimeScheduler(undefined, 0) });
    peer.socket.pause();
    for (let n = 0; n < 4; n++) connection.next('x'.repeat(5_000_000)); // more than the system takes
    connection.next('goodbye');
    connection.complete();
    dialling.unsubscribe();
    peer.socket.resume();

    await peer.until(() => peer.ended);
    expect(peer.texts.at(-1)).toBe('goodbye');
  });

  it('cuts a peer that does not close its half in five seconds', async () => {
    const scheduler = new VirtualTimeScheduler(undefined, 0);
    const { connection, peer, end } = await connect({ scheduler, pingInterval: 0 });
    peer.socket.pause();
    connection.complete();
    scheduler.maxFrames = 5000;
    scheduler.flush();
    expect(await end).toBe('complete');
    peer.socket.resume();
    await peer.closed();
  });

  it('drops the connection on error() and on unsubscribing', async () => {
    const first = await connect();
    const cause = new Error('why');
    const heard = course(first.connection);
    first.connection.error(cause);
    expect(await heard).toEqual({ values: [], end: expect.any(TransportLostError) });
    expect(((await heard).end as Error).cause).toBe(cause);
    await first.peer.closed();

    const second = await connect();
    const lost = course(second.connection);
    second.dialling.unsubscribe();
    expect((await lost).end).toBeInstanceOf(TransportLostError);
    await second.peer.closed();
  });

  it('errors with TransportLostError where the connection ends within a frame', async () => {
    const { connection, peer, end, url } = await connect();
    const heard = course(connection);
    peer.socket.end(Buffer.concat([rawFrame('whole'), rawFrame('half').subarray(0, 5)]));

    expect(await heard).toEqual({ values: ['whole'], end: expect.any(TransportLostError) });
    expect((await heard).end).toMatchObject({ message: `connection to ${url} was lost: it ended within a frame`, code: 'transport-lost' });
    expect(await end).toBe('complete');
  });

  it('errors with TransportLostError where the connection is reset', async () => {
    const { connection, peer, end } = await connect();
    const heard = course(connection);
    peer.socket.resetAndDestroy();

    expect((await heard).end).toMatchObject({ message: expect.stringMatching(/was lost: read ECONNRESET$/), code: 'transport-lost' });
    expect(await end).toBe('complete');
  });

  it.each([
    ['of a reserved type', rawPrefix(0x0300_0000), 'type of a frame must be from 0 to 2, got 3'],
    ['with a reserved bit', rawPrefix(0x1000_0000), 'reserved bits of a frame must be 0'],
    ['that is longer than was announced', rawPrefix(1025), 'frame must not be longer than 1024 bytes, got 1025'],
    ['of JSON that is not UTF-8', rawFrame(Uint8Array.of(0xc3, 0x28)), 'a message of JSON must be valid UTF-8'],
  ])('is over with a frame %s, and delivers nothing after it', async (_, bytes, reason) => {
    const { connection, peer, end, url } = await connect({ maxPayload: 1000 });
    const heard = course(connection);
    peer.write(Buffer.concat([rawFrame('x'.repeat(1024)), bytes, rawFrame('more')]));

    expect(await heard).toEqual({ values: ['x'.repeat(1024)], end: expect.any(TransportLostError) });
    expect((await heard).end).toMatchObject({ message: `connection to ${url} was closed: ${reason}` });
    expect(await end).toBe('complete');
    await peer.closed();
  });

  it('does not send what the peer does not take, and is over', async () => {
    const { connection, peer } = await connect({}, 0x01);
    const heard = course(connection);
    connection.next('é'.repeat(256));
    await peer.until(() => peer.frames.length === 1);
    connection.next('é'.repeat(257));

    expect(((await heard).end as Error).cause).toBeInstanceOf(OverflowError);
    await peer.closed();
    expect(peer.frames).toHaveLength(1);
  });

  it('answers each ping with its payload', async () => {
    const { peer } = await connect();
    const payloads = ['', 'a', 'x'.repeat(20_000)];
    peer.write(Buffer.concat(payloads.map((payload) => rawFrame(payload, FrameType.ping))));
    await peer.until(() => peer.frames.length === 3);

    expect(peer.frames).toEqual(payloads.map((payload) => ({ type: FrameType.pong, payload: Buffer.from(payload) })));
  });

  it('is over where a peer sends pings and reads no answers', async () => {
    const { connection, peer } = await connect();
    const heard = course(connection);
    peer.socket.pause();
    const many = Buffer.concat(Array.from({ length: 20 }, () => rawFrame(new Uint8Array(100_000), FrameType.ping)));
    for (let n = 0; n < 50 && !peer.socket.destroyed; n++) {
      peer.write(many);
      await turn();
    }

    expect(((await heard).end as Error).cause).toMatchObject({ message: 'answers to pings must not exceed 1048576 unread bytes' });
  });

  it('says through writable$ when the peer is behind', async () => {
    const { connection, peer } = await connect({ highWaterMark: 1000 });
    const seen: boolean[] = [];
    connection.writable$.subscribe((writable) => seen.push(writable));
    peer.socket.pause();
    let count = 0;
    for (; seen.at(-1) === true && count < 10_000; count++) connection.next('x'.repeat(100_000));
    expect(seen).toEqual([true, false]);
    expect(connection.bufferedAmount).toBeGreaterThan(1000);

    peer.socket.resume();
    await firstValueFrom(connection.writable$.pipe(filter(Boolean)));
    await peer.until(() => peer.frames.length === count);
  });

  it('leaves no timer behind', async () => {
    const scheduler = new VirtualTimeScheduler();
    const { connection, peer, end } = await connect({ scheduler });
    expect(scheduler.actions).toHaveLength(1);

    connection.complete();
    peer.socket.end();
    await end;

    expect(scheduler.actions).toEqual([]);
  });

  describe('to a quiet peer', () => {
    it('sends two pings, and then takes it for lost', async () => {
      const scheduler = new VirtualTimeScheduler(undefined, 0);
      const { connection, end, url, peer } = await connect({ scheduler });
      const heard = course(connection);
      scheduler.maxFrames = 29_999;
      scheduler.flush();
      await peer.until(() => peer.frames.length === 2);
      scheduler.maxFrames = 30_000;
      scheduler.flush();

      expect(await heard).toEqual({ values: [], end: expect.any(HeartbeatLostError) });
      expect((await heard).end).toMatchObject({ message: `connection to ${url} is dead: it must answer a ping, and missed two` });
      expect(peer.frames.map(({ type }) => type)).toEqual([FrameType.ping, FrameType.ping]);
      expect(await end).toBe('complete');
    });

    it.each([['ping', FrameType.ping], ['pong', FrameType.pong]] as const)('takes a %s for life', async (_, type) => {
      const scheduler = new VirtualTimeScheduler(undefined, 0);
      const { connection, peer } = await connect({ scheduler });
      const heard = course(connection);
      const answered = jest.spyOn(Keepalive.prototype, 'answered');
      scheduler.maxFrames = 20_000;
      scheduler.flush();
      peer.write(rawFrame('', type));
      while (answered.mock.calls.length === 0) await turn();
      answered.mockRestore();
      scheduler.maxFrames = 40_000;
      scheduler.flush();
      peer.socket.end();

      expect(await heard).toEqual({ values: [], end: 'complete' });
    });
  });

  describe('where no connection comes about', () => {
    it('errors with ConnectFailedError on a port that nobody listens on', async () => {
      const port = await closedPort();
      const { end } = await course(rawSocket(`rs://127.0.0.1:${port}`));
      expect(end).toBeInstanceOf(ConnectFailedError);
      expect(end).toMatchObject({
        message: `connection to rs://127.0.0.1:${port} cannot be opened: connect ECONNREFUSED 127.0.0.1:${port}`,
        cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
      });
    });

    it.each([
      ['with an error', [0x7f, 0x40, 0, 0], 'the router refused it with maximum connection count reached'],
      ['with an error of nobody', [0x7f, 0x90, 0, 0], 'the router refused it with error 9'],
      ['that it speaks none of the serializers', [0x7f, 0x10, 0, 0], 'the router refused it with serializer unsupported'],
      ['with another serializer', [0x7f, 0xf2, 0, 0], 'serializer of the handshake must be 1, got 2'],
      ['with reserved bits', [0x7f, 0xf1, 0, 1], 'reserved bytes of the handshake must be 0'],
      ['in another language', [0x48], 'handshake must begin with the byte 127, got 72'],
    ])('errors where the router answers %s', async (_, bytes, reason) => {
      let closed: Promise<unknown> | undefined;
      const port = await startTcpServer((socket) => {
        closed = once(socket, 'close');
        socket.once('data', () => socket.write(Uint8Array.from(bytes)));
      });
      const { end } = await course(rawSocket(`rs://127.0.0.1:${port}`));
      await closed;

      expect(end).toBeInstanceOf(ConnectFailedError);
      expect(end).toMatchObject({ message: `connection to rs://127.0.0.1:${port} cannot be opened: ${reason}` });
    });

    it('errors where the router closes it', async () => {
      const port = await startTcpServer((socket) => socket.end());
      const { end } = await course(rawSocket(`rs://127.0.0.1:${port}`));
      expect(end).toMatchObject({ message: `connection to rs://127.0.0.1:${port} cannot be opened: the router closed it without an answer` });
    });

    it('errors where it is not open in time, and leaves nothing open', async () => {
      const scheduler = new VirtualTimeScheduler();
      let closed: Promise<unknown> | undefined;
      const port = await startTcpServer((socket) => {
        closed = once(socket, 'close');
        socket.write(Uint8Array.of(0x7f));
        socket.once('data', () => scheduler.flush());
      });
      const { end } = await course(rawSocket(`rs://127.0.0.1:${port}`, { openTimeout: 3000, scheduler }));
      await closed;

      expect(end).toMatchObject({ message: `connection to rs://127.0.0.1:${port} cannot be opened: it must open within 3000 ms` });
    });

    it('leaves nothing open where it is unsubscribed while connecting', async () => {
      const scheduler = new VirtualTimeScheduler();
      const sockets: Socket[] = [];
      const port = await startTcpServer((socket) => void sockets.push(socket.resume()));
      const dialling = rawSocket(`rs://127.0.0.1:${port}`, { scheduler }).subscribe();
      while (sockets.length === 0) await turn();
      dialling.unsubscribe();
      await once(sockets[0]!, 'close');

      expect(scheduler.actions).toEqual([]);
    });
  });

  it.each([
    ['no url', () => rawSocket('nowhere'), TypeError],
    ['another scheme', () => rawSocket('ws://127.0.0.1'), RangeError],
    ['no subprotocol', () => rawSocket('rs://127.0.0.1', { subprotocols: [] }), TypeError],
    ['none that has a number', () => rawSocket('rs://127.0.0.1', { subprotocols: ['wamp.2.json.batched'] }), TypeError],
    ['a negative time', () => rawSocket('rs://127.0.0.1', { pingInterval: -1 }), RangeError],
    ['no payload', () => rawSocket('rs://127.0.0.1', { maxPayload: 0 }), RangeError],
    ['a longer payload than there is', () => rawSocket('rs://127.0.0.1', { maxPayload: 2 ** 24 + 1 }), RangeError],
  ])('refuses %s at once', (_, call, error) => {
    expect(call).toThrow(error);
  });
});
