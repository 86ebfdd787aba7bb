import { describe, expect, it, jest } from '@jest/globals';
import { NEVER, Observable, asyncScheduler, concat, count, delay, firstValueFrom, interval, map, of, share, take, takeUntil, tap, timer } from 'rxjs';
import { promises } from '../../lib/auth/maybe-later.ts';
import { ApplicationError, TimeoutError, createClient, join, result, ticket } from '../../lib/index.ts';
import { CALL, EVENT, HELLO, RESULT, SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBE, wampMarbles, type LinkedClient, type MarbleHelpers, type WampMarblesOptions } from '../../lib/testing/index.ts';

const arg = map(({ args: [value] }: { readonly args: readonly unknown[] }) => value);

/** What a test fails with, as it has to. */
function errorOf(callback: (helpers: MarbleHelpers) => void, options?: WampMarblesOptions): Error {
  try {
    wampMarbles(callback, options);
  } catch (error) {
    return error as Error;
  }
  throw new Error('the test must fail, and it did not');
}

const failureOf = (...test: Parameters<typeof errorOf>): string => errorOf(...test).message;

describe('wampMarbles', () => {
  it('keeps client, router and network on one clock', () => {
    wampMarbles(({ router, client, expectObservable }) => {
      const [printer, clerk] = [client(), client()];
      clerk.link.latency(5);
      printer.register('com.print', () => concat(interval(10).pipe(take(2)), of('done').pipe(delay(10))), { final: 'last' }).subscribe();

      // 10 ms to join, 5 to call; each result takes 5 ms, and is held until the next one is there.
      expectObservable(clerk.call('com.print', [], { progress: true }).pipe(arg), '^ 99ms !').toBe('40ms a 9ms (bc|)', { a: 0, b: 1, c: 'done' });
      expectObservable(timer(99).pipe(map(() => router.stats().sessions))).toBe('99ms (n|)', { n: 1 });
    });
  });

  it('needs no real time', () => {
    const before = performance.now();

    wampMarbles(({ client, publishes, expectObservable }) => {
      publishes('com.x', '59m a');
      expectObservable(client().topic('com.x').pipe(arg), '^ 60m !').toBe('59m a');
    });

    expect(performance.now() - before).toBeLessThan(60_000);
  });

  it('has the router say goodbye to sessions that the test made itself and left open', () => {
    const ends: unknown[] = [];

    wampMarbles(({ link }) => { join(link(), { realm: 'realm1' }).subscribe({ error: ({ reason }: { reason: string }) => ends.push(reason), complete: () => ends.push('complete') }); });

    expect(ends).toEqual(['wamp.close.system_shutdown']);
  });

  it('bears two timers for one frame of which one cancels the other', () => {
    wampMarbles(({ client, answers, expectObservable, expectLeaks }) => {
      const user = client();
      user.link.latency(5);
      answers('com.slow', '10ms (r|)');
      answers('com.slower', '11ms (r|)');

      // Joined after 10 ms; the answer of com.slow is there 20 ms later, and so is the end of patience, which was there first.
      expectObservable(user.call('com.slow', [], { timeout: 20 }).pipe(arg)).toBe('30ms #', undefined, new TimeoutError('no answer from com.slow within 20 ms'));
      expectObservable(user.call('com.slower', [], { timeout: 20 }).pipe(arg)).toBe('30ms #', undefined, new TimeoutError('no answer from com.slower within 20 ms'));
      expectLeaks().toBeEmpty();
    });
  });

  it('bears a frame that cancels a timer of its millisecond that is younger', () => {
    wampMarbles(({ client, answers, expectObservable }) => {
      const user = client();
      user.link.latency(5);
      answers('com.slow', '10ms (r|)');
      const first$ = user.call('com.slow').pipe(arg, share());

      expectObservable(first$).toBe('30ms (r|)');
      expectObservable(user.call('com.slow', [], { timeout: 4 }).pipe(takeUntil(first$)), '26ms ^').toBe('30ms |');
    });
  });

  it('gives each client a line of its own', () => {
    wampMarbles(({ client, publishes, expectObservable }) => {
      const [left, right] = [client(), client()];
      publishes('com.x', '--a--b');
      left.link.marbles('---x');

      expectObservable(left.topic('com.x').pipe(arg), ' ^-----!').toBe('--a');
      expectObservable(right.topic('com.x').pipe(arg), '^-----!').toBe('--a--b');
    });
  });

  it('lets a test make its own client, or session, over a link', () => {
    wampMarbles(({ link, answers, expectObservable }) => {
      answers('com.add', '(r|)');
      const own = createClient({ transport: link(), realm: 'realm1' });
      const session$ = join(link({ latency: 3 }), { realm: 'realm1' });

      expectObservable(own.call('com.add').pipe(arg)).toBe('(r|)');
      expectObservable(session$.pipe(map(({ details }) => details.realm)), '^-------!').toBe('------r', { r: 'realm1' });
    });
  });

  it('takes the options of the router', () => {
    wampMarbles(({ client, publishes, expectObservable }) => {
      publishes('com.x', '-a', undefined, { as: { realm: 'office', auth: ticket({ authid: 'joe', ticket: 'secret' }) } });
      const clerk = client({ realm: 'office', auth: ticket({ authid: 'joe', ticket: 'secret' }) });

      expectObservable(clerk.topic('com.x').pipe(arg), '^--!').toBe('-a');
    }, { router: { realms: { office: { auth: { ticket: { users: { joe: { ticket: 'secret', role: 'clerk' } } } } } } } });
  });

  it('has a client that waits the same time before each retry', () => {
    wampMarbles(({ client, expectObservable }) => {
      const lost = client();
      lost.link.refuse();

      expectObservable(lost.state$.pipe(map((state) => (state.kind === 'waiting' ? state.delay : state.kind))), '^ 2s !')
        .toBe('(icv) 495ms (cw) 996ms (cx)', { i: 'idle', c: 'connecting', v: 500, w: 1000, x: 2000 });
      expectObservable(lost.session$.pipe(map(() => 's')), '^ 2s !').toBe('s');
    });
  });

  it('has chance of its own where retries ask for it, the same for the same seed', () => {
    const delays = (seed: number): readonly number[] => {
      const seen: number[] = [];
      wampMarbles(({ client }) => {
        const lost = client({ retry: { jitter: 'full' } });
        lost.link.refuse();
        lost.state$.subscribe((state) => { if (state.kind === 'waiting') seen.push(state.delay); });
        const use = lost.session$.subscribe();
        timer(60_000).subscribe(() => use.unsubscribe());
      }, { seed });
      return seen;
    };

    expect(delays(7)).toEqual(delays(7));
    expect(delays(7)).not.toEqual(delays(8));
    expect(delays(7).length).toBeGreaterThan(3);
  });

  it('stops time where a heartbeat would go on for ever', () => {
    let beats = 0;

    wampMarbles(() => { interval(1000).subscribe(() => { beats += 1; }); }, { maxTime: 10_000 });

    expect(beats).toBeGreaterThanOrEqual(10);
    expect(beats).toBeLessThanOrEqual(100);
  });

  it('unsubscribes from what was expected, also where that fails', () => {
    let torn = 0;

    failureOf(({ expectObservable }) => expectObservable(new Observable(() => () => { torn += 1; })).toBe('a'));

    expect(torn).toBe(1);
  });

  it('closes what a test leaves open', () => {
    const left: LinkedClient[] = [];

    wampMarbles(({ client }) => {
      left.push(client());
      left[0]!.link.latency(20);
      void left[0]!.connect();
    });

    expect(left.map(({ state }) => state.kind)).toEqual(['closed']);
  });

  it('checks at each flush what was expected so far', () => {
    wampMarbles(({ client, publishes, expectObservable, flush }) => {
      const shop = client();
      const seen: unknown[] = [];
      publishes('com.x', '-a');
      shop.topic('com.x').pipe(arg, take(1)).subscribe((value) => seen.push(value));
      expectObservable(of(1)).toBe('(a|)', { a: 1 });

      flush();

      expect(seen).toEqual(['a']);
    });
  });

  it('prints the seed, and what failed besides, with a failure', () => {
    const message = failureOf(({ client, expectObservable }) => {
      const [server, user] = [client(), client()];
      server.register('com.broken', () => { throw new TypeError('not today'); }).subscribe();
      expectObservable(user.call('com.broken').pipe(arg)).toBe('(a|)');
    }, { seed: 42 });

    expect(message).toContain('marbles must be as expected');
    expect(message).toContain('before that: TypeError: not today');
    expect(message).toMatch(/seed: 42$/);
  });

  it('fails with what nobody was subscribed to', () => {
    const broken = ({ client }: MarbleHelpers): void => {
      const [server, user] = [client(), client()];
      server.register('com.broken', () => { throw new TypeError('not today'); }).subscribe();
      user.call('com.broken').subscribe({ error: () => {} });
    };

    expect(failureOf(broken)).toBe('nothing may fail without a subscriber, got TypeError: not today\n\nseed: 1');
    expect(failureOf((helpers) => { timer(1).subscribe(() => { throw new RangeError('in a subscriber'); }); broken(helpers); })).toContain('in a subscriber');
  });

  it('lets a test watch errors$ itself', () => {
    wampMarbles(({ client, expectObservable }) => {
      const [server, user] = [client(), client()];
      server.register('com.broken', () => { throw new TypeError('not today'); }).subscribe();
      timer(2).subscribe(() => user.call('com.broken').subscribe({ error: () => {} }));

      expectObservable(server.errors$.pipe(map((error) => String(error))), '^---!').toBe('--e', { e: 'TypeError: not today' });
    });
  });

  it('fails over an error of its callback, and leaves real time behind', () => {
    expect(failureOf(() => { throw new RangeError('in the callback'); })).toBe('in the callback\n\nseed: 1');
    expect(Math.abs(asyncScheduler.now() - Date.now())).toBeLessThan(1000);
  });

  it.each<[string, (helpers: MarbleHelpers) => unknown, string]>([
    ['expectObservable', ({ expectObservable }) => expectObservable(of(1)), 'expectObservable must be followed by toBe or toEqual, got neither'],
    ['expectFrames', ({ client, expectFrames }) => expectFrames(client().link.sent$), 'expectFrames must be followed by toBe, got nothing'],
    ['expectLeaks', ({ expectLeaks }) => expectLeaks(), 'expectLeaks must be followed by toBeEmpty, got nothing'],
    ['expectSubscriptions', ({ cold, expectSubscriptions }) => expectSubscriptions(cold('|').subscriptions), 'expectSubscriptions must be followed by toBe, got nothing'],
  ])('fails over an %s that nothing was said of, where it was written', (_what, expecting, message) => {
    const failure = errorOf((helpers) => { expecting(helpers); });

    expect(failure.message).toBe(`${message}\n\nseed: 1`);
    expect(failure.stack?.split('\n').find((line) => line.includes(' at '))).toContain('marbles.spec');
  });

  it('lets a test say what it expects after a flush', () => {
    wampMarbles(({ cold, expectObservable, flush }) => {
      const expected = expectObservable(cold('--a|'));
      flush();
      expected.toBe('--a|');
    });
  });

  it('names a procedure that nobody called, and a topic that nobody heard', () => {
    const misspelt = failureOf(({ client, answers, publishes, expectObservable }) => {
      const shop = client();
      answers('com.shop.oder', '(r|)');
      answers('com.shop.hours', '(r|)');
      shop.call('com.shop.hours').subscribe();
      publishes('com.shop.pric', '-a-b');
      publishes('com.shop.price', '--a');
      publishes('com.shop.late', '1s a');
      shop.topic('com.shop.price').subscribe();

      expectObservable(shop.call('com.shop.order', ['tea']).pipe(arg)).toBe('(r|)');
    });

    expect(misspelt).toContain('#  actual    NoSuchProcedureError: wamp.error.no_such_procedure (call com.shop.order)\n');
    expect(misspelt).toContain('\n\nnobody called com.shop.oder\n\n');
    expect(misspelt).toContain('\n\nnobody was subscribed to com.shop.pric when it was published\n\n');
    expect(misspelt).not.toMatch(/com.shop.price when|nobody called com.shop.hours/);
  });

  it('names clients that did not get to the router', () => {
    const lost = failureOf(({ client, expectObservable }) => {
      const [near, far] = [client(), client()];
      far.link.refuse();
      near.topic('com.x').subscribe();
      far.topic('com.x').subscribe();

      expectObservable(timer(700)).toBe('10ms (a|)', { a: 0 });
    }, { maxTime: 800 });

    expect(lost).toContain('\n\nclient 2 was waiting (attempt 2, 1000 ms, ConnectFailedError: connection must be accepted, got refused)\n\nseed');
    expect(lost).not.toContain('client 1');
  });

  it('names whose it is that something went wrong', () => {
    expect(failureOf(({ publishes }) => publishes('com.x', 'a', undefined, { as: { realm: 'nowhere' } }))).toMatch(/realm "nowhere" does not exist, of publishes\('com.x', …\)/);
    expect(failureOf(({ answers }) => { answers('com..x', 'a'); })).toMatch(/procedure must be a URI, got "com..x", of answers\('com..x', …\)/);
  });

  it.each<[WampMarblesOptions, string]>([
    [{ seed: 0.5 }, 'seed must be a whole number from 0 up, got 0.5'],
    [{ maxTime: NaN }, 'maxTime must be a whole number from 0 up, got NaN'],
  ])('refuses %j', (options, message) => {
    expect(() => wampMarbles(() => {}, options)).toThrow(new RangeError(message));
  });

  it('refuses to expect what comes after time has ended', () => {
    expect(failureOf(({ expectObservable }) => expectObservable(NEVER).toBe('11s a'), { maxTime: 10_000 }))
      .toContain('marbles must end while time passes, until 10000 ms (maxTime), got one at 11000 ms');
  });

  it('hands on errors that cannot be added to', () => {
    const frozen = Object.freeze(new Error('as it is'));
    const aborted = new DOMException('given up', 'AbortError');

    expect(errorOf(() => { throw frozen; })).toBe(frozen);
    expect(errorOf(() => { throw aborted; })).toBe(aborted);
    expect(aborted.message).toBe('given up');
  });

  it('runs one test at a time', () => {
    expect(failureOf(() => wampMarbles(() => {}))).toContain('one wampMarbles must end before the next begins');
  });
});

