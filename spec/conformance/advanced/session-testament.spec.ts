import { expect, it } from '@jest/globals';
import { ANY_ID } from '../support/peer.ts';
import { announced, section } from '../support/section.ts';

const ADD = 'wamp.session.add_testament';
const FLUSH = 'wamp.session.flush_testaments';

section('Advanced Profile, Session Testament', (bench) => {
  // "Support for this feature MUST be announced by Dealers": testament_meta_api.
  it('is announced by the dealer', async () => {
    expect(announced(await bench.join(), 'dealer')).toMatchObject({ testament_meta_api: true });
  });

  // "publish them in the order that the Router received them, on the specified topic, with the specified arguments, keyword arguments".
  it.each(['leave', 'cut'] as const)('publishes what a session left behind when it is gone (%s)', async (way) => {
    const [peer, heir] = [await bench.join(), await bench.join()];
    const subscription = await heir.subscribe('com.myapp.mytopic');

    // "wamp.session.add_testament does not return a value."
    expect((await peer.call(ADD, ['com.myapp.mytopic', ['Seeya!'], { my_name: 'app1' }])).slice(0, 3)).toEqual([50, 1, {}]);
    await peer.call(ADD, ['com.myapp.mytopic', [2], {}]);
    await heir.silence();
    await peer[way]();

    expect(await heir.receive()).toEqual([36, subscription, ANY_ID, {}, ['Seeya!'], { my_name: 'app1' }]);
    expect((await heir.receive())[4]).toEqual([2]);
    await heir.silence();
  });

  // "A Router that does not allow Session Resumption MUST send detached-scope Testaments before destroyed-scope Testaments."
  it('publishes those of the scope detached first', async () => {
    const [peer, heir] = [await bench.join(), await bench.join()];
    await heir.subscribe('com.topic');
    await peer.call(ADD, ['com.topic', ['destroyed 1'], {}]);
    await peer.call(ADD, ['com.topic', ['detached 1'], {}], { scope: 'detached' });
    await peer.call(ADD, ['com.topic', ['destroyed 2'], {}], { scope: 'destroyed' });
    await peer.call(ADD, ['com.topic', ['detached 2'], {}], { scope: 'detached' });

    await peer.leave();

    expect((await heir.receiveMany(4)).map((list) => (list[4] as readonly unknown[])[0])).toEqual(['detached 1', 'detached 2', 'destroyed 1', 'destroyed 2']);
  });

  // "Removes testaments for the given scope", whose "default MUST be destroyed"; "it MUST still use these two separate buckets".
  it.each([[{}, ['detached']], [{ scope: 'destroyed' }, ['detached']], [{ scope: 'detached' }, ['destroyed']]])(
    'forgets those of one scope with %j', async (kwargs, left) => {
      const [peer, heir] = [await bench.join(), await bench.join()];
      await heir.subscribe('com.topic');
      await peer.call(ADD, ['com.topic', ['detached'], {}], { scope: 'detached' });
      await peer.call(ADD, ['com.topic', ['destroyed'], {}]);

      expect((await peer.call(FLUSH, [], kwargs))[0]).toBe(50);
      await peer.leave();

      expect((await heir.receive())[4]).toEqual(left);
      await heir.silence();
    },
  );

  // "publish_options|dict - options for the event when it is published -- see Publish.Options."
  it('publishes with the options that were given', async () => {
    const [peer, heir, other] = [await bench.join(), await bench.join(), await bench.join()];
    await heir.subscribe('com.topic');
    await other.subscribe('com.topic');
    await peer.call(ADD, ['com.topic', [1], {}], { publish_options: { eligible: [heir.session], acknowledge: true } });

    await peer.leave();

    expect((await heir.receive())[4]).toEqual([1]);
    await other.silence();
  });

  it('publishes nothing of a session that is still there', async () => {
    const [peer, other] = [await bench.join(), await bench.join()];
    await other.subscribe('com.topic');

    await peer.call(ADD, ['com.topic', [1], {}]);

    await other.silence();
    expect((await peer.call(FLUSH))[0]).toBe(50);
  });

  it.each<readonly [string, readonly unknown[], object, string]>([
    ['no topic', [], {}, 'wamp.error.invalid_uri'], ['a topic that is no URI', ['not a uri', [], {}], {}, 'wamp.error.invalid_uri'],
    ['a topic that is reserved', ['wamp.session.on_join', [], {}], {}, 'wamp.error.invalid_uri'],
    ['a scope that does not exist', ['com.topic', [], {}], { scope: 'forever' }, 'wamp.error.invalid_argument'],
    ['options that are no dictionary', ['com.topic', [], {}], { publish_options: [] }, 'wamp.error.invalid_argument'],
    ['arguments that are no list', ['com.topic', 'Seeya!', {}], {}, 'wamp.error.invalid_argument'],
  ])('refuses %s', async (_, args, kwargs, error) => {
    const peer = await bench.join();

    expect((await peer.call(ADD, args, kwargs))[4]).toBe(error);
  });
});
