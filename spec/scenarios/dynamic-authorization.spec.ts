import { describe, expect, it } from '@jest/globals';
import { NEVER, firstValueFrom, timer, map } from 'rxjs';
import { ticket } from '../../lib/auth/ticket.ts';
import { ApplicationError } from '../../lib/errors.ts';
import type { RealmOptions } from '../../lib/router/options.ts';
import { failureOf, listening, registered, valueOf } from '../support/peers.ts';
import { PETER } from '../support/people.ts';
import { EMBEDDED_WITH_CORE, embedded } from '../support/worlds.ts';

const DECIDE = 'com.app.authorize';
const REFUSED = { uri: 'wamp.error.not_authorized', effect: 'none' };
const FAILED = { uri: 'wamp.error.authorization_failed', effect: 'none' };
const provider = { auth: ticket(PETER) };

const REALM = {
  auth: { anonymous: { role: 'guest' }, ticket: { users: { peter: { ticket: PETER.ticket, role: 'approver' } } } },
  roles: {
    approver: [
      { uri: DECIDE, allow: ['register'] }, { uri: 'com.', match: 'prefix', allow: ['call', 'register', 'publish', 'subscribe'] },
      { uri: 'wamp.router.invalidate_decisions', allow: ['call'] },
    ],
    guest: [{ uri: 'com.', match: 'prefix', allow: ['call', 'register', 'publish', 'subscribe'] }],
  },
} satisfies RealmOptions;

