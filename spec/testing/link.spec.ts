import { describe, expect, it } from '@jest/globals';
import { asyncScheduler, map, timer, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { Client } from '../../lib/client/client.ts';
import type { ClientOptions } from '../../lib/client/options.ts';
import { AbortError, ConnectFailedError, ProtocolError, SerializationError, TimeoutError, TransportLostError } from '../../lib/errors.ts';
import { createClient } from '../../lib/index.ts';
import { MessageType, type Message } from '../../lib/protocol/messages.ts';
import { createRouter } from '../../lib/router/index.ts';
import type { Router } from '../../lib/router/router.ts';
import { SERIALIZERS } from '../../lib/serializers/all.ts';
import { Link } from '../../lib/testing/link.ts';
import { dialled, farEnds, heard } from '../support/dialled.ts';

const retry = { initialDelay: 100, maxDelay: 100, jitter: 'none' } as const;

interface Scene {
  readonly router: Router;
  /** A client, and the link it dials. */
  linked(options?: Partial<ClientOptions> & { readonly random?: () => number }): { readonly client: Client; readonly link: Link };
  at(ms: number, act: () => void): void;
  expectObservable(source: Observable<unknown>): { toBe(marbles: string, values?: object, error?: unknown): void };
}

/** A router and clients on links, in virtual time. Clients are closed after five seconds. */
function scene(play: (scene: Scene) => void): void {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ expectObservable }) => {
    const router = createRouter({ realms: { realm1: {} }, serializers: SERIALIZERS });
    play({
      router,
      linked: ({ random = () => 0, ...options } = {}) => {
        const serializer = options.serializers?.[0]?.subprotocol;
        const link = new Link(router.link({ serializer }), { random });
        const client = createClient({ transport: link, realm: 'realm1', lazy: false, retry, ...options });
        timer(5000).subscribe(() => void client.close());
        return { client, link };
      },
      at: (ms, act) => { timer(ms).subscribe(act); },
      expectObservable: (source) => expectObservable(source, '^ 4s !'),
    });
  });
}

/** What a client's state is called, each a letter: c connecting, a authenticating, j joined, w waiting. */
const kinds = ({ state$ }: Client): Observable<string> => state$.pipe(map(({ kind }) => kind[0]!));

/** The cause of each wait of a client. */
function causes({ state$ }: Client): unknown[] {
  const seen: unknown[] = [];
  state$.subscribe((state) => { if (state.kind === 'waiting') seen.push(state.cause); });
  return seen;
}

function names(messages: Observable<Message>): Observable<string> {
  return messages.pipe(map(({ type }) => Object.entries(MessageType).find(([, code]) => code === type)?.[0] ?? ''));
}

function heardOf<T>(source: Observable<T>): unknown[] {
  const seen: unknown[] = [];
  source.subscribe({ next: (value) => seen.push(value), error: (error: unknown) => seen.push(error), complete: () => seen.push('complete') });
  return seen;
}

/** The first positional argument of what a call gives. */
const called = (client: Client, uri: string): Observable<unknown> => client.call(uri).pipe(map(({ args }) => args[0]));

