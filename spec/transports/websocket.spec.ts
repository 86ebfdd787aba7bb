import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TestScheduler } from 'rxjs/testing';
import { VirtualTimeScheduler, type Subscription } from 'rxjs';
import { WebSocket, type ServerOptions } from 'ws';
import { ConnectFailedError, TransportLostError } from '../../lib/errors.ts';
import type { Connection } from '../../lib/transports/transport.ts';
import { webSocket, type WebSocketLike, type WebSocketOptions } from '../../lib/transports/websocket.ts';
import {
  closeSockets, closedPort, course, dial, receive, startServer, startTcpServer, type BareEnd, type Dialled,
} from '../support/sockets.ts';

afterEach(closeSockets);

const marbles = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

/** A WebSocket whose network is the spec. */
class FakeWebSocket implements WebSocketLike {
  static last: FakeWebSocket;
  binaryType = 'blob';
  readyState = 0;
  bufferedAmount = 0;
  protocol = '';
  closedWith: (number | undefined)[] = [];
  sent: unknown[] = [];
  onopen: ((event: never) => unknown) | null = null;
  onmessage: ((event: never) => unknown) | null = null;
  onerror: ((event: never) => unknown) | null = null;
  onclose: ((event: never) => unknown) | null = null;

  readonly url: string;
  readonly subprotocols: string[];

  constructor(url: string, subprotocols: string[]) {
    this.url = url;
    this.subprotocols = subprotocols;
    FakeWebSocket.last = this;
  }

  send(data: unknown): void { this.sent.push(data); }

  close(code?: number): void {
    this.readyState = 2;
    this.closedWith.push(code);
  }

  open(protocol = 'wamp.2.json'): void {
    this.readyState = 1;
    this.protocol = protocol;
    this.onopen?.({} as never);
  }

  message(data: unknown): void { this.onmessage?.({ data } as never); }

  finish(code: number, reason = ''): void {
    this.readyState = 3;
    this.onclose?.({ code, reason } as never);
  }

  get listeners(): unknown[] {
    return [this.onopen, this.onmessage, this.onerror, this.onclose].filter((listener) => listener !== null);
  }
}

interface OpenFake {
  readonly connection: Connection;
  readonly socket: FakeWebSocket;
  readonly dialling: Subscription;
  readonly log: unknown[];
}

/** A connection over a FakeWebSocket, open. */
function openFake(options: WebSocketOptions = {}): OpenFake {
  const log: unknown[] = [];
  let connection: Connection | undefined;
  const dialling = webSocket('ws://localhost', { WebSocket: FakeWebSocket, ...options }).subscribe({
    next: (opened) => { connection = opened; },
    error: (error: unknown) => log.push(error),
    complete: () => log.push('transport complete'),
  });
  const socket = FakeWebSocket.last;
  socket.open();
  connection!.subscribe({
    next: (frame) => log.push(frame),
    error: (error: unknown) => log.push(error),
    complete: () => log.push('complete'),
  });
  return { connection: connection!, socket, dialling, log };
}

