import { describe, expect, it } from '@jest/globals';
import {
  EMPTY, NEVER, animationFrameScheduler, asyncScheduler, concat, concatMap, defer, delay, distinctUntilChanged, map, mergeMap, of, range, throwError, timer,
} from 'rxjs';
import {
  arg, bufferOverflow, callWith, conflate, detectGaps, holdWhile, kwarg, liveQuery, mergeTopics, payload, presence, processEach, progressOf, publishTo, rateLimit, result,
  retryBackoff, retryCall, toAsyncIterable, toState,
  type PayloadInput, type PresencePeer, type PublicationError, type TopicEvent, type Uri,
} from '../../lib/index.ts';
import { wampMarbles } from '../../lib/testing/index.ts';

// What stands between two lines of dots is a block of a docblock of lib/operators, and spec/package/docs.spec.ts sees to that.
describe('the examples of the operators', () => {
  it('runs that of bufferOverflow', () => {
    const log: unknown[] = [];

    wampMarbles(() => {
      const client = { topic: (_uri: string) => range(0, 103) };
      const console = { warn: (line: string) => log.push(line) };
      const draw = (price: number): number => log.push(price);
      // ...
      client.topic('com.shop.price').pipe(
        bufferOverflow({ limit: 100, overflow: 'dropOldest', report: ({ count }) => console.warn(`${count} prices dropped`) }),
      ).subscribe(draw);
      // 103 came in one turn => draws the first and the newest 100, and warns of two
      // ...
    });

    expect(log).toEqual([0, '1 prices dropped', '2 prices dropped', ...Array.from({ length: 100 }, (_, index) => index + 3)]);
  });

  it('runs that of mergeTopics', () => {
    const log: unknown[] = [];

    wampMarbles(({ client: join, publishes }) => {
      const client = join();
      const console = { log: (topic: Uri, args: readonly unknown[]) => log.push([topic, ...args]) };
      publishes('com.shop.price', '-a', { a: [3] });
      // ...
      mergeTopics(client.topic('com.shop', { match: 'prefix' }), client.topic('com..price', { match: 'wildcard' }))
        .subscribe(({ topic, args }) => console.log(topic, args));
      // com.shop.price [3] is published => printed once, though both have it
      // ...
    });

    expect(log).toEqual([['com.shop.price', 3]]);
  });

  it('runs that of conflate', () => {
    const log: unknown[] = [];

    wampMarbles(({ client: join, animate, publishes }) => {
      const client = join();
      animate('-x-x-x-x-x');
      publishes('com.shop.price', '-ab', { a: { symbol: 'tea', left: 3 }, b: { symbol: 'tea', left: 2 } });
      interface Price { readonly symbol: string; readonly left: number }
      const draw = (prices: { readonly [symbol: string]: Price }): number => log.push(prices['tea']?.left);
      // ...
      client.topic<[price: Price]>('com.shop.price').pipe(
        map(({ args: [price] }) => ({ [price.symbol]: price })),
        conflate((prices, more) => ({ ...prices, ...more }), { scheduler: animationFrameScheduler }),
      ).subscribe(draw);
      // => draws the first price at once, then what changed, once a frame
      // ...
    });

    expect(log).toEqual([3, 2]);
  });

  it('runs that of detectGaps', () => {
    const log: unknown[] = [];

    wampMarbles(({ client: join, publishes }) => {
      const client = join();
      publishes('com.shop.price', '-abc', { a: result([], { seq: 1 }), b: result([], { seq: 2 }), c: result([], { seq: 5 }) });
      const show = ({ kwargs }: TopicEvent): number => log.push(kwargs['seq']);
      const refresh = (): number => log.push('refresh');
      // ...
      client.topic('com.shop.price').pipe(detectGaps(({ kwargs }) => kwargs['seq'])).subscribe((signal) => {
        if (signal.kind === 'value') show(signal.value);
        if (signal.kind === 'gap') refresh();
      });
      // 1, 2 and 5 came => shows 1 and 2, refreshes, shows 5
      // ...
    });

    expect(log).toEqual([1, 2, 'refresh', 5]);
  });

  it('runs that of arg', () => {
    const log: unknown[] = [];
    const console = { log: (line: unknown) => log.push(line) };

    wampMarbles(({ client: join, publishes }) => {
      const client = join();
      publishes('com.shop.price', '-a', { a: 42 });
      // ...
      client.topic<[price: number]>('com.shop.price').pipe(arg(0)).subscribe((price) => console.log(price.toFixed(2)));
      // 42 came => 42.00
      // ...
    });

    expect(log).toEqual(['42.00']);
  });

  it('runs that of kwarg', () => {
    const log: unknown[] = [];
    const console = { log: (line: unknown) => log.push(line) };

    wampMarbles(({ client: join, publishes }) => {
      const client = join();
      publishes('com.shop.price', '-a', { a: result([], { unit: 'EUR' }) });
      // ...
      client.topic<[], { unit: string }>('com.shop.price').pipe(kwarg('unit')).subscribe((unit) => console.log(unit.toLowerCase()));
      // EUR came => eur
      // ...
    });

    expect(log).toEqual(['eur']);
  });

  it('runs that of progressOf', () => {
    const log: unknown[] = [];
    const console = { log: (line: unknown) => log.push(line) };

    wampMarbles(({ client: join, answers }) => {
      const client = join();
      answers('com.office.print', '-p-q-(r|)', { p: 1, q: 2, r: 'a.pdf' });
      // ...
      client.call<string, number>('com.office.print', [], { progress: true }).pipe(
        progressOf({ bar: ({ args: [page] }) => `page ${page}`, done: ({ args: [file] }) => `printed ${file}` }),
      ).subscribe(console.log);
      // => page 1, page 2, printed a.pdf
      // ...
    });

    expect(log).toEqual(['page 1', 'page 2', 'printed a.pdf']);
  });

  it('runs that of processEach', () => {
    const log: unknown[] = [];

    wampMarbles(({ client: join, publishes, answers }) => {
      const client = join();
      publishes('com.plant.reading', '-a-b', { a: 7, b: 8 });
      answers('com.db.insert', '(r|)', { r: 0 }).calls$.subscribe(({ args }) => log.push(...args));
      // ...
      client.topic('com.plant.reading').pipe(
        processEach(({ args }) => client.call('com.db.insert', args), { concurrency: 4, limit: 1000, overflow: 'dropOldest' }),
      ).subscribe();
      // => com.db.insert is called with 7, and with 8
      // ...
    });

    expect(log).toEqual([7, 8]);
  });

  it('runs that of rateLimit', () => {
    const log: unknown[] = [];

    wampMarbles(({ client: join, answers }) => {
      const client = join();
      const orders$ = range(0, 20);
      answers('com.shop.order', '(r|)', { r: 0 }).calls$.subscribe(() => log.push(Math.floor(asyncScheduler.now() / 1000)));
      // ...
      orders$.pipe(
        rateLimit(10, 1000, { limit: 200 }),
        mergeMap((order) => client.call('com.shop.order', [order])),
      ).subscribe();
      // => no more than 10 calls in any second
      // ...
    });

    expect(log).toEqual([...Array<number>(10).fill(0), ...Array<number>(10).fill(1)]);
  });

  it('runs that of callWith', () => {
    const log: unknown[] = [];

    wampMarbles(({ client: join, answers }) => {
      const client = join();
      type Receipt = string;
      const order$ = of('tea');
      const file = (receipt: Receipt): number => log.push(receipt);
      answers('com.shop.order', '(r|)', { r: 'paid' }).calls$.subscribe(({ args }) => log.push(...args));
      // ...
      order$.pipe(map((order) => [order]), callWith(client, 'com.shop.order', { concurrency: 4, limit: 100 })).subscribe();

      const patient = { call: (uri: Uri, payload: PayloadInput) => client.call<Receipt>(uri, payload, { timeout: 5_000 }).pipe(retryCall()) };
      order$.pipe(map((order) => [order]), callWith(patient, 'com.shop.order')).subscribe(({ args: [receipt] }) => file(receipt));
      // => orders, and with the second pipe files the receipt of each
      // ...
    });

    expect(log).toEqual(['tea', 'tea', 'paid']);
  });

  it('runs that of payload', () => {
    const log: unknown[] = [];

    wampMarbles(({ client: join, publishes }) => {
      const client = join();
      publishes('com.office.news', '20ms a', { a: 'open' });
      const [office, branch] = [client, join()];
      join().topic('com.branch.news').pipe(arg(0)).subscribe((news) => log.push(news));
      // ...
      office.topic('com.office.news').pipe(payload(), concatMap((news) => branch.publish('com.branch.news', news))).subscribe();
      // => what is news in the office is news in the branch
      // ...
    });

    expect(log).toEqual(['open']);
  });

  it('runs that of holdWhile', () => {
    const log: unknown[] = [];

    wampMarbles(({ client: join }) => {
      const client = join();
      const readings$ = of(1, 2);
      join().topic('com.plant.reading').pipe(arg(0)).subscribe((reading) => log.push(reading));
      timer(20).subscribe(() => client.topic('com.plant.alarm').subscribe());
      // ...
      const offline$ = client.state$.pipe(map(({ kind }) => kind !== 'joined'), distinctUntilChanged());
      readings$.pipe(
        holdWhile(offline$, { limit: 500, overflow: 'dropOldest' }),
        concatMap((reading) => client.publish('com.plant.reading', [reading])),
      ).subscribe();
      // => what was read before the session is published in it
      // ...
    });

    expect(log).toEqual([1, 2]);
  });

  it('runs that of publishTo', () => {
    const log: unknown[] = [];

    wampMarbles(({ client: join }) => {
      const client = join();
      const sensor$ = of(7, 8).pipe(delay(20));
      join().topic('com.plant.reading').pipe(arg(0)).subscribe((reading) => log.push(reading));
      // ...
      sensor$.pipe(
        map((reading) => [reading]),
        publishTo(client, 'com.plant.reading', { acknowledge: true, window: 16, limit: 1000, overflow: 'dropOldest' }),
      ).subscribe({ error: ({ index, sent }: PublicationError) => console.error(`reading ${index} failed, sent: ${sent}`) });
      // => each reading is an event of com.plant.reading
      // ...
    });

    expect(log).toEqual([7, 8]);
  });

  it('runs that of retryBackoff', () => {
    const log: unknown[] = [];
    const console = { log: (line: unknown) => log.push(line) };

    wampMarbles(() => {
      let failures = 2;
      const feed$ = defer(() => (failures-- > 0 ? throwError(() => new Error('no feed')) : EMPTY));
      // ...
      feed$.pipe(
        retryBackoff({ initialDelay: 100, jitter: 'none', onWait: ({ attempt, delay }) => console.log(`attempt ${attempt} in ${delay} ms`) }),
      ).subscribe();
      // it fails twice => attempt 1 in 100 ms, attempt 2 in 200 ms
      // ...
    });

    expect(log).toEqual(['attempt 1 in 100 ms', 'attempt 2 in 200 ms']);
  });

  it('runs that of retryCall', () => {
    const log: unknown[] = [];

    wampMarbles(({ client: join, answers }) => {
      const client = join();
      type Receipt = string;
      interface Chunk { readonly end: number }
      for (const uri of ['com.shop.order', 'com.files.read']) answers(uri, '(r|)', { r: 0 }).calls$.subscribe(({ args }) => log.push(...args));
      // ...
      client.call<Receipt>('com.shop.order', [42]).pipe(retryCall()).subscribe();

      client.call<Chunk, Chunk>('com.files.read', [0], { progress: true }).pipe(
        retryCall({ attempts: 10, idempotent: true, resume: ({ args: [chunk] }) => client.call<Chunk, Chunk>('com.files.read', [chunk.end], { progress: true }) }),
      ).subscribe();
      // neither fails => com.shop.order is called once with 42, com.files.read once with 0
      // ...
    });

    expect(log).toEqual([42, 0]);
  });

  it('runs that of liveQuery', () => {
    const log: unknown[] = [];

    wampMarbles(({ client: join, publishes, answers }) => {
      const client = join();
      interface Stock { readonly version: number; readonly items: { readonly [item: string]: number } }
      interface Change { readonly version: number; readonly item: string; readonly left: number }
      answers('com.shop.stock', '(r|)', { r: { version: 1, items: {} } });
      publishes('com.shop.stock.changed', '20ms a', { a: { version: 2, item: 'tea', left: 3 } });
      const render = (stock: Stock): number => log.push(stock);
      // ...
      liveQuery({
        snapshot: () => client.call<Stock>('com.shop.stock').pipe(map(({ args: [stock] }) => stock)),
        topic: client.topicStatus<[change: Change]>('com.shop.stock.changed'),
        reduce: (stock, { args: [{ version, item, left }] }) => ({ version, items: { ...stock.items, [item]: left } }),
        versionOf: { state: ({ version }) => version, event: ({ args: [{ version }] }) => version },
        backoff: { maxDelay: 5_000 },
      }).subscribe((stock) => render(stock));
      // => renders version 1, the snapshot, then version 2, with the change
      // ...
    });

    expect(log).toEqual([{ version: 1, items: {} }, { version: 2, items: { tea: 3 } }]);
  });

  it('runs that of presence', () => {
    const log: unknown[] = [];
    const console = { log: (line: unknown) => log.push(line) };

    wampMarbles(() => {
      const client: PresencePeer = {
        topicStatus: () => concat(of({ kind: 'subscribed' } as const), NEVER),
        call: (uri) => of({ args: uri === 'wamp.session.list' ? [[1]] : [{ session: 1, authid: 'ann', authrole: 'user' }], kwargs: {} }),
      };
      // ...
      presence(client, ({ authrole }) => authrole === 'user', { backoff: {} }).subscribe((present) => {
        console.log(present.map(({ authid, sessions }) => `${authid} (${sessions.length})`).join(', '));
      });
      // => ann (1)
      // ...
    });

    expect(log).toEqual(['ann (1)']);
  });

  it('runs that of toState', () => {
    const log: unknown[] = [];

    wampMarbles(({ client: join, publishes }) => {
      const client = join();
      publishes('com.shop.sold', '-a', { a: 3 });
      const useSyncExternalStore = (watched: (changed: () => void) => () => void, value: () => number): number => {
        watched(() => log.push(value()));
        return value();
      };
      // ...
      const stock = toState((left: number, { args: [sold] }: TopicEvent<[sold: number]>) => left - sold, 100)(client.topic('com.shop.sold'));

      // React
      const watch = (changed: () => void) => {
        const subscription = stock.subscribe(changed);
        return () => subscription.unsubscribe();
      };
      const left = useSyncExternalStore(watch, () => stock.value);
      // 3 are sold => left is 100, then 97
      // ...
      log.push(left);
    });

    expect(log).toEqual([100, 100, 97]);
  });

  it('runs that of toAsyncIterable', async () => {
    const log: unknown[] = [];
    const client = { topic: (_uri: string) => of({ args: [1] }, { args: [2] }) };
    const save = async (price: number | undefined): Promise<unknown> => Promise.resolve(log.push(price));
    // ...
    for await (const { args: [price] } of toAsyncIterable({ limit: 100 })(client.topic('com.shop.price'))) {
      await save(price);
    }
    // 1 and 2 came => saves 1, then 2
    // ...

    expect(log).toEqual([1, 2]);
  });
});