describe('wampMarbles and promises', () => {
  it.each([
    ['a promise', async () => 5],
    ['an async generator', async function* () { yield 1; }],
  ])('fails loudly over a procedure that returns %s, and names the way out', (_what, procedure) => {
    const message = failureOf(({ client, expectObservable }) => {
      const [server, user] = [client(), client()];
      server.register('com.later', procedure).subscribe();
      expectObservable(timer(3).pipe(map(() => user.call('com.later').subscribe({ error: () => {} })), map(() => 0))).toBe('---(a|)', { a: 0 });
    });

    expect(message).toContain('virtual time cannot wait for promises, got one for the answer of com.later at 3 ms: use await wampMarbles.async(');
  });

  it('fails over credentials that come as a promise', () => {
    expect(failureOf(({ client }) => { client({ auth: async () => [] }).connect().catch(() => {}); })).toContain('got one for credentials');
  });

  it('names the first of them', () => {
    const message = failureOf(({ client }) => {
      const [server, user] = [client(), client()];
      server.register('com.later', () => Promise.resolve(5)).subscribe();
      timer(3, 2).pipe(take(2)).subscribe(() => user.call('com.later').subscribe({ error: () => {} }));
    });

    expect(message).toContain('got one for the answer of com.later at 3 ms:');
  });

  it('fails over a callback that returns one', () => {
    expect(failureOf((async () => {}) as () => void)).toContain('the callback of wampMarbles must return nothing, got a promise');
  });

  it('leaves them alone afterwards, however it ends', async () => {
    wampMarbles(() => {});
    failureOf(() => { throw new RangeError('in the callback'); });

    expect(promises.onMet).toBeUndefined();
    await expect(firstValueFrom(timer(0).pipe(map(() => 1)))).resolves.toBe(1);
  });
});

