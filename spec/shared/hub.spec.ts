import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NEVER, Subject, concat, filter, finalize, firstValueFrom, lastValueFrom, of, tap, toArray, type Observable } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { createClient } from '../../lib/index.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { createRouter, type Router } from '../../lib/router/index.ts';
import type { Connection, Transport } from '../../lib/transports/transport.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { codec } from '../../lib/serializers/codec.ts';
import { json } from '../../lib/serializers/json.ts';
import { Tab } from '../../lib/shared/tab.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import { RawPeer, dial } from '../support/raw-peer.ts';
import { ScriptedRouter } from '../support/scripted-router.ts';
import { LimitedConnection, hubOf, type HubAtHand } from '../support/tabs.ts';

const TOPIC = 'com.shop.price';

let router: Router;
let near: Transport;
let shared: HubAtHand;
let backend: Client;
let tabs: readonly [Client, Client, Client];
/** The connection to the router. */
let line: Connection | undefined;

function heard(source: Observable<{ readonly args: readonly unknown[] }>): unknown[] {
  const seen: unknown[] = [];
  source.subscribe({ next: ({ args }) => seen.push(...args), complete: () => seen.push('complete'), error: ({ message }: Error) => seen.push(message) });
  return seen;
}

const stats = (): Pick<ReturnType<Router['stats']>, 'sessions' | 'subscriptions' | 'registrations' | 'pendingCalls'> => {
  const { sessions, subscriptions, registrations, pendingCalls } = router.stats();
  return { sessions, subscriptions, registrations, pendingCalls };
};

/** Lazy clients leave at the end of the macrotask. */
const settled = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  router = createRouter({ realms: { realm1: {} } });
  near = router.link();
  backend = createClient({ transport: near, realm: 'realm1' });
  shared = hubOf(createClient({ transport: near.pipe(tap((connection) => { line = connection; })), realm: 'realm1', retry: { initialDelay: 5, jitter: 'none' } }));
  tabs = [shared.tab(), shared.tab(), shared.tab()];
});

afterEach(async () => {
  for (const client of [...tabs, shared.client, backend]) await client.close();
  expect(shared.hub.tabs).toBe(0);
  expect(stats()).toEqual({ sessions: 0, subscriptions: 0, registrations: 0, pendingCalls: 0 });
  expectNoLeaks({ clients: [...tabs, shared.client, backend], router });
  await router.close();
});

