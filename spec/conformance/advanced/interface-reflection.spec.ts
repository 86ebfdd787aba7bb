import { expect, it } from '@jest/globals';
import { ANY_ID } from '../support/peer.ts';
import { resultOf, section } from '../support/section.ts';

const TYPES = ['topic', 'procedure', 'error'] as const;

// A sketch in the text: it has the names, and this router what they take.
section('Advanced Profile, Interface Reflection', (bench) => {
  // "A peer that acts as a Broker SHOULD announce support [...] HELLO.Details.roles.broker.reflection|bool := true", and a Dealer likewise.
  it('is announced beside the features of both roles', async () => {
    const { welcome } = await bench.join();

    expect(welcome['roles']).toMatchObject({ broker: { reflection: true }, dealer: { reflection: true } });
  });

  // "wamp.reflection.topic.list, wamp.reflection.procedure.list, wamp.reflection.error.list", and ".describe" of each.
  it.each(TYPES)('lists and describes what was defined as a %s', async (type) => {
    const [owner, asker] = [await bench.join(), await bench.join()];
    const description = { type, doc: 'what it is', args: [{ name: 'id', type: 'integer' }] };

    expect((await owner.call('wamp.reflect.define', ['com.app.thing', description]))[0]).toBe(50);

    for (const other of TYPES) {
      expect(resultOf(await asker.call(`wamp.reflection.${other}.list`))).toEqual(other === type ? ['com.app.thing'] : []);
      expect(resultOf(await asker.call(`wamp.reflection.${other}.describe`, ['com.app.thing']))).toEqual(other === type ? description : null);
    }
    expect(resultOf(await asker.call('wamp.reflect.describe', ['com.app.thing']))).toEqual([description]);
  });

  // "A topic or procedure has been defined for reflection: wamp.reflect.on_define", "has been undefined from reflection".
  it('tells what is defined and undefined, also where its session leaves', async () => {
    const [watcher, owner] = [await bench.join(), await bench.join()];
    const [defined, undefining] = [await watcher.subscribe('wamp.reflect.on_define'), await watcher.subscribe('wamp.reflect.on_undefine')];

    await owner.call('wamp.reflect.define', ['com.app.one', { type: 'topic' }]);
    await owner.call('wamp.reflect.define', ['com.app.two', { type: 'error' }]);
    await owner.call('wamp.reflect.define', ['com.app.one', null]);
    await owner.leave();

    expect(await watcher.receiveMany(4)).toEqual([
      [36, defined, ANY_ID, {}, ['com.app.one', { type: 'topic' }]], [36, defined, ANY_ID, {}, ['com.app.two', { type: 'error' }]],
      [36, undefining, ANY_ID, {}, ['com.app.one', 'topic']], [36, undefining, ANY_ID, {}, ['com.app.two', 'error']],
    ]);
    expect(resultOf(await watcher.call('wamp.reflection.error.list'))).toEqual([]);
  });

  it.each<readonly [string, readonly unknown[], string]>([
    ['without a URI', [], 'wamp.error.invalid_argument'], ['of what is no URI', ['not a uri', { type: 'topic' }], 'wamp.error.invalid_argument'],
    ['of what is reserved', ['wamp.session.on_join', { type: 'topic' }], 'wamp.error.invalid_uri'],
    ['of no type', ['com.app', {}], 'wamp.error.invalid_argument'], ['that is no dictionary', ['com.app', 'a topic'], 'wamp.error.invalid_argument'],
  ])('refuses a definition %s', async (_, args, error) => {
    const peer = await bench.join();

    expect((await peer.call('wamp.reflect.define', args))[4]).toBe(error);
  });

  it('lets nobody take over what another session has defined', async () => {
    const [owner, other] = [await bench.join(), await bench.join()];
    await owner.call('wamp.reflect.define', ['com.app.thing', { type: 'topic' }]);

    expect((await other.call('wamp.reflect.define', ['com.app.thing', { type: 'topic' }]))[4]).toBe('wamp.error.not_authorized');
  });
});