describe('webSocket', () => {
  it('opens nothing before it is subscribed', () => {
    FakeWebSocket.last = undefined as unknown as FakeWebSocket;
    const transport = webSocket('ws://localhost/ws?a=b', { WebSocket: FakeWebSocket, subprotocols: ['wamp.2.cbor', 'wamp.2.json'] });
    expect(FakeWebSocket.last).toBeUndefined();

    transport.subscribe().unsubscribe();

    expect(FakeWebSocket.last).toMatchObject({
      url: 'ws://localhost/ws?a=b', subprotocols: ['wamp.2.cbor', 'wamp.2.json'], binaryType: 'arraybuffer',
    });
  });

  it('delivers text and bytes, and sends both', () => {
    const { connection, socket, log } = openFake();
    const bytes = new Uint8Array([1, 2]);
    socket.message('[1]');
    socket.message(new Uint8Array([3, 4]).buffer);
    connection.next('[2]');
    connection.next(bytes);

    expect(log).toEqual(['[1]', new Uint8Array([3, 4])]);
    expect(socket.sent).toEqual(['[2]', bytes]);
    expect(connection.subprotocol).toBe('wamp.2.json');
  });

  it('looks at the send buffer while it is over the mark, and only then', () => {
    const scheduler = marbles();
    scheduler.run(({ cold, expectObservable, flush }) => {
      const { connection, socket } = openFake({ highWaterMark: 100 });
      const writes = '  --a---b-------------------c---|';
      const amounts = { a: 100, b: 101, c: 99 };
      const expected = 't-----f-----------------------t';
      cold(writes, amounts).subscribe((amount) => {
        socket.bufferedAmount = amount;
        if (amount > 99) connection.next('x');
      });

      expectObservable(connection.writable$).toBe(`${expected.slice(0, -5)}t`, { t: true, f: false });
      flush();
      expect(scheduler.actions).toEqual([]);
      expect(connection.bufferedAmount).toBe(99);
    });
  });

  it.each([1000, 1001, 1005])('completes where it was closed in order, with %i', (code) => {
    const { socket, log } = openFake();
    socket.finish(code);

    expect(log).toEqual(['complete', 'transport complete']);
    expect(socket.listeners).toEqual([]);
  });

  it('errors with TransportLostError where it was not', () => {
    const { socket, log } = openFake();
    socket.finish(1011, 'out of order');

    expect(log).toEqual([
      new TransportLostError('connection to ws://localhost/ was lost with code 1011: out of order'), 'transport complete',
    ]);
    expect(socket.listeners).toEqual([]);
  });

  it('closes in order on complete(), and goes on with it where it is unsubscribed', () => {
    const { connection, socket, dialling, log } = openFake();
    connection.complete();
    dialling.unsubscribe();
    socket.message('one more');
    connection.next('late');
    socket.finish(1000);

    expect(socket.closedWith).toEqual([1000]);
    expect(socket.sent).toEqual([]);
    expect(log).toEqual(['one more', 'complete']);
  });

  it('stops listening at once on error() and on unsubscribing', () => {
    for (const drop of ['error', 'unsubscribe'] as const) {
      const { connection, socket, dialling, log } = openFake();
      if (drop === 'error') connection.error(new Error('why'));
      else dialling.unsubscribe();
      socket.message('late');
      connection.next('late');

      expect(log[0]).toBeInstanceOf(TransportLostError);
      expect(log.slice(1)).toEqual(drop === 'error' ? ['transport complete'] : []);
      expect(socket.sent).toEqual([]);
      expect(socket.closedWith).toStrictEqual([undefined]);
      socket.finish(1006);
      expect(socket.listeners).toEqual([]);
    }
  });

  it('ends with an error where it is sent a blob', () => {
    const { socket, log } = openFake();
    socket.message(new Blob([]));
    socket.message('late');

    expect(log).toEqual([
      new TransportLostError('frames from ws://localhost/ must be text or an ArrayBuffer, got an object'), 'transport complete',
    ]);
    expect(socket.closedWith).toStrictEqual([undefined]);
  });

  it('stops looking at the send buffer at the end', () => {
    const scheduler = new VirtualTimeScheduler();
    const { connection, socket } = openFake({ scheduler, highWaterMark: 10 });
    socket.bufferedAmount = 11;
    connection.next('x');
    expect(scheduler.actions).toHaveLength(1);
    socket.finish(1006);
    expect(scheduler.actions).toEqual([]);
  });

  describe('where no connection comes about', () => {
    const attempt = (options: WebSocketOptions = {}): { log: unknown[]; socket: FakeWebSocket } => {
      const log: unknown[] = [];
      webSocket('ws://localhost', { WebSocket: FakeWebSocket, ...options }).subscribe({
        next: () => log.push('open'), error: (error: unknown) => log.push(error), complete: () => log.push('complete'),
      });
      return { log, socket: FakeWebSocket.last };
    };

    it('errors with the code and the reason', () => {
      const { log, socket } = attempt();
      socket.onerror?.({} as never);
      socket.finish(1006);
      expect(log).toEqual([new ConnectFailedError('connection to ws://localhost/ cannot be opened: closed with code 1006')]);
      expect(socket.listeners).toEqual([]);
    });

    it.each(['', 'soap'])('errors where the server chose the subprotocol %p', (protocol) => {
      const { log, socket } = attempt();
      socket.open(protocol);
      expect(log).toEqual([new ConnectFailedError(
        `connection to ws://localhost/ cannot be opened: subprotocol must be one of wamp.2.json, got "${protocol}"`,
      )]);
      expect(socket.closedWith).toStrictEqual([undefined]);
      socket.finish(1000);
      expect(socket.listeners).toEqual([]);
    });

    it('errors where it is not open in time', () => {
      marbles().run(({ expectObservable }) => {
        const failure = new ConnectFailedError('connection to ws://localhost/ cannot be opened: it must open within 3 ms');
        expectObservable(webSocket('ws://localhost', { WebSocket: FakeWebSocket, openTimeout: 3 })).toBe('---#', undefined, failure);
      });
      expect(FakeWebSocket.last.closedWith).toStrictEqual([undefined]);
    });

    it('waits as long as it takes with an openTimeout of 0', () => {
      marbles().run(({ expectObservable }) => {
        expectObservable(webSocket('ws://localhost', { WebSocket: FakeWebSocket, openTimeout: 0 })).toBe('-');
      });
    });

    it('errors where the runtime forbids it', () => {
      class Forbidden extends FakeWebSocket {
        constructor(url: string, subprotocols: string[]) {
          super(url, subprotocols);
          throw new Error('insecure');
        }
      }
      const { log } = attempt({ WebSocket: Forbidden });
      expect(log).toEqual([new ConnectFailedError('connection to ws://localhost/ cannot be opened: insecure')]);
    });

    it('closes the attempt where it is unsubscribed', () => {
      const scheduler = new VirtualTimeScheduler();
      webSocket('ws://localhost', { WebSocket: FakeWebSocket, scheduler }).subscribe().unsubscribe();
      expect(FakeWebSocket.last.closedWith).toStrictEqual([undefined]);
      expect(scheduler.actions).toEqual([]);
      FakeWebSocket.last.finish(1006);
      expect(FakeWebSocket.last.listeners).toEqual([]);
    });
  });

  it.each([
    ['no url', () => webSocket('nowhere', { WebSocket: FakeWebSocket }), TypeError],
    ['another scheme', () => webSocket('http://localhost', { WebSocket: FakeWebSocket }), RangeError],
    ['no subprotocol', () => webSocket('ws://localhost', { WebSocket: FakeWebSocket, subprotocols: [] }), TypeError],
    ['a negative time', () => webSocket('ws://localhost', { WebSocket: FakeWebSocket, openTimeout: -1 }), RangeError],
    ['no class', () => webSocket('ws://localhost', { WebSocket: null as unknown as typeof FakeWebSocket }), TypeError],
  ])('refuses %s at once', (_, call, error) => {
    expect(call).toThrow(error);
  });

  describe('over the WebSocket class of ws', () => {
    /** A connection of ours to a bare server, and the server's end of it. */
    async function connect(server: ServerOptions = {}): Promise<Dialled & { peer: BareEnd }> {
      const { url, accept } = await startServer(server);
      const [dialled, peer] = await Promise.all([dial(webSocket(url, { WebSocket })), accept()]);
      return { ...dialled, peer };
    }

    it('carries frames in both directions and closes in order', async () => {
      const { connection, peer, end } = await connect();
      const heard = course(connection);
      const arrived = receive(peer.ws, 2);
      const closed = once(peer.ws, 'close');
      peer.ws.send('é');
      peer.ws.send(new Uint8Array([1]));
      connection.next('é');
      connection.next(new Uint8Array([1]));
      expect(await arrived).toEqual(['é', new Uint8Array([1])]);
      connection.complete();

      expect(await heard).toEqual({ values: ['é', new Uint8Array([1])], end: 'complete' });
      expect((await closed)[0]).toBe(1000);
      expect(await end).toBe('complete');
    });

    it('errors where the connection is cut', async () => {
      const { connection, peer } = await connect();
      const heard = course(connection);
      peer.socket.destroy();
      expect((await heard).end).toBeInstanceOf(TransportLostError);
    });

    it('errors on a port that nobody listens on', async () => {
      const port = await closedPort();
      const { end } = await course(webSocket(`ws://127.0.0.1:${port}`, { WebSocket }));
      expect(end).toBeInstanceOf(ConnectFailedError);
      expect(end).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
    });

    it('leaves nothing open where it is unsubscribed while connecting', async () => {
      let closed: Promise<unknown> | undefined;
      let arrived: () => void;
      const arrival = new Promise<void>((resolve) => { arrived = resolve; });
      const port = await startTcpServer((socket) => {
        closed = once(socket, 'close');
        arrived();
      });
      const dialling = webSocket(`ws://127.0.0.1:${port}`, { WebSocket }).subscribe();
      await arrival;
      dialling.unsubscribe();
      await closed;
      expect(dialling.closed).toBe(true);
    });
  });
});
