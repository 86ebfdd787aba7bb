import { expect, it } from '@jest/globals';
import type { Peer } from '../support/peer.ts';
import { announced, section, welcomed, roles, type Bench } from '../support/section.ts';

const FEATURE = { publisher: ['subscriber_blackwhite_listing'] };

const USERS = {
  ada: { ticket: 'a', role: 'manager' }, bob: { ticket: 'b', role: 'manager' }, cyd: { ticket: 'c', role: 'staff' }, dot: { ticket: 'd', role: 'staff' },
};
type Name = keyof typeof USERS;
const NAMES = Object.keys(USERS) as readonly Name[];

/** Everybody, subscribed to com.topic. */
async function subscribed(bench: Bench): Promise<Readonly<Record<Name, Peer>>> {
  const peers: Partial<Record<Name, Peer>> = {};
  for (const name of NAMES) {
    const peer = await bench.connect();
    peer.send([1, 'realm1', { roles: roles(), authmethods: ['ticket'], authid: name }]);
    expect(await peer.receive()).toEqual([4, 'ticket', {}]);
    peer.send([5, USERS[name].ticket, {}]);
    peers[name] = await welcomed(peer);
    await peer.subscribe('com.topic');
  }
  return peers as Record<Name, Peer>;
}

section('Advanced Profile, Subscriber Black- and Whitelisting', (bench) => {
  it('is announced by the broker', async () => {
    expect(announced(await bench.join(), 'broker')).toMatchObject({ subscriber_blackwhite_listing: true });
  });

  // "will receive an event published to T if and only if all of the following statements hold true": on every whitelist, on no blacklist.
  it.each<readonly [string, (ids: Readonly<Record<Name, number>>) => object, readonly Name[]]>([
    ['nobody has a list', () => ({}), ['ada', 'bob', 'cyd', 'dot']],
    ['exclude', ({ ada, cyd }) => ({ exclude: [ada, cyd] }), ['bob', 'dot']],
    ['exclude_authid', () => ({ exclude_authid: ['bob', 'nobody'] }), ['ada', 'cyd', 'dot']],
    ['exclude_authrole', () => ({ exclude_authrole: ['staff'] }), ['ada', 'bob']],
    ['eligible', ({ ada, dot }) => ({ eligible: [ada, dot, 4711] }), ['ada', 'dot']],
    ['eligible_authid', () => ({ eligible_authid: ['cyd'] }), ['cyd']],
    ['eligible_authrole', () => ({ eligible_authrole: ['manager'] }), ['ada', 'bob']],
    ['eligible and exclude, as in the example', ({ ada, bob, cyd }) => ({ eligible: [ada, bob, cyd], exclude: [ada] }), ['bob', 'cyd']],
    ['all of them', ({ ada, bob, cyd }) => ({
      eligible: [ada, bob, cyd], eligible_authid: ['ada', 'bob', 'dot'], eligible_authrole: ['manager'], exclude: [4711], exclude_authid: ['ada'], exclude_authrole: ['guest'],
    }), ['bob']],
    ['an eligible attribute that is present and empty', () => ({ eligible: [] }), []],
    ['an empty blacklist', () => ({ exclude: [], exclude_authid: [], exclude_authrole: [] }), ['ada', 'bob', 'cyd', 'dot']],
  ])('sends the event to whom it is for: %s', async (_, lists, expected) => {
    const [peers, publisher] = [await subscribed(bench), await bench.join(FEATURE)];
    const ids = Object.fromEntries(NAMES.map((name) => [name, peers[name].session])) as Record<Name, number>;

    publisher.send([16, 1, lists(ids), 'com.topic', ['for some']], [16, 2, {}, 'com.topic', ['for all']]);

    const got: Name[] = [];
    for (const name of NAMES) {
      const [, , , , args] = await peers[name].receive();
      if ((args as readonly string[])[0] === 'for all') continue;
      got.push(name);
      expect((await peers[name].receive())[4]).toEqual(['for all']);
    }
    expect(got).toEqual(expected);
  });

  // "(and also not the publishing session)"
  it('does not make a publisher eligible for its own event', async () => {
    const publisher = await bench.join(FEATURE);
    await publisher.subscribe('com.topic');

    publisher.send([16, 2, { eligible: [publisher.session] }, 'com.topic']);

    await publisher.silence();
  });

  it('lets a publisher that wants its event be excluded by a list', async () => {
    const publisher = await bench.join(FEATURE);
    await publisher.subscribe('com.topic');

    publisher.send([16, 2, { exclude_me: false, exclude: [publisher.session] }, 'com.topic']);

    await publisher.silence();
  });

  it('delivers only to those who are subscribed', async () => {
    const [publisher, other] = [await bench.join(FEATURE), await bench.join()];

    publisher.send([16, 1, { eligible: [other.session] }, 'com.topic']);

    await publisher.silence();
    await other.silence();
  });

  it('acknowledges what nobody is eligible for', async () => {
    const publisher = await bench.join(FEATURE);

    publisher.send([16, 1, { eligible: [], acknowledge: true }, 'com.topic']);

    expect(await publisher.receive()).toEqual([17, 1, expect.any(Number)]);
  });

  // list[int], list[string]
  it.each<readonly [string, object]>([
    ['exclude that is no list', { exclude: 5 }], ['exclude of names', { exclude: ['ada'] }], ['eligible_authid of numbers', { eligible_authid: [1] }],
    ['eligible_authrole that is a string', { eligible_authrole: 'staff' }],
  ])('aborts who sends %s', async (_, options) => {
    const publisher = await bench.join(FEATURE);

    publisher.send([16, 1, options, 'com.topic']);

    await publisher.aborted('wamp.error.protocol_violation');
  });
}, { realms: { realm1: { auth: { ticket: { users: USERS }, anonymous: {} } } } });
