import { describe, expect, it } from '@jest/globals';
import { of } from 'rxjs';
import { MessageType, type WampList } from '../../lib/protocol/messages.ts';
import { createRouter } from '../../lib/router/index.ts';
import type { RealmOptions } from '../../lib/router/options.ts';
import type { Dict } from '../../lib/types.ts';
import { join, type RawPeer } from '../support/raw-peer.ts';

const { ERROR, RESULT, WELCOME } = MessageType;
const HISTORY = [{ uri: 'com.a' }, { uri: 'com.', match: 'prefix', limit: 2 }] as const;
const GET_EVENTS = 'wamp.subscription.get_events';

/** A realm with histories, and a client in it that has subscribed to both, to one without, and has published. */
function scene(options: RealmOptions = {}): { readonly peer: RawPeer; readonly ask: (args: WampList, kwargs?: Dict) => WampList | undefined } {
  const router = createRouter({ realms: { realm1: { history: HISTORY, ...options } } });
  const peer = join(router.link());
  peer.send([32, 1, {}, 'com.a'], [32, 2, { match: 'prefix' }, 'com.'], [32, 3, {}, 'com.b']);
  let request = 3;
  for (const n of [1, 2, 3]) peer.send([16, ++request, {}, 'com.a', [n], { n }]);
  peer.send([16, ++request, {}, 'com.b']);
  return {
    peer,
    ask: (args, kwargs = {}) => {
      peer.send([48, ++request, {}, GET_EVENTS, args, kwargs]);
      return peer.last;
    },
  };
}

describe('wamp.subscription.get_events', () => {
  it('answers with the events as arguments, oldest first', () => {
    const { ask } = scene();

    const answer = ask([1]);

    const event = (n: number): object => ({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), subscription: 1, publication: expect.any(Number), details: {}, args: [n], kwargs: { n },
    });
    expect(answer).toEqual([RESULT, 8, {}, [event(1), event(2), event(3)], { more: false }]);
  });

  it('tells the topics of a pattern, and leaves out what was not sent', () => {
    const { ask } = scene();

    expect((ask([2])![3] as Dict[]).map(({ details, args }) => [details, args])).toEqual([[{ topic: 'com.a' }, [3]], [{ topic: 'com.b' }, undefined]]);
    expect(ask([2], { topic: 'com.b' })?.[3]).toEqual([{ timestamp: expect.any(String), subscription: 2, publication: expect.any(Number), details: { topic: 'com.b' } }]);
  });

  it('says that there is more', () => {
    const { ask } = scene();

    expect(ask([1], { limit: 2 })).toEqual([RESULT, 8, {}, [expect.objectContaining({ args: [1] }), expect.objectContaining({ args: [2] })], { more: true }]);
    expect(ask([1], { limit: 1, reverse: true })?.[3]).toEqual([expect.objectContaining({ args: [3] })]);
  });

  it.each<[string, WampList, Dict, string]>([
    ['a subscription that is not there', [99], {}, 'wamp.error.no_such_subscription'],
    ['a subscription whose events are not kept', [3], {}, 'wamp.error.history_unavailable'],
    ['no subscription', [], {}, 'wamp.error.invalid_argument'],
    ['a filter of a wrong type', [1], { limit: 'all' }, 'wamp.error.invalid_argument'],
  ])('refuses %s', (_, args, kwargs, uri) => {
    expect(scene().ask(args, kwargs)?.slice(0, 5)).toEqual([ERROR, 48, 8, {}, uri]);
  });

  it.each([['at once', false], ['later', of(false)]])('refuses whom the realm would refuse a subscription, %s', (_, decision) => {
    let mayHear = true;
    const { ask } = scene({ authorize: (_session, action) => (action === 'subscribe' && !mayHear ? decision : true) });

    mayHear = false;

    expect(ask([1])?.slice(0, 5)).toEqual([ERROR, 48, 8, {}, 'wamp.error.not_authorized']);
  });

  it('is there, and announced, where the realm has a history', () => {
    const featuresOf = (peer: RawPeer): Dict => ((peer.of(WELCOME)[0]![2] as { readonly roles: { readonly broker: { readonly features: Dict } } }).roles.broker.features);
    const { peer } = scene();
    const without = scene({ history: [] });

    expect([featuresOf(peer)['event_history'], featuresOf(without.peer)['event_history']]).toEqual([true, undefined]);
    expect(without.ask([1])?.[4]).toBe('wamp.error.no_such_procedure');
  });
});
