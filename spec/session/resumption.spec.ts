import { describe, expect, it } from '@jest/globals';
import { defer, filter, interval, map, merge, of, switchMap, take, timer } from 'rxjs';
import { TransportLostError } from '../../lib/errors.ts';
import { MessageType, type Hello, type Message, type Welcome } from '../../lib/protocol/messages.ts';
import { ACK, GOODBYE, HELLO, WELCOME } from '../../lib/testing/builders.ts';
import { wampMarbles } from '../../lib/testing/marbles.ts';
import type { LinkedClientOptions } from '../../lib/testing/linked-client.ts';
import type { Session } from '../../lib/session/session.ts';
import type { MemoryRouterOptions } from '../../lib/testing/memory-router.ts';
import { join } from '../support/raw-peer.ts';

const TIMEOUT = 10_000;
const RESUMING: MemoryRouterOptions = { realms: { realm1: { resume: { timeout: TIMEOUT, messages: 100, bytes: 10_000 } } } };
const retry = { initialDelay: 100, maxDelay: 100 };

const LETTERS = { i: 'idle', c: 'connecting', a: 'authenticating', j: 'joined', w: 'waiting', x: 'closed' };
const SIGNALS = { s: 'suspended', u: 'subscribed', e: 'event', g: 'gap' };

const LOST = new TransportLostError('session ended before com.slow was answered', { sent: true, effect: 'unknown' });

const ofType = (type: Message['type']) => filter<Message>((message) => message.type === type);
const resumeOf = (message: Message): unknown => (message as Hello | Welcome).details['_resume'];

