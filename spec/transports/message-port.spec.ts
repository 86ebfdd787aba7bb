import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Subject, firstValueFrom, take, toArray, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { ConnectFailedError, TransportLostError } from '../../lib/errors.ts';
import { acceptPort, messagePort, type MessagePortOptions, type PortOptions } from '../../lib/transports/message-port.ts';
import type { Connection, Frame } from '../../lib/transports/transport.ts';
import { fakePorts, type FakePort } from '../support/port-pairs.ts';
import { closeSockets, onClose } from '../support/sockets.ts';
import { ROOT } from '../support/sources.ts';

afterEach(closeSockets);

interface Ends {
  readonly near: Connection;
  readonly far: Connection;
  readonly ports: readonly [FakePort, FakePort];
  readonly hangUp: () => void;
  readonly stop: () => void;
}

/** A connection over two ports that are heard at once. */
function opened(options: MessagePortOptions = {}, farOptions: PortOptions = {}): Ends {
  const ports = fakePorts();
  let [near, far]: [Connection?, Connection?] = [];
  const accepting = acceptPort(ports[1], farOptions).subscribe((connection) => { far = connection; });
  const line = messagePort(ports[0], options).subscribe((connection) => { near = connection; });
  if (near === undefined || far === undefined) throw new Error('a connection must be there at once');
  return { near, far, ports, hangUp: () => line.unsubscribe(), stop: () => accepting.unsubscribe() };
}

function heard(source: Observable<unknown>): unknown[] {
  const seen: unknown[] = [];
  source.subscribe({ next: (value) => seen.push(value), complete: () => seen.push('complete'), error: (error: Error) => seen.push(`${error.name}: ${error.message}`) });
  return seen;
}

const listeningTo = ([near, far]: Ends['ports']): number => near.listening + far.listening;
const marbles = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

describe('messagePort', () => {
  it('carries any frames in both directions over a port of Node', async () => {
    const { port1, port2 } = new MessageChannel();
    onClose(() => port1.close());
    const frame: fc.Arbitrary<Frame> = fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array(), fc.constant('z'.repeat(70_000)));
    let near: Connection | undefined;
    const accepted: Connection[] = [];
    const accepting = acceptPort(port2).subscribe((connection) => accepted.push(connection));
    const line = messagePort(port1).subscribe((connection) => { near = connection; });
    while (near === undefined || accepted.length === 0) await new Promise(setImmediate);
    const far = accepted[0]!;

    await fc.assert(fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 8 }), async (frames) => {
      const there = firstValueFrom(far.pipe(take(frames.length), toArray()));
      const back = firstValueFrom(near!.pipe(take(frames.length), toArray()));
      for (const each of frames) {
        near!.next(each);
        far.next(each);
      }
      expect(await there).toEqual(frames);
      expect(await back).toEqual(frames);
    }), { numRuns: 30 });
    line.unsubscribe();
    accepting.unsubscribe();
  });

  it('posts a copy of bytes, and of no more than the frame', () => {
    const { near, far, ports: [port] } = opened();
    const seen = heard(far);
    const store = new Uint8Array(1000).fill(7);

    near.next(store.subarray(10, 13));

    const [, , , frame] = port.posted.at(-1) as [unknown, unknown, unknown, Uint8Array];
    expect(frame.buffer.byteLength).toBe(3);
    expect(seen).toEqual([Uint8Array.of(7, 7, 7)]);
    expect(store.length).toBe(1000);
  });

  it('asks for each connection, and takes no notice of what else is posted', () => {
    const ports = fakePorts();
    const accepted: Connection[] = [];
    acceptPort(ports[1]).subscribe((connection) => accepted.push(connection));
    const [first, second] = [heard(messagePort(ports[0])), heard(messagePort(ports[0]))] as [Connection[], Connection[]];
    const seen = accepted.map((connection) => heard(connection));

    ports[0].postMessage('mine');
    ports[0].postMessage(['rxwamp', 12345, 'frame', 'of nobody']);
    first[0]!.next('a');
    second[0]!.next('b');

    expect(seen).toEqual([['a'], ['b']]);
  });

  it.each([
    ['wamp.2.cbor', ['wamp.2.json', 'wamp.2.cbor'], ['wamp.2.cbor', 'wamp.2.json']],
    ['wamp.2.json', ['wamp.2.msgpack', 'wamp.2.json'], ['wamp.2.cbor', 'wamp.2.json']],
  ])('speaks %s where %j meets %j', (agreed, offered, spoken) => {
    const { near, far } = opened({ subprotocols: offered }, { subprotocols: spoken });
    expect([near.subprotocol, far.subprotocol]).toEqual([agreed, agreed]);
  });

  it('fails where no subprotocol is common', () => {
    const ports = fakePorts();
    acceptPort(ports[1], { subprotocols: ['wamp.2.cbor'] }).subscribe();
    expect(heard(messagePort(ports[0]))).toEqual(['ConnectFailedError: connection to the other end of the port cannot be opened: subprotocol must be one of wamp.2.cbor']);
  });

  it('is heard by who begins to listen later', () => {
    const ports = fakePorts();
    const dialled = heard(messagePort(ports[0]));
    expect(dialled).toEqual([]);

    acceptPort(ports[1]).subscribe();

    expect(dialled).toHaveLength(1);
  });

  it('fails where nobody opens in time', () => {
    marbles().run(({ expectObservable }) => {
      expectObservable(messagePort(fakePorts()[0], { openTimeout: 5 })).toBe('-----#', undefined, expect.any(ConnectFailedError));
    });
  });

  it('fails where the thread ends before it opens, and where its script fails', () => {
    const [[closed], [broken]] = [fakePorts(), fakePorts()];
    const seen = [heard(messagePort(closed)), heard(messagePort(broken))];

    closed.emit('exit', 1);
    broken.emit('error', new Error('no such file'));

    expect(seen).toEqual([
      ['ConnectFailedError: connection to the other end of the port cannot be opened: the thread ended with code 1'],
      ['ConnectFailedError: connection to the other end of the port cannot be opened: the thread failed'],
    ]);
    expect([closed.listening, broken.listening]).toEqual([0, 0]);
  });

  it('tells the other end that it gave up', () => {
    const ports = fakePorts();
    const dialling = messagePort(ports[0]).subscribe();
    const asked = ports[0].posted.at(-1);
    dialling.unsubscribe();

    const accepted = heard(acceptPort(ports[1]));
    ports[1].emit('message', asked);
    ports[1].emit('message', ['rxwamp', (asked as [string, number])[1], 'lost']);

    expect(ports[0].posted.at(-1)).toEqual(['rxwamp', (asked as [string, number])[1], 'lost']);
    expect(heard(accepted[0] as Connection)).toEqual(['TransportLostError: connection to the other end of the port was lost: the other end dropped it']);
    expect(ports[0].listening).toBe(0);
  });

  it('closes a port that was made for it, and no other', () => {
    const [given, made] = [fakePorts(), fakePorts()];
    for (const [port, dial] of [[given, messagePort(given[0])], [made, messagePort(() => made[0])]] as const) {
      acceptPort(port[1]).subscribe();
      dial.subscribe().unsubscribe();
    }
    expect([given[0].closed, made[0].closed]).toEqual([false, true]);
  });

  it.each([
    [() => messagePort({} as FakePort), 'port must have postMessage, got an object'],
    [() => acceptPort(undefined as unknown as FakePort), 'port must have postMessage, got nothing'],
    [() => messagePort(fakePorts()[0], { openTimeout: -1 }), 'openTimeout must be a number from 0 to 2147483647, got -1'],
    [() => messagePort(fakePorts()[0], { maxPayload: 0 }), 'maxPayload must be a number from 1 to 2147483647, got 0'],
    [() => messagePort(fakePorts()[0], { subprotocols: [] }), 'subprotocols must have at least one name, got none'],
  ])('refuses what cannot be right: %#', (act, message) => {
    expect(act).toThrow(message);
  });
});

