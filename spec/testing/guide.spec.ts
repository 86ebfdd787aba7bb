import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catchError, concatMap, delay, filter, finalize, firstValueFrom, ignoreElements, interval, map, of, retry, scan, take, timer } from 'rxjs';
import { ApplicationError, TimeoutError, arg, result } from '../../lib/index.ts';
import { CALL, CANCEL, ERROR, EVENT, HELLO, RESULT, SUBSCRIBE, SUBSCRIBED, WELCOME, memoryRouter, record, wampMarbles, type Recording } from '../../lib/testing/index.ts';
import { ROOT } from '../support/sources.ts';

// What stands between two lines of dots is a block of lib/testing/README.md, and spec/package/docs.spec.ts sees to that.
describe('the guide to testing', () => {
  it('draws what a service does', () => {
    // ...
    wampMarbles(({ client, publishes, expectObservable }) => {
      const shop = client();
      publishes('com.shop.price', '--a-b', { a: 3, b: 4 });

      const price$ = shop.topic<[price: number]>('com.shop.price').pipe(arg(0));

      expectObservable(price$, '      ^-----!').toBe('--a-b', { a: 3, b: 4 });
    });
    // ...
  });

  it('plays the others', () => {
    // ...
    wampMarbles(({ client, answers, fails, expectObservable, expectSubscriptions }) => {
      const shop = client();
      const order = answers('com.shop.order', '--(r|)', { r: result(['accepted'], { number: 7 }) });
      fails('com.shop.pay', '---#', 'com.shop.no_money');

      const order$ = shop.call('com.shop.order', ['tea']).pipe(map(({ args, kwargs }) => ({ args, kwargs })));
      const pay$ = shop.call('com.shop.pay');

      expectObservable(order$).toBe('      --(r|)', { r: { args: ['accepted'], kwargs: { number: 7 } } });
      expectObservable(pay$).toBe('        ---#', undefined, new ApplicationError('com.shop.no_money'));
      expectObservable(order.calls$).toBe('c', { c: { args: ['tea'], kwargs: {} } });
      expectSubscriptions(order.subscriptions).toBe('^-!');
    });
    // ...
  });

  it('shows a reconnection', () => {
    // ...
    wampMarbles(({ client, publishes, expectObservable }) => {
      const shop = client();
      publishes('com.shop.price', '  500ms a          4.5s b', { a: 3, b: 4 });
      shop.link.marbles('          1s x 2s o');

      const states$ = shop.state$.pipe(map(({ kind }) => kind));
      const price$ = shop.topic<[price: number]>('com.shop.price').pipe(arg(0));

      // It tries again after 500, 1000 and 2000 ms; the third time there is somebody.
      expectObservable(states$, '  ^ 7s !').toBe('(icaj) 994ms w 499ms (cw) 996ms (cw) 1996ms (caj)', {
        i: 'idle', c: 'connecting', a: 'authenticating', j: 'joined', w: 'waiting',
      });
      expectObservable(price$, '   ^ 7s !').toBe('500ms a 4.5s b', { a: 3, b: 4 });
    });
    // ...
  });

  it('shows a gap', () => {
    // ...
    wampMarbles(({ client, publishes, expectObservable }) => {
      const shop = client({ retry: { initialDelay: 100, jitter: 'none' } });
      publishes('com.shop.price', ' 10ms a---b', { a: 3, b: 4 });
      shop.link.marbles('         12ms x 20ms o');

      const signals$ = shop.topicStatus('com.shop.price').pipe(map(({ kind }) => kind));

      // b was published while nobody heard it.
      expectObservable(signals$, ' ^ 200ms !').toBe('(su) 6ms e-s 99ms (ug)', { s: 'suspended', u: 'subscribed', e: 'event', g: 'gap' });
    });
    // ...
  });

  it('shows progress', () => {
    // ...
    wampMarbles(({ client, answers, expectObservable }) => {
      const user = client();
      answers('com.files.import', '--p--p--(r|)', { p: 1, r: 'done' });

      const bar$ = user.call<string, number>('com.files.import', [], { progress: true }).pipe(
        scan((bar, { progress, args: [value] }) => (progress ? `${bar}#` : String(value)), ''),
      );

      expectObservable(bar$).toBe('--a--b--(c|)', { a: '#', b: '##', c: 'done' });
    });
    // ...
  });

  it('shows a procedure of its own', () => {
    // ...
    wampMarbles(({ client, expectObservable }) => {
      const [clock, user] = [client(), client()];
      clock.register('com.clock.ticks', () => interval(10).pipe(take(2))).subscribe();

      const ticks$ = user.call('com.clock.ticks', [], { progress: true }).pipe(arg(0));

      expectObservable(ticks$, '^ 50ms !').toBe('10ms a 9ms (b|)', { a: 0, b: 1 });
    });
    // ...
  });

  it('shows a cancellation', () => {
    // ...
    wampMarbles(({ client, answers, expectObservable, expectSubscriptions, expectFrames }) => {
      const user = client();
      const importing = answers('com.files.import', '---------(r|)');

      expectFrames(user.link.sent$.pipe(filter(({ type }) => type === CANCEL().type))).toBe('----c', { c: CANCEL() });
      expectObservable(user.call('com.files.import'), '^---!').toBe('');
      expectSubscriptions(importing.subscriptions).toBe('^---!');
    });
    // ...
  });

  it('shows a timeout', () => {
    // ...
    wampMarbles(({ client, answers, expectObservable }) => {
      const user = client();
      answers('com.slow', '1m (r|)');

      const answer$ = user.call('com.slow', [], { timeout: 5000 }).pipe(arg(0));

      expectObservable(answer$).toBe('5s #', undefined, new TimeoutError('no answer from com.slow within 5000 ms'));
    });
    // ...
  });

  it('shows back-pressure', () => {
    // ...
    wampMarbles(({ client, publishes, expectObservable }) => {
      const shop = client();
      publishes('com.shop.order', 'abc');

      // Each order takes 5 ms; the others wait their turn.
      const handled$ = shop.topic<[order: string]>('com.shop.order').pipe(arg(0), concatMap((order) => of(order).pipe(delay(5))));

      expectObservable(handled$, '^ 30ms !').toBe('-----a----b----c');
    });
    // ...
  });

  it('shows a retry', () => {
    // ...
    wampMarbles(({ client, answers, expectObservable }) => {
      const shop = client();
      answers('com.shop.order', ['-#', '-#', '-(r|)'], { r: 'accepted' }, new ApplicationError('com.shop.sold_out'));

      const order$ = shop.call('com.shop.order').pipe(retry({ count: 3, delay: () => timer(10) }), arg(0));

      expectObservable(order$).toBe('- 10ms - 10ms -(r|)', { r: 'accepted' });
    });
    // ...
  });

  it('shows what is on the wire', () => {
    // ...
    wampMarbles(({ client, expectObservable, expectFrames }) => {
      const shop = client();
      shop.link.latency(2);

      expectFrames(shop.link.sent$, '    ^---------!').toBe('h---s', { h: HELLO('realm1'), s: SUBSCRIBE('com.shop.price') });
      expectFrames(shop.link.received$, '^---------!').toBe('----w---s', { w: WELCOME(), s: SUBSCRIBED() });
      expectObservable(shop.topic('com.shop.price'), '^ 20ms !').toBe('');
    });
    // ...
  });

  it('writes the router', () => {
    // ...
    wampMarbles(({ client, scriptedRouter, expectObservable }) => {
      const router = scriptedRouter();
      const user = client({ transport: router.transport });
      router.expect(CALL('com.shop.order', ['tea'])).after(100).reply(ERROR('com.shop.sold_out'));
      router.expect(CALL('com.shop.order', ['coffee'])).reply(RESULT(['accepted']));

      const order$ = user.call('com.shop.order', ['tea']).pipe(
        catchError(() => user.call('com.shop.order', ['coffee'])),
        arg(0),
      );

      expectObservable(order$).toBe('100ms (a|)', { a: 'accepted' });
    });
    // ...
  });

  it('plays a recording', () => {
    // ...
    let recording: Recording | undefined;

    wampMarbles(({ client, answers, expectObservable }) => {
      const user = client();
      answers('com.add', '--(r|)', { r: 5 });
      const recorder = record(user.wire$);

      expectObservable(user.call('com.add', [2, 3]).pipe(finalize(() => { recording = recorder.recording; }), arg(0))).toBe('--(r|)', { r: 5 });
    });

    // JSON.stringify(recording) is a file. Played, it is a router that expects the same and answers the same, after the same time.
    wampMarbles(({ client, replay, expectObservable }) => {
      const user = client({ transport: replay(recording).transport });

      expectObservable(user.call('com.add', [2, 3]).pipe(arg(0))).toBe('--(r|)', { r: 5 });
    });
    // ...
  });

  it('shows a bad line', () => {
    // ...
    wampMarbles(({ client, publishes, expectObservable }) => {
      const near = client();
      const far = client();
      far.link.latency(100, 50); // 100 ms, and up to 50 more by chance: from the seed
      publishes('com.shop.price', '1s a', { a: 3 });

      const price = (shop: typeof near) => shop.topic<[price: number]>('com.shop.price').pipe(take(1), arg(0));

      expectObservable(price(near)).toBe('1s (a|)', { a: 3 });
      expectObservable(price(far)).toBe('1133ms (a|)', { a: 3 });
    }, { seed: 3 });
    // ...
  });

  it('waits for promises', async () => {
    // ...
    await wampMarbles.async(({ client, expectObservable }) => {
      const [bank, teller] = [client(), client()];
      bank.register('com.bank.balance', async () => 100).subscribe();

      const balance$ = teller.call('com.bank.balance').pipe(arg(0));

      expectObservable(balance$, '10ms ^').toBe('10ms (b|)', { b: 100 });
    });
    // ...
  });

  it('finds what is left behind', () => {
    // ...
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const shop = client();

      expectObservable(shop.topic('com.shop.price'), '^---!').toBe('');
      expectLeaks().toBeEmpty();
    });
    // ...
  });

  it('runs in real time', async () => {
    // ...
    const router = memoryRouter();
    const [bank, teller] = [router.client(), router.client()];
    bank.register('com.bank.balance', async () => 100).subscribe();
    await bank.connect();

    const { args: [balance] } = await firstValueFrom(teller.call<number>('com.bank.balance'));
    // balance is 100

    teller.link.cut(); // and see what becomes of it
    await router.close(); // the clients too
    // ...
    expect(balance).toBe(100);
  });

  it('draws a failure', () => {
    let message = '';

    try {
      wampMarbles(({ client, publishes, expectObservable, expectFrames }) => {
        const shop = client();
        publishes('com.shop.price', '--a-c', { a: 3, c: 5 });
        expectFrames(shop.link.received$.pipe(filter(({ type }) => type === EVENT().type))).toBe('--a-b', { a: EVENT([3]), b: EVENT([4]) });
        expectObservable(shop.topic('com.shop.price').pipe(ignoreElements()), '^-----!').toBe('');
      });
    } catch (error) {
      message = (error as Error).message;
    }

    expect(message).not.toBe('');
    expect(readFileSync(join(ROOT, 'lib/testing/README.md'), 'utf8')).toContain(`\`\`\`\n${message}\n\`\`\`\n`);
  });
});
