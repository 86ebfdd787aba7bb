import { expect, it } from '@jest/globals';
import { FORMATS } from '../support/formats.ts';
import { section } from '../support/section.ts';

const MANY = 60;

section('Basic Profile, Ordering Guarantees', (bench) => {
  // "WAMP guarantees ordering of events between any given pair of Publisher and Subscriber", "also [...] if Topic 1 and Topic 2 are identical".
  it('keeps the order of what one publisher publishes, over all topics and for every subscriber', async () => {
    const publishers = [await bench.join(), await bench.join()];
    const subscribers = await Promise.all(FORMATS.map((format) => bench.join({}, { format })));
    for (const subscriber of subscribers) for (const topic of ['com.one', 'com.two', 'com.three']) await subscriber.subscribe(topic);

    for (let at = 1; at <= MANY; at++) {
      publishers.forEach((publisher, by) => publisher.send([16, at, {}, ['com.one', 'com.two', 'com.three'][at % 3], [by, at]]));
    }

    for (const subscriber of subscribers) {
      const payloads = (await subscriber.receiveMany(2 * MANY)).map((list) => list[4] as [number, number]);
      for (const by of [0, 1]) expect(payloads.filter(([publisher]) => publisher === by).map(([, at]) => at)).toEqual(Array.from({ length: MANY }, (_, at) => at + 1));
    }
  });

  // "the SUBSCRIBED message will be sent by the Broker to Subscriber A before any EVENT message for Topic 1".
  it('sends SUBSCRIBED before the events of the subscription', async () => {
    const [publisher, subscriber] = [await bench.join(), await bench.join()];

    for (let at = 1; at <= MANY; at++) publisher.send([16, at, {}, 'com.topic']);
    subscriber.send([32, 1, {}, 'com.topic']);
    for (let at = 1; at <= MANY; at++) publisher.send([16, MANY + at, {}, 'com.topic']);

    expect((await subscriber.receive())[0]).toBe(33);
    await publisher.silence();
  });

  // "WAMP guarantees ordering of invocations between any given pair of Caller and Callee."
  it('keeps the order of what one caller calls, over all procedures of a callee', async () => {
    const [callee, ...callers] = [await bench.join(), await bench.join(), await bench.join()];
    for (const procedure of ['com.one', 'com.two']) await callee.register(procedure);

    for (let at = 1; at <= MANY; at++) {
      callers.forEach((caller, by) => caller.send([48, at, {}, at % 2 === 0 ? 'com.one' : 'com.two', [by, at]]));
    }

    const payloads = (await callee.receiveMany(2 * MANY)).map((list) => list[4] as [number, number]);
    for (const by of [0, 1]) expect(payloads.filter(([caller]) => caller === by).map(([, at]) => at)).toEqual(Array.from({ length: MANY }, (_, at) => at + 1));
  });

  // "the REGISTERED message will be sent by Dealer to Callee A before any INVOCATION message for Procedure 1".
  it('sends REGISTERED before the invocations of the registration', async () => {
    const [caller, callee] = [await bench.join(), await bench.join()];

    for (let at = 1; at <= MANY; at++) caller.send([48, at, {}, 'com.procedure']);
    callee.send([64, 1, {}, 'com.procedure']);
    for (let at = 1; at <= MANY; at++) caller.send([48, MANY + at, {}, 'com.procedure']);

    expect((await callee.receive())[0]).toBe(65);
  });
});