describe('wampMarbles.async', () => {
  it('has promises come to their end within the millisecond', async () => {
    await wampMarbles.async(({ client, expectObservable }) => {
      const [bank, teller] = [client(), client()];
      bank.register('com.balance', async () => { await Promise.resolve(); await Promise.resolve(); return 100; }).subscribe();

      expectObservable(teller.call('com.balance').pipe(arg), '-----^').toBe('-----(a|)', { a: 100 });
    });
  });

  it('runs async generators that wait for virtual time', async () => {
    await wampMarbles.async(({ client, expectObservable }) => {
      const [server, user] = [client(), client()];
      server.register('com.count', async function* () {
        for (let count = 0; count < 2; count++) {
          await firstValueFrom(timer(10));
          yield count;
        }
        return 'end';
      }).subscribe();

      expectObservable(user.call('com.count', [], { progress: true }).pipe(arg)).toBe('10ms a 9ms (be|)', { a: 0, b: 1, e: 'end' });
    });
  });

  it('lets time pass while its callback waits', async () => {
    let joined: number | undefined;

    await wampMarbles.async(async ({ client, answers }) => {
      const user = client();
      answers('com.slow', '50ms (r|)');
      user.link.latency(5);

      await user.connect();
      joined = asyncScheduler.now();
      const { args } = await firstValueFrom(user.call('com.slow'));

      expect(args).toEqual(['r']);
      expect(asyncScheduler.now()).toBe(70);
    });

    expect(joined).toBe(10);
  });

  it('rejects where the callback waits for what cannot come', async () => {
    await expect(wampMarbles.async(() => firstValueFrom(NEVER))).rejects.toThrow('got one that still waits at 0 ms when nothing is left to happen');
  });

  it('rejects with the first failure, and leaves real time behind', async () => {
    await expect(wampMarbles.async(({ expectObservable }) => expectObservable(timer(3)).toBe('--(a|)', { a: 0 }))).rejects.toThrow('marbles must be as expected');
    await expect(wampMarbles.async(async () => { throw new RangeError('in the callback'); }, { seed: 9 })).rejects.toThrow('in the callback\n\nseed: 9');
    expect(Math.abs(asyncScheduler.now() - Date.now())).toBeLessThan(1000);
  });

  it('leaves timers alone that were set before it and ring in its midst', async () => {
    // Time that is not virtual is what this is about.
    const realTime = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 5); });
    const rung: string[] = [];
    timer(0).subscribe(() => rung.push('once'));

    await wampMarbles.async(realTime);
    await realTime();

    expect(rung).toEqual(['once']);
  });

  it('fails the second of two that run beside each other, and not the first', async () => {
    const first = wampMarbles.async(async ({ client, answers }) => {
      answers('com.slow', '50ms (r|)');
      expect(await firstValueFrom(client().call('com.slow').pipe(arg))).toBe('r');
    });

    await expect(wampMarbles.async(() => {})).rejects.toThrow('got one inside another or beside it: await each wampMarbles.async(');
    expect(() => wampMarbles(() => {})).toThrow('got one inside another or beside it');
    await expect(first).resolves.toBeUndefined();
    await expect(wampMarbles.async(() => {})).resolves.toBeUndefined();
  });

  it('waits for fixtures that join with a promise', async () => {
    const auth = ticket({ authid: 'joe', ticket: async () => 'secret' });

    await wampMarbles.async(({ client, publishes, answers, expectObservable }) => {
      publishes('com.x', '-a-b', undefined, { as: { auth } });
      answers('com.y', '--(r|)', undefined, undefined, { auth });
      const user = client({ auth });

      expectObservable(user.topic('com.x').pipe(arg), '^---!').toBe('-a-b');
      expectObservable(user.call('com.y').pipe(arg), '-^').toBe('---(r|)');
    }, { router: { realms: { realm1: { auth: { ticket: { users: { joe: { ticket: 'secret', role: 'clerk' } } } } } } } });
  });

  it('rejects with what failed first, whatever fails while all is closed', async () => {
    await expect(wampMarbles.async(({ client, answers, expectObservable }) => {
      answers('com.p', '-');
      client().call('com.p').subscribe({ error: () => { throw new Error('while all is closed'); } });
      expectObservable(of(1)).toBe('(a|)', { a: 2 });
    })).rejects.toThrow('they differ at 0 ms');
  });

  it('gives up on its callback under fake timers too', async () => {
    jest.useFakeTimers();
    try {
      await expect(wampMarbles.async(async ({ client }) => {
        await client().connect();
        await firstValueFrom(NEVER);
      })).rejects.toThrow('got one that still waits');
    } finally {
      jest.useRealTimers();
    }
  });

  it('flushes when it is told to', async () => {
    await wampMarbles.async(async ({ cold, expectObservable, flush }) => {
      const seen: string[] = [];
      expectObservable(cold('--a|').pipe(tap((value) => seen.push(value)))).toBe('--a|');

      await flush();

      expect(seen).toEqual(['a']);
      expect(asyncScheduler.now()).toBe(3);
    });
  });

  it('keeps a grace behind the promises of its frame', async () => {
    await wampMarbles.async(({ client, expectFrames }) => {
      const shop = client({ idleClose: 1000 });
      expectFrames(shop.link.sent$, '^--!').toBe('(hs)', { h: HELLO('realm1'), s: SUBSCRIBE('com.x') });

      const first = shop.topic('com.x').subscribe();
      void Promise.resolve().then(() => shop.topic('com.x').subscribe());
      first.unsubscribe();
    });
  });
});

