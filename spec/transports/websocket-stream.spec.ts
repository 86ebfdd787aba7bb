import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BehaviorSubject, NEVER, VirtualTimeScheduler, concat, of, type Subject, type Subscription } from 'rxjs';
import { ConnectFailedError, TransportLostError } from '../../lib/errors.ts';
import type { Connection } from '../../lib/transports/transport.ts';
import { webSocketStream, type WebSocketStreamLike, type WebSocketStreamOptions } from '../../lib/transports/websocket-stream.ts';

interface Settle {
  open(opened: Opened): void;
  refuse(error: unknown): void;
  close(info: { closeCode: number; reason: string }): void;
  lose(error: unknown): void;
}

type Opened = Awaited<WebSocketStreamLike['opened']>;

/** A WebSocketStream whose network is the spec. */
class FakeStream implements WebSocketStreamLike {
  static last: FakeStream;
  readonly opened: Promise<Opened>;
  readonly closed: WebSocketStreamLike['closed'];
  readonly closedWith: unknown[] = [];
  readonly written: unknown[] = [];
  /** How often somebody asked for a frame. */
  pulls = 0;
  isCancelled = false;
  /** Lets the writes go on that wait. */
  flush: (() => void) | undefined;
  readonly #settle: Settle;
  #incoming!: ReadableStreamDefaultController<unknown>;
  readonly url: string;
  readonly protocols: readonly string[];
  readonly signal: AbortSignal;

  constructor(url: string, { protocols, signal }: { protocols: string[]; signal: AbortSignal }) {
    [this.url, this.protocols, this.signal] = [url, protocols, signal];
    const settle: Partial<Settle> = {};
    this.opened = new Promise((resolve, reject) => { settle.open = resolve; settle.refuse = reject; });
    this.closed = new Promise((resolve, reject) => { settle.close = resolve; settle.lose = reject; });
    this.#settle = settle as Settle;
    FakeStream.last = this;
  }

  // Lists of nothing are equal to empty ones, to jest.
  close(info: unknown = 'no code'): void { this.closedWith.push(info); }

