import { describe, expect, it, jest } from '@jest/globals';
import { Observable, Subject, asyncScheduler, filter, map, mergeMap, of, throwError, timer } from 'rxjs';
import { ConnectFailedError, ProtocolError, TimeoutError, TransportLostError } from '../../lib/errors.ts';
import { ApplicationError } from '../../lib/index.ts';
import { nameOf } from '../../lib/protocol/lifecycle.ts';
import { MessageType, type Message } from '../../lib/protocol/messages.ts';
import { join, type JoinOptions } from '../../lib/session/join.ts';
import type { TappedFrame, WireEntry } from '../../lib/session/wire-tap.ts';
import { CALL, RESULT, wampMarbles } from '../../lib/testing/index.ts';
import type { Connection, Transport } from '../../lib/transports/transport.ts';
import { ScriptedRouter, joined, silent, stagesOf } from '../support/scripted-router.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

/** A tap, and what it was shown. */
function tapped(): { readonly tap: Subject<WireEntry>; readonly entries: WireEntry[]; readonly frames: TappedFrame[] } {
  const tap = new Subject<WireEntry>();
  const entries: WireEntry[] = [];
  const frames: TappedFrame[] = [];
  tap.subscribe((entry) => {
    entries.push(entry);
    if (entry.kind === 'frame') frames.push(entry);
  });
  return { tap, entries, frames };
}

const kindsOf = (entries: readonly WireEntry[]): readonly unknown[] =>
  entries.map((entry) => (entry.kind === 'frame' ? `${entry.direction} ${nameOf(entry.message.type)}` : entry.kind));

const refused: Transport = throwError(() => new ConnectFailedError('nobody there'));

describe('what the tap of a session is shown', () => {
  it('is each message both ways, with time, session and size', () => {
    const router = new ScriptedRouter();
    const { tap, frames } = tapped();
    inVirtualTime((at) => {
      const { session } = joined(router, { tap });
      at(7, () => session.publish('com.\u00e9').subscribe());
    });

    expect(frames.map(({ direction, at, session, message: { type } }) => [direction, at, session, nameOf(type)])).toEqual([
      ['out', 0, undefined, 'HELLO'], ['in', 0, undefined, 'WELCOME'], ['out', 7, 1001, 'PUBLISH'],
    ]);
    expect(frames[2]).toEqual({
      kind: 'frame', direction: 'out', at: 7, session: 1001, bytes: 18, correlation: { verb: 'publish', request: 1 },
      message: expect.objectContaining({ topic: 'com.\u00e9', request: 1 }),
    });
  });

  it('has the message that breaks the rules too, and the ABORT that answers it', () => {
    const router = new ScriptedRouter();
    const { tap, entries } = tapped();
    joined(router, { tap });
    entries.length = 0;

    router.send(2, 1002, {});

    expect(kindsOf(entries)).toEqual(['in WELCOME', 'out ABORT', 'closed']);
    expect(entries.at(-1)).toMatchObject({ kind: 'closed', session: 1001, cause: expect.any(ProtocolError) });
  });

  it('is nothing while nobody looks, who is asked once for each message', () => {
    const router = new ScriptedRouter();
    const scheduler = { now: jest.fn(() => asyncScheduler.now()), schedule: asyncScheduler.schedule.bind(asyncScheduler) };
    const redact = jest.fn((message: Message) => message);
    const next = jest.fn();
    let asked = 0;
    const tap = { get observed() { asked += 1; return false; }, next };
    const { session } = joined(router, { tap, redact, scheduler });
    const encode = jest.spyOn(TextEncoder.prototype, 'encode');
    asked = 0;

    session.publish('com.x', ['a']).subscribe();
    session.topic('com.x').subscribe();
    router.send(33, 2, 70);
    for (let publication = 1; publication <= 100; publication++) router.send(36, 70, publication, {}, ['b']);

    const encoded = encode.mock.calls.length;
    encode.mockRestore();
    expect(asked).toBe(103);
    expect([next.mock.calls, redact.mock.calls, scheduler.now.mock.calls, encoded]).toEqual([[], [], [], 0]);
  });

  it('tells no session of what the tap does wrong', () => {
    const router = new ScriptedRouter();
    const reports: unknown[] = [];
    const tap = { observed: true, next: () => { throw new Error('of the tap'); } };
    const { session, ends } = joined(router, { tap, report: (error) => reports.push(error) });

    session.publish('com.x').subscribe();
    router.send(36, 70, 1, {});

    expect([ends, router.open, router.take().length]).toEqual([[], 1, 1]);
    // dial, open, HELLO, WELCOME, PUBLISH, EVENT.
    expect(reports).toEqual(Array.from({ length: 6 }, () => new Error('of the tap')));
  });
});