describe('publishes', () => {
  it('is heard by whoever is subscribed at the first frame', () => {
    wampMarbles(({ client, publishes, expectObservable }) => {
      publishes('com.x', 'a-b');
      expectObservable(client().topic('com.x').pipe(arg), '^---!').toBe('a-b');
    });
  });

  it('takes payloads, and plain values as the only argument', () => {
    wampMarbles(({ client, publishes, expectObservable }) => {
      publishes('com.x', 'abcdef', { a: [1, 2], b: { kwargs: { n: 3 } }, c: 'text', d: null, e: { price: 3 }, f: result([4], { n: 5 }) });
      expectObservable(client().topic('com.x').pipe(map(({ args, kwargs }) => [args, kwargs])), '^------!')
        .toBe('abcdef', { a: [[1, 2], {}], b: [[], { n: 3 }], c: [['text'], {}], d: [[null], {}], e: [[{ price: 3 }], {}], f: [[4], { n: 5 }] });
    });
  });

  it('takes the options of publish', () => {
    wampMarbles(({ client, publishes, expectObservable }) => {
      publishes('com.x', '-a', undefined, { discloseMe: true });
      expectObservable(client().topic('com.x').pipe(map(({ details }) => typeof details['publisher'])), '^--!').toBe('-a', { a: 'number' });
    }, { router: { realms: { realm1: { authorize: () => true } } } });
  });

  it('begins at the next flush, counted from there', () => {
    wampMarbles(({ client, publishes, expectObservable, flush }) => {
      const user = client();
      timer(10).subscribe();
      flush();
      publishes('com.x', 'a-b');

      expectObservable(user.topic('com.x').pipe(arg), '^--!').toBe('10ms a-b');
    });
  });

  it('leaves at its end', () => {
    wampMarbles(({ router, publishes, expectObservable }) => {
      publishes('com.x', '--a--|');
      expectObservable(router.sessions$.pipe(map((sessions) => sessions.length)), '^------!').toBe('1----0', { 0: 0, 1: 1 });
    });
  });

  it.each([
    ['--#', undefined, 'what publishes cannot end with #'],
    ['--^', undefined, 'marbles of what happens must not have ^ and !'],
    ['--ab', { a: 1 }, 'values must have one for each letter of the marbles, got none for "b"'],
  ])('refuses %s', (marbles, values, message) => {
    expect(failureOf(({ publishes }) => publishes('com.x', marbles, values))).toContain(message);
  });

  it('plays ten thousand marbles without a queue of them', () => {
    wampMarbles(({ client, publishes, expectObservable }) => {
      publishes('com.x', '-a'.repeat(10_000));
      expectObservable(client().topic('com.x').pipe(take(10_000), count())).toBe('19999ms (n|)', { n: 10_000 });
    });
  });
});

