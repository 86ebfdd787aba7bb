import { expect, it } from '@jest/globals';
import type { Peer } from '../support/peer.ts';
import { section, type Bench } from '../support/section.ts';

const FEATURE = { publisher: ['sharded_subscription'], subscriber: ['sharded_subscription'] };
const KEYS = Array.from({ length: 24 }, (_, at) => `sn${at}`);
const PATTERN = 'com.myapp.sensor..temperature';

async function nodes(bench: Bench, ...names: readonly string[]): Promise<readonly Peer[]> {
  const peers: Peer[] = [];
  for (const nkey of names) {
    const peer = await bench.join(FEATURE);
    await peer.subscribe(PATTERN, { match: 'wildcard', nkey });
    peers.push(peer);
  }
  return peers;
}

/** Publishes for each key, and gives the keys that each of the peers got, up to the event without one that goes to all. */
async function spread(bench: Bench, peers: readonly Peer[]): Promise<readonly (readonly unknown[])[]> {
  const publisher = await bench.join(FEATURE);
  for (const rkey of KEYS) publisher.send([16, publisher.next(), { rkey }, `com.myapp.sensor.${rkey}.temperature`, [rkey]]);
  publisher.send([16, publisher.next(), {}, 'com.myapp.sensor.all.temperature', ['end']]);
  const got: unknown[][] = [];
  for (const peer of peers) {
    const keys: unknown[] = [];
    for (let [key] = (await peer.receive())[4] as readonly unknown[]; key !== 'end'; [key] = (await peer.receive())[4] as readonly unknown[]) keys.push(key);
    got.push(keys);
  }
  return got;
}

// Of this feature the text has the names of two options and an example of each.
section('Advanced Profile, Sharded Subscription', (bench) => {
  // "PUBLISH.Options.rkey|string is a stable, technical resource key", "SUBSCRIBE.Options.nkey|string is a stable, technical node key".
  it('sends the events of a resource to one node, always the same', async () => {
    const peers = await nodes(bench, 'node1', 'node2', 'node3');

    const got = await spread(bench, peers);

    expect(new Set(got.flat())).toEqual(new Set(KEYS));
    expect(got.flat()).toHaveLength(KEYS.length);
    expect(got.filter((keys) => keys.length > 0).length).toBeGreaterThan(1);
    expect(await spread(bench, peers)).toEqual(got);
  });

  it('sends them to those who are no nodes as well', async () => {
    await nodes(bench, 'node1', 'node2');
    const observer = await bench.join();
    await observer.subscribe(PATTERN, { match: 'wildcard' });

    expect(await spread(bench, [observer])).toEqual([KEYS]);
  });

  it('sends an event without a resource to every node', async () => {
    const peers = await nodes(bench, 'node1', 'node2');
    const publisher = await bench.join(FEATURE);

    publisher.send([16, 1, {}, 'com.myapp.sensor.x.temperature', [33.9]]);

    for (const peer of peers) expect((await peer.receive())[4]).toEqual([33.9]);
  });

  // "PUBLISH.Options.rkey|string", "SUBSCRIBE.Options.nkey|string"
  it.each<readonly [string, readonly unknown[]]>([
    ['a resource key that is a list', [16, 1, { rkey: [] }, 'com.topic']], ['a node key that is a number', [32, 1, { nkey: 7 }, 'com.topic']],
  ])('aborts who sends %s', async (_, list) => {
    const peer = await bench.join();

    peer.send(list);

    await peer.aborted('wamp.error.protocol_violation');
  });
});
