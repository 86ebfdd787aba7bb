import { expect, it } from '@jest/globals';
import { ANY_ID, type Peer } from '../support/peer.ts';
import { announced, resultOf, section } from '../support/section.ts';

const TOPICS = ['on_create', 'on_register', 'on_unregister', 'on_delete'] as const;
const ISO_8601: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/u);

/** Subscribes to all events about registrations, and gives the names of their subscriptions. */
async function watch(watcher: Peer): Promise<ReadonlyMap<unknown, string>> {
  const names = new Map<unknown, string>();
  for (const topic of TOPICS) names.set(await watcher.subscribe(`wamp.registration.${topic}`), topic);
  return names;
}

/** The next events, by their names. */
async function told(watcher: Peer, names: ReadonlyMap<unknown, string>, count: number): Promise<readonly unknown[]> {
  const events = await watcher.receiveMany(count);
  return events.map(([type, subscription, publication, details, args]) => {
    expect([type, publication, details]).toEqual([36, ANY_ID, {}]);
    return [names.get(subscription), ...args as readonly unknown[]];
  });
}

section('Advanced Profile, Registration Meta API', (bench) => {
  it('is announced by the dealer', async () => {
    expect(announced(await bench.join(), 'dealer')).toMatchObject({ registration_meta_api: true });
  });

  // "A wamp.registration.on_register event MUST be fired subsequent to a wamp.registration.on_create event", "Similarly, the
  // wamp.registration.on_delete event MUST be preceded by a wamp.registration.on_unregister event."
  it.each([['exact', 'com.app'], ['prefix', 'com.app'], ['wildcard', 'com..app']] as const)('tells the life of a registration (%s)', async (match, uri) => {
    const [watcher, a, b] = [await bench.join(), await bench.join(), await bench.join()];
    const names = await watch(watcher);

    const id = await a.register(uri, { match, invoke: 'roundrobin' });
    expect(await told(watcher, names, 2)).toEqual([
      ['on_create', a.session, { id, created: ISO_8601, uri, match, invoke: 'roundrobin' }], ['on_register', a.session, id],
    ]);
    await b.register(uri, { match, invoke: 'roundrobin' });
    expect(await told(watcher, names, 1)).toEqual([['on_register', b.session, id]]);
    a.send([66, a.next(), id]);
    expect(await told(watcher, names, 1)).toEqual([['on_unregister', a.session, id]]);
    await b.leave();
    expect(await told(watcher, names, 2)).toEqual([['on_unregister', b.session, id], ['on_delete', b.session, id]]);
    await watcher.silence();
  });

  it('tells of a registration whose callee was lost', async () => {
    const [watcher, callee] = [await bench.join(), await bench.join()];
    const id = await callee.register('com.app');
    const names = await watch(watcher);

    callee.cut();

    expect(await told(watcher, names, 2)).toEqual([['on_unregister', callee.session, id], ['on_delete', callee.session, id]]);
  });

  it('tells nothing of what was refused', async () => {
    const [watcher, a, b] = [await bench.join(), await bench.join(), await bench.join()];
    await a.register('com.app');
    await watch(watcher);

    b.send([64, 1, {}, 'com.app'], [66, 2, 4711], [64, 3, {}, 'not a uri']);
    await b.receiveMany(3);

    await watcher.silence();
  });

  // list: "A dictionary with a list of registration IDs for each match policy."
  it('lists registrations by policy', async () => {
    const [callee, asker] = [await bench.join(), await bench.join()];
    const [one, two] = [await callee.register('com.one'), await callee.register('com.two')];
    const prefix = await callee.register('com.', { match: 'prefix' });
    const wildcard = await callee.register('com..x', { match: 'wildcard' });

    const lists = resultOf(await asker.call('wamp.registration.list')) as Record<string, number[]>;

    expect(Object.keys(lists).sort()).toEqual(['exact', 'prefix', 'wildcard']);
    expect(new Set(lists['exact'])).toEqual(new Set([one, two]));
    expect([lists['prefix'], lists['wildcard']]).toEqual([[prefix], [wildcard]]);
  });

  // lookup: "The ID of the registration managing the procedure, if found, or null", by "Same options as when registering a procedure".
  it('looks a registration up by its URI and policy', async () => {
    const [callee, asker] = [await bench.join(), await bench.join()];
    const exact = await callee.register('com.app');
    const prefix = await callee.register('com.app', { match: 'prefix' });

    expect(resultOf(await asker.call('wamp.registration.lookup', ['com.app']))).toBe(exact);
    expect(resultOf(await asker.call('wamp.registration.lookup', ['com.app', { match: 'prefix' }]))).toBe(prefix);
    expect(resultOf(await asker.call('wamp.registration.lookup', ['com.app', { match: 'wildcard' }]))).toBeNull();
    expect(resultOf(await asker.call('wamp.registration.lookup', ['com.app.more']))).toBeNull();
  });

  // match: "The ID of best matching registration, or null."
  it('finds the registration that a call would go to', async () => {
    const [callee, asker] = [await bench.join(), await bench.join()];
    const prefix = await callee.register('com.app', { match: 'prefix' });
    const exact = await callee.register('com.app.one');

    expect(resultOf(await asker.call('wamp.registration.match', ['com.app.one']))).toBe(exact);
    expect(resultOf(await asker.call('wamp.registration.match', ['com.app.two']))).toBe(prefix);
    expect(resultOf(await asker.call('wamp.registration.match', ['com.other']))).toBeNull();
  });

  // get, list_callees, count_callees
  it('tells of a registration and its callees', async () => {
    const [a, b, asker] = [await bench.join(), await bench.join(), await bench.join()];
    const id = await a.register('com.app', { invoke: 'first' });
    await b.register('com.app', { invoke: 'first' });

    expect(resultOf(await asker.call('wamp.registration.get', [id]))).toEqual({ id, created: ISO_8601, uri: 'com.app', match: 'exact', invoke: 'first' });
    expect(resultOf(await asker.call('wamp.registration.list_callees', [id]))).toEqual([a.session, b.session]);
    expect(resultOf(await asker.call('wamp.registration.count_callees', [id]))).toBe(2);
  });

  it('says single where no policy was given', async () => {
    const peer = await bench.join();
    const id = await peer.register('com.app');

    expect(resultOf(await peer.call('wamp.registration.get', [id]))).toMatchObject({ match: 'exact', invoke: 'single' });
  });

  // "wamp.error.no_such_registration: No registration with the given ID exists on the router."
  it.each(['get', 'list_callees', 'count_callees'])('answers no_such_registration to %s of what does not exist', async (procedure) => {
    const asker = await bench.join();

    expect((await asker.call(`wamp.registration.${procedure}`, [4711]))[4]).toBe('wamp.error.no_such_registration');
  });

  it.each<readonly [string, readonly unknown[]]>([
    ['get', []], ['get', ['com.app']], ['lookup', []], ['lookup', ['com.app', { match: 'regex' }]], ['match', [5]], ['list_callees', [null]],
  ])('answers invalid_argument to %s with %j', async (procedure, args) => {
    const asker = await bench.join();

    expect((await asker.call(`wamp.registration.${procedure}`, args))[4]).toBe('wamp.error.invalid_argument');
  });
});