describe('answers', () => {
  it('answers with progress, and with the value that comes with the end', () => {
    wampMarbles(({ client, answers, expectObservable }) => {
      const user = client();
      answers('com.add', '--p-q-(r|)');
      answers('com.void', '--p-|');
      const told = map(({ progress, args }: { readonly progress: boolean; readonly args: readonly unknown[] }) => `${progress ? 'progress' : 'result'} ${args.join()}`);

      expectObservable(user.call('com.add', [], { progress: true }).pipe(told)).toBe('--p-q-(r|)', { p: 'progress p', q: 'progress q', r: 'result r' });
      expectObservable(user.call('com.add').pipe(told)).toBe('------(r|)', { r: 'result r' });
      expectObservable(user.call('com.void', [], { progress: true }).pipe(told)).toBe('--p-|', { p: 'progress p' });
    });
  });

  it('counts the time of each call from that call', () => {
    wampMarbles(({ client, answers, expectObservable }) => {
      const user = client();
      answers('com.add', '--(r|)');

      expectObservable(user.call('com.add').pipe(arg), '----^').toBe('------(r|)');
      expectObservable(user.call('com.add').pipe(arg), '-----^').toBe('-------(r|)');
    });
  });

  it('answers one call after the other with a list of diagrams, and all others with the last', () => {
    wampMarbles(({ client, answers, expectObservable }) => {
      const user = client();
      answers('com.next', ['(a|)', '(b|)']);

      expectObservable(concat(user.call('com.next'), user.call('com.next'), user.call('com.next')).pipe(arg)).toBe('(abb|)');
    });
  });

  it('answers with several values, and with errors', () => {
    wampMarbles(({ client, answers, fails, expectObservable }) => {
      const user = client();
      answers('com.two', '(r|)', { r: result([1, 2], { three: 3 }) });
      answers('com.broken', '-#', undefined, new ApplicationError('com.broken.so', { args: ['so'] }));
      fails('com.fails', '--#', 'com.broken.too');

      expectObservable(user.call('com.two').pipe(map(({ args, kwargs }) => [args, kwargs]))).toBe('(r|)', { r: [[1, 2], { three: 3 }] });
      expectObservable(user.call('com.broken')).toBe('-#', undefined, new ApplicationError('com.broken.so', { args: ['so'] }));
      expectObservable(user.call('com.fails')).toBe('--#', undefined, new ApplicationError('com.broken.too'));
    });
  });

  it('tells what it was called with, and when it was cancelled', () => {
    wampMarbles(({ client, answers, expectObservable, expectSubscriptions }) => {
      const user = client();
      const slow = answers('com.slow', '-----(r|)');

      expectObservable(user.call('com.slow', [1]), '--^--!').toBe('');
      expectObservable(user.call('com.slow', [2]).pipe(arg), '---^').toBe('--------(r|)');
      expectObservable(slow.calls$, '^---------!').toBe('--ab', { a: { args: [1], kwargs: {} }, b: { args: [2], kwargs: {} } });
      expectObservable(slow.calls$.pipe(arg), '9ms ^').toBe('9ms (ab)', { a: 1, b: 2 });
      expectSubscriptions(slow.subscriptions).toBe(['--^--!', '---^----!']);
    });
  });

  it('fails the test where it cannot be registered', () => {
    expect(failureOf(({ answers }) => {
      answers('com.add', '(r|)');
      answers('com.add', '(r|)');
    })).toContain('procedure_already_exists');
  });
});

