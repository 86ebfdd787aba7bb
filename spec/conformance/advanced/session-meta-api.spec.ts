import { expect, it } from '@jest/globals';
import { ANY_ID, type Peer } from '../support/peer.ts';
import { announced, resultOf, roles, section, welcomed, type Bench } from '../support/section.ts';

const USERS = {
  admin: { ticket: 'admin', role: 'admin' }, ada: { ticket: 'ada', role: 'user' }, bob: { ticket: 'bob', role: 'user' }, cyd: { ticket: 'cyd', role: 'guest' },
};

async function joined(bench: Bench, authid: keyof typeof USERS, realm = 'realm1'): Promise<Peer> {
  const peer = await bench.connect();
  peer.send([1, realm, { roles: roles(), authmethods: ['ticket'], authid }]);
  await peer.receive();
  peer.send([5, authid, {}]);
  return welcomed(peer);
}

/** What a session is known by: "See Authentication for a description of the [...] properties." */
function detailsOf({ session, welcome }: Peer): object {
  const { authid, authrole, authmethod, authprovider } = welcome;
  return { session, authid, authrole, authmethod, authprovider };
}

/** Waits for the GOODBYE of the router, and answers it. */
async function killed(peer: Peer, reason: string, details: object = {}): Promise<void> {
  expect(await peer.receive()).toEqual([6, details, reason]);
  peer.send([6, {}, 'wamp.close.goodbye_and_out']);
  await peer.closed();
}

