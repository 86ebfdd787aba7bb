import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, map, of, timer } from 'rxjs';
import { ticket } from '../../lib/auth/ticket.ts';
import { failureOf, listening, registered, valueOf } from '../support/peers.ts';
import { PETER } from '../support/people.ts';
import { EMBEDDED_WITH_CORE, embedded } from '../support/worlds.ts';

const REFUSED = { uri: 'wamp.error.not_authorized', effect: 'none' };
const auth = { anonymous: { role: 'guest' }, ticket: { users: { peter: { ticket: PETER.ticket, role: 'staff' } } } };

describe.each(EMBEDDED_WITH_CORE)('roles over $name', (world) => {
  const stage = embedded(world, {
    realms: {
      realm1: {
        auth,
        roles: {
          guest: [
            { uri: 'com.shop.', match: 'prefix', allow: ['call', 'subscribe'] }, { uri: 'com.guests', allow: ['publish'] },
            { uri: 'com.shop.staff.', match: 'prefix', allow: [] }, { uri: 'com.shop.staff.hours', allow: ['call'] },
          ],
          staff: [{ uri: 'com.', match: 'prefix', allow: ['call', 'register', 'publish', 'subscribe'] }],
        },
      },
    },
  });
  const staff = { auth: ticket(PETER) };

  it('allow what their permissions cover', async () => {
    const [guest, peter] = [stage.client(), stage.client(staff)];
    await registered(peter, 'com.shop.price', () => 42);
    const [shop, guests] = [await listening(guest, 'com.shop.news'), await listening(peter, 'com.guests')];

    peter.publish('com.shop.news', ['open']).subscribe();
    guest.publish('com.guests', ['hello']).subscribe();

    expect(await valueOf(guest.call('com.shop.price'))).toBe(42);
    expect([await shop.until('open'), await guests.until('hello')]).toEqual([['open'], ['hello']]);
  });

  it('refuse everything else, and the session goes on', async () => {
    const [guest, peter] = [stage.client(), stage.client(staff)];
    await registered(peter, 'com.shop.price', () => 42);
    await registered(peter, 'com.secret', () => 'secret');

    expect(await failureOf(valueOf(guest.call('com.secret')))).toMatchObject(REFUSED);
    expect(await failureOf(registered(guest, 'com.shop.mine', () => 1))).toMatchObject({ uri: REFUSED.uri });
    expect(await failureOf(firstValueFrom(guest.topic('com.staff')))).toMatchObject({ uri: REFUSED.uri });
    expect(await failureOf(firstValueFrom(guest.publish('com.shop.news', [], { acknowledge: true })))).toMatchObject(REFUSED);
    expect(await valueOf(guest.call('com.shop.price'))).toBe(42);
  });

  it('take away from what others allow, and give back', async () => {
    const [guest, peter] = [stage.client(), stage.client(staff)];
    await registered(peter, 'com.shop.staff.wages', () => 1);
    await registered(peter, 'com.shop.staff.hours', () => 40);

    expect(await failureOf(valueOf(guest.call('com.shop.staff.wages')))).toMatchObject(REFUSED);
    expect(await valueOf(guest.call('com.shop.staff.hours'))).toBe(40);
    expect(await failureOf(firstValueFrom(guest.topic('com.shop.', { match: 'prefix' })))).toMatchObject({ uri: REFUSED.uri });
  });

  it('refuse a pattern that reaches further than they do', async () => {
    const guest = stage.client();

    expect(await failureOf(firstValueFrom(guest.topic('com.', { match: 'prefix' })))).toMatchObject({ uri: REFUSED.uri });
    expect(await failureOf(firstValueFrom(guest.topic('com..news', { match: 'wildcard' })))).toMatchObject({ uri: REFUSED.uri });
    await listening(guest, 'com.shop.open.', { match: 'prefix' });
  });

  it('say nothing of a publication that asked for no answer, and bring it to nobody', async () => {
    const [guest, peter] = [stage.client(), stage.client(staff)];
    const listener = await listening(peter, 'com.', { match: 'prefix' });

    expect(await firstValueFrom(guest.publish('com.shop.news', ['no']))).toEqual({ id: undefined });
    guest.publish('com.guests', ['yes']).subscribe();

    expect(await listener.until('yes')).toEqual(['yes']);
  });
});

describe.each(EMBEDDED_WITH_CORE)('a function that authorizes over $name', (world) => {
  const stage = embedded(world, {
    realms: {
      realm1: {
        auth,
        authorize: ({ authid }, action, uri) => {
          if (uri === 'com.broken') throw new Error('look-up failed');
          if (uri === 'com.later') return timer(5).pipe(map(() => true));
          if (uri === 'com.promised') return Promise.resolve({ allow: authid === 'peter' });
          return uri === 'com.observed' ? of(action === 'call') : true;
        },
      },
    },
  });

  it('may take its time, and what the session sends meanwhile waits in order', async () => {
    const [one, other] = [stage.client(), stage.client({ auth: ticket(PETER) })];
    const [later, now] = [await listening(other, 'com.later'), await listening(other, 'com.now')];

    one.publish('com.later', [1]).subscribe();
    one.publish('com.now', [2]).subscribe();
    const [[first], [second]] = await Promise.all([later.first(1), now.first(1)]);

    expect([first?.args, second?.args]).toEqual([[1], [2]]);
  });

  it('decides by who asks and for what', async () => {
    const [guest, peter] = [stage.client(), stage.client({ auth: ticket(PETER) })];

    await registered(peter, 'com.promised', () => 1);
    expect(await failureOf(valueOf(guest.call('com.promised')))).toMatchObject(REFUSED);
    expect(await valueOf(peter.call('com.promised'))).toBe(1);
    expect(await failureOf(registered(peter, 'com.observed', () => 1))).toMatchObject({ uri: REFUSED.uri });
    expect(await failureOf(valueOf(peter.call('com.observed')))).toMatchObject({ uri: 'wamp.error.no_such_procedure' });
  });

  it('refuses where it fails', async () => {
    expect(await failureOf(valueOf(stage.client().call('com.broken')))).toMatchObject({ uri: 'wamp.error.authorization_failed', effect: 'none' });
  });
});
