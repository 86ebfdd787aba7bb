import { describe, expect, it } from '@jest/globals';
import { asyncScheduler, timer } from 'rxjs';
import { createRouter, type RealmOptions } from '../../lib/router/index.ts';
import { join } from '../support/raw-peer.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

type Line = readonly [level: string, message: string, fields?: unknown];

/** A router that keeps what it says. */
function talkative(realm: RealmOptions = {}) {
  const said: Line[] = [];
  const say = (level: string) => (message: string, fields?: unknown): void => void said.push([level, message, fields]);
  const router = createRouter({ realms: { realm1: realm }, log: { debug: say('debug'), info: say('info'), warn: say('warn') } });
  return { router, said };
}

describe('the log of a router', () => {
  it('has who joins and who leaves, and what they left by', () => {
    const { router, said } = talkative();
    const peers = Array.from({ length: 4 }, () => join(router.link()));
    const ids = peers.map(({ session }) => session);

    peers[0]!.send([6, {}, 'wamp.close.close_realm']);
    peers[1]!.send([3, {}, 'com.myapp.mind']);
    peers[2]!.cut();
    peers[3]!.send([2, 'no message for a router']);

    expect(said.filter(([, message]) => message === 'session joined')).toEqual(ids.map((session) => [
      'info', 'session joined', { realm: 'realm1', session, authid: expect.any(String), authrole: 'anonymous', authmethod: 'anonymous', peer: undefined },
    ]));
    expect(said.filter(([, message]) => message === 'session left')).toEqual(
      ['goodbye', 'abort', 'connection lost', 'wamp.error.protocol_violation'].map((reason, at) => [
        'info', 'session left', { realm: 'realm1', session: ids[at], authid: expect.any(String), reason },
      ]),
    );
  });

  it('has sessions that leave with their router once, by its GOODBYE', () => {
    tidyMarbles(({ flush }) => {
      const { router, said } = talkative();
      join(router.link());

      router.shutdown({ drain: 10 }).subscribe();
      flush();

      expect(said.filter(([, message]) => message === 'session left')).toMatchObject([['info', 'session left', { reason: 'wamp.close.system_shutdown' }]]);
    });
  });

  it('has sessions that did not come back when their time is over', () => {
    tidyMarbles(({ flush }) => {
      const { router, said } = talkative({ resume: { timeout: 50 } });
      const left = (): readonly Line[] => said.filter(([, message]) => message === 'session left');
      join(router.link(), 'realm1', { _resume: {} }).cut();

      timer(49).subscribe(() => expect(left()).toEqual([]));
      flush();

      expect(left()).toMatchObject([['info', 'session left', { reason: 'not resumed in time' }]]);
      expect(asyncScheduler.now()).toBe(50);
    });
  });

  it('has requests that were refused, by their action and URI', () => {
    const { router, said } = talkative({ roles: {} });

    const { session } = join(router.link()).send([48, 1, {}, 'com.a'], [16, 2, {}, 'com.b'], [64, 3, {}, 'com.c'], [32, 4, {}, 'com.d']);

    expect(said.filter(([, message]) => message === 'request refused')).toEqual(
      [['call', 'com.a'], ['publish', 'com.b'], ['register', 'com.c'], ['subscribe', 'com.d']].map(([action, uri]) => [
        'debug', 'request refused', { realm: 'realm1', session, action, uri, error: 'wamp.error.not_authorized' },
      ]),
    );
  });

  it('holds neither secrets nor payloads', () => {
    const { router, said } = talkative({ auth: { ticket: { users: { joe: { ticket: 'sesame', role: 'user' } } } }, authorize: () => { throw new Error('no'); } });
    const joe = join(router.link(), 'realm1', { authmethods: ['ticket'], authid: 'joe', authextra: { key: 'sesame' } });
    joe.send([5, 'sesame', { key: 'sesame' }], [16, 1, {}, 'com.a', ['sesame'], { key: 'sesame' }], [48, 2, {}, 'com.a', ['sesame']]);
    join(router.link(), 'realm1', { authmethods: ['ticket'], authid: 'joe' }).send([5, 'not sesame', {}]);
    joe.send([48, 'sesame', {}, 'com.a', ['sesame']]);

    expect(said.map(([, message]) => message)).toEqual(expect.arrayContaining(['session joined', 'authorize failed', 'session aborted', 'session left']));
    expect(JSON.stringify(said)).not.toMatch(/sesame/);
  });

  it('is said by a logger without info as well', () => {
    const router = createRouter({ realms: { realm1: {} }, log: { debug: () => {}, warn: () => {} } });

    join(router.link()).cut();

    expect(router.stats().sessions).toBe(0);
  });
});
