import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { firstValueFrom, filter } from 'rxjs';
import { FrameWriter, type FrameWriterOptions } from '../../lib/transports/frame-writer.ts';
import type { Frame } from '../../lib/transports/transport.ts';
import { closeSockets, legible, openPair, receive, type BareEnd } from '../support/sockets.ts';

afterEach(closeSockets);

const SIDES = ['client', 'server'] as const;
type Side = (typeof SIDES)[number];

interface Writing {
  readonly writer: FrameWriter;
  readonly own: BareEnd;
  readonly peer: BareEnd;
}

/** A writer on one side of a WebSocket, and the bare other side. */
async function openWriter(side: Side, options: Partial<FrameWriterOptions> = {}, isCompressed = false): Promise<Writing> {
  const { client, server } = await openPair({ perMessageDeflate: isCompressed }, { perMessageDeflate: isCompressed });
  const [own, peer] = side === 'client' ? [client, server] : [server, client];
  return { writer: new FrameWriter(own.ws, own.socket, { masked: side === 'client', ...options }), own, peer };
}

const LENGTHS = [0, 1, 125, 126, 16_383, 16_384, 16_385, 20_000, 65_535, 65_536, 200_000];

const frame: fc.Arbitrary<Frame> = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  fc.tuple(fc.constantFrom(...LENGTHS), fc.constantFrom('x', 'é', '€')).map(([length, letter]) => letter.repeat(length)),
  fc.constantFrom(...LENGTHS).map((length) => new Uint8Array(length).fill(0xa5)),
);

/** Turns of the event loop, each with what is sent in it. */
const burst = fc.tuple(frame, fc.nat(300)).map(([each, count]) => Array<Frame>(count).fill(each.length > 300 ? 'small' : each));
const turns = fc.array(fc.oneof(fc.array(frame, { maxLength: 6 }), burst), { maxLength: 5 });