describe('the correlation of a frame', () => {
  /** Request and answer, for every message that has one, with what they are about. */
  const PAIRS: readonly (readonly [string, readonly unknown[], string | undefined])[] = [
    ['PUBLISHED', [17, 7, 1], 'publish 7'], ['SUBSCRIBED', [33, 7, 1], 'subscribe 7'], ['UNSUBSCRIBED', [35, 7], 'unsubscribe 7'], ['REGISTERED', [65, 7, 1], 'register 7'],
    ['UNREGISTERED', [67, 7], 'unregister 7'], ['RESULT', [50, 7, {}], 'call 7'], ['INTERRUPT', [69, 7, {}], 'invocation 7'],
    ['ERROR of a CALL', [8, 48, 7, {}, 'com.no'], 'call 7'], ['ERROR of a SUBSCRIBE', [8, 32, 7, {}, 'com.no'], 'subscribe 7'], ['ERROR of a REGISTER', [8, 64, 7, {}, 'com.no'], 'register 7'],
    ['EVENT', [36, 7, 7, {}], undefined], ['a revoked subscription', [35, 0, { subscription: 7 }], undefined], ['a revoked registration', [67, 0, { registration: 7 }], undefined],
  ];

  it.each(PAIRS)('of %s is what it answers', (_, list, expected) => {
    const router = new ScriptedRouter();
    const { tap, frames } = tapped();
    joined(router, { tap });

    router.send(...list);

    const correlation = frames.findLast(({ direction }) => direction === 'in')?.correlation;
    expect(correlation && `${correlation.verb} ${correlation.request}`).toBe(expected);
  });

  it('pairs what belongs together, at both ends of a call', () => {
    wampMarbles(({ client, expectObservable }) => {
      const [caller, callee] = [client(), client()];
      caller.link.latency(1);
      const correlated = (frames$: Observable<TappedFrame>): Observable<string> => frames$.pipe(
        mergeMap(({ message, correlation }) => (correlation === undefined ? [] : [`${nameOf(message.type)} ${correlation.verb} ${correlation.request}`])),
      );
      callee.register('com.slow', () => timer(2).pipe(map(() => { throw new ApplicationError('com.no'); }))).subscribe();

      expectObservable(timer(10).pipe(mergeMap(() => caller.call('com.slow')))).toBe('10ms 6ms #', undefined, new ApplicationError('com.no'));
      expectObservable(correlated(caller.frames$), '^ 30ms !').toBe('10ms --a---b', { a: 'CALL call 1', b: 'ERROR call 1' });
      expectObservable(correlated(callee.frames$), '9ms ^ 20ms !').toBe('13ms a-b', { a: 'INVOCATION invocation 1', b: 'ERROR invocation 1' });
    });
  });

  it('is that of the errors of requests', () => {
    const router = new ScriptedRouter();
    const { tap, frames } = tapped();
    const { session } = joined(router, { tap });
    const operations: unknown[] = [];
    session.call('com.x').subscribe({ error: ({ operation: { verb, request } }: ApplicationError & { readonly operation: { readonly verb: string; readonly request: number } }) => operations.push({ verb, request }) });

    router.send(8, 48, 1, {}, 'com.no');

    expect(operations).toEqual([frames.at(-1)?.correlation]);
    expect(frames.at(-2)?.correlation).toEqual(frames.at(-1)?.correlation);
  });

  it('is a property like the others, and goes along where a frame is copied', () => {
    const { tap, frames } = tapped();
    joined(new ScriptedRouter(), { tap }).session.publish('com.x').subscribe();

    expect({ ...frames.at(-1)! }.correlation).toEqual({ verb: 'publish', request: 1 });
    expect(JSON.parse(JSON.stringify(frames.at(-1)))).toMatchObject({ correlation: { verb: 'publish', request: 1 } });
  });
});