describe.each(EMBEDDED_WITH_CORE)('a procedure that authorizes over $name', (world) => {
  const stage = embedded(world, {
    realms: {
      realm1: { ...REALM, authorize: { by: DECIDE } },
      impatient: { ...REALM, authorize: { by: DECIDE, timeout: 20 } },
    },
  });

  it('is asked with who, where, what and how, as those of Crossbar.io are', async () => {
    const [peter, guest] = [stage.client(provider), stage.client()];
    const asked: unknown[][] = [];
    await registered(peter, DECIDE, ({ args }) => {
      asked.push([...args]);
      return true;
    });
    await registered(peter, 'com.price', () => 42);
    const { id: session, authid } = await guest.connect();

    expect(await valueOf(guest.call('com.price'))).toBe(42);
    await listening(guest, 'com.news.', { match: 'prefix' });

    const details = { realm: 'realm1', session, authid, authrole: 'guest', authmethod: 'anonymous', authprovider: 'static', transport: expect.any(Object) };
    expect(asked).toEqual([[details, 'com.price', 'call', {}], [details, 'com.news.', 'subscribe', { match: 'prefix' }]]);
    expect(JSON.stringify(asked)).not.toMatch(/headers|cookie/);
    await guest.close();
  });

  it.each<[string, unknown, object | undefined]>([
    ['true', true, undefined],
    ['false', false, REFUSED],
    ['a dictionary that allows', { allow: true }, undefined],
    ['a dictionary that does not', { allow: false }, REFUSED],
    ['nothing', undefined, REFUSED],
    ['something else', 'yes', REFUSED],
    ['a trust level that is none', { allow: true, trustlevel: 'high' }, FAILED],
  ])('decides with %s', async (_, answer, failure) => {
    const [peter, guest] = [stage.client(provider), stage.client()];
    await registered(peter, DECIDE, () => answer);
    await registered(peter, 'com.price', () => 42);

    const outcome = await (failure === undefined ? valueOf(guest.call('com.price')) : failureOf(valueOf(guest.call('com.price'))));

    if (failure === undefined) expect(outcome).toBe(42);
    else expect(outcome).toMatchObject(failure);
  });

  it('discloses, or does not', async () => {
    const [peter, guest] = [stage.client(provider), stage.client()];
    await registered(peter, DECIDE, ({ args: [, uri] }) => ({ allow: true, disclose: uri === 'com.shown' }));
    const { authid } = await guest.connect();
    for (const procedure of ['com.shown', 'com.hidden']) await registered(peter, procedure, ({ details }) => details['caller_authid'] ?? 'nobody');

    expect(await valueOf(guest.call('com.shown'))).toBe(authid);
    expect(await valueOf(guest.call('com.hidden'))).toBe('nobody');
    await guest.close();
  });

  it('lets nothing pass while it is not there, and its provider is not asked about', async () => {
    const [peter, guest] = [stage.client(provider), stage.client()];

    expect(await failureOf(valueOf(guest.call('com.price')))).toMatchObject(FAILED);
    await registered(peter, 'com.price', () => 42);
    await registered(peter, DECIDE, () => true);
    expect(await valueOf(guest.call('com.price'))).toBe(42);
  });

  it('is nobody else, under its name or by a pattern', async () => {
    const [peter, guest] = [stage.client(provider), stage.client()];

    expect(await failureOf(registered(guest, DECIDE, () => true))).toMatchObject({ uri: REFUSED.uri });
    await registered(peter, 'com.app.', () => true, { match: 'prefix' });
    expect(await failureOf(valueOf(guest.call('com.price')))).toMatchObject(FAILED);
  });

  it('may itself call and publish while it decides', async () => {
    const [peter, guest] = [stage.client(provider), stage.client()];
    const news = await listening(peter, 'com.log');
    await registered(peter, 'com.rights', () => 'all');
    await registered(peter, DECIDE, async ({ args: [, uri] }) => {
      await firstValueFrom(peter.publish('com.log', [uri], { acknowledge: true, excludeMe: false }));
      return await valueOf(peter.call('com.rights')) === 'all';
    });
    await registered(peter, 'com.price', () => 42);

    expect(await valueOf(guest.call('com.price'))).toBe(42);
    expect(await news.until('com.price')).toEqual(['com.price']);
  });

  it.each<[string, string, () => unknown]>([
    ['fails', 'realm1', () => { throw new ApplicationError('com.broken', { args: ['hunter2'] }); }],
    ['takes too long', 'impatient', () => NEVER],
  ])('lets nothing pass where it %s', async (_, realm, answer) => {
    const [peter, guest] = [stage.client({ realm, ...provider }), stage.client({ realm })];
    await registered(peter, DECIDE, answer);
    await registered(peter, 'com.price', () => 42);

    const failure = await failureOf(valueOf(guest.call('com.price')));

    expect(failure).toMatchObject(FAILED);
    expect(JSON.stringify(failure)).not.toContain('hunter2');
  });

  it('has its decisions kept where it says so, until they are invalidated', async () => {
    const [peter, guest] = [stage.client(provider), stage.client()];
    let asked = 0;
    const answers = [true, false, true];
    await registered(peter, DECIDE, () => timer(1).pipe(map(() => ({ allow: answers[asked++] === true, cache: true }))));
    await registered(peter, 'com.price', () => 42);
    const { authid } = await guest.connect();

    expect([await valueOf(guest.call('com.price')), await valueOf(guest.call('com.price')), asked]).toEqual([42, 42, 1]);
    expect(stage.router.invalidateDecisions({ realm: 'realm1', authid: 'somebody else' })).toBe(0);
    expect(stage.router.invalidateDecisions({ authid })).toBe(1);
    expect(await failureOf(valueOf(guest.call('com.price')))).toMatchObject(REFUSED);
    expect(await failureOf(valueOf(guest.call('com.price')))).toMatchObject(REFUSED);
    expect(await valueOf(peter.call('wamp.router.invalidate_decisions', { kwargs: { authid, uri: 'com.price' } }))).toBe(1);
    expect([await valueOf(guest.call('com.price')), asked]).toEqual([42, 3]);
    expect(await failureOf(valueOf(peter.call('wamp.router.invalidate_decisions', { kwargs: { auth_id: 'x' } })))).toMatchObject({ uri: 'wamp.error.invalid_argument' });
    expect(await failureOf(valueOf(guest.call('wamp.router.invalidate_decisions')))).toMatchObject({ uri: REFUSED.uri });
    await guest.close();
  });
});
