import { expect, it } from '@jest/globals';
import type { List } from '../support/formats.ts';
import type { Peer } from '../support/peer.ts';
import { roles, section, welcomed, type Bench } from '../support/section.ts';

interface Event {
  readonly timestamp: string;
  readonly subscription: number;
  readonly publication: number;
  readonly details: object;
  readonly args?: List;
  readonly kwargs?: object;
}

async function joined(bench: Bench, authid: string): Promise<Peer> {
  const peer = await bench.connect();
  peer.send([1, 'realm1', { roles: roles(), authmethods: ['ticket'], authid }]);
  await peer.receive();
  peer.send([5, authid, {}]);
  return welcomed(peer);
}

/** Publishes, a second after the last one, and gives the id of the publication. */
async function published(bench: Bench, publisher: Peer, topic: string, args: List = [], options: object = {}): Promise<number> {
  bench.clock.pass(1000);
  const request = publisher.next();
  publisher.send([16, request, { acknowledge: true, ...options }, topic, args]);
  const [type, , publication] = await publisher.receive();
  expect(type).toBe(17);
  return publication as number;
}

/** `wamp.subscription.get_events`: the list of events of its answer. */
async function eventsOf(asker: Peer, subscription: number, query: object = {}): Promise<readonly Event[]> {
  const [type, , , args] = await asker.call('wamp.subscription.get_events', [subscription], query);
  expect(type).toBe(50);
  return (args ?? []) as readonly Event[];
}

async function publicationsOf(asker: Peer, subscription: number, query: object = {}): Promise<readonly number[]> {
  return (await eventsOf(asker, subscription, query)).map(({ publication }) => publication);
}