describe('scriptedRouter of wampMarbles', () => {
  it('is a router for a client, over its link', () => {
    wampMarbles(({ client, scriptedRouter, expectObservable }) => {
      const script = scriptedRouter();
      const user = client({ transport: script.transport });
      user.link.latency(5);
      script.expect(CALL('com.add', [2, 3])).after(10).reply(RESULT([5]));

      expectObservable(user.call('com.add', [2, 3]).pipe(arg)).toBe('30ms (r|)', { r: 5 });
    });
  });

  it('fails the test over what was not expected, with both sides', () => {
    const message = failureOf(({ client, scriptedRouter }) => {
      const script = scriptedRouter();
      script.expect(CALL('com.add')).reply(RESULT());
      client({ transport: script.transport }).call('com.subtract').subscribe({ error: () => {} });
    });

    expect(message).toContain('com.add');
    expect(message).toContain('com.subtract');
  });

  it('need not be told of what is unsubscribed after the test, and has to be of what the test does', () => {
    const watch = ({ client, scriptedRouter, expectObservable }: MarbleHelpers, subscription: string): void => {
      const script = scriptedRouter();
      script.expect(SUBSCRIBE('com.x')).reply(SUBSCRIBED()).after(2).reply(EVENT(['a']));
      expectObservable(client({ transport: script.transport }).topic('com.x').pipe(arg), subscription).toBe('--a');
    };

    expect(() => wampMarbles((helpers) => watch(helpers, '^'))).not.toThrow();
    expect(failureOf((helpers) => watch(helpers, '^---!'))).toContain('expected nothing more, got UNSUBSCRIBE 2 subscription=1');
  });

  it('fails the test over what never came, and says it once', () => {
    const message = failureOf(({ scriptedRouter }) => { scriptedRouter().expect(CALL('com.add')).reply(RESULT()); });

    expect(message.match(/CALL com.add/g)).toHaveLength(1);
  });
});

