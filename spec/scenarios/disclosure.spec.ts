import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { ticket } from '../../lib/auth/ticket.ts';
import { failureOf, listening, registered, valueOf } from '../support/peers.ts';
import { PETER } from '../support/people.ts';
import { EMBEDDED_WITH_CORE, embedded } from '../support/worlds.ts';

describe.each(EMBEDDED_WITH_CORE.filter(({ carries }) => carries('disclose_me')))('disclosure over $name', (world) => {
  const stage = embedded(world, {
    realms: {
      realm1: {
        auth: { anonymous: {}, ticket: { users: { peter: { ticket: PETER.ticket, role: 'user' } } } },
        roles: {
          anonymous: [
            { uri: 'com.known.', match: 'prefix', allow: ['call', 'publish'], disclose: { caller: true, publisher: true } },
            { uri: 'com.secret.', match: 'prefix', allow: ['call', 'publish'], disclose: { caller: false, publisher: false } },
            { uri: 'com.', match: 'prefix', allow: ['call', 'publish'] },
          ],
          user: [{ uri: 'com.', match: 'prefix', allow: ['register', 'subscribe', 'call', 'publish'] }],
        },
      },
    },
  });

  it('tells subscribers who published, where that is wished or ruled', async () => {
    const [publisher, subscriber] = [stage.client(), stage.client({ auth: ticket(PETER) })];
    const { id } = await publisher.connect();
    const listener = await listening(subscriber, 'com.', { match: 'prefix' });

    publisher.publish('com.free').subscribe();
    publisher.publish('com.free', [], { discloseMe: true }).subscribe();
    publisher.publish('com.known.topic').subscribe();
    publisher.publish('com.secret.topic').subscribe();

    const told = (await listener.first(4)).map(({ details }) => details['publisher']);
    expect(told).toStrictEqual([undefined, id, id, undefined]);
  });

  it('tells callees who calls, where that is wished or ruled', async () => {
    const [caller, callee] = [stage.client(), stage.client({ auth: ticket(PETER) })];
    const { id } = await caller.connect();
    await registered(callee, 'com.', (invocation) => invocation.caller, { match: 'prefix' });

    expect(await valueOf(caller.call('com.free'))).toBeUndefined();
    expect(await valueOf(caller.call('com.free', [], { discloseMe: true }))).toBe(id);
    expect(await valueOf(caller.call('com.known.procedure'))).toBe(id);
    expect(await valueOf(caller.call('com.secret.procedure'))).toBeUndefined();
  });

  it('refuses who wants to be known where that is not allowed', async () => {
    const client = stage.client();
    const refusal = { uri: 'wamp.error.option_disallowed.disclose_me', effect: 'none' };

    expect(await failureOf(firstValueFrom(client.call('com.secret.procedure', [], { discloseMe: true })))).toMatchObject(refusal);
    expect(await failureOf(firstValueFrom(client.publish('com.secret.topic', [], { discloseMe: true, acknowledge: true })))).toMatchObject(refusal);
  });
});
