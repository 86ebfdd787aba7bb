import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient } from '../../lib/index.ts';
import { MessageType, type WampList } from '../../lib/protocol/messages.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import { RawPeer, dial } from '../support/raw-peer.ts';
import { ScriptedRouter } from '../support/scripted-router.ts';
import { LimitedConnection, hubOf, type HubAtHand } from '../support/tabs.ts';

const { ERROR, INTERRUPT, INVOCATION, REGISTER, REGISTERED, UNREGISTER, UNREGISTERED, YIELD } = MessageType;
const PROCEDURE = 'com.shop.price';
const BUSY: WampList = [ERROR, INVOCATION, 1, {}, 'wamp.error.unavailable'];

/** A tab that has been welcomed, whose lists are those of its session. */
interface RawTab {
  readonly peer: RawPeer;
  /** What it got since it was last asked. */
  take(): readonly WampList[];
}

interface Scene {
  readonly router: ScriptedRouter;
  readonly shared: HubAtHand;
  readonly tabs: readonly [RawTab, RawTab, RawTab];
}

const tabOf = (shared: HubAtHand): RawTab => {
  const peer = dial(shared.transport).hello('realm1');
  peer.received.length = 0;
  return { peer, take: () => peer.received.splice(0) };
};

const opened: HubAtHand[] = [];

afterEach(async () => {
  for (const { hub, client } of opened.splice(0)) {
    await client.close();
    expect(hub.tabs).toBe(0);
  }
});

/** A hub with three tabs, at a router that says what it is told to. */
function scene(): Scene {
  const router = new ScriptedRouter({ welcome: { roles: { broker: {}, dealer: { features: { progressive_call_invocations: true } } } } });
  const shared = hubOf(createClient({ transport: router.transport, realm: 'realm1' }));
  opened.push(shared);
  const tabs = [tabOf(shared), tabOf(shared), tabOf(shared)] as const;
  router.take();
  return { router, shared, tabs };
}

/** The tabs share a procedure: registration 70. */
function sharing(invoke = 'first', options: object = {}): Scene {
  const all = scene();
  for (const { peer } of all.tabs) peer.ask(REGISTER, { invoke, ...options }, PROCEDURE);
  all.router.send(REGISTERED, 1, 70);
  all.router.take();
  for (const tab of all.tabs) tab.take();
  return all;
}

const invocation = (request = 1, details: object = {}): WampList => [INVOCATION, request, 70, details, ['a']];

