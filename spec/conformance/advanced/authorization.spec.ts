import { expect, it } from '@jest/globals';
import { of, throwError } from 'rxjs';
import type { Authorize } from '../../../lib/router/index.ts';
import type { Peer } from '../support/peer.ts';
import { roles, section, welcomed, type Bench } from '../support/section.ts';

const REQUESTS = { subscribe: 32, publish: 16, register: 64, call: 48 } as const;
const ACTIONS = Object.keys(REQUESTS) as readonly (keyof typeof REQUESTS)[];

/** Sends a request, and gives the error that it is answered with, if it is. */
async function errorOf(peer: Peer, type: number, uri: string, options: object = {}): Promise<unknown> {
  const request = peer.next();
  peer.send([type, request, type === 16 ? { acknowledge: true, ...options } : options, uri]);
  const [answer, , , , error] = await peer.receive();
  return answer === 8 ? error : undefined;
}

async function joined(bench: Bench, realm: string, authid: string): Promise<Peer> {
  const peer = await bench.connect();
  peer.send([1, realm, { roles: roles(), authmethods: ['ticket'], authid }]);
  await peer.receive();
  peer.send([5, authid, {}]);
  return welcomed(peer);
}

const authorize: Authorize = ({ authid }, action, uri) => {
  if (uri === 'com.failing') return throwError(() => new Error('no database'));
  return of(authid === 'ada' && action !== 'register');
};

const AUTH = { ticket: { users: { ada: { ticket: 'ada', role: 'manager' }, bob: { ticket: 'bob', role: 'staff' } } } };

section('Advanced Profile, Authorization', (bench) => {
  // "register procedures [...], call procedures [...], subscribe to topics [...], publish events": each action by itself, for each role.
  it.each(ACTIONS)('allows %s to the role that has it, and to no other', async (action) => {
    const [manager, staff] = [await joined(bench, 'realm1', 'ada'), await joined(bench, 'realm1', 'bob')];

    expect(await errorOf(manager, REQUESTS[action], `com.${action}`)).toBe(action === 'call' ? 'wamp.error.no_such_procedure' : undefined);
    expect(await errorOf(staff, REQUESTS[action], `com.${action}`)).toBe('wamp.error.not_authorized');
    for (const other of ACTIONS.filter((name) => name !== action)) {
      expect(await errorOf(manager, REQUESTS[other], `com.${action}`)).toBe('wamp.error.not_authorized');
    }
  });

  // "using fully qualified URIs or URI patterns": who asks for a pattern asks for all that it covers.
  it.each<readonly [string, string, boolean]>([
    ['com.app.', 'prefix', true], ['com.app.part', 'exact', true], ['com.app.part.', 'prefix', true], ['com.app..part', 'wildcard', true],
    ['com', 'prefix', false], ['com..part', 'wildcard', false], ['com.application', 'exact', false], ['', 'prefix', false],
  ])('looks at what a pattern covers: %s with %s matching is allowed: %p', async (uri, match, allowed) => {
    const staff = await joined(bench, 'realm1', 'bob');

    for (const type of [32, 64]) expect(await errorOf(staff, type, uri, { match })).toBe(allowed ? undefined : 'wamp.error.not_authorized');
  });

  // "By default, publications are unacknowledged, and the Broker will not respond", also where it does not allow them.
  it('says nothing to a publication that is not acknowledged, and does not carry it out', async () => {
    const [manager, staff] = [await joined(bench, 'realm1', 'ada'), await joined(bench, 'realm1', 'bob')];
    await manager.subscribe('com.subscribe');

    staff.send([16, 1, {}, 'com.subscribe']);

    await staff.silence();
    await manager.silence();
  });

  it('asks the function of the router for each principal and action', async () => {
    const [ada, bob] = [await joined(bench, 'realm2', 'ada'), await joined(bench, 'realm2', 'bob')];

    expect(await errorOf(ada, 32, 'com.topic')).toBeUndefined();
    expect(await errorOf(ada, 64, 'com.procedure')).toBe('wamp.error.not_authorized');
    expect(await errorOf(bob, 32, 'com.topic')).toBe('wamp.error.not_authorized');
  });

  // authorization_failed: "the authorization operation itself failed. E.g. a custom authorizer did run into an error."
  it('answers authorization_failed where that fails', async () => {
    const ada = await joined(bench, 'realm2', 'ada');

    for (const action of ACTIONS) expect(await errorOf(ada, REQUESTS[action], 'com.failing')).toBe('wamp.error.authorization_failed');
  });

  it('goes on with a session that was refused', async () => {
    const bob = await joined(bench, 'realm2', 'bob');

    for (let at = 0; at < 20; at++) expect(await errorOf(bob, 48, 'com.procedure')).toBe('wamp.error.not_authorized');

    await bob.silence();
  });
}, {
  realms: {
    realm1: {
      auth: AUTH,
      roles: {
        manager: ACTIONS.map((action) => ({ uri: `com.${action}`, allow: [action] })),
        staff: [{ uri: 'com.app.', match: 'prefix', allow: ['subscribe', 'register'] }],
      },
    },
    realm2: { auth: AUTH, authorize },
  },
});
