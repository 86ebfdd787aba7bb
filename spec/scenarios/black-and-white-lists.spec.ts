import { describe, expect, it } from '@jest/globals';
import { ticket } from '../../lib/auth/ticket.ts';
import type { PublishOptions } from '../../lib/protocol/options.ts';
import { listening, type Listening } from '../support/peers.ts';
import { PETER } from '../support/people.ts';
import { WITH_CORE, scene } from '../support/worlds.ts';

describe.each(WITH_CORE)('black and white lists over $name', (world) => {
  const stage = scene(world);

  async function cast(): Promise<{ readonly heard: (options: (ids: Ids) => PublishOptions) => Promise<string[]> }> {
    const [publisher, nobody, peter] = [stage.client(), stage.client(), stage.client({ auth: ticket(PETER) })];
    const [anonymous, user] = [await nobody.connect(), await peter.connect()];
    const listeners: [string, Listening][] = [['anonymous', await listening(nobody, 'com.lists')], ['peter', await listening(peter, 'com.lists')]];
    const ids: Ids = {
      anonymous: anonymous.id, peter: user.id, anonymousAuthid: anonymous.authid ?? '', anonymousRole: anonymous.authrole ?? '', peterRole: user.authrole ?? '',
    };
    return {
      heard: async (options) => {
        publisher.publish('com.lists', ['some'], options(ids)).subscribe();
        publisher.publish('com.lists', ['all']).subscribe();
        const heard = await Promise.all(listeners.map(async ([name, listener]) => ((await listener.until('all')).includes('some') ? [name] : [])));
        return heard.flat();
      },
    };
  }

  interface Ids {
    readonly anonymous: number;
    readonly peter: number;
    readonly anonymousAuthid: string;
    readonly anonymousRole: string;
    readonly peterRole: string;
  }

  it.each<[string, (ids: Ids) => PublishOptions, string[]]>([
    ['no list lets all hear', () => ({}), ['anonymous', 'peter']],
    ['exclude leaves sessions out', ({ peter }) => ({ exclude: [peter] }), ['anonymous']],
    ['excludeAuthid leaves people out', () => ({ excludeAuthid: [PETER.authid] }), ['anonymous']],
    ['excludeAuthrole leaves roles out', ({ peterRole }) => ({ excludeAuthrole: [peterRole] }), ['anonymous']],
    ['eligible lets only sessions hear', ({ peter }) => ({ eligible: [peter] }), ['peter']],
    ['eligibleAuthid lets only people hear', ({ anonymousAuthid }) => ({ eligibleAuthid: [anonymousAuthid] }), ['anonymous']],
    ['eligibleAuthrole lets only roles hear', ({ anonymousRole }) => ({ eligibleAuthrole: [anonymousRole] }), ['anonymous']],
    ['an empty white list lets nobody hear', () => ({ eligible: [] }), []],
    ['an empty black list leaves nobody out', () => ({ exclude: [] }), ['anonymous', 'peter']],
    ['black weighs more than white', ({ anonymous, peter }) => ({ eligible: [anonymous, peter], exclude: [anonymous] }), ['peter']],
    ['who is on one white list must be on the other', ({ anonymous, peterRole }) => ({ eligible: [anonymous], eligibleAuthrole: [peterRole] }), []],
  ])('%s', async (_, options, expected) => {
    const { heard } = await cast();

    expect(await heard(options)).toEqual(expected);
  });
});