describe('Link', () => {
  it('passes everything at once', () => {
    const { transport, far } = farEnds();
    const link = new Link(transport, { random: Math.random });
    const seen: unknown[] = [];
    link.subscribe((near) => near.subscribe({ next: (frame) => near.next(frame), complete: () => seen.push('complete') }));

    const back = heard(far[0]!);
    far[0]!.next('a');
    far[0]!.complete();

    expect(back).toEqual(['a', 'complete']);
    expect(seen).toEqual(['complete']);
  });

  it('counts dials and open connections', () => {
    const { transport } = farEnds();
    const link = new Link(transport, { random: Math.random });

    const first = link.subscribe();
    link.subscribe((near) => near.complete());
    expect([link.dials, link.open]).toEqual([2, 1]);
    first.unsubscribe();
    link.refuse();
    link.subscribe({ error: () => {} });

    expect([link.dials, link.open]).toEqual([3, 0]);
  });

  it('is cut and restored: the client waits, and joins again', () => {
    scene(({ linked, expectObservable, at }) => {
      const { client, link } = linked();
      link.marbles('---x 250ms o');
      const seen = causes(client);

      expectObservable(kinds(client)).toBe('j--w 99ms (cw) 96ms (cw) 96ms (caj)');
      at(400, () => {
        expect(seen).toEqual([expect.any(TransportLostError), expect.any(ConnectFailedError), expect.any(ConnectFailedError)]);
        expect([link.dials, link.open]).toEqual([4, 1]);
      });
    });
  });

  it('is cut at both ends at once, and loses what is under way', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ hot, expectObservable }) => {
      const lost = expect.any(TransportLostError);
      const { transport, far } = farEnds();
      const link = new Link(transport, { random: Math.random });
      link.latency(3);
      link.marbles('-----x');
      link.subscribe((near) => {
        hot('                         a--b').subscribe((frame) => near.next(frame));
        expectObservable(near).toBe('---xy#', undefined, lost);
      });
      hot('                               xyz').subscribe((frame) => far[0]!.next(frame));
      expectObservable(far[0]!).toBe('   ---a-#', undefined, lost);
    });
  });

  it('is cut at the far end first, connection by connection', () => {
    const { transport, far } = farEnds();
    const link = new Link(transport, { random: Math.random });
    const order: string[] = [];
    for (const name of ['a', 'b']) {
      link.subscribe((near) => near.subscribe({ error: () => order.push(`near ${name}`) }));
      far.at(-1)!.subscribe({ error: () => order.push(`far ${name}`) });
    }

    link.cut();

    expect(order).toEqual(['far a', 'near a', 'far b', 'near b']);
  });

  it('is cut while it is stalled', () => {
    const { transport, far } = farEnds();
    const link = new Link(transport, { random: Math.random });
    const seen: unknown[][] = [];
    link.subscribe((near) => seen.push(heard(near)));
    seen.push(heard(far[0]!));

    link.stall();
    link.cut();

    expect(seen).toEqual([['TransportLostError'], ['TransportLostError']]);
    expect(link.open).toBe(0);
  });

  it('is stalled: a call meets its timeout, and the link serves again afterwards', () => {
    scene(({ linked, at, expectObservable }) => {
      const { client, link } = linked();
      linked().client.register('com.seven', () => 7).subscribe();
      link.marbles('---s 500ms o');

      at(10, () => {
        const call = heardOf(client.call('com.seven', [], { timeout: 50 }));
        at(50, () => expect(call).toEqual([expect.any(TimeoutError)]));
      });
      at(600, () => expect(heardOf(called(client, 'com.seven'))).toEqual([7, 'complete']));
      expectObservable(kinds(client)).toBe('j');
    });
  });

  it('is stalled at both ends: what is under way comes no further', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ hot, expectObservable }) => {
      const { transport, far } = farEnds();
      const link = new Link(transport, { random: Math.random });
      link.latency(3);
      link.marbles('                  -s 7ms o');
      link.subscribe((near) => {
        hot('                         a').subscribe((frame) => near.next(frame));
        expectObservable(near).toBe(' 9ms x');
      });
      hot('                           x').subscribe((frame) => far[0]!.next(frame));
      expectObservable(far[0]!).toBe('9ms a');
    });
  });

  it('is stalled: the router keeps a session whose client has given up', () => {
    scene(({ linked, router, at }) => {
      const { client, link } = linked();
      at(1, () => {
        link.stall();
        void client.close();
      });
      at(3000, () => {
        expect(link.open).toBe(1);
        expect(router.stats().sessions).toBe(1);
        link.restore();
        expect(router.stats().sessions).toBe(0);
      });
    });
  });

  it('is stalled: dials hang until it is restored, and fail where they are refused', () => {
    scene(({ linked, expectObservable }) => {
      const hanging = linked();
      const refused = linked();
      hanging.link.marbles('(xos) 195ms o');
      refused.link.marbles('(xos) 145ms r 19ms o');

      // Dials at 100, and waits for a hundred more where it failed.
      expectObservable(kinds(hanging.client)).toBe('w 99ms c 99ms (aj)');
      expectObservable(kinds(refused.client)).toBe('w 99ms c 49ms w 99ms (caj)');
    });
  });

  it('can be stalled again by what waited', () => {
    const { transport, far } = farEnds();
    const link = new Link(transport, { random: Math.random });
    const seen: unknown[] = [];
    link.stall();
    link.restore();
    for (const name of ['a', 'b']) {
      link.subscribe((near) => near.subscribe((frame) => {
        seen.push(`${name} ${String(frame)}`);
        if (frame === '1') link.stall();
      }));
    }
    link.stall();
    for (const connection of far) {
      connection.next('1');
      connection.next('2');
    }

    link.restore();
    expect(seen).toEqual(['a 1']);
    link.restore();

    expect(seen).toEqual(['a 1', 'a 2', 'b 1']);
  });

  it('is refused: dials fail, and open connections live on', () => {
    scene(({ linked, expectObservable, at }) => {
      const { client, link } = linked();
      const other = linked();
      const seen = causes(other.client);
      link.refuse();
      other.link.marbles('x 150ms o');

      expectObservable(kinds(client)).toBe('      j');
      expectObservable(kinds(other.client)).toBe('w 99ms (cw) 96ms (caj)');
      at(1, () => expect(heardOf(client.publish('com.topic', [1], { acknowledge: true }))).toEqual([expect.anything(), 'complete']));
      at(300, () => expect(seen).toEqual([expect.any(TransportLostError), expect.any(ConnectFailedError)]));
    });
  });

  it.each(['corrupt', 'truncate'] as const)('can %s a frame to the router: that session ends, and only that', (spoil) => {
    scene(({ linked, at, expectObservable }) => {
      const { client, link } = linked();
      const other = linked();
      const seen = causes(client);
      at(1, () => {
        link[spoil]();
        client.publish('com.topic', [1]).subscribe();
      });

      at(10, () => expect(seen).toEqual([expect.any(AbortError)]));
      at(10, () => expect(seen[0]).toHaveProperty('reason', 'wamp.error.protocol_violation'));
      expectObservable(kinds(client)).toBe('jw 99ms (caj)');
      expectObservable(kinds(other.client)).toBe('j');
    });
  });

  it.each(['corrupt', 'truncate'] as const)('can %s a frame to the client: that session ends, and only that', (spoil) => {
    scene(({ linked, at, expectObservable }) => {
      const { client, link } = linked();
      const other = linked();
      const seen = causes(client);
      const events = heardOf(client.topic('com.topic').pipe(map(({ args }) => args[0])));
      const sent = heardOf(names(link.sent$));
      at(1, () => {
        link[spoil]();
        other.client.publish('com.topic', [1]).subscribe();
      });
      at(200, () => { other.client.publish('com.topic', [2]).subscribe(); });

      at(10, () => {
        expect(seen).toHaveLength(1);
        expect(seen[0] instanceof ProtocolError || seen[0] instanceof SerializationError).toBe(true);
        expect(sent.at(-1)).toBe('ABORT');
      });
      at(300, () => expect(events).toEqual([2]));
      expectObservable(kinds(client)).toBe('jw 99ms (caj)');
      expectObservable(kinds(other.client)).toBe('j');
    });
  });

  it('takes latency and bandwidth from now on', () => {
    scene(({ linked, at }) => {
      const { client, link } = linked({ random: () => 0.5 });
      linked().client.register('com.seven', () => 7).subscribe();
      const rounds: number[] = [];
      const round = (ms: number, prepare: () => void): void => at(ms, () => {
        prepare();
        called(client, 'com.seven').subscribe({ complete: () => rounds.push(asyncScheduler.now() - ms) });
      });

      round(100, () => link.latency(20));
      round(200, () => link.latency(20, 10));
      round(300, () => { link.latency(0); link.bandwidth(1000); });
      round(500, () => link.bandwidth(undefined));

      // [48,3,{},"com.seven"] has 21 bytes, [50,3,{},[7]] has 13
      at(1000, () => expect(rounds).toEqual([40, 50, 34, 0]));
    });
  });

  it.each(SERIALIZERS.map(({ subprotocol }) => subprotocol))('shows what was sent and received, decoded: %s', (subprotocol) => {
    scene(({ linked, at }) => {
      const { client, link } = linked({ serializers: SERIALIZERS.filter((serializer) => serializer.subprotocol === subprotocol) });
      at(1, () => {
        const sent = heardOf(names(link.sent$));
        const received = heardOf(names(link.received$));
        called(client, 'com.nobody').subscribe({ error: () => {} });
        client.publish('com.topic', [1], { acknowledge: true }).subscribe();

        expect(sent).toEqual(['CALL', 'PUBLISH']);
        expect(received).toEqual(['ERROR', 'PUBLISHED']);
      });
    });
  });

  it('shows what enters and what comes out at its time, and not what cannot be decoded', () => {
    scene(({ linked, at, expectObservable }) => {
      const { client, link } = linked();
      at(1, () => {
        link.latency(2);
        called(client, 'com.nobody').subscribe({ error: () => {} });
        link.corrupt();
      });

      expectObservable(names(link.sent$)).toBe('    -s---a 99ms h', { h: 'HELLO', s: 'CALL', a: 'ABORT' });
      expectObservable(names(link.received$)).toBe('109ms w', { w: 'WELCOME' });
    });
  });

  it('shows nothing of a serializer that it does not know', () => {
    const { near } = dialled((source) => new Link(source.pipe(map((connection) => Object.defineProperty(connection, 'subprotocol', { value: 'wamp.2.own' }))), { random: Math.random }));

    expect(() => near.next('anything')).not.toThrow();
    expect(near.subprotocol).toBe('wamp.2.own');
  });

  it.each([-1, NaN])('refuses %p as latency, jitter and bandwidth', (value) => {
    const link = new Link(farEnds().transport, { random: Math.random });

    expect(() => link.latency(value)).toThrow(RangeError);
    expect(() => link.latency(1, value)).toThrow(RangeError);
    expect(() => link.bandwidth(value)).toThrow(RangeError);
  });
});