describe.each(SIDES)('FrameWriter of a %s', (side) => {
  it('delivers any frames identical and in order', async () => {
    const { writer, own, peer } = await openWriter(side);
    let pings = 0;
    await fc.assert(fc.asyncProperty(turns, async (sent) => {
      const frames = sent.flat();
      const arrived = receive(peer.ws, frames.length);
      for (const each of sent) {
        for (const payload of each) writer.send(payload);
        peer.ws.ping(String(pings++)); // its pong is written by ws, between our frames
        await turn();
      }
      expect((await arrived).map(legible)).toEqual(frames.map(legible));
    }), { numRuns: 60 });
    expect(own.ws.readyState).toBe(own.ws.OPEN);
  });

  it.each([
    ['compressed', { threshold: 30 }, true],
    ['in fragments', { autoFragmentSize: 100 }, false],
    ['compressed and in fragments', { threshold: 30, autoFragmentSize: 100 }, true],
  ])('delivers any frames in order, %s', async (_, options, isCompressed) => {
    const { writer, own, peer } = await openWriter(side, options, isCompressed);
    const length = fc.constantFrom(0, 1, 29, 30, 31, 33, 34, 99, 100, 101, 250);
    const some = fc.tuple(length, fc.constantFrom('x', 'é', '€'), fc.boolean()).map(([count, letter, isText]): Frame => (isText ? letter.repeat(count) : new Uint8Array(count).fill(count)));
    await fc.assert(fc.asyncProperty(fc.array(fc.array(some, { maxLength: 4 }), { maxLength: 12 }), fc.array(fc.nat(3), { minLength: 12, maxLength: 12 }), async (sent, pauses) => {
      const frames = sent.flat();
      const arrived = receive(peer.ws, frames.length);
      for (const [at, each] of sent.entries()) {
        for (const payload of each) writer.send(payload);
        for (let n = pauses[at] ?? 0; n > 0; n--) await turn();
      }
      expect((await arrived).map(legible)).toEqual(frames.map(legible));
    }), { numRuns: 100 });
    expect(own.ws.readyState).toBe(own.ws.OPEN);
  });

  it('makes one write of all small frames of a turn', async () => {
    const { writer, own, peer } = await openWriter(side);
    const arrived = receive(peer.ws, 101);
    const write = jest.spyOn(own.socket, 'write');

    for (let i = 0; i < 100; i++) writer.send(i % 2 === 0 ? `[36,${i},"é"]` : new Uint8Array([i]));
    expect(write).not.toHaveBeenCalled();
    process.nextTick(() => writer.send('next'));
    await arrived;

    expect(write).toHaveBeenCalledTimes(2);
  });

  it('makes a write of each 16 KB', async () => {
    const { writer, own, peer } = await openWriter(side);
    const arrived = receive(peer.ws, 160);
    const write = jest.spyOn(own.socket, 'write');

    for (let i = 0; i < 160; i++) writer.send('x'.repeat(1000));
    await arrived;

    expect(write).toHaveBeenCalledTimes(10);
  });

  it('says when a slow peer is behind, joins what waits, and loses nothing', async () => {
    const { writer, own, peer } = await openWriter(side, { highWaterMark: 100_000 });
    const seen: boolean[] = [];
    writer.writable$.subscribe((writable) => seen.push(writable));
    peer.ws.pause();
    let count = 0;
    for (; seen.at(-1) === true && count < 100_000; count++) {
      writer.send(`${count} ${'x'.repeat(500)}`);
      if (count % 50 === 0) await turn();
    }
    const write = jest.spyOn(own.socket, 'write');
    for (let i = 0; i < 1000; i++) writer.send(`${count++} ${'x'.repeat(500)}`);

    expect(seen).toEqual([true, false]);
    expect(writer.bufferedAmount).toBeGreaterThan(500_000);
    expect(writer.bufferedAmount).toBeLessThan(count * 520);
    expect(write).not.toHaveBeenCalled();

    const arrived = receive(peer.ws, count);
    const writable = firstValueFrom(writer.writable$.pipe(filter(Boolean)));
    peer.ws.resume();
    const frames = await arrived;
    await writable;

    expect(frames.map((text) => Number.parseInt(String(text), 10))).toEqual(Array.from({ length: count }, (_, i) => i));
    expect(seen).toEqual([true, false, true]);
    expect(writer.bufferedAmount).toBe(0);
  });

  it('hands a string over that has become too long to copy later', async () => {
    const { writer, own, peer } = await openWriter(side);
    peer.ws.pause();
    writer.send('y'.repeat(20_000_000)); // more than the system takes
    for (let i = 0; i < 3000; i++) writer.send('x'.repeat(1000));
    const { writableLength } = own.socket;

    expect(writer.bufferedAmount - writableLength).toBeLessThan(1_100_000);

    const arrived = receive(peer.ws, 3001);
    peer.ws.resume();
    expect((await arrived).map((text) => text.length)).toEqual([20_000_000, ...Array<number>(3000).fill(1000)]);
  });

  it('does not wait for a socket that others keep busy: nobody would wake it', async () => {
    const { writer, own, peer } = await openWriter(side);
    peer.ws.pause();
    own.ws.send('x'.repeat(20_000_000)); // more than the system takes
    const arrived = receive(peer.ws, 2);
    writer.send('after it');
    await turn();
    peer.ws.resume();

    expect((await arrived)[1]).toBe('after it');
  });

  it('delivers everything before the close', async () => {
    const { writer, peer } = await openWriter(side);
    const arrived = receive(peer.ws, 3);
    const closed = once(peer.ws, 'close');
    writer.send('a');
    writer.send('b'.repeat(20_000));
    writer.send('c');
    writer.close();
    writer.send('late');

    expect((await arrived).map((text) => text[0])).toEqual(['a', 'b', 'c']);
    expect((await closed)[0]).toBe(1000);
  });

  it('delivers everything before the close to a peer that was behind', async () => {
    const { writer, peer } = await openWriter(side);
    peer.ws.pause();
    for (let i = 0; i < 20_000; i++) writer.send(`${i} ${'x'.repeat(500)}`);
    writer.close();
    const arrived = receive(peer.ws, 20_000);
    const closed = once(peer.ws, 'close');
    peer.ws.resume();

    expect((await arrived).map((text) => Number.parseInt(String(text), 10))).toEqual(Array.from({ length: 20_000 }, (_, i) => i));
    expect((await closed)[0]).toBe(1000);
  });

  it('writes nothing after the close frame of the peer was answered', async () => {
    const { writer, own, peer } = await openWriter(side);
    own.ws.once('message', () => writer.send('too late: the close was in the same chunk'));
    const write = jest.spyOn(own.socket, 'write');
    peer.socket.cork();
    peer.ws.send('x');
    peer.ws.close();
    peer.socket.uncork();
    await once(own.ws, 'close');
    writer.send('late');
    writer.send(new Uint8Array(100_000));
    await turn();

    expect(write.mock.calls.map(([data]) => (data as Buffer)[0])).toEqual([0x88]);
  });

  it('completes writable$ at the end', async () => {
    const { writer } = await openWriter(side);
    const seen: unknown[] = [];
    writer.writable$.subscribe({ next: (writable) => seen.push(writable), complete: () => seen.push('complete') });
    writer.end();

    expect(seen).toEqual([true, 'complete']);
  });

  it('tells who asks late how it is', async () => {
    const { writer, peer } = await openWriter(side, { highWaterMark: 1000 });
    const heardOf = (): unknown[] => {
      const seen: unknown[] = [];
      writer.writable$.subscribe({ next: (writable) => seen.push(writable), complete: () => seen.push('complete') });
      return seen;
    };
    peer.ws.pause();
    for (let i = 0; i < 3000; i++) writer.send('x'.repeat(16_000));
    await turn();

    const whileFull = heardOf();
    writer.end();

    expect(whileFull).toEqual([false, 'complete']);
    expect(heardOf()).toEqual(['complete']);
  });

  it('completes for who asks for the first time behind the end', async () => {
    const { writer } = await openWriter(side);
    writer.end();
    const seen: unknown[] = [];
    writer.writable$.subscribe({ next: (writable) => seen.push(writable), complete: () => seen.push('complete') });

    expect(seen).toEqual(['complete']);
  });
});

describe('FrameWriter', () => {
  const frames: Frame[] = ['a', 'é'.repeat(300), new Uint8Array([1, 2]), 'x'.repeat(70_000)];

  it.each([[true], [false]])('delivers what is too short to compress where that was negotiated (masked: %p)', async (masked) => {
    const { client, server } = await openPair({ perMessageDeflate: { threshold: 0 } }, { perMessageDeflate: true });
    expect(client.ws.extensions).toBe('permessage-deflate');
    const [own, peer] = masked ? [client, server] : [server, client];
    const writer = new FrameWriter(own.ws, own.socket, { masked });
    const arrived = receive(peer.ws, frames.length);
    for (const each of frames) writer.send(each);

    expect(await arrived).toEqual(frames);
  });

  it('leaves everything to ws where the socket is not known', async () => {
    const { client, server } = await openPair();
    const writer = new FrameWriter(client.ws, undefined, { masked: true });
    const arrived = receive(server.ws, frames.length);
    for (const each of frames) writer.send(each);

    expect(await arrived).toEqual(frames);
    expect(writer.bufferedAmount).toBe(0);
  });
});