describe('SharedProcedures', () => {
  it('asks once for tabs that share, also while it is not answered, and gives the rest of what it is told to each', () => {
    const { router, tabs: [first, second, third] } = scene();

    first.peer.ask(REGISTER, { invoke: 'roundrobin', match: 'exact' }, PROCEDURE);
    second.peer.ask(REGISTER, { disclose_caller: false, invoke: 'roundrobin' }, PROCEDURE);
    expect(router.take()).toEqual([[REGISTER, 1, { invoke: 'roundrobin', match: 'exact' }, PROCEDURE]]);
    router.send(REGISTERED, 1, 70);
    third.peer.ask(REGISTER, { invoke: 'roundrobin' }, PROCEDURE);

    expect(router.take()).toEqual([]);
    expect([first, second, third].map((tab) => tab.take())).toEqual([[[REGISTERED, 1, 70]], [[REGISTERED, 1, 70]], [[REGISTERED, 1, 70]]]);
  });

  it.each<[string, object]>([
    ['is not shared', {}],
    ['is shared by another policy', { invoke: 'random' }],
    ['is matched otherwise', { invoke: 'first', match: 'prefix' }],
    ['has other options', { invoke: 'first', disclose_caller: true }],
    ['is taken from others', { invoke: 'first', force_reregister: true }],
    ['is shared by a policy that nobody knows', { invoke: 'nearest' }],
  ])('leaves it to the router where a procedure %s', (_what, options) => {
    const { router, tabs: [first] } = sharing();

    first.peer.ask(REGISTER, options, PROCEDURE);
    expect(router.take()).toEqual([[REGISTER, 2, options, PROCEDURE]]);
    router.send(ERROR, REGISTER, 2, {}, 'wamp.error.procedure_already_exists');

    expect(first.take()).toEqual([[ERROR, REGISTER, 2, {}, 'wamp.error.procedure_already_exists']]);
  });

  it('refuses a tab what it has, as a router does', () => {
    const { router, tabs: [first] } = sharing();

    first.peer.ask(REGISTER, { invoke: 'first' }, PROCEDURE);

    expect(first.take()).toEqual([[ERROR, REGISTER, 2, {}, 'wamp.error.procedure_already_exists']]);
    expect(router.take()).toEqual([]);
  });

  it('tells all that ask when the router refuses', () => {
    const { router, shared, tabs } = scene();
    for (const { peer } of tabs) peer.ask(REGISTER, { invoke: 'first' }, PROCEDURE);

    router.send(ERROR, REGISTER, 1, {}, 'wamp.error.not_authorized');

    expect(tabs.map((tab) => tab.take())).toEqual(tabs.map(() => [[ERROR, REGISTER, 1, {}, 'wamp.error.not_authorized']]));
    expect(shared.hub.census()).toMatchObject({ 'procedures asked for by tabs': 0, 'registrations of tabs': 0 });
  });

  it('gives up with the last tab, once, and leaves its calls to that until it is answered', () => {
    const { router, shared, tabs: [first, second, third] } = sharing();

    for (const { peer } of [first, second]) peer.send([UNREGISTER, 2, 70]);
    expect([router.take(), first.take(), second.take()]).toEqual([[], [[UNREGISTERED, 2]], [[UNREGISTERED, 2]]]);
    third.peer.send([UNREGISTER, 2, 70], [UNREGISTER, 3, 70]);
    router.send(...invocation());

    expect(router.take()).toEqual([[UNREGISTER, 2, 70]]);
    expect(third.take()).toEqual([[ERROR, UNREGISTER, 3, {}, 'wamp.error.no_such_registration'], invocation()]);
    third.peer.cut();
    router.send(...invocation(2));
    router.send(UNREGISTERED, 2);
    expect(router.take()).toEqual([
      [ERROR, INVOCATION, 1, {}, 'wamp.error.canceled', ['the tab is gone']],
      [ERROR, INVOCATION, 2, {}, 'wamp.error.unavailable', ['the procedure is being unregistered']],
    ]);
    expect(shared.hub.census()).toMatchObject({ 'registrations of tabs': 0, 'invocations of tabs': 0 });
  });

  it('asks anew for a procedure that is being given up', () => {
    const { router, tabs: [first, second, third] } = sharing();
    for (const { peer } of [first, second, third]) peer.send([UNREGISTER, 2, 70]);
    router.take();

    second.peer.send([REGISTER, 3, { invoke: 'first' }, PROCEDURE]);
    expect(router.take()).toEqual([[REGISTER, 3, { invoke: 'first' }, PROCEDURE]]);
    router.send(UNREGISTERED, 2);
    router.send(REGISTERED, 3, 70);
    router.send(...invocation());

    expect([third.take(), second.take()]).toEqual([[[UNREGISTERED, 2]], [[UNREGISTERED, 2], [REGISTERED, 3, 70], invocation()]]);
  });

  it('gives up what nobody waits for any more when it is answered', () => {
    const { router, tabs } = scene();
    for (const { peer } of tabs) peer.ask(REGISTER, { invoke: 'first' }, PROCEDURE);
    for (const { peer } of tabs) peer.cut();
    router.take();

    router.send(REGISTERED, 1, 70);

    expect(router.take()).toEqual([[UNREGISTER, 2, 70]]);
  });

  it('tells all tabs of a revocation, and asks anew behind it', () => {
    const { router, tabs } = sharing();

    router.send(UNREGISTERED, 0, { registration: 70, reason: 'moved' });
    expect(tabs.map((tab) => tab.take())).toEqual(tabs.map(() => [[UNREGISTERED, 0, { registration: 70, reason: 'moved' }]]));
    tabs[0].peer.ask(REGISTER, { invoke: 'first' }, PROCEDURE);

    expect(router.take()).toEqual([[REGISTER, 2, { invoke: 'first' }, PROCEDURE]]);
  });

  it('passes over who declines, and tells the router when all have', () => {
    const { router, shared, tabs: [first, second, third] } = sharing('last');
    router.send(...invocation());
    expect([first.take(), second.take(), third.take()]).toEqual([[], [], [invocation()]]);

    third.peer.send(BUSY);
    expect([first.take(), second.take(), third.take()]).toEqual([[], [invocation()], []]);
    second.peer.send(BUSY);
    expect(router.take()).toEqual([]);
    first.peer.send([...BUSY, ['full']]);

    expect(router.take()).toEqual([[...BUSY, ['full']]]);
    expect(shared.hub.census()).toMatchObject({ 'invocations of tabs': 0 });
  });

  it('tells the caller of a tab that goes away while it runs, and passes it over from then on', () => {
    const { router, tabs: [first, second] } = sharing();
    router.send(...invocation());

    first.peer.cut();
    router.send(...invocation(2));

    expect(router.take()).toEqual([[ERROR, INVOCATION, 1, {}, 'wamp.error.canceled', ['the tab is gone']]]);
    expect(second.take()).toEqual([invocation(2)]);
  });

  it.each<[string, (scene: Scene) => void]>([
    ['a result has come', ({ tabs: [first] }) => first.peer.send([YIELD, 1, { progress: true }, [1]])],
    ['it was interrupted', ({ router }) => router.send(INTERRUPT, 1, {})],
    ['more of its input has come', ({ router }) => router.send(...invocation(1, { progress: true }))],
  ])('gives no other tab a call when %s', (_when, happen) => {
    const all = sharing();
    const { router, tabs: [first, second] } = all;
    router.send(...invocation(1, { progress: true }));
    happen(all);
    router.take();

    first.peer.send(BUSY);

    expect([router.take(), second.take()]).toEqual([[BUSY], []]);
  });

  it('hears of an invocation from the tab alone that runs it', () => {
    const { router, tabs: [first, second] } = sharing();
    router.send(...invocation());

    second.peer.send([YIELD, 1, {}, ['mine']], BUSY);
    expect([router.take(), second.take()]).toEqual([[], []]);
    first.peer.send([YIELD, 1, {}, ['right']]);

    expect(router.take()).toEqual([[YIELD, 1, {}, ['right']]]);
  });

  it('gives a call that is too long for a tab to another, and refuses it where it is so for all', () => {
    const { router, shared, tabs: [first, second, third] } = sharing('last');
    const [near, far] = memoryLink({ subprotocol: 'wamp.2.json' });
    shared.hub.accept(new LimitedConnection(far, 1000));
    const short = new RawPeer(near).hello('realm1').ask(REGISTER, { invoke: 'last' }, PROCEDURE);
    const long: WampList = [INVOCATION, 1, 70, {}, ['x'.repeat(1000)]];

    router.send(...long);
    expect([short.last?.[0], third.take()]).toEqual([REGISTERED, [long]]);
    for (const { peer } of [first, second, third]) peer.cut();
    router.take();
    router.send(INVOCATION, 2, ...long.slice(2));

    expect(router.take()).toEqual([[ERROR, INVOCATION, 2, {}, 'wamp.error.payload_size_exceeded', ['the tab takes no message so long']]]);
    expect(shared.hub.census()).toMatchObject({ 'invocations of tabs': 0 });
  });
});