describe('what becomes of a connection', () => {
  const HANDSHAKE = ['dial', 'open', 'out HELLO', 'in WELCOME'];

  it.each<readonly [string, (router: ScriptedRouter, leave: () => void) => void, readonly string[], unknown]>([
    ['is lost where it is dropped', (router) => router.cut(), ['lost'], expect.any(TransportLostError)],
    ['is lost where the router closes it without GOODBYE', (router) => router.close(), ['lost'], expect.any(TransportLostError)],
    ['is closed where the router says GOODBYE', (router) => router.send(6, {}, 'wamp.close.normal'), ['in GOODBYE', 'out GOODBYE', 'closed'], expect.objectContaining({ reason: 'wamp.close.normal' })],
    ['is closed where the router says ABORT', (router) => router.send(3, {}, 'com.no'), ['in ABORT', 'closed'], expect.objectContaining({ reason: 'com.no' })],
    ['is closed where a frame cannot be read', (router) => router.raw('?'), ['out ABORT', 'closed'], expect.any(Error)],
    ['is closed where we leave', (_, leave) => leave(), ['out GOODBYE', 'in GOODBYE', 'closed'], undefined],
    ['is lost without a cause where the router hangs up on our GOODBYE', (router, leave) => { router.handshake = 'script'; leave(); router.close(); }, ['out GOODBYE', 'lost'], undefined],
  ])('%s', (_, end, expected, cause) => {
    const router = new ScriptedRouter();
    const { tap, entries } = tapped();
    const { life } = joined(router, { tap });

    end(router, () => life.unsubscribe());

    expect(kindsOf(entries)).toEqual([...HANDSHAKE, ...expected]);
    expect(entries.at(-1)).toEqual({ kind: expected.at(-1), at: expect.any(Number), session: 1001, cause });
  });

  it('is told at the times of the scheduler, before whoever waits for the session', () => {
    wampMarbles(({ client, expectObservable }) => {
      const shop = client();
      shop.link.marbles('---x---o');
      shop.link.latency(1);

      const told: string[] = [];
      shop.wire$.subscribe(({ kind }) => { if (kind !== 'frame') told.push(kind); });
      shop.state$.subscribe(({ kind }) => told.push(`client ${kind}`));
      expectObservable(shop.topic('com.x'), '^ 600ms !').toBe('');
      expectObservable(shop.wire$.pipe(filter(({ kind }) => kind !== 'frame'), map(({ kind, session }) => `${kind} ${session !== undefined}`)), '^ 600ms !').toBe('---l 499ms (do)', { l: 'lost true', d: 'dial false', o: 'open false' });
      expectObservable(timer(510).pipe(map(() => told.slice(-8)))).toBe('510ms (t|)', {
        t: ['client joined', 'lost', 'client waiting', 'client connecting', 'dial', 'open', 'client authenticating', 'client joined'],
      });
    });
  });

  it('is refused where it cannot be opened', () => {
    const { tap, entries } = tapped();

    join(refused, { realm: 'realm1', tap }).subscribe({ error: () => {} });

    expect(entries).toEqual([
      { kind: 'dial', at: expect.any(Number), session: undefined, cause: undefined }, { kind: 'refused', at: expect.any(Number), session: undefined, cause: expect.any(ConnectFailedError) },
    ]);
  });

  it.each<readonly [string, Transport]>([
    ['ends without a connection', of()],
    ['agrees on a serializer that we do not have', new Observable((subscriber) => { subscriber.next({ subprotocol: 'wamp.2.odd', complete: () => {} } as Connection); })],
  ])('is refused where the transport %s', (_, transport) => {
    const { tap, entries } = tapped();

    join(transport, { realm: 'realm1', tap }).subscribe({ error: () => {} });

    expect(kindsOf(entries)).toEqual(['dial', 'refused']);
  });

  it('is closed where the dial is given up', () => {
    const { tap, entries } = tapped();

    join(new Observable(), { realm: 'realm1', tap }).subscribe().unsubscribe();

    expect(kindsOf(entries)).toEqual(['dial', 'closed']);
  });

  it('is closed where WELCOME does not come in time', () => {
    const { tap, entries } = tapped();

    inVirtualTime(() => { stagesOf(silent(), { tap, timeouts: { join: 50 } }).subscribe({ error: () => {} }); });

    expect(kindsOf(entries)).toEqual(['dial', 'open', 'out HELLO', 'closed']);
    expect(entries.at(-1)).toEqual({ kind: 'closed', at: 50, session: undefined, cause: expect.any(TimeoutError) });
  });

  it.each([['dial', ['dial', 'closed']], ['open', ['dial', 'open', 'closed']]])('leaves nothing open where whoever sees %s leaves', (kind, expected) => {
    const router = new ScriptedRouter();
    const { tap, entries } = tapped();
    let dials = 0;
    const transport: Transport = new Observable((subscriber) => {
      dials += 1;
      return router.transport.subscribe(subscriber);
    });
    const stop = new Subject<void>();
    const life = join(transport, { realm: 'realm1', tap });
    const open = new Observable((subscriber) => {
      stop.subscribe(() => subscriber.unsubscribe());
      life.subscribe(subscriber);
    });
    tap.subscribe((entry) => { if (entry.kind === kind) stop.next(); });

    open.subscribe();

    expect([kindsOf(entries), router.open, router.take(), dials]).toEqual([expected, 0, [], kind === 'dial' ? 0 : 1]);
  });
});