section('Advanced Profile, Session Meta API', (bench) => {
  // "Support for this feature MUST be announced by both Dealers and Brokers".
  it('is announced by both roles', async () => {
    const peer = await joined(bench, 'ada');

    expect(announced(peer, 'broker')).toMatchObject({ session_meta_api: true });
    expect(announced(peer, 'dealer')).toMatchObject({ session_meta_api: true });
  });

  // on_join: "The event payload consists of a single positional argument details|dict".
  it('tells who joins', async () => {
    const watcher = await joined(bench, 'admin');
    const subscription = await watcher.subscribe('wamp.session.on_join');

    const peer = await joined(bench, 'ada');

    const [type, to, publication, details, args] = await watcher.receive();
    expect([type, to, publication, details]).toEqual([36, subscription, ANY_ID, {}]);
    expect(args).toEqual([expect.objectContaining(detailsOf(peer))]);
  });

  // on_leave: "three positional arguments: session, authid, authrole", also where it "is disconnected".
  it.each(['leave', 'cut'] as const)('tells who leaves (%s)', async (way) => {
    const [watcher, peer] = [await joined(bench, 'admin'), await joined(bench, 'ada')];
    const subscription = await watcher.subscribe('wamp.session.on_leave');

    await peer[way]();

    expect(await watcher.receive()).toEqual([36, subscription, ANY_ID, {}, [peer.session, 'ada', 'user']]);
  });

  // "Session Meta Events MUST be dispatched by the Router to the same realm as the WAMP session which triggered the event."
  it('tells nobody in another realm', async () => {
    const watcher = await joined(bench, 'admin');
    await watcher.subscribe('wamp.session.on_join');
    await watcher.subscribe('wamp.session.on_leave');

    await (await joined(bench, 'ada', 'realm2')).leave();

    await watcher.silence();
    expect(resultOf(await watcher.call('wamp.session.list'))).toEqual([watcher.session]);
  });

  // count and list, with "filter_authroles|list[string] - Optional filter".
  it('counts and lists the sessions of the realm', async () => {
    const [admin, ada, bob, cyd] = [await joined(bench, 'admin'), await joined(bench, 'ada'), await joined(bench, 'bob'), await joined(bench, 'cyd')];
    await joined(bench, 'ada', 'realm2');
    const all = [admin, ada, bob, cyd].map(({ session }) => session);

    expect(resultOf(await admin.call('wamp.session.count'))).toBe(4);
    expect(new Set(resultOf(await admin.call('wamp.session.list')) as number[])).toEqual(new Set(all));
    expect(resultOf(await admin.call('wamp.session.count', [['user', 'guest']]))).toBe(3);
    expect(new Set(resultOf(await admin.call('wamp.session.list', [['user']])) as number[])).toEqual(new Set([ada.session, bob.session]));
    expect(resultOf(await admin.call('wamp.session.count', [[]]))).toBe(0);
    expect(resultOf(await admin.call('wamp.session.list', [['nobody']]))).toEqual([]);
  });

  // get: "Information on a particular session", or "wamp.error.no_such_session".
  it('tells of one session', async () => {
    const [admin, ada] = [await joined(bench, 'admin'), await joined(bench, 'ada')];
    const elsewhere = await joined(bench, 'ada', 'realm2');

    expect(resultOf(await admin.call('wamp.session.get', [ada.session]))).toEqual(expect.objectContaining(detailsOf(ada)));
    expect(resultOf(await admin.call('wamp.session.get', [admin.session]))).toEqual(expect.objectContaining(detailsOf(admin)));
    expect((await admin.call('wamp.session.get', [4711]))[4]).toBe('wamp.error.no_such_session');
    expect((await admin.call('wamp.session.get', [elsewhere.session]))[4]).toBe('wamp.error.no_such_session');
  });

  // kill: "the reason defaults to wamp.close.killed and the message is omitted from the GOODBYE sent to the closed session".
  it('closes one session', async () => {
    const [admin, ada, bob] = [await joined(bench, 'admin'), await joined(bench, 'ada'), await joined(bench, 'bob')];

    expect((await admin.call('wamp.session.kill', [ada.session])).slice(0, 3)).toEqual([50, 1, {}]);

    await killed(ada, 'wamp.close.killed');
    expect(resultOf(await admin.call('wamp.session.count'))).toBe(2);
    await bob.silence();
  });

  // "reason for closing session, sent to client in GOODBYE.Reason", "additional information [...] in GOODBYE.Details under the key message".
  it('tells the closed session why', async () => {
    const [admin, ada] = [await joined(bench, 'admin'), await joined(bench, 'ada')];

    await admin.call('wamp.session.kill', [ada.session], { reason: 'com.app.misbehaved', message: 'enough' });

    await killed(ada, 'com.app.misbehaved', { message: 'enough' });
  });

  // "Specifying the caller's own session will result in a wamp.error.no_such_session since no other session with that ID exists."
  it('does not let a session close itself', async () => {
    const admin = await joined(bench, 'admin');

    for (const session of [admin.session, 4711]) expect((await admin.call('wamp.session.kill', [session]))[4]).toBe('wamp.error.no_such_session');

    await admin.silence();
  });

  // kill_by_authid: "The list of WAMP session IDs of session that were killed", without the caller's own.
  it('closes the sessions of a name', async () => {
    const [admin, one, other, bob] = [await joined(bench, 'admin'), await joined(bench, 'ada'), await joined(bench, 'ada'), await joined(bench, 'bob')];

    const ids = resultOf(await admin.call('wamp.session.kill_by_authid', ['ada']));

    expect(new Set(ids as number[])).toEqual(new Set([one.session, other.session]));
    for (const peer of [one, other]) await killed(peer, 'wamp.close.killed');
    expect(resultOf(await admin.call('wamp.session.kill_by_authid', ['admin']))).toEqual([]);
    await bob.silence();
  });

  // kill_by_authrole: "count|int - The number of sessions closed by this meta procedure."
  it('closes the sessions of a role', async () => {
    const [admin, ada, bob, cyd] = [await joined(bench, 'admin'), await joined(bench, 'ada'), await joined(bench, 'bob'), await joined(bench, 'cyd')];

    expect(resultOf(await admin.call('wamp.session.kill_by_authrole', ['user'], { reason: 'com.app.users_out' }))).toBe(2);

    for (const peer of [ada, bob]) await killed(peer, 'com.app.users_out');
    expect(resultOf(await admin.call('wamp.session.kill_by_authrole', ['admin']))).toBe(0);
    await cyd.silence();
  });

  // kill_all: "The caller's own session is excluded from the closed sessions."
  it('closes all others', async () => {
    const [admin, ada, cyd] = [await joined(bench, 'admin'), await joined(bench, 'ada'), await joined(bench, 'cyd')];
    const elsewhere = await joined(bench, 'ada', 'realm2');

    expect(resultOf(await admin.call('wamp.session.kill_all'))).toBe(2);

    for (const peer of [ada, cyd]) await killed(peer, 'wamp.close.killed');
    expect(resultOf(await admin.call('wamp.session.list'))).toEqual([admin.session]);
    await elsewhere.silence();
  });

  // "Closing all sessions in the realm will not generate session meta events or testament events".
  it('tells nobody of those who are closed with all others', async () => {
    const [admin, ada] = [await joined(bench, 'admin'), await joined(bench, 'ada')];
    await admin.subscribe('wamp.session.on_leave');
    await admin.subscribe('com.last_words');
    await ada.call('wamp.session.add_testament', ['com.last_words', ['Seeya!'], {}]);

    expect(resultOf(await admin.call('wamp.session.kill_all'))).toBe(1);

    await killed(ada, 'wamp.close.killed');
    await admin.silence();
  });

  // Not as "Pattern-based Subscription" has it: who listens to everything of an application is not told who comes and goes.
  it('tells patterns that name what is reserved, and no broader ones', async () => {
    const [broad, named] = [await joined(bench, 'ada'), await joined(bench, 'ada')];
    await broad.subscribe('', { match: 'prefix' });
    const subscription = await named.subscribe('wamp.session.', { match: 'prefix' });

    const peer = await joined(bench, 'bob');

    expect(await named.receive()).toEqual([36, subscription, ANY_ID, { topic: 'wamp.session.on_join' }, [expect.objectContaining({ session: peer.session })]]);
    await broad.silence();
  });

  // "wamp.error.invalid_uri - A reason keyword argument has a value that is not a valid non-empty URI."
  it.each(['', 'not a uri', 5])('answers invalid_uri to the reason %p', async (reason) => {
    const [admin, ada] = [await joined(bench, 'admin'), await joined(bench, 'ada')];

    expect((await admin.call('wamp.session.kill', [ada.session], { reason }))[4]).toBe('wamp.error.invalid_uri');
    expect((await admin.call('wamp.session.kill_by_authid', ['ada'], { reason }))[4]).toBe('wamp.error.invalid_uri');
    expect((await admin.call('wamp.session.kill_by_authrole', ['user'], { reason }))[4]).toBe('wamp.error.invalid_uri');
    expect((await admin.call('wamp.session.kill_all', [], { reason }))[4]).toBe('wamp.error.invalid_uri');

    await ada.silence();
  });

  it.each<readonly [string, readonly unknown[]]>([
    ['wamp.session.get', []], ['wamp.session.get', ['ada']], ['wamp.session.kill', []], ['wamp.session.kill', [-1]],
    ['wamp.session.kill_by_authid', [5]], ['wamp.session.kill_by_authrole', []], ['wamp.session.count', ['user']], ['wamp.session.list', [[1]]],
  ])('answers invalid_argument to %s with %j', async (procedure, args) => {
    const admin = await joined(bench, 'admin');

    expect((await admin.call(procedure, args))[4]).toBe('wamp.error.invalid_argument');
  });

  // A session that ends frees what it had, whoever ended it.
  it('ends the calls and registrations of a session that it closes', async () => {
    const [admin, ada, bob] = [await joined(bench, 'admin'), await joined(bench, 'ada'), await joined(bench, 'bob')];
    await ada.register('com.procedure');
    bob.send([48, 1, {}, 'com.procedure']);
    await ada.receive();

    await admin.call('wamp.session.kill', [ada.session]);

    expect((await bob.receive())[4]).toBe('wamp.error.canceled');
    expect((await bob.call('com.procedure'))[4]).toBe('wamp.error.no_such_procedure');
  });

  it('lets nobody close sessions whom no permission allows it by name', async () => {
    const [ada, bob] = [await joined(bench, 'ada'), await joined(bench, 'bob')];

    for (const [procedure, args] of [['kill', [bob.session]], ['kill_by_authid', ['bob']], ['kill_by_authrole', ['user']], ['kill_all', []]] as const) {
      expect((await ada.call(`wamp.session.${procedure}`, args))[4]).toBe('wamp.error.not_authorized');
    }

    await bob.silence();
  });
}, {
  realms: Object.fromEntries(['realm1', 'realm2'].map((realm) => [realm, {
    auth: { ticket: { users: USERS } },
    roles: {
      admin: [{ uri: '', match: 'prefix', allow: ['call', 'subscribe', 'register', 'publish'] }, { uri: 'wamp.session.', match: 'prefix', allow: ['call', 'subscribe'] }],
      user: [{ uri: '', match: 'prefix', allow: ['call', 'subscribe', 'register', 'publish'] }],
      guest: [{ uri: '', match: 'prefix', allow: ['call', 'subscribe', 'register', 'publish'] }],
    },
  }] as const)),
});