describe('expectLeaks', () => {
  it('looks at clients before fixtures leave, and says so rather than that a call failed', () => {
    const message = failureOf(({ client, answers, expectLeaks }) => {
      answers('com.p', '-');
      client().call('com.p').subscribe();
      expectLeaks().toBeEmpty();
    });

    expect(message).toContain('client 1: open CALL: expected 0, got 1');
  });

  it('finds nothing where all was undone', () => {
    wampMarbles(({ client, publishes, answers, expectObservable, expectFrames, expectLeaks }) => {
      const user = client();
      user.link.latency(5);
      publishes('com.x', '30ms a');
      answers('com.slow', '1s (r|)');

      expectFrames(user.link.sent$, '^ 55ms !').toBe('h 9ms s 39ms u', { h: HELLO(), s: SUBSCRIBE(), u: UNSUBSCRIBE() });
      expectObservable(user.topic('com.x').pipe(arg), '^ 49ms !').toBe('35ms a');
      expectObservable(user.call('com.slow', [], { timeout: 100 }), '60ms ^ 20ms !').toBe('');
      expectLeaks().toBeEmpty();
    });
  });

  it('lets go of what was expected before it counts', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      expectObservable(client().topic('com.x')).toBe('');
      expectLeaks().toBeEmpty();
    });
  });

  it.each<[string, RegExp, (helpers: MarbleHelpers) => void]>([
    ['a subscription', /topic|subscription/, ({ client }) => { client().topic('com.x').subscribe(); }],
    ['a registration', /registration/, ({ client }) => { client().register('com.p', () => 1).subscribe(); }],
    ['a call', /call/i, ({ client, answers }) => { answers('com.p', '-'); client().call('com.p').subscribe({ error: () => {} }); }],
    ['a held connection', /connect/, ({ client }) => { void client().connect(); }],
    ['a timer', /timer/, () => { interval(1000).subscribe(); }],
    ['a session that the test made itself', /router: sessions: expected 0, got 1/, ({ link }) => { join(link(), { realm: 'realm1' }).subscribe({ error: () => {} }); }],
  ])('finds %s', (_what, expected, leak) => {
    expect(failureOf((helpers) => {
      leak(helpers);
      helpers.expectLeaks().toBeEmpty();
    }, { maxTime: 5000 })).toMatch(expected);
  });
});
