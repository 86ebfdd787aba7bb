import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, map, ReplaySubject } from 'rxjs';
import { ticket } from '../../lib/auth/ticket.ts';
import type { Client } from '../../lib/client/client.ts';
import { presence, type Presence } from '../../lib/operators/presence.ts';
import type { RealmOptions } from '../../lib/router/options.ts';
import { failureOf, listening, registered, valueOf } from '../support/peers.ts';
import { PETER } from '../support/people.ts';
import { EMBEDDED_WITH_CORE, embedded } from '../support/worlds.ts';

const ALL = ['call', 'register', 'publish', 'subscribe'] as const;
const REALM: RealmOptions = {
  auth: { anonymous: {}, ticket: { users: { [PETER.authid]: { ticket: PETER.ticket, role: 'operator' } } } },
  roles: {
    anonymous: [{ uri: '', match: 'prefix', allow: ALL }],
    operator: [{ uri: '', match: 'prefix', allow: ALL }, { uri: 'wamp.', match: 'prefix', allow: ['call', 'subscribe'] }],
  },
};

describe.each(EMBEDDED_WITH_CORE)('the meta API over $name', (world) => {
  const stage = embedded(world, { realms: { realm1: REALM } });
  const operator = (): Client => stage.client({ auth: ticket(PETER) });
  const mortal = (): Client => stage.client({ retry: { shouldReconnect: () => false } });

  if (!world.isCore) it('tells who is in the realm, as it changes', async () => {
    const states = new ReplaySubject<readonly string[]>();
    const client = stage.client();
    const { id } = await client.connect();
    const namesOf = (present: readonly Presence[]): string[] => present.flatMap(({ authid, sessions }) => sessions.map(({ session }) => (session === id ? 'me' : `${authid}`)));
    const watching = presence(client).pipe(map(namesOf)).subscribe(states);
    const seen = (names: readonly string[]): Promise<unknown> => firstValueFrom(states.pipe(filter((state) => state.join() === names.join())));
    await seen(['me']);

    const peter = operator();
    await peter.connect();
    await seen(['me', 'peter']);
    await peter.close();

    await seen(['me']);
    watching.unsubscribe();
  });

  it('says of a session who it is, and not how it proved that', async () => {
    const { type, peer } = world.road;
    const [client, peter] = [stage.client(), operator()];
    const { id } = await peter.connect();

    const details = await valueOf(client.call('wamp.session.get', [id]));

    expect(details).toEqual({
      session: id, authid: 'peter', authrole: 'operator', authmethod: 'ticket', authprovider: 'static',
      transport: peer === undefined ? { type } : { type, protocol: world.serializer.subprotocol, peer: expect.stringMatching(peer) },
    });
    expect(await valueOf(client.call('wamp.session.count', [['operator']]))).toBe(1);
    expect(await valueOf(client.call('wamp.session.list', [['operator']]))).toEqual([id]);
  });

  it('says what is registered and subscribed to, and by whom', async () => {
    const client = stage.client();
    const { id } = await client.connect();
    await registered(client, 'com.shop.', () => 1, { match: 'prefix', invoke: 'roundrobin' });
    await listening(client, 'com.shop.price');

    const registration = await valueOf(client.call('wamp.registration.match', ['com.shop.order']));
    const subscription = await valueOf(client.call('wamp.subscription.lookup', ['com.shop.price']));

    const created = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(await valueOf(client.call('wamp.registration.get', [registration]))).toEqual({ id: registration, created, uri: 'com.shop.', match: 'prefix', invoke: 'roundrobin' });
    expect(await valueOf(client.call('wamp.registration.list_callees', [registration]))).toEqual([id]);
    expect(await valueOf(client.call('wamp.subscription.get', [subscription]))).toEqual({ id: subscription, created, uri: 'com.shop.price', match: 'exact' });
    expect(await valueOf(client.call('wamp.subscription.count_subscribers', [subscription]))).toBe(1);
    expect(await failureOf(firstValueFrom(client.call('wamp.registration.get', [subscription])))).toMatchObject({ uri: 'wamp.error.no_such_registration' });
  });

  it('tells of registrations that come and go', async () => {
    const [client, callee] = [stage.client(), stage.client()];
    const events = await Promise.all(['on_create', 'on_register', 'on_unregister', 'on_delete'].map((event) => listening(client, `wamp.registration.${event}`)));
    const { id } = await callee.connect();

    const registration = await registered(callee, 'com.shop.order', () => 1);
    registration.unsubscribe();

    const [created, ...others] = (await Promise.all(events.map((event) => event.first(1)))).map(([event]) => event?.args);
    expect(created).toEqual([id, expect.objectContaining({ id: expect.any(Number), uri: 'com.shop.order', match: 'exact', invoke: 'single' })]);
    const [, { id: of }] = created as [number, { readonly id: number }];
    expect(others).toEqual([[id, of], [id, of], [id, of]]);
  });

  it('lets who is named for it end the session of another, and nobody else', async () => {
    const [victim, peter] = [mortal(), operator()];
    const { id } = await victim.connect();
    const { id: own } = await peter.connect();
    const ended = firstValueFrom(victim.state$.pipe(filter(({ kind }) => kind === 'closed')));

    expect(await failureOf(firstValueFrom(victim.call('wamp.session.kill', [own])))).toMatchObject({ uri: 'wamp.error.not_authorized' });
    await firstValueFrom(peter.call('wamp.session.kill', { args: [id], kwargs: { reason: 'com.app.banned', message: 'spam' } }));

    expect(await ended).toMatchObject({ cause: { code: 'goodbye', reason: 'com.app.banned' } });
    expect(await valueOf(peter.call('wamp.session.list'))).toEqual([own]);
  });

  it('lets who is named for it take registrations and subscriptions from another, which hears of it', async () => {
    const [victim, peter] = [stage.client(), operator()];
    const { id } = await victim.connect();
    const revoked = failureOf(firstValueFrom(victim.register('com.shop.order', () => 1).pipe(filter(() => false))));
    const muted = failureOf(firstValueFrom(victim.topic('com.shop.price')));
    await listening(victim, 'com.shop.other');
    const registration = await valueOf(peter.call('wamp.registration.lookup', ['com.shop.order']));
    const subscription = await valueOf(peter.call('wamp.subscription.lookup', ['com.shop.price']));

    await firstValueFrom(peter.call('wamp.registration.remove_callee', { args: [registration, id], kwargs: { reason: 'moved' } }));
    await firstValueFrom(peter.call('wamp.subscription.remove_subscriber', [subscription, id]));

    expect(await Promise.all([revoked, muted])).toMatchObject([{ name: 'RegistrationRevokedError', reason: 'moved' }, { name: 'SubscriptionRevokedError' }]);
    expect(await valueOf(peter.call('wamp.registration.lookup', ['com.shop.order']))).toBeNull();
  });

  it('publishes what a session has left, when it is lost and not before', async () => {
    const [client, lost] = [stage.client(), stage.linked({ retry: { shouldReconnect: () => false } })];
    const listener = await listening(client, 'com.chat.left');
    await lost.connect(); // which holds it, though nothing is open
    await firstValueFrom(lost.call('wamp.session.add_testament', ['com.chat.left', ['ann'], { why: 'lost' }]));
    await firstValueFrom(client.publish('com.chat.left', ['nobody yet'], { acknowledge: true, excludeMe: false }));

    lost.link.cut();

    const events = await listener.first(2);
    expect(events.map(({ args, kwargs }) => [args, kwargs])).toEqual([[['nobody yet'], {}], [['ann'], { why: 'lost' }]]);
  });
});
