import { expect, it } from '@jest/globals';
import { ANY_ID } from '../support/peer.ts';
import { roles, section } from '../support/section.ts';

/** "URI components [...] MUST NOT contain a `.`, `#` or whitespace characters and MUST NOT be empty". */
const NO_URIS = [
  ['is empty', ''],
  ['begins with an empty component', '.com.app'],
  ['ends in an empty component', 'com.app.'],
  ['has an empty component', 'com..app'],
  ['has a #', 'com.app#1'],
  ['has a space', 'com.my app'],
  ['has a line feed', 'com.app\n'],
  ['has a space of another kind', 'com.my\u2003app'],
] as const;

/** "MUST be Unicode strings", and the strict rule is no more than recommended. */
const LOOSE_URIS = ['com.myapp.mytopic1', 'COM.MyApp', 'com.my-app.topic', 'com.grüße.話題', 'com.app/path?query=1', 'x', 'com.__proto__'];

section('Basic Profile, URIs', (bench) => {
  it.each(NO_URIS)('answers invalid_uri where the topic or procedure %s', async (_, uri) => {
    const peer = await bench.join();

    peer.send([32, 1, {}, uri], [16, 2, { acknowledge: true }, uri], [64, 3, {}, uri], [48, 4, {}, uri]);

    expect(await peer.receiveMany(4)).toEqual([32, 16, 64, 48].map((type, at) => [8, type, at + 1, {}, 'wamp.error.invalid_uri']));
    await peer.silence();
  });

  it.each(LOOSE_URIS)('takes %s as a topic and as a procedure', async (uri) => {
    const [peer, other] = [await bench.join(), await bench.join()];
    const subscription = await peer.subscribe(uri);
    const registration = await peer.register(uri);

    other.send([16, 1, {}, uri, [1]], [48, 2, {}, uri, [2]]);

    expect(await peer.receiveMany(2)).toEqual([
      [36, subscription, ANY_ID, {}, [1]],
      [68, 1, registration, {}, [2]],
    ]);
  });

  // "application URIs MUST NOT use `wamp` as a first URI component, since this is reserved".
  it.each(['wamp', 'wamp.error.not_authorized', 'wamp.my.own'])('lets no application register or publish to %s', async (uri) => {
    const peer = await bench.join();

    peer.send([64, 1, {}, uri], [16, 2, { acknowledge: true }, uri]);

    expect(await peer.receiveMany(2)).toEqual([[8, 64, 1, {}, 'wamp.error.invalid_uri'], [8, 16, 2, {}, 'wamp.error.invalid_uri']]);
  });

  it.each(['wampy.topic', 'wamp2', 'com.wamp'])('reserves the component and not what begins with it: %s', async (uri) => {
    const peer = await bench.join();

    await peer.register(uri);
    peer.send([16, 2, { acknowledge: true }, uri]);

    expect(await peer.receive()).toEqual([17, 2, ANY_ID]);
  });

  // "The namespace is unified for topics, procedures and errors".
  it('lets a topic and a procedure have the same name', async () => {
    const peer = await bench.join();

    const ids = [await peer.subscribe('com.one'), await peer.register('com.one')];

    expect(ids).toEqual([ANY_ID, ANY_ID]);
  });

  it('aborts who joins a realm whose name is no URI', async () => {
    const peer = await bench.connect();

    peer.send([1, 'no realm', { roles: roles() }]);

    await peer.aborted('wamp.error.protocol_violation');
  });
});