describe('redact', () => {
  const withoutArgs: JoinOptions['redact'] = (message) => ('args' in message ? { ...message, args: ['***'], kwargs: undefined } : message);

  it('changes what is shown, and nothing of what is sent or received', () => {
    wampMarbles(({ client, answers, expectObservable, expectFrames }) => {
      const user = client({ redact: withoutArgs });
      answers('com.pay', '--(r|)', { r: 'receipt 42' });

      expectFrames(user.frames$.pipe(filter(({ message }) => 'args' in message))).toBe('c-r', { c: CALL('com.pay', ['***']), r: RESULT(['***']) });
      expectFrames(user.link.sent$.pipe(filter((message) => 'args' in message))).toBe('c', { c: CALL('com.pay', ['card 4711']) });
      expectObservable(user.call('com.pay', ['card 4711']).pipe(map(({ args: [receipt] }) => receipt))).toBe('--(r|)', { r: 'receipt 42' });
    });
  });

  it('gets messages that have no proofs in them any more', () => {
    const router = new ScriptedRouter();
    const seen: Message[] = [];
    joined(router, {
      tap: tapped().tap, redact: (message) => { seen.push(message); return message; },
      auth: { method: 'ticket', authextra: { key: 'sesame' }, answer: () => ({ signature: 'sesame' }) },
    });

    expect(seen).toMatchObject([{ type: MessageType.HELLO, details: { authextra: { key: '***' } } }, { type: MessageType.WELCOME }]);
  });

  it.each<readonly [string, JoinOptions['redact'], unknown]>([
    ['throws', () => { throw new Error('of the rule'); }, new Error('of the rule')],
    ['gives nothing', () => undefined as unknown as Message, new TypeError('redact must give CALL for CALL, got nothing')],
    ['gives another message', () => ({ type: MessageType.GOODBYE, details: {}, reason: 'com.x' }), new TypeError('redact must give CALL for CALL, got a message of type 6')],
    ['gives a list', () => [48] as unknown as Message, new TypeError('redact must give CALL for CALL, got a list')],
  ])('that %s is reported, hides all it could have hidden, and ends nothing', (_, rule, report) => {
    const router = new ScriptedRouter();
    const { tap, frames } = tapped();
    const reports: unknown[] = [];
    const redact: JoinOptions['redact'] = (message) => (message.type === MessageType.CALL ? rule!(message) : message);
    const { session, ends } = joined(router, { tap, redact, report: (error) => reports.push(error) });
    const results: unknown[] = [];

    session.call('com.x', { args: ['secret'], kwargs: { key: 'secret' } }, { attributes: { _key: 'secret' } }).subscribe(({ args }) => results.push(args));
    router.send(50, 1, {}, ['done']);

    expect([ends, results, reports]).toEqual([[], [['done']], [report]]);
    expect(router.take()).toEqual([[48, 1, { _key: 'secret' }, 'com.x', ['secret'], { key: 'secret' }]]);
    expect(frames.at(-2)).toMatchObject({ message: { type: MessageType.CALL, request: 1, procedure: 'com.x', options: {}, args: undefined, kwargs: undefined }, correlation: { verb: 'call', request: 1 } });
    expect(JSON.stringify(frames)).not.toContain('secret');
  });

  it('is reported to errors$ of a client, which goes on', () => {
    wampMarbles(({ client, expectObservable }) => {
      const shop = client({ redact: (message) => { if (message.type === MessageType.PUBLISH) throw new Error('of the rule'); return message; } });

      expectObservable(shop.errors$, '^-----!').toBe('--e', { e: new Error('of the rule') });
      expectObservable(shop.frames$.pipe(filter(({ message: { type } }) => type === MessageType.PUBLISH), map(({ message }) => 'args' in message && message.args)), '^-----!').toBe('--a', { a: undefined });
      expectObservable(timer(2).pipe(mergeMap(() => shop.publish('com.x', ['secret']))), '^-----!').toBe('--(p|)', { p: { id: undefined } });
    });
  });

  it('has to be a function', () => {
    wampMarbles(({ client }) => {
      expect(() => client({ redact: 'payloads' as unknown as JoinOptions['redact'] })).toThrow(new TypeError('redact must be a function, got "payloads"'));
    });
  });
});