  async open(protocol = 'wamp.2.json', isSlow = false): Promise<void> {
    const readable = new ReadableStream<unknown>({
      start: (controller) => { this.#incoming = controller; },
      pull: () => { this.pulls++; },
      cancel: () => { this.isCancelled = true; },
    }, { highWaterMark: 0 });
    const writable = new WritableStream<unknown>({
      write: async (frame) => {
        this.written.push(frame);
        if (isSlow) await new Promise<void>((resolve) => { this.flush = resolve; });
      },
    });
    this.#settle.open({ readable, writable: writable as Opened['writable'], protocol });
    await turn();
  }

  async refuse(error: unknown): Promise<void> {
    this.#settle.lose(error);
    this.#settle.refuse(error);
    await turn();
  }

  async bring(...frames: readonly unknown[]): Promise<void> {
    for (const frame of frames) this.#incoming.enqueue(frame);
    await turn();
  }

  async finish(closeCode: number, reason = ''): Promise<void> {
    this.#incoming.close();
    this.#settle.close({ closeCode, reason });
    await turn();
  }

  async lose(error: unknown): Promise<void> {
    this.#incoming.error(error);
    this.#settle.lose(error);
    await turn();
  }
}

interface Open {
  readonly connection: Connection;
  readonly stream: FakeStream;
  readonly dialling: Subscription;
  readonly log: unknown[];
}

/** A connection over a FakeStream, open. */
async function open(options: WebSocketStreamOptions & { readonly isSlow?: boolean; readonly onFrame?: () => void } = {}): Promise<Open> {
  // Its time stands still, so that a machine that is busy does not count as a slow page.
  const { isSlow = false, onFrame = () => {}, scheduler = new VirtualTimeScheduler(), ...rest } = options;
  const log: unknown[] = [];
  let connection: Connection | undefined;
  const dialling = webSocketStream('ws://localhost', { WebSocketStream: FakeStream, scheduler, ...rest }).subscribe({
    next: (opened) => {
      connection = opened;
      opened.subscribe({
        next: (frame) => { log.push(frame); onFrame(); },
        error: (error: unknown) => log.push(error),
        complete: () => log.push('complete'),
      });
    },
    error: (error: unknown) => log.push(error),
    complete: () => log.push('transport complete'),
  });
  const stream = FakeStream.last;
  await stream.open('wamp.2.json', isSlow);
  return { connection: connection!, stream, dialling, log };
}

async function failed(act: (stream: FakeStream) => unknown, options: WebSocketStreamOptions = {}): Promise<unknown[]> {
  const log: unknown[] = [];
  webSocketStream('ws://localhost', { WebSocketStream: FakeStream, ...options }).subscribe({ next: () => log.push('open'), error: (error: unknown) => log.push(error) });
  await act(FakeStream.last);
  return log;
}

describe('webSocketStream', () => {
  it('opens nothing before it is subscribed', () => {
    FakeStream.last = undefined as unknown as FakeStream;
    const transport = webSocketStream('ws://localhost/ws?a=b', { WebSocketStream: FakeStream, subprotocols: ['wamp.2.cbor', 'wamp.2.json'] });
    expect(FakeStream.last).toBeUndefined();

    transport.subscribe().unsubscribe();

    expect(FakeStream.last).toMatchObject({ url: 'ws://localhost/ws?a=b', protocols: ['wamp.2.cbor', 'wamp.2.json'], signal: { aborted: true } });
  });

  it('is a plain WebSocket where there is no other', () => {
    const urls: string[] = [];
    class Plain { constructor(url: string) { urls.push(url); throw new Error('enough'); } }

    webSocketStream('ws://localhost/ws', { WebSocket: Plain as never }).subscribe({ error: (error: unknown) => urls.push((error as Error).name) });

    expect(urls).toEqual(['ws://localhost/ws', 'ConnectFailedError']);
  });

  it('delivers text and bytes, and sends both', async () => {
    const { connection, stream, log } = await open();
    await stream.bring('[1]', new Uint8Array([3, 4]), new Uint8Array([5]).buffer);
    connection.next('[2]');
    connection.next(new Uint8Array([6]));
    await turn();

    expect(log).toEqual(['[1]', new Uint8Array([3, 4]), new Uint8Array([5])]);
    expect(stream.written).toEqual(['[2]', new Uint8Array([6])]);
    expect(connection.subprotocol).toBe('wamp.2.json');
  });

  it('asks for a frame when the one before has been handled, and gives everything else a turn where that took long', async () => {
    const scheduler = new VirtualTimeScheduler();
    const { stream, log } = await open({ scheduler, onFrame: () => { scheduler.frame += 6; } });
    expect(stream.pulls).toBe(1);

    await stream.bring('a');
    expect(stream.pulls).toBe(2);
    await stream.bring('b', 'c');
    expect([stream.pulls, log]).toEqual([2, ['a', 'b']]);

    scheduler.flush();
    await turn();
    expect([stream.pulls, log]).toEqual([3, ['a', 'b', 'c']]);
  });

  it('asks for nothing while it is held, whatever becomes of who holds it', async () => {
    const ends: Record<string, (holding: Subject<boolean>) => unknown> = { false: (holding) => holding.next(false), complete: (holding) => holding.complete(), error: (holding) => holding.error(new Error('why')) };
    for (const end of Object.values(ends)) {
      const holding = new BehaviorSubject(false);
      const { stream, log, connection } = await open({ holdWhile: holding, onFrame: () => { if (log.length === 2) holding.next(true); } });
      await stream.bring('a', 'b', 'c');
      expect([log, stream.pulls]).toEqual([['a', 'b'], 1]);

      end(holding);
      await turn();
      expect(log).toEqual(['a', 'b', 'c']);
      connection.error('over');
      expect(holding.observed).toBe(false);
    }
  });

  it('can be dropped while it is held', async () => {
    const { connection, stream, log } = await open({ holdWhile: concat(of(true), NEVER) });
    await stream.bring('a');
    connection.error('over');
    await turn();

    expect(log).toEqual([expect.any(TransportLostError), 'transport complete']);
    expect(stream.isCancelled).toBe(true);
  });

  it('is held no more when it is to be closed, as its end stands behind what waits', async () => {
    const { connection, stream, log } = await open({ holdWhile: concat(of(true), NEVER) });
    await stream.bring('a');
    connection.complete();
    await stream.finish(1000);

    expect(log).toEqual(['a', 'complete', 'transport complete']);
  });

  it('tells how much has not been written, without looking', async () => {
    const { connection, stream } = await open({ highWaterMark: 3, isSlow: true });
    const writable: unknown[] = [];
    connection.writable$.subscribe({ next: (value) => writable.push(value), complete: () => writable.push('complete') });
    connection.next('abc');
    connection.next('d');
    await turn();
    expect([connection.bufferedAmount, writable]).toEqual([4, [true, false]]);

    stream.flush?.();
    await turn();
    expect([connection.bufferedAmount, writable]).toEqual([1, [true, false, true]]);

    connection.error('over');
    expect(writable.at(-1)).toBe('complete');
  });

  it('closes in order on complete(), after what was written, and goes on with it where it is unsubscribed', async () => {
    const { connection, stream, dialling, log } = await open({ isSlow: true });
    connection.next('[6]');
    connection.complete();
    connection.complete();
    connection.next('late');
    dialling.unsubscribe();
    await turn();
    expect(stream.closedWith).toEqual([]);

    stream.flush?.();
    await stream.bring('one more');
    expect(stream.closedWith).toEqual([{ closeCode: 1000 }]);
    await stream.finish(1000);

    expect(stream.written).toEqual(['[6]']);
    expect(log).toEqual(['one more', 'complete']);
  });

  it.each([1000, 1001, 1005])('completes where it was closed in order, with %i', async (code) => {
    const { stream, log } = await open();
    await stream.bring('[6]');
    await stream.finish(code);

    expect(log).toEqual(['[6]', 'complete', 'transport complete']);
  });

  it.each<[string, (stream: FakeStream) => Promise<void>, string]>([
    ['with another code', (stream) => stream.finish(1011, 'out of order'), 'connection to ws://localhost/ was lost with code 1011: out of order'],
    ['without a word', (stream) => stream.lose(Object.assign(new Error('gone'), { closeCode: 1006, reason: '' })), 'connection to ws://localhost/ was lost with code 1006: gone'],
    ['in a way that tells no code', (stream) => stream.lose(Object.assign(new Error('gone'), { closeCode: null })), 'connection to ws://localhost/ was lost with code 1006: gone'],
  ])('errors where it ended %s', async (_, end, message) => {
    const { stream, log, connection } = await open();
    await end(stream);
    connection.next('late');

    expect(log).toEqual([new TransportLostError(message), 'transport complete']);
  });

  it.each(['error', 'unsubscribe'])('stops reading at once on %s', async (drop) => {
    const { connection, stream, dialling, log } = await open();
    if (drop === 'error') connection.error(new Error('why'));
    else dialling.unsubscribe();
    connection.next('late');
    connection.complete();
    await turn();

    expect(log[0]).toBeInstanceOf(TransportLostError);
    expect(log.slice(1)).toEqual(drop === 'error' ? ['transport complete'] : []);
    expect(stream).toMatchObject({ written: [], closedWith: ['no code'], isCancelled: true });
  });

  it('ends with an error where it is sent what is neither text nor bytes', async () => {
    const { stream, log } = await open();
    await stream.bring(new Blob([]), 'late');

    expect(log).toEqual([new TransportLostError('frames from ws://localhost/ must be text or bytes, got an object'), 'transport complete']);
    expect(stream.isCancelled).toBe(true);
  });

  it('errors with ConnectFailedError where nothing comes of it', async () => {
    const refused = new Error('refused');
    const scheduler = new VirtualTimeScheduler();
    class Throwing { constructor() { throw refused; } }

    expect(await failed((stream) => stream.refuse(refused))).toEqual([new ConnectFailedError('connection to ws://localhost/ cannot be opened: refused', { cause: refused })]);
    expect(await failed(() => {}, { WebSocketStream: Throwing as never })).toEqual([new ConnectFailedError('connection to ws://localhost/ cannot be opened: refused', { cause: refused })]);
    expect(await failed(() => scheduler.flush(), { scheduler, openTimeout: 100 })).toEqual([new ConnectFailedError('connection to ws://localhost/ cannot be opened: it must open within 100 ms')]);
    expect(FakeStream.last.signal.aborted).toBe(true);
    expect(await failed((stream) => stream.open('wamp.2.cbor'))).toEqual([new ConnectFailedError('connection to ws://localhost/ cannot be opened: subprotocol must be one of wamp.2.json, got "wamp.2.cbor"')]);
    expect(FakeStream.last.closedWith).toEqual(['no code']);
  });

  it('closes what opens after it was given up', async () => {
    webSocketStream('ws://localhost', { WebSocketStream: FakeStream }).subscribe(() => { throw new Error('too late'); }).unsubscribe();
    await FakeStream.last.open();

    expect(FakeStream.last.closedWith).toEqual(['no code']);
  });

  it('refuses what is no class', () => {
    expect(() => webSocketStream('ws://localhost', { WebSocketStream: 1 as never })).toThrow(new TypeError('WebSocketStream must be a class, got 1'));
  });

  it('delivers every frame once and in order, and then the end, however they come', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(fc.nat(9), { maxLength: 4 }), { maxLength: 8 }), fc.boolean(), fc.boolean(), async (bursts, isClean, isSlow) => {
      const scheduler = new VirtualTimeScheduler();
      const { stream, log } = await open({ scheduler, onFrame: () => { if (isSlow) scheduler.frame += 11; } });
      for (const burst of bursts) await stream.bring(...burst.map(String));
      const settle = async (): Promise<void> => {
        for (let n = 0; n < bursts.flat().length + 1; n++) {
          scheduler.flush();
          await turn();
        }
      };
      await settle();
      if (isClean) await stream.finish(1000);
      else await stream.lose(new Error('gone'));
      await settle();

      expect(log.slice(0, -2)).toEqual(bursts.flat().map(String));
      expect(log.at(-2)).toEqual(isClean ? 'complete' : expect.any(TransportLostError));
      expect(log.at(-1)).toBe('transport complete');
    }), { numRuns: 50 });
  });
});