describe('Link.marbles', () => {
  const log: unknown[] = [];
  const spied = (): Link => {
    const link = new Link(farEnds().transport, { random: Math.random });
    log.length = 0;
    for (const name of ['cut', 'restore', 'stall', 'refuse', 'truncate', 'corrupt'] as const) {
      link[name] = () => log.push(`${asyncScheduler.now()} ${name}`);
    }
    return link;
  };
  const run = (play: () => void) => new TestScheduler(() => {}).run(play);

  it('does what the letters say, when they say it', () => {
    run(() => {
      spied().marbles('-x-o 10ms (sr) 2s tc');
      timer(3000).subscribe(() => expect(log).toEqual(['1 cut', '3 restore', '14 stall', '14 refuse', '2018 truncate', '2019 corrupt']));
    });
  });

  it('begins now, and can play several at a time', () => {
    run(() => {
      const link = spied();
      timer(5).subscribe(() => {
        link.marbles('x-o');
        link.marbles('-s');
      });
      timer(10).subscribe(() => expect(log).toEqual(['5 cut', '6 stall', '7 restore']));
    });
  });

  it('knows the letters it is given, in front of its own', () => {
    run(() => {
      const link = spied();
      link.marbles('ax', { a: (given) => log.push(given === link), x: () => log.push('mine') });
      timer(10).subscribe(() => expect(log).toEqual([true, 'mine']));
    });
  });

  it('waits with one action at a time', () => {
    const scheduler = new TestScheduler(() => {});
    new Link(farEnds().transport, { random: Math.random, scheduler }).marbles('x-o-'.repeat(1000));

    expect(scheduler.actions).toHaveLength(1);
  });

  it('refuses letters it does not know, and actions that are none, before it does anything', () => {
    const link = spied();

    expect(() => link.marbles('xz', { a: () => {} })).toThrow(new TypeError('marbles of a link must be of x, o, s, r, t, c, a, got "z"'));
    expect(() => link.marbles('x', { a: 7 as never })).toThrow(new TypeError('actions.a must be a function, got 7'));
    expect(() => link.marbles('x|')).toThrow(TypeError);
    expect(log).toEqual([]);
  });
});
