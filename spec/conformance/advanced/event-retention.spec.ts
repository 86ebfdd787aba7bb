import { expect, it } from '@jest/globals';
import { ANY_ID, type Peer } from '../support/peer.ts';
import { roles, section, welcomed, type Bench } from '../support/section.ts';

const RETAINED = { get_retained: true };
const PPT = ['payload_passthru_mode'];

async function joined(bench: Bench, authid: string): Promise<Peer> {
  const peer = await bench.connect();
  peer.send([1, 'realm1', { roles: roles(), authmethods: ['ticket'], authid }]);
  await peer.receive();
  peer.send([5, authid, {}]);
  return welcomed(peer);
}

/** Publishes, and gives the id of the publication. */
async function published(publisher: Peer, options: object, topic: string, ...payload: readonly unknown[]): Promise<unknown> {
  const request = publisher.next();
  publisher.send([16, request, { acknowledge: true, ...options }, topic, ...payload]);
  const [type, acknowledged, publication] = await publisher.receive();
  expect([type, acknowledged]).toEqual([17, request]);
  return publication;
}

// What is retained outlives its publisher: each case has a topic of its own.
let topics = 0;
const newTopic = (): string => `com.retained.topic${++topics}`;

section('Advanced Profile, Event Retention', (bench) => {
  // "When they opt-in [...] the Broker MUST send the Subscriber the most recent Retained Event", which "MUST have Event.Details.retained".
  it('sends the most recent one to who asks for it, behind SUBSCRIBED', async () => {
    const [publisher, subscriber, topic] = [await bench.join(), await bench.join(), newTopic()];
    await published(publisher, { retain: true }, topic, ['old']);
    const publication = await published(publisher, { retain: true }, topic, ['new'], { kw: 1 });
    await published(publisher, {}, topic, ['not retained']);

    const subscription = await subscriber.subscribe(topic, RETAINED);

    expect(await subscriber.receive()).toEqual([36, subscription, publication, { retained: true }, ['new'], { kw: 1 }]);
    await subscriber.silence();
  });

  // "Lack of the key in Subscribe.Options MUST be interpreted as a false value."
  it.each([{}, { get_retained: false }])('sends nothing to who subscribes with %j', async (options) => {
    const [publisher, subscriber, topic] = [await bench.join(), await bench.join(), newTopic()];
    await published(publisher, { retain: true }, topic, [1]);

    await subscriber.subscribe(topic, options);

    await subscriber.silence();
  });

  // "Lack of the key in Publish.Options MUST be interpreted as a false value."
  it.each([{}, { retain: false }])('keeps nothing that is published with %j', async (options) => {
    const [publisher, subscriber, topic] = [await bench.join(), await bench.join(), newTopic()];
    await published(publisher, options, topic, [1]);

    await subscriber.subscribe(topic, RETAINED);

    await subscriber.silence();
  });

  // The event itself goes to those who are subscribed as any other: it is "an immediately new message" to them.
  it('does not call the event retained for those who are subscribed', async () => {
    const [publisher, subscriber, topic] = [await bench.join(), await bench.join(), newTopic()];
    const subscription = await subscriber.subscribe(topic, RETAINED);

    publisher.send([16, 1, { retain: true }, topic, [1]]);

    expect(await subscriber.receive()).toEqual([36, subscription, ANY_ID, {}, [1]]);
  });

  it('outlives its publisher', async () => {
    const [publisher, subscriber, topic] = [await bench.join(), await bench.join(), newTopic()];
    const publication = await published(publisher, { retain: true }, topic, [1]);
    await publisher.leave();

    const subscription = await subscriber.subscribe(topic, RETAINED);

    expect(await subscriber.receive()).toEqual([36, subscription, publication, { retained: true }, [1]]);
  });

  // "MUST NOT send the Subscriber a Retained Event that they would not be eligible to receive", and sends the most recent one that they are.
  it('sends nobody what is not for him', async () => {
    const [publisher, manager, staff, topic] = [await bench.join(), await joined(bench, 'ada'), await joined(bench, 'bob'), newTopic()];
    await published(publisher, { retain: true }, topic, ['for all']);
    await published(publisher, { retain: true, eligible_authrole: ['manager'] }, topic, ['for managers']);

    await manager.subscribe(topic, RETAINED);
    await staff.subscribe(topic, RETAINED);

    expect((await manager.receive())[4]).toEqual(['for managers']);
    const [type, , , , args] = await staff.receive();
    expect([type, args]).toEqual([36, ['for all']]);
    await staff.silence();
  });

  it.each<readonly [string, object]>([
    ['exclude_authid', { exclude_authid: ['bob'] }], ['exclude_authrole', { exclude_authrole: ['staff'] }], ['eligible_authid', { eligible_authid: ['ada'] }],
  ])('holds to %s', async (_, lists) => {
    const [publisher, manager, staff, topic] = [await bench.join(), await joined(bench, 'ada'), await joined(bench, 'bob'), newTopic()];
    await published(publisher, { retain: true, ...lists }, topic, ['for one']);

    await manager.subscribe(topic, RETAINED);
    await staff.subscribe(topic, RETAINED);

    expect((await manager.receive())[4]).toEqual(['for one']);
    await staff.silence();
  });

  // "that they would have received if they were subscribing when it was published": a publisher is excluded from its own.
  it('sends a publisher its own where it would have received it, and only there', async () => {
    const [excluded, included, topic] = [await bench.join(), await bench.join(), newTopic()];
    await published(included, { retain: true, exclude_me: false }, topic, [1]);
    await published(excluded, { retain: true }, `${topic}.other`, [2]);

    await included.subscribe(topic, RETAINED);
    await excluded.subscribe(`${topic}.other`, RETAINED);

    expect((await included.receive())[4]).toEqual([1]);
    await excluded.silence();
  });

  // With how its payload is to be read ("Payload Passthru Mode").
  it('keeps what says how to read the payload', async () => {
    const [publisher, subscriber, topic] = [await bench.join({ publisher: PPT }), await bench.join({ subscriber: PPT }), newTopic()];
    await published(publisher, { retain: true, ppt_scheme: 'mqtt', ppt_serializer: 'native' }, topic, [publisher.format.bytes(1)]);

    await subscriber.subscribe(topic, RETAINED);

    expect((await subscriber.receive())[3]).toEqual({ retained: true, ppt_scheme: 'mqtt', ppt_serializer: 'native' });
  });

  // "that they would have received if they were subscribing when it was published": the identity that was disclosed then belongs to it.
  it('tells who published it where that was disclosed', async () => {
    const [publisher, subscriber, topic] = [await bench.join(), await bench.join(), newTopic()];
    await published(publisher, { retain: true, disclose_me: true }, topic, [1]);

    await subscriber.subscribe(topic, RETAINED);

    expect(await subscriber.receive()).toEqual([36, ANY_ID, ANY_ID, expect.objectContaining({ retained: true, publisher: publisher.session }), [1]]);
  });

  // "Retention" with patterns: the event of each topic that the pattern covers, each with its topic.
  it('sends those of all topics that a pattern covers', async () => {
    const [publisher, subscriber, topic] = [await bench.join(), await bench.join(), newTopic()];
    await published(publisher, { retain: true }, `${topic}.one`, [1]);
    await published(publisher, { retain: true }, `${topic}.two`, [2]);

    const subscription = await subscriber.subscribe(`${topic}.`, { match: 'prefix', get_retained: true });

    const events = await subscriber.receiveMany(2);
    expect(new Set(events)).toEqual(new Set([
      [36, subscription, ANY_ID, { retained: true, topic: `${topic}.one` }, [1]], [36, subscription, ANY_ID, { retained: true, topic: `${topic}.two` }, [2]],
    ]));
  });
}, {
  realms: {
    realm1: {
      auth: { ticket: { users: { ada: { ticket: 'ada', role: 'manager' }, bob: { ticket: 'bob', role: 'staff' } } }, anonymous: {} },
    },
  },
});