describe('Resumption', () => {
  it('keeps a call with progress over a cut: the caller sees nothing but later values', () => {
    wampMarbles(({ client, answers, expectObservable, expectSubscriptions, expectLeaks }) => {
      const user = client({ resume: true, retry });
      const importing = answers('com.files.import', '--p---------q----------(r|)', { p: 1, q: 2, r: 3 });
      user.link.marbles('                            --------x---o');

      const states = user.state$.pipe(map(({ kind }) => kind));
      const values = user.call('com.files.import', [], { progress: true }).pipe(map(({ args: [value] }) => value));

      // q was said while nobody listened, and so was r: both come with the new connection.
      expectObservable(states, '^ 120ms !').toBe('(icaj)--w 99ms (caji)', LETTERS);
      expectObservable(values).toBe('           --p 105ms (qr|)', { p: 1, q: 2, r: 3 });
      expectSubscriptions(importing.subscriptions).toBe('^----------------------!');
      expectLeaks().toBeEmpty();
    }, { router: RESUMING });
  });

  it('keeps a topic without a gap: what was published meanwhile comes once, in order, and nothing else', () => {
    wampMarbles(({ client, publishes, expectObservable, expectFrames, expectLeaks }) => {
      const shop = client({ resume: true, retry });
      publishes('com.shop.price', '  -----a-----b----c--- 100ms d', { a: 1, b: 2, c: 3, d: 4 });
      shop.link.marbles('            ---------x---------o');

      const signals$ = shop.topicStatus('com.shop.price').pipe(map((signal) => (signal.kind === 'event' ? signal.event.args[0] : signal.kind)));

      expectObservable(signals$, '   ^ 150ms !').toBe('(su)-a 103ms (bc) 7ms d', { ...SIGNALS, a: 1, b: 2, c: 3, d: 4 });
      expectFrames(shop.link.sent$.pipe(ofType(MessageType.SUBSCRIBE)), '^ 150ms !').toBe('s', { s: { type: MessageType.SUBSCRIBE } });
      expectLeaks().toBeEmpty();
    }, { router: RESUMING });
  });

  it('keeps a registration: who calls it meanwhile waits, and is answered', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const [bank, teller] = [client({ resume: true, retry }), client()];
      bank.link.marbles('                     ---------x---------o');
      bank.register('com.bank.balance', () => of(100)).subscribe();

      const balance$ = timer(12).pipe(switchMap(() => teller.call('com.bank.balance')), map(({ args: [balance] }) => balance));

      expectObservable(balance$, '   ^ 200ms !').toBe(' 109ms (b|)', { b: 100 });
      timer(300).subscribe(() => { void bank.close(); });
      expectLeaks().toBeEmpty();
    }, { router: RESUMING });
  });

  it('keeps a running procedure, whose results arrive when the connection is back', () => {
    wampMarbles(({ client, expectObservable }) => {
      const [clock, user] = [client({ resume: true, retry }), client()];
      clock.link.marbles('                ---------------x-------o');
      clock.register('com.clock.ticks', () => interval(10).pipe(take(4))).subscribe();

      const ticks$ = user.call('com.clock.ticks', [], { progress: true }).pipe(map(({ args: [tick] }) => tick));

      expectObservable(ticks$, ' ^ 200ms !').toBe('10ms a 104ms (bcd|)', { a: 0, b: 1, c: 2, d: 3 });
    }, { router: RESUMING });
  });

  it('has what is asked for while it is away wait, and sent once', () => {
    wampMarbles(({ client, expectObservable, cold }) => {
      const [shop, office] = [client({ resume: true, retry, lazy: false }), client()];
      shop.link.marbles('                     ---------x---------o');
      const heard$ = office.topic('com.shop.order').pipe(map(({ args: [order] }) => order));
      cold('-----a-----b----c', { a: 1, b: 2, c: 3 }).subscribe((order) => shop.publish('com.shop.order', [order]).subscribe());

      expectObservable(heard$, '      ^ 200ms !').toBe('-----a 103ms (bc)', { a: 1, b: 2, c: 3 });
    }, { router: RESUMING });
  });

  it('keeps the order where something is sent while old messages are sent again', () => {
    wampMarbles(({ client, cold, expectObservable }) => {
      const [shop, office] = [client({ resume: true, retry, lazy: false }), client()];
      const heard$ = office.topic('com.shop.order').pipe(map(({ args: [order] }) => order));
      let session: Session | undefined;
      let next = 10;
      shop.session$.subscribe((current) => { session ??= current; });
      // What is published through the session itself while its connection is away is kept, and so is what watching that brings about.
      shop.link.marbles('-----x-----o 200ms x--o');
      cold('             --------(123)').subscribe((order) => session?.publish('com.shop.order', [Number(order)]).subscribe());
      shop.frames$.pipe(filter(({ direction, message }) => direction === 'out' && message.type === MessageType.PUBLISH && next < 13 && shop.state.kind !== 'joined'))
        .subscribe(() => session?.publish('com.shop.order', [next++]).subscribe());

      expectObservable(heard$, '^ 500ms !').toBe('105ms (abcdef)', { a: 1, b: 2, c: 3, d: 10, e: 11, f: 12 });
    }, { router: RESUMING });
  });

  it('goes on once more where the connection is lost while old messages are sent again', () => {
    wampMarbles(({ client, cold, expectObservable }) => {
      const [shop, office] = [client({ resume: true, retry, lazy: false }), client()];
      const heard$ = office.topic('com.shop.order').pipe(map(({ args: [order] }) => order));
      let session: Session | undefined;
      shop.session$.subscribe((current) => { session ??= current; });
      shop.link.marbles('-----x-----o 200ms o');
      cold('             --------(123)').subscribe((order) => session?.publish('com.shop.order', [Number(order)]).subscribe());
      shop.frames$.pipe(filter(({ direction, message }) => direction === 'out' && message.type === MessageType.PUBLISH), take(1)).subscribe(() => shop.link.cut());

      expectObservable(heard$, '^ 500ms !').toBe('305ms (abc)', { a: 1, b: 2, c: 3 });
    }, { router: RESUMING });
  });

  it('does not ask for a session that was aborted', () => {
    wampMarbles(({ client, expectFrames, expectObservable }) => {
      const shop = client({ resume: true, retry });
      shop.link.marbles('--------t');
      timer(10).subscribe(() => shop.publish('com.y').subscribe());

      expectFrames(shop.link.sent$.pipe(ofType(MessageType.HELLO)), '^ 200ms !').toBe('h 109ms h', { h: HELLO('realm1', { details: { _resume: {} } }) });
      expectObservable(shop.topic('com.x'), '^ 200ms !').toBe('');
    }, { router: RESUMING });
  });

  it('does not go on with another serializer', () => {
    wampMarbles(({ client, router, expectFrames, expectObservable }) => {
      const ways = [router.link({ serializer: 'wamp.2.json' }), router.link({ serializer: 'wamp.2.cbor' })];
      const shop = client({ resume: true, retry, transport: defer(() => ways.shift()!) });
      shop.link.marbles('--------x-o');
      const ids = new Set<unknown>();
      shop.session$.subscribe((session) => ids.add(session?.id));

      expectFrames(shop.link.sent$.pipe(ofType(MessageType.HELLO)), '^ 200ms !').toBe('108ms h', { h: HELLO('realm1', { details: { _resume: {} } }) });
      expectObservable(shop.topicStatus('com.x').pipe(map(({ kind }) => kind)), '^ 200ms !').toBe('u 107ms (sug)', SIGNALS);
      timer(150).subscribe(() => expect(ids.size).toBe(3));
    }, { router: RESUMING });
  });

  it('uses its token up as soon as it has the next one', () => {
    wampMarbles(({ client, router, expectObservable }) => {
      const shop = client({ resume: true, retry });
      shop.link.marbles('--------x-o');
      const claims: unknown[] = [];
      shop.link.sent$.pipe(ofType(MessageType.HELLO)).subscribe((message) => claims.push(resumeOf(message)));

      expectObservable(shop.topicStatus('com.x').pipe(map(({ kind }) => kind)), '^ 200ms !').toBe('(su)', SIGNALS);
      timer(110).subscribe(() => {
        const thief = join(router.link(), 'realm1', { _resume: claims.at(-1) });
        expect(thief.session).not.toBe((claims.at(-1) as { readonly session: number }).session);
        thief.send([MessageType.GOODBYE, {}, 'wamp.close.normal']);
      });
    }, { router: RESUMING });
  });

  it('says nothing behind its GOODBYE, whatever still comes', () => {
    wampMarbles(({ client, publishes, expectFrames, expectObservable }) => {
      const shop = client({ resume: true });
      publishes('com.x', '900ms a');
      shop.link.latency(800);
      const said$ = shop.link.sent$.pipe(filter(({ type }) => type === MessageType.GOODBYE || type === MessageType.ACK));
      timer(3300).subscribe(() => { void shop.close(); });

      expectFrames(said$, '^ 9s !').toBe('3300ms g', { g: GOODBYE() });
      expectObservable(shop.topic('com.x').pipe(filter(() => false)), '^ 9s !').toBe('3300ms |');
    }, { router: RESUMING });
  });

  it('fails nothing before the time is over, then all that was open, and joins anew with a gap', () => {
    wampMarbles(({ client, answers, expectObservable, expectLeaks }) => {
      const shop = client({ resume: { timeout: 150 }, retry });
      answers('com.slow', '1m (r|)');
      shop.link.marbles('                             ----------x 179ms o');

      const states = shop.state$.pipe(map(({ kind }) => kind));
      const signals$ = shop.topicStatus('com.shop.price').pipe(map(({ kind }) => kind));

      expectObservable(states, '           ^ 250ms !').toBe('(icaj)----w 99ms (cw) 96ms (caj)', LETTERS);
      expectObservable(shop.call('com.slow'), '^ 250ms !').toBe('160ms #', undefined, LOST);
      expectObservable(signals$, '         ^ 250ms !').toBe('u 159ms s 49ms (ug)', SIGNALS);
      expectLeaks().toBeEmpty();
    }, { router: RESUMING });
  });

  it('waits no longer than the router does', () => {
    wampMarbles(({ client, answers, expectObservable, expectLeaks }) => {
      const shop = client({ resume: true, retry: { initialDelay: 100, maxDelay: 100 } });
      answers('com.slow', '1m (r|)');
      shop.link.marbles('                            ----------x 49ms o');

      const signals$ = shop.topicStatus('com.shop.price').pipe(map(({ kind }) => kind));

      expectObservable(shop.call('com.slow')).toBe('   60ms #', undefined, LOST);
      expectObservable(signals$, '           ^ 250ms !').toBe('u 59ms s 49ms (ug)', SIGNALS);
      expectLeaks().toBeEmpty();
    }, { router: { realms: { realm1: { resume: { timeout: 50 } } } } });
  });

  it('has what waits for the connection wait for the next session, where this one is lost', () => {
    wampMarbles(({ client, answers, expectObservable }) => {
      const shop = client({ resume: true, retry, lazy: false });
      answers('com.slow', '1m (r|)');
      shop.link.marbles('                              ---------x 190ms o');
      const published$ = timer(15).pipe(switchMap(() => shop.publish('com.x', [], { acknowledge: true })), map(() => 'published'));

      // That something is settled meanwhile does not let it out.
      expectObservable(shop.call('com.slow'), '^ 19ms !').toBe('');
      expectObservable(published$).toBe('       209ms (p|)', { p: 'published' });
    }, { router: { realms: { realm1: { resume: { timeout: 50 } } } } });
  });

  it('ends when more was sent than is kept, and says so', () => {
    wampMarbles(({ client, answers, expectObservable }) => {
      const shop = client({ resume: { messages: 3 }, retry, lazy: false });
      answers('com.slow', '1m (r|)');
      shop.link.marbles('                   ----------x');
      const session$ = shop.session$.pipe(filter((session) => session !== undefined), take(1));
      session$.subscribe((session) => interval(1).pipe(take(30)).subscribe(() => {
        // What is published through the session itself is not queued by the client.
        session.publish('com.shop.order', []).subscribe({ error: () => {} });
      }));


      expectObservable(shop.call('com.slow')).toBe('10ms #', undefined, LOST);
      timer(50).subscribe(() => { void shop.close(); });
    }, { router: RESUMING });
  });

  it.each([
    ['messages', { messages: 3 }],
    ['bytes', { bytes: 100 }],
  ])('is refused where more %s wait for it than the router keeps', (_, bounds) => {
    wampMarbles(({ client, publishes, expectObservable, router }) => {
      const shop = client({ resume: true, retry });
      publishes('com.shop.price', '  ----------abcdefgh');
      shop.link.marbles('            ---------x---------o');

      const signals$ = shop.topicStatus('com.shop.price').pipe(map(({ kind }) => kind));

      expectObservable(signals$, '^ 200ms !').toBe('(su) 105ms (sug)', SIGNALS);
      timer(20).subscribe(() => expect(router.stats()).toMatchObject({ sessions: 1, subscriptions: 0 }));
    }, { router: { realms: { realm1: { resume: bounds } } } });
  });

  it('changes nothing where the router does not resume', () => {
    wampMarbles(({ client, answers, expectObservable, expectFrames }) => {
      const user = client({ resume: true, retry });
      answers('com.slow', '1m (r|)');
      user.link.marbles('                      ---------x---------o');

      expectFrames(user.link.sent$.pipe(ofType(MessageType.HELLO)), '^ 150ms !').toBe('h 108ms h', { h: HELLO('realm1', { details: { _resume: {} } }) });
      expectFrames(user.link.sent$.pipe(ofType(MessageType.ACK)), '^ 5s !').toBe('', {});
      expectObservable(user.topic('com.x'), '^ 150ms !').toBe('');
      expectObservable(user.call('com.slow')).toBe('---------#', undefined, LOST);
    });
  });

  it.each<readonly [string, LinkedClientOptions]>([
    ['unless it is asked to', {}],
    ['to a router that has to prove itself', { resume: true, auth: { method: 'anonymous', welcome: () => {} } }],
  ])('offers nothing %s, and counts nothing', (_, options) => {
    wampMarbles(({ client, expectObservable, expectFrames }) => {
      const user = client(options);
      const offers$ = user.link.sent$.pipe(ofType(MessageType.HELLO), map((message) => '_resume' in (message as Hello).details));

      expectObservable(offers$, '            ^ 5s !').toBe('o', { o: false });
      expectObservable(user.topic('com.x'), '^ 5s !').toBe('');
      expectFrames(merge(user.link.sent$, user.link.received$).pipe(ofType(MessageType.ACK)), '^ 5s !').toBe('', {});
    }, { router: RESUMING });
  });

  it('acknowledges every 64 messages, or after a second', () => {
    wampMarbles(({ client, publishes, expectFrames, expectObservable }) => {
      const shop = client({ resume: true, idleClose: 5000 });
      publishes('com.shop.price', '10ms (a|)');
      for (let count = 0; count < 130; count++) publishes('com.shop.stock', '20ms (a|)');

      // SUBSCRIBED and a, 62 and 64 events and the other 4.
      expectFrames(shop.link.sent$.pipe(ofType(MessageType.ACK)), '^ 3s !').toBe('20ms (ab) 996ms c', { a: ACK(64), b: ACK(128), c: ACK(133) });
      expectFrames(shop.link.received$.pipe(ofType(MessageType.ACK)), '^ 3s !').toBe('1s a', { a: ACK(2) });
      expectObservable(shop.topic('com.shop.price').pipe(map(() => 1), filter((one) => one > 1)), '^ 3s !').toBe('');
      expectObservable(shop.topic('com.shop.stock').pipe(filter(() => false)), '                ^ 3s !').toBe('');
    }, { router: RESUMING });
  });

  it('claims its session with a token that is new each time, and shows no token', () => {
    wampMarbles(({ client, expectObservable }) => {
      const claims: unknown[] = [];
      const shown: unknown[] = [];
      const shop = client({ resume: true, retry });
      shop.link.marbles('---------x---------o 200ms x-----o');
      shop.link.sent$.pipe(ofType(MessageType.HELLO)).subscribe((message) => claims.push(resumeOf(message)));
      shop.frames$.pipe(map(({ message }) => message), filter(({ type }) => type === MessageType.HELLO || type === MessageType.WELCOME)).subscribe((message) => shown.push(resumeOf(message)));

      expectObservable(shop.topic('com.x'), '^ 500ms !').toBe('');
      timer(450).subscribe(() => {
        const [first, second, third] = claims as { token: string; session: number; received: number }[];
        expect(first).toEqual({});
        expect(second).toEqual({ session: shop.state.kind === 'joined' ? shop.state.session.id : 0, token: expect.stringMatching(/^[0-9a-f]{32}$/), received: 1 });
        expect(third?.session).toBe(second?.session);
        expect(third?.token).not.toBe(second?.token);
        const tokens = (shown as { token?: string }[]).map(({ token }) => token);
        expect(tokens).toEqual([undefined, '***', '***', '***', '***', '***']);
        expect(JSON.stringify(shop.state.kind === 'joined' && shop.state.details)).not.toContain(second?.token);
      });
    }, { router: RESUMING });
  });

  it('is the same session before and after, with the same id', () => {
    wampMarbles(({ client, expectObservable }) => {
      const shop = client({ resume: true, retry });
      shop.link.marbles('---------x---------o');
      const sessions = new Map<unknown, string>();

      const named$ = shop.session$.pipe(map((session) => {
        if (session === undefined) return 'none';
        if (!sessions.has(session)) sessions.set(session, String(sessions.size + 1));
        return sessions.get(session);
      }));

      expectObservable(named$, '^ 200ms !').toBe('1--------0 99ms 1', { 0: 'none', 1: '1' });
    }, { router: RESUMING });
  });

  it('leaves no trace when it is closed while its connection is away', () => {
    wampMarbles(({ client, answers, expectObservable, expectLeaks }) => {
      const user = client({ resume: true, retry });
      answers('com.slow', '1m (r|)');
      user.link.marbles('---------x');
      timer(20).subscribe(() => { void user.close(); });

      expectObservable(user.call('com.slow')).toBe('20ms #', undefined, LOST);
      expectObservable(user.state$.pipe(map(({ kind }) => kind), filter((kind) => kind === 'closed'))).toBe('20ms (x|)', LETTERS);
      expectLeaks().toBeEmpty();
    }, { router: RESUMING });
  });

  it('leaves as ever: GOODBYE, and the router forgets it at once', () => {
    wampMarbles(({ client, router, expectObservable, expectLeaks }) => {
      const user = client({ resume: true, retry });

      expectObservable(user.topic('com.x'), '^----!').toBe('');
      timer(8).subscribe(() => expect(router.stats()).toMatchObject({ sessions: 0, connections: 0 }));
      expectLeaks().toBeEmpty();
    }, { router: RESUMING });
  });

  it('hangs up when nothing of it is wanted any more and nothing more can come of it', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const user = client({ resume: { timeout: 50 }, retry });
      user.link.marbles('                                              ---------x');

      // Until then UNSUBSCRIBE is to be answered.
      expectObservable(user.state$.pipe(map(({ kind }) => kind)), '    ^ 90ms !').toBe('(icaj)---w 49ms i', LETTERS);
      expectObservable(user.topic('com.x'), '                          ^ 30ms !').toBe('');
      expectLeaks().toBeEmpty();
    }, { router: RESUMING });
  });

  it('is over when the router says GOODBYE, and does not come back to it', () => {
    wampMarbles(({ client, router, expectFrames, expectObservable, expectLeaks }) => {
      const user = client({ resume: true, retry });
      timer(20).subscribe(() => { router.shutdown().subscribe(); });

      expectObservable(user.topic('com.x'), '^ 90ms !').toBe('');
      expectFrames(user.link.received$.pipe(ofType(MessageType.WELCOME)), '^ 90ms !').toBe('w', { w: WELCOME() });
      expectLeaks().toBeEmpty();
    }, { router: RESUMING });
  });
});