describe('a connection over a port', () => {
  it('closes both ends in order, after what was sent, and leaves nothing behind', () => {
    const { near, far, ports, stop } = opened();
    const seen = { near: heard(near), far: heard(far) };

    near.next('last');
    near.complete();
    near.next('late');
    far.next('late');
    stop();

    expect(seen).toEqual({ near: ['complete'], far: ['last', 'complete'] });
    expect(listeningTo(ports)).toBe(0);
  });

  it('closes where both ends close at once', () => {
    const { near, far, ports: [port, other] } = opened();
    const seen = { near: heard(near), far: heard(far) };
    port.deaf = true;
    near.complete();
    far.complete();
    port.deaf = false;
    other.emit('message', port.posted.at(-1));

    expect(seen).toEqual({ near: ['complete'], far: ['complete'] });
  });

  it('is lost at both ends where one drops it', () => {
    const { near, far } = opened();
    const seen = { near: heard(near), far: heard(far) };

    far.error(new Error('why'));

    expect(seen.far).toEqual(['TransportLostError: connection to the other end of the port was dropped']);
    expect(seen.near).toEqual(['TransportLostError: connection to the other end of the port was lost: the other end dropped it']);
  });

  it.each([['close', undefined, 'the port was closed'], ['exit', 1, 'the thread ended with code 1'], ['messageerror', new Error('x'), 'a message cannot be read']])(
    'is lost at %s', (event, value, reason) => {
      const { near, ports } = opened();
      const seen = heard(near);

      ports[0].emit(event, value);

      expect(seen).toEqual([`TransportLostError: connection to the other end of the port was lost: ${reason}`]);
      expect(ports[0].listening).toBe(0);
    });

  it('is given up by who does not answer its close in time', () => {
    marbles().run(({ expectObservable, cold }) => {
      const { near, ports } = opened();
      ports[0].deaf = true;
      cold('-|').subscribe(near);
      expectObservable(near).toBe('- 5000ms #', undefined, expect.any(TransportLostError));
    });
  });

  it('goes on closing where it is unsubscribed from', () => {
    const { near, far, ports, hangUp } = opened();
    const seen = heard(far);
    ports[1].deaf = true;
    near.complete();
    hangUp();
    expect(ports[0].listening).toBeGreaterThan(0);

    ports[0].emit('message', ports[1].posted.at(-1));

    expect(seen).toEqual(['complete']);
    expect(ports[0].listening).toBe(0);
  });

  it('is not writable while the other end has not read enough', () => {
    const { near, far, ports } = opened({ highWaterMark: 100 }, { highWaterMark: 40 });
    heard(far);
    const writable = heard(near.writable$);
    ports[1].deaf = true;
    near.next('x'.repeat(99));
    near.next('xx');
    expect([near.bufferedAmount, writable]).toEqual([101, [true, false]]);

    ports[1].deaf = false;
    near.next('x'.repeat(30));

    expect([near.bufferedAmount, writable]).toEqual([0, [true, false, true]]);
  });

  it('tells for every quarter of the mark, and not for each frame', () => {
    const { near, far, ports } = opened({ highWaterMark: 400 });
    heard(far);

    for (let each = 0; each < 40; each++) near.next('x'.repeat(10));

    expect(ports[1].posted.filter((message) => (message as unknown[])[2] === 'read').map((message) => (message as unknown[])[3])).toEqual([100, 200, 300, 400]);
  });

  it.each([
    [['frame', 12], 'frames must be text or bytes, got 12'],
    [['frame', 'x'.repeat(21)], 'frames must not be longer than 20 bytes, got 21'],
    [['read', 1], 'what was read must be from 0 to 0, got 1'],
    [['read', 'all'], 'what was read must be from 0 to 0, got "all"'],
    [['opened', {}], 'what is said must be of an open connection, got "opened"'],
  ])('is dropped for %j', ([kind, value], rule) => {
    const { near, far, ports } = opened({ maxPayload: 20 });
    let failure: unknown;
    near.subscribe({ error: (error: unknown) => { failure = error; } });
    const seen = heard(far);
    const [, id] = ports[0].posted[0] as [string, number];

    ports[0].emit('message', ['rxwamp', id, kind, value]);

    expect(failure).toMatchObject({ name: 'TransportLostError', cause: new TypeError(rule) });
    expect(seen).toHaveLength(1);
    expect(far.maxLength).toBe(20);
  });

  it('takes any messages, in any order, and ends at most once', () => {
    const kind = fc.constantFrom('ready', 'open', 'opened', 'refused', 'frame', 'read', 'close', 'lost', 'nonsense');
    const value = fc.oneof(fc.anything(), fc.string(), fc.uint8Array(), fc.nat());
    fc.assert(fc.property(fc.array(fc.tuple(kind, value)), (messages) => {
      const { near, ports } = opened();
      const [, id] = ports[0].posted[0] as [string, number];
      let ends = 0;
      near.subscribe({ complete: () => ends++, error: () => ends++ });
      for (const [each, what] of messages) ports[0].emit('message', ['rxwamp', id, each, what]);
      near.error(undefined);
      expect(ends).toBe(1);
      expect(ports[0].listening).toBe(0);
    }));
  });
});

