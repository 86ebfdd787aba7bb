import { expect, it } from '@jest/globals';
import { ANY_ID, type Peer } from '../support/peer.ts';
import { announced, resultOf, section } from '../support/section.ts';

const TOPICS = ['on_create', 'on_subscribe', 'on_unsubscribe', 'on_delete'] as const;
const ISO_8601: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/u);

/** Subscribes to all events about subscriptions, and gives the names of its own. What it hears of itself on the way is taken off. */
async function watch(watcher: Peer): Promise<ReadonlyMap<unknown, string>> {
  const names = new Map<unknown, string>();
  for (const topic of TOPICS) {
    const request = watcher.next();
    watcher.send([32, request, {}, `wamp.subscription.${topic}`]);
    for (let list = await watcher.receive(); ; list = await watcher.receive()) {
      if (list[0] !== 33) continue;
      names.set(list[2], topic);
      break;
    }
  }
  const request = watcher.next();
  watcher.send([34, request, 4_503_599_627_370_497]);
  while ((await watcher.receive())[0] !== 8);
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

section('Advanced Profile, Subscriptions Meta API', (bench) => {
  it('is announced by the broker', async () => {
    expect(announced(await bench.join(), 'broker')).toMatchObject({ subscription_meta_api: true });
  });

  // "A wamp.subscription.on_subscribe event MUST always be fired subsequent to a wamp.subscription.on_create event", "the
  // wamp.subscription.on_delete event MUST always be preceded by a wamp.subscription.on_unsubscribe event."
  it.each([['exact', 'com.app'], ['prefix', 'com.app'], ['wildcard', 'com..app']] as const)('tells the life of a subscription (%s)', async (match, uri) => {
    const [watcher, a, b] = [await bench.join(), await bench.join(), await bench.join()];
    const names = await watch(watcher);

    const id = await a.subscribe(uri, { match });
    expect(await told(watcher, names, 2)).toEqual([['on_create', a.session, { id, created: ISO_8601, uri, match }], ['on_subscribe', a.session, id]]);
    await b.subscribe(uri, { match });
    expect(await told(watcher, names, 1)).toEqual([['on_subscribe', b.session, id]]);
    a.send([34, a.next(), id]);
    expect(await told(watcher, names, 1)).toEqual([['on_unsubscribe', a.session, id]]);
    await b.leave();
    expect(await told(watcher, names, 2)).toEqual([['on_unsubscribe', b.session, id], ['on_delete', b.session, id]]);
    await watcher.silence();
  });

  it('tells of a subscription whose subscriber was lost', async () => {
    const [watcher, subscriber] = [await bench.join(), await bench.join()];
    const id = await subscriber.subscribe('com.app');
    const names = await watch(watcher);

    subscriber.cut();

    expect(await told(watcher, names, 2)).toEqual([['on_unsubscribe', subscriber.session, id], ['on_delete', subscriber.session, id]]);
  });

  it('tells nothing of a second SUBSCRIBE, nor of what was refused', async () => {
    const [watcher, subscriber] = [await bench.join(), await bench.join()];
    await subscriber.subscribe('com.app');
    await watch(watcher);

    await subscriber.subscribe('com.app');
    subscriber.send([32, 3, {}, 'not a uri'], [34, 4, 4711]);
    await subscriber.receiveMany(2);

    await watcher.silence();
  });

  // list: "A dictionary with a list of subscription IDs for each match policy."
  it('lists subscriptions by policy', async () => {
    const [subscriber, asker] = [await bench.join(), await bench.join()];
    const [one, two] = [await subscriber.subscribe('com.one'), await subscriber.subscribe('com.two')];
    const prefix = await subscriber.subscribe('com.', { match: 'prefix' });
    const wildcard = await subscriber.subscribe('com..x', { match: 'wildcard' });

    const lists = resultOf(await asker.call('wamp.subscription.list')) as Record<string, number[]>;

    expect(Object.keys(lists).sort()).toEqual(['exact', 'prefix', 'wildcard']);
    expect(new Set(lists['exact'])).toEqual(new Set([one, two]));
    expect([lists['prefix'], lists['wildcard']]).toEqual([[prefix], [wildcard]]);
  });

  // lookup: "The ID of the subscription managing the topic, if found, or null."
  it('looks a subscription up by its URI and policy', async () => {
    const [subscriber, asker] = [await bench.join(), await bench.join()];
    const exact = await subscriber.subscribe('com.app');
    const prefix = await subscriber.subscribe('com.app', { match: 'prefix' });

    expect(resultOf(await asker.call('wamp.subscription.lookup', ['com.app']))).toBe(exact);
    expect(resultOf(await asker.call('wamp.subscription.lookup', ['com.app', { match: 'prefix' }]))).toBe(prefix);
    expect(resultOf(await asker.call('wamp.subscription.lookup', ['com.app', { match: 'wildcard' }]))).toBeNull();
    expect(resultOf(await asker.call('wamp.subscription.lookup', ['com.app.more']))).toBeNull();
  });

  // match: "A list of all matching subscription IDs, or null", irrespective of policy.
  it('finds all subscriptions that an event would go to', async () => {
    const [subscriber, asker] = [await bench.join(), await bench.join()];
    const ids = [
      await subscriber.subscribe('com.app.one'), await subscriber.subscribe('com.app', { match: 'prefix' }), await subscriber.subscribe('com..one', { match: 'wildcard' }),
    ];
    await subscriber.subscribe('com.other');

    expect(new Set(resultOf(await asker.call('wamp.subscription.match', ['com.app.one'])) as number[])).toEqual(new Set(ids));
    expect(resultOf(await asker.call('wamp.subscription.match', ['com.nothing']))).toBeNull();
  });

  // get, list_subscribers, count_subscribers
  it('tells of a subscription and its subscribers', async () => {
    const [a, b, asker] = [await bench.join(), await bench.join(), await bench.join()];
    const id = await a.subscribe('com.app');
    await b.subscribe('com.app');

    expect(resultOf(await asker.call('wamp.subscription.get', [id]))).toEqual({ id, created: ISO_8601, uri: 'com.app', match: 'exact' });
    expect(new Set(resultOf(await asker.call('wamp.subscription.list_subscribers', [id])) as number[])).toEqual(new Set([a.session, b.session]));
    expect(resultOf(await asker.call('wamp.subscription.count_subscribers', [id]))).toBe(2);
  });

  // "wamp.error.no_such_subscription: No subscription with the given ID exists on the router."
  it.each(['get', 'list_subscribers', 'count_subscribers'])('answers no_such_subscription to %s of what does not exist', async (procedure) => {
    const asker = await bench.join();

    expect((await asker.call(`wamp.subscription.${procedure}`, [4711]))[4]).toBe('wamp.error.no_such_subscription');
  });

  it.each<readonly [string, readonly unknown[]]>([
    ['get', []], ['get', ['com.app']], ['lookup', []], ['lookup', ['com.app', { match: 'regex' }]], ['match', [5]], ['list_subscribers', [null]],
  ])('answers invalid_argument to %s with %j', async (procedure, args) => {
    const asker = await bench.join();

    expect((await asker.call(`wamp.subscription.${procedure}`, args))[4]).toBe('wamp.error.invalid_argument');
  });
});