section('Advanced Profile, Event History', (bench) => {
  // "Event history for subscription 1 contains publication 1 only. [...] 2 contains publications 2, 3, and 4. [...] 3 contains all".
  it('keeps the events of each subscription, as in the example', async () => {
    const [publisher, asker] = [await bench.join(), await bench.join()];
    const subscriptions = [
      await asker.subscribe('com.log.auth'), await asker.subscribe('com.log.basket'), await asker.subscribe('com.log', { match: 'prefix' }),
    ] as const;
    const listener = await bench.join();
    const ids: number[] = [];
    for (const topic of ['auth', 'basket', 'basket', 'basket', 'checkout']) ids.push(await published(bench, publisher, `com.log.${topic}`));
    await drained(asker);

    const of = async (subscription: number): Promise<readonly number[]> => (await publicationsOf(listener, subscription)).filter((id) => ids.includes(id));
    expect(await of(subscriptions[0])).toEqual(ids.slice(0, 1));
    expect(await of(subscriptions[1])).toEqual(ids.slice(1, 4));
    expect(await of(subscriptions[2])).toEqual(ids);
  });

  // "an array of Event objects containing an additional timestamp string attribute in RFC3339 format".
  it('gives each event with its subscription, publication, details, payload and time', async () => {
    const [publisher, asker] = [await bench.join(), await bench.join()];
    const subscription = await asker.subscribe('com.log', { match: 'prefix' });
    const publication = await published(bench, publisher, 'com.log.shape', [1, 'two']);
    await drained(asker);

    const [event] = await eventsOf(asker, subscription, { from_publication: publication });

    expect(event).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/u), subscription, publication,
      details: { topic: 'com.log.shape' }, args: [1, 'two'],
    });
  });

  // "The original details of the event".
  it('keeps who published where that was disclosed', async () => {
    const [publisher, asker] = [await bench.join(), await bench.join()];
    const subscription = await asker.subscribe('com.log.auth');
    const publication = await published(bench, publisher, 'com.log.auth', [], { disclose_me: true });
    await drained(asker);

    const [event] = await eventsOf(asker, subscription, { from_publication: publication });

    expect(event?.details).toMatchObject({ publisher: publisher.session });
  });

  it('takes every filter of the text, and all of them together', async () => {
    const [publisher, asker] = [await bench.join(), await bench.join()];
    const subscription = await asker.subscribe('com.log', { match: 'prefix' });
    const ids: number[] = [];
    for (let at = 0; at < 6; at++) ids.push(await published(bench, publisher, at % 2 === 0 ? 'com.log.even' : 'com.log.odd', [at]));
    await drained(asker);
    const all = (await eventsOf(asker, subscription)).filter(({ publication }) => ids.includes(publication));
    const times = all.map(({ timestamp }) => timestamp);
    const [first, , third, fourth, , last] = ids as [number, number, number, number, number, number];
    const ask = (query: object): Promise<readonly number[]> => publicationsOf(asker, subscription, query);

    expect(all.map(({ publication }) => publication)).toEqual(ids);
    expect(await ask({ from_publication: third })).toEqual(ids.slice(2));
    expect(await ask({ after_publication: third })).toEqual(ids.slice(3));
    expect(await ask({ from_publication: first, before_publication: fourth })).toEqual(ids.slice(0, 3));
    expect(await ask({ from_publication: first, until_publication: fourth })).toEqual(ids.slice(0, 4));
    expect(await ask({ from_time: times[2] })).toEqual(ids.slice(2));
    expect(await ask({ after_time: times[2] })).toEqual(ids.slice(3));
    expect(await ask({ from_publication: first, before_time: times[3] })).toEqual(ids.slice(0, 3));
    expect(await ask({ from_publication: first, until_time: times[3] })).toEqual(ids.slice(0, 4));
    expect(await ask({ from_publication: first, topic: 'com.log.odd' })).toEqual(ids.filter((_, at) => at % 2 === 1));
    expect(await ask({ from_publication: first, limit: 2 })).toEqual(ids.slice(0, 2));
    expect(await ask({ reverse: true, limit: 2 })).toEqual([last, ids[4]]);
    expect(await ask({ reverse: true, before_publication: fourth, from_publication: first })).toEqual(ids.slice(0, 3).reverse());
    expect(await ask({ from_publication: first, after_time: times[0], topic: 'com.log.even', limit: 1 })).toEqual([third]);
    expect(await ask({ after_publication: last })).toEqual([]);
  });

  // "this publication must be filtered out from the results of this specific request, by the router side".
  it('holds to the lists of roles and names that an event was published with', async () => {
    const [publisher, manager, staff] = [await bench.join(), await joined(bench, 'ada'), await joined(bench, 'bob')];
    const subscription = await staff.subscribe('com.log', { match: 'prefix' });
    const ids = [
      await published(bench, publisher, 'com.log.lists', [], { eligible_authrole: ['manager'] }),
      await published(bench, publisher, 'com.log.lists', [], { exclude_authid: ['bob'] }),
      await published(bench, publisher, 'com.log.lists', [], { exclude_authrole: ['manager'] }),
    ];
    await drained(staff);

    const of = async (asker: Peer): Promise<readonly number[]> => (await publicationsOf(asker, subscription)).filter((id) => ids.includes(id));
    expect(await of(manager)).toEqual(ids.slice(0, 2));
    expect(await of(staff)).toEqual(ids.slice(2));
  });

  // "all events published with Options.exclude|list[int] or Options.eligible|list[int] should be ignored by the Event History mechanism".
  it('keeps nothing that was published for sessions by their ids', async () => {
    const [publisher, asker] = [await bench.join(), await bench.join()];
    const subscription = await asker.subscribe('com.log', { match: 'prefix' });
    const ids = [
      await published(bench, publisher, 'com.log.ids', [], { exclude: [4711] }), await published(bench, publisher, 'com.log.ids', [], { eligible: [asker.session] }),
    ];
    await drained(asker);

    expect((await publicationsOf(asker, subscription)).filter((id) => ids.includes(id))).toEqual([]);
  });

  // "preinitializing history-enabled topics with dummy subscriptions even if there are not yet any real subscribers".
  it('keeps what is published while nobody is subscribed, under the id that subscribers get', async () => {
    const publisher = await bench.join();
    const publication = await published(bench, publisher, 'com.log.alone');
    const asker = await bench.join();

    const subscription = await asker.subscribe('com.log', { match: 'prefix' });

    expect(await publicationsOf(asker, subscription)).toContain(publication);
  });

  it('answers no_such_subscription to an id that is none', async () => {
    const asker = await bench.join();

    expect((await asker.call('wamp.subscription.get_events', [4711]))[4]).toBe('wamp.error.no_such_subscription');
  });

  it.each<readonly [string, readonly unknown[], object]>([
    ['no subscription', [], {}], ['a subscription that is no id', ['com.log'], {}], ['a limit of 0', [1], { limit: 0 }],
    ['a limit that is a text', [1], { limit: 'many' }], ['a time that is none', [1], { from_time: 'yesterday' }],
    ['a publication that is none', [1], { after_publication: -1 }], ['reverse that is a number', [1], { reverse: 1 }],
  ])('answers invalid_argument to %s', async (_, args, kwargs) => {
    const asker = await bench.join();

    expect((await asker.call('wamp.subscription.get_events', args, kwargs))[4]).toBe('wamp.error.invalid_argument');
  });

  // "Prohibited Event History meta procedure calls must fail with the wamp.error.not_authorized error URI", and "a peer must be allowed to
  // subscribe to a desired subscription first".
  it('answers not_authorized to who may not call it, or may not subscribe', async () => {
    const allowed = await joined(bench, 'ada');
    const subscription = await allowed.subscribe('com.log', { match: 'prefix' });
    const [stranger, guest] = [await joined(bench, 'cyd'), await joined(bench, 'dot')];

    expect((await stranger.call('wamp.subscription.get_events', [subscription]))[4]).toBe('wamp.error.not_authorized');
    expect((await guest.call('wamp.subscription.get_events', [subscription]))[4]).toBe('wamp.error.not_authorized');
  });
}, {
  realms: {
    realm1: {
      auth: {
        ticket: {
          users: {
            ada: { ticket: 'ada', role: 'manager' }, bob: { ticket: 'bob', role: 'staff' }, cyd: { ticket: 'cyd', role: 'stranger' }, dot: { ticket: 'dot', role: 'guest' },
          },
        },
        anonymous: {},
      },
      roles: {
        anonymous: [{ uri: '', match: 'prefix', allow: ['call', 'publish', 'subscribe'] }],
        manager: [{ uri: '', match: 'prefix', allow: ['call', 'publish', 'subscribe'] }],
        staff: [{ uri: '', match: 'prefix', allow: ['call', 'publish', 'subscribe'] }],
        // May ask for histories, but not subscribe to what is kept here.
        stranger: [{ uri: 'wamp.', match: 'prefix', allow: ['call'] }],
        // May subscribe, but not ask.
        guest: [{ uri: 'com.', match: 'prefix', allow: ['subscribe', 'publish'] }],
      },
      history: [
        { uri: 'com.log', match: 'prefix', limit: 100 }, { uri: 'com.log.auth', limit: 100 }, { uri: 'com.log.basket', limit: 100 },
      ],
    },
  },
});

/** Takes the events off that came live. */
async function drained(peer: Peer): Promise<void> {
  const request = peer.next();
  peer.send([34, request, 4_503_599_627_370_497]);
  for (let list = await peer.receive(); list[0] !== 8; list = await peer.receive()) expect(list[0]).toBe(36);
}