describe('acceptPort', () => {
  it('drops what it has accepted where it is unsubscribed from', () => {
    const { near, ports, stop } = opened();
    const seen = heard(near);
    stop();
    expect(seen).toEqual(['TransportLostError: connection to the other end of the port was lost: the other end dropped it']);
    expect(ports[1].listening).toBe(0);
  });

  it('completes where the port is closed', () => {
    const ports = fakePorts();
    const seen = heard(acceptPort(ports[1]));
    ports[0].close();
    expect(seen).toEqual(['complete']);
  });

  it('refuses who asks for nothing that can be read', () => {
    const [near, far] = fakePorts();
    const seen = heard(acceptPort(far));
    near.postMessage(['rxwamp', 5, 'open', { subprotocols: ['wamp.2.json'] }]);
    expect(far.posted.at(-1)).toEqual(['rxwamp', 5, 'refused', 'subprotocol must be one of wamp.2.json']);
    expect(seen).toEqual([]);
  });

  it('tells that a thread has ended', async () => {
    const worker = new Worker(join(ROOT, '.build/spec/transports/programs/echoing-thread.js'));
    onClose(() => worker.terminate());
    const connection = await new Promise<Connection>((resolve, reject) => messagePort(worker).subscribe({ next: resolve, error: reject }));
    const echoed = new Subject<Frame>();
    const lost = new Promise<Error>((resolve) => connection.subscribe({ next: (frame) => echoed.next(frame), error: resolve }));
    const back = firstValueFrom(echoed);
    connection.next('a');
    expect(await back).toBe('a');

    await worker.terminate();

    expect(String(await lost)).toBe('TransportLostError: connection to the other end of the port was lost: the thread ended with code 1');
  });
});