describe('Hub', () => {
  it('joins one session for all tabs, while there are any', async () => {
    expect(stats().sessions).toBe(0);

    const details = await Promise.all(tabs.map((tab) => tab.connect()));

    expect([stats().sessions, shared.hub.tabs]).toEqual([1, 3]);
    expect(new Set(details.map(({ id, authrole }) => `${id} ${authrole}`)).size).toBe(1);
    for (const tab of tabs) await tab.close();
    await settled();
    expect(stats().sessions).toBe(0);
  });

  it('subscribes once for all tabs, and unsubscribes with the last', async () => {
    const [first, second] = tabs.slice(0, 2).map((tab) => tab.topic(TOPIC).subscribe());
    expect(router.stats().subscriptions).toBe(1);
    const other = heard(tabs[2].topic(TOPIC, { match: 'prefix' }));
    expect(router.stats().subscriptions).toBe(2);

    first?.unsubscribe();
    expect(router.stats().subscriptions).toBe(2);
    second?.unsubscribe();
    await settled();

    expect(router.stats().subscriptions).toBe(1);
    backend.publish(TOPIC, [1]).subscribe();
    expect(other).toEqual([1]);
  });

  it('brings each event to each tab that wants it', () => {
    const seen = [heard(tabs[0].topic(TOPIC)), heard(tabs[1].topic(TOPIC)), heard(tabs[2].topic('com.shop.stock'))];

    backend.publish(TOPIC, [42]).subscribe();
    backend.publish('com.shop.stock', [7]).subscribe();

    expect(seen).toEqual([[42], [42], [7]]);
  });

  it('lets the other tabs hear what a tab publishes, and the tab itself where it wants to', async () => {
    const seen = tabs.map((tab) => heard(tab.topic(TOPIC)));
    const outside = heard(backend.topic(TOPIC));

    tabs[0].publish(TOPIC, ['a']).subscribe();
    tabs[0].publish(TOPIC, ['b'], { excludeMe: false }).subscribe();
    const { id } = await lastValueFrom(tabs[1].publish(TOPIC, ['c'], { acknowledge: true }));

    expect(seen).toEqual([['b', 'c'], ['a', 'b'], ['a', 'b', 'c']]);
    expect(outside).toEqual(['a', 'b', 'c']);
    expect(id).toBeGreaterThan(0);
  });

  it('asks for no answer where no other tab wants to hear', () => {
    const sent: unknown[] = [];
    tabs[0].topic(TOPIC).subscribe();
    shared.client.frames$.subscribe(({ message, direction }) => { if (direction === 'out') sent.push(message); });

    tabs[0].publish(TOPIC, ['a']).subscribe();

    expect(sent).toEqual([expect.objectContaining({ type: MessageType.PUBLISH, options: {} })]);
  });

  it('gives a retained event to a tab that asks later, and to no other', () => {
    backend.publish(TOPIC, ['kept'], { retain: true }).subscribe();
    const first = heard(tabs[0].topic(TOPIC));
    const second = heard(tabs[1].topic(TOPIC, { retained: true }));

    expect([first, second]).toEqual([[], ['kept']]);
    expect(router.stats().subscriptions).toBe(1);
  });

  it('calls with progress, and brings errors as they are', async () => {
    backend.register<[number]>('com.shop.count', ({ args: [to] }) => concat(of(to), of('done')), { final: 'last' }).subscribe();
    const answers = await Promise.all(tabs.map((tab, at) => lastValueFrom(tab.call('com.shop.count', [at], { progress: true }).pipe(toArray()))));

    expect(answers.map((results) => results.map(({ args: [value] }) => value))).toEqual([[0, 'done'], [1, 'done'], [2, 'done']]);
    expect(heard(tabs[0].call('com.shop.nothing'))).toEqual([expect.stringContaining('wamp.error.no_such_procedure')]);
  });

  it('calls with an input', () => {
    backend.register<[]>('com.shop.sum', ({ input$ }) => input$ ?? NEVER, { final: 'empty' }).subscribe();
    const input = new Subject<readonly number[]>();
    const seen = heard(tabs[1].call('com.shop.sum', input, { progress: true }));
    input.next([1]);
    input.next([2]);
    input.complete();

    expect(seen.at(-1)).toBe('complete');
  });

  it('cancels a call that a tab cancels, and those of a tab that is gone', () => {
    const stopped: unknown[] = [];
    backend.register<[string]>('com.shop.wait', ({ args: [name] }) => NEVER.pipe(finalize(() => stopped.push(name)))).subscribe();
    const call = tabs[0].call('com.shop.wait', ['a']).subscribe();
    tabs[1].call('com.shop.wait', ['b']).subscribe({ error: () => {} });
    expect(router.stats().pendingCalls).toBe(2);

    call.unsubscribe();
    shared.ends[1]?.error(new Error('gone'));

    expect(stopped).toEqual(['a', 'b']);
    expect(router.stats().pendingCalls).toBe(0);
  });

  it('runs a procedure in the tab that registered it, and takes it away with the tab', () => {
    tabs[0].register('com.shop.name', () => 'first').subscribe();
    const second = tabs[1].register('com.shop.other', () => NEVER).subscribe();
    expect(heard(backend.call('com.shop.name'))).toEqual(['first', 'complete']);
    expect(heard(tabs[2].call('com.shop.name'))).toEqual(['first', 'complete']);
    const waiting = heard(backend.call('com.shop.other'));

    shared.ends[1]?.error(new Error('gone'));

    expect(waiting).toEqual([expect.stringContaining('wamp.error.canceled')]);
    expect(router.stats().registrations).toBe(1);
    second.unsubscribe();
    expect(heard(tabs[2].register('com.shop.name', () => 'mine') as never)).toEqual([expect.stringContaining('wamp.error.procedure_already_exists')]);
  });

  it('shares a procedure among tabs by the policy they ask for, and with sessions that are no tabs', () => {
    tabs.forEach((tab, at) => tab.register('com.shop.work', () => at, { invoke: 'roundrobin' }).subscribe());
    const outside = backend.register('com.shop.work', () => 'outside', { invoke: 'roundrobin' }).subscribe();
    const results = (): unknown[] => Array.from({ length: 4 }, () => heard(tabs[0].call('com.shop.work'))[0]);

    expect(router.stats().registrations).toBe(1);
    expect(results()).toEqual([0, 'outside', 1, 'outside']);
    outside.unsubscribe();
    shared.ends[2]?.error(new Error('gone'));

    expect(results()).toEqual([0, 1, 0, 1]);
  });

  it('interrupts a procedure of a tab', () => {
    let interrupted = false;
    tabs[0].register('com.shop.wait', () => NEVER.pipe(finalize(() => { interrupted = true; }))).subscribe();

    backend.call('com.shop.wait').subscribe().unsubscribe();

    expect(interrupted).toBe(true);
  });

  it('undoes all that a tab has when it leaves', async () => {
    tabs[0].topic(TOPIC).subscribe({ complete: () => {}, error: () => {} });
    tabs[0].register('com.shop.name', () => 1).subscribe({ error: () => {} });
    await tabs[1].connect();

    await tabs[0].close();

    expect(stats()).toEqual({ sessions: 1, subscriptions: 0, registrations: 0, pendingCalls: 0 });
    expect(shared.hub.census()).toMatchObject({ tabs: 1, 'subscriptions of tabs': 0, 'topics of tabs': 0, 'registrations of tabs': 0 });
  });

  it('tells tabs of a revoked subscription', () => {
    const lists = dial(shared.transport).hello('realm1').ask(MessageType.SUBSCRIBE, {}, TOPIC);
    const subscription = lists.last?.[2];

    lists.send([MessageType.UNSUBSCRIBE, 2, 999]);

    expect(typeof subscription).toBe('number');
    expect(lists.last).toEqual([MessageType.ERROR, MessageType.UNSUBSCRIBE, 2, {}, 'wamp.error.no_such_subscription']);
    lists.cut();
  });

  it.each([
    ['a message that is none', '[99]'],
    ['what is no JSON', '['],
    ['a request before HELLO', '[32,1,{},"com.x"]'],
  ])('ends a tab that sends %s', (_what, frame) => {
    const lists = dial(shared.transport);
    lists.connection.next(frame);
    expect(lists.last?.[0]).toBe(MessageType.ABORT);
    expect(lists.last?.[2]).toBe('wamp.error.protocol_violation');
    expect([lists.ended, shared.hub.tabs]).toEqual(['complete', 0]);
  });

  it('refuses a tab that wants another realm', async () => {
    const tab = shared.tab({ realm: 'realm2', retry: { shouldReconnect: () => false } });
    await expect(tab.connect()).rejects.toThrow('session aborted with wamp.error.no_such_realm: realm must be realm1, got "realm2"');
  });

  it('refuses connections with another serializer', () => {
    const seen: unknown[] = [];
    shared.hub.accept({ subprotocol: 'wamp.2.cbor', error: (error: Error) => seen.push(error.message) } as never);
    expect(seen).toEqual(['subprotocol must be wamp.2.json, got "wamp.2.cbor"']);
  });

  it('loses the sessions of its tabs with its own, and has them back with the next', async () => {
    const seen = tabs.map((tab) => heard(tab.topic(TOPIC)));
    const kinds: string[] = [];
    tabs[0].state$.subscribe(({ kind }) => kinds.push(kind));
    const call = heard(tabs[1].call('com.shop.nothing', [], { offline: 'fail' }));
    kinds.length = 0;

    const id = (await firstValueFrom(tabs[0].session$))?.id;
    line?.error(new Error('cut'));
    await Promise.all(tabs.map((tab) => firstValueFrom(tab.session$.pipe(filter((session) => session !== undefined && session.id !== id)))));
    backend.publish(TOPIC, ['back']).subscribe();

    expect(call).toHaveLength(1);
    expect(kinds).toEqual(['waiting', 'connecting', 'authenticating', 'joined']);
    expect(seen).toEqual([['back'], ['back'], ['back']]);
    expect(router.stats().subscriptions).toBe(1);
  });

  it('keeps the sessions of its tabs where its own is resumed', async () => {
    const resuming = createRouter({ realms: { realm1: { resume: true } } });
    let wire: Connection | undefined;
    const transport = resuming.link().pipe(tap((connection) => { wire = connection; }));
    const { client, tab } = hubOf(createClient({ transport, realm: 'realm1', resume: true, retry: { initialDelay: 5, jitter: 'none' } }));
    const [first, second] = [tab(), tab()];
    const seen = heard(first.topic(TOPIC));
    const states: string[] = [];
    await first.connect();
    first.state$.subscribe(({ kind }) => states.push(kind));

    wire?.error(new Error('cut'));
    await firstValueFrom(client.state$.pipe(filter(({ kind }) => kind === 'joined')));
    second.publish(TOPIC, ['after']).subscribe();

    expect([seen, states]).toEqual([['after'], ['joined']]);
    for (const each of [first, second, client]) await each.close();
    await resuming.close();
  });

  it('tells its tabs when its client is closed', async () => {
    await Promise.all(tabs.map((tab) => tab.connect()));
    const causes: unknown[] = [];
    for (const tab of tabs) tab.state$.subscribe((state) => { if (state.kind === 'waiting') causes.push((state.cause as Error).message); });

    await shared.client.close();

    expect(causes).toEqual(tabs.map(() => 'session closed with wamp.close.system_shutdown: the session that is shared was closed'));
  });

  it('tells its tabs why the router said goodbye, as it said so, and has them back', async () => {
    const ruled = createRouter({ realms: { realm1: { roles: { anonymous: [{ uri: 'wamp.session.kill', allow: ['call'] }] } } } });
    const { client, tab } = hubOf(createClient({ transport: ruled.link(), realm: 'realm1', retry: { initialDelay: 5, jitter: 'none' } }));
    const operator = createClient({ transport: ruled.link(), realm: 'realm1' });
    const ours = [tab(), tab()];
    const [id] = (await Promise.all(ours.map((each) => each.connect()))).map((details) => details.id);
    const states = Promise.all(ours.map((each) => firstValueFrom(each.state$.pipe(filter((state) => state.kind === 'waiting')))));

    operator.call('wamp.session.kill', { args: [id], kwargs: { reason: 'com.shop.closing', message: 'come back' } }).subscribe();
    const goodbye = { code: 'goodbye', reason: 'com.shop.closing', details: { message: 'come back' }, message: 'session closed with com.shop.closing: come back' };
    expect((await states).map(({ cause }) => cause)).toEqual(ours.map(() => expect.objectContaining(goodbye)));

    const again = await Promise.all(ours.map((each) => firstValueFrom(each.session$.pipe(filter((session) => session !== undefined)))));
    expect(again.map((session) => session.id === id)).toEqual([false, false]);
    for (const each of [...ours, client, operator]) await each.close();
    await ruled.close();
  });

  it('tells its tabs what its client was told last, where that gives up', async () => {
    const scripted = new ScriptedRouter();
    const { client, transport } = hubOf(createClient({ transport: scripted.transport, realm: 'realm1', retry: { shouldReconnect: () => false } }));
    const lists = dial(transport).hello('realm1');

    scripted.send(MessageType.GOODBYE, { message: 'come back', retry_after: 5 }, 'com.shop.closing');

    expect([client.state.kind, lists.last, lists.ended]).toEqual(['closed', [MessageType.GOODBYE, { message: 'come back', retry_after: 5 }, 'com.shop.closing'], 'complete']);
  });

  it.each([
    ['that JSON cannot carry', { until: 2n ** 60n }],
    ['that are too long for the tab', { message: 'x'.repeat(2000) }],
  ])('says the reason of a goodbye alone where it has details %s', (_what, details) => {
    const [near, far] = memoryLink({ subprotocol: 'wamp.2.json' });
    const seen: string[] = [];
    const tab = new Tab(new LimitedConnection(far, 1000), codec(json()), { message: () => tab.welcome({ type: MessageType.WELCOME, session: 1, details: {} }), gone: () => seen.push('gone') });
    tab.start();
    const lists = new RawPeer(near).hello('realm1');

    tab.dismiss('com.shop.closing', details);

    expect([lists.last, lists.ended, seen]).toEqual([[MessageType.GOODBYE, {}, 'com.shop.closing'], 'complete', ['gone']]);
  });

  it('ends a tab that leaves more than 16 MiB unread, and nothing of the others', () => {
    const [near, far] = memoryLink({ subprotocol: 'wamp.2.json' });
    const connection = new LimitedConnection(far, 1e6);
    shared.hub.accept(connection);
    const slow = new RawPeer(near).hello('realm1').ask(MessageType.SUBSCRIBE, {}, TOPIC).ask(MessageType.REGISTER, {}, 'com.shop.name');
    const seen = heard(tabs[0].topic(TOPIC));

    connection.unread = 16 * 1024 * 1024;
    backend.publish(TOPIC, [1]).subscribe();
    expect(slow.last?.[0]).toBe(MessageType.EVENT);
    connection.unread++;
    const waiting = heard(backend.call('com.shop.name'));
    backend.publish(TOPIC, [2]).subscribe();

    expect(waiting).toEqual([expect.stringContaining('wamp.error.canceled')]);
    expect([slow.last, slow.ended]).toEqual([[MessageType.GOODBYE, { message: 'the tab must not leave more than 16777216 characters unread' }, 'rxwamp.close.slow_consumer'], 'complete']);
    expect([seen, shared.hub.tabs, stats().registrations]).toEqual([[1, 2], 1, 0]);
  });

  it('refuses a tab where the session cannot be told in JSON', () => {
    const [near, far] = memoryLink({ subprotocol: 'wamp.2.json' });
    const tab = new Tab(far, codec(json()), { message: () => tab.welcome({ type: MessageType.WELCOME, session: 1, details: { until: 2n ** 60n } }), gone: () => {} });
    tab.start();

    const lists = new RawPeer(near).hello('realm1');

    expect([lists.last, lists.ended]).toEqual([[MessageType.ABORT, { message: 'the session must be one that can be told in JSON' }, 'wamp.error.invalid_argument'], 'complete']);
  });

  it('says goodbye to its tabs when it is closed', async () => {
    const lists = dial(shared.transport).hello('realm1');
    shared.hub.close();
    expect([lists.last, lists.ended]).toEqual([[MessageType.GOODBYE, { message: 'the session is not shared any more' }, 'wamp.close.system_shutdown'], 'complete']);
  });
});
