import { describe, expect, it } from '@jest/globals';
import type { Client } from '../../lib/client/client.ts';
import type { InvocationPolicy } from '../../lib/protocol/options.ts';
import { failureOf, registered, valueOf } from '../support/peers.ts';
import { WITH_CORE, scene } from '../support/worlds.ts';

describe.each(WITH_CORE)('shared registrations over $name', (world) => {
  const stage = scene(world);

  async function three(invoke: InvocationPolicy): Promise<Client[]> {
    const callees = [stage.client(), stage.client(), stage.client()];
    for (const [n, callee] of callees.entries()) await registered(callee, 'com.shared', () => n, { invoke });
    return callees;
  }

  async function answers(count: number): Promise<unknown[]> {
    const caller = stage.client();
    await caller.connect();
    const heard: unknown[] = [];
    while (heard.length < count) heard.push(await valueOf(caller.call('com.shared')));
    return heard;
  }

  it('single: have one callee and no other', async () => {
    await registered(stage.client(), 'com.shared', () => 0, { invoke: 'single' });

    expect(await failureOf(registered(stage.client(), 'com.shared', () => 1, { invoke: 'single' }))).toMatchObject({ uri: 'wamp.error.procedure_already_exists' });
  });

  it('first: leave calls to who came first, and then to the next', async () => {
    const [first] = await three('first');

    expect(await answers(3)).toEqual([0, 0, 0]);
    await first?.close();
    expect(await answers(3)).toEqual([1, 1, 1]);
  });

  it('last: leave calls to who came last, and then to the one before', async () => {
    const callees = await three('last');

    expect(await answers(3)).toEqual([2, 2, 2]);
    await callees[2]?.close();
    expect(await answers(3)).toEqual([1, 1, 1]);
  });

  it('roundrobin: go through the callees in turn', async () => {
    const callees = await three('roundrobin');

    const heard = await answers(6);
    expect(heard.slice(3)).toEqual(heard.slice(0, 3));
    expect(new Set(heard)).toEqual(new Set([0, 1, 2]));
    await callees[1]?.close();
    expect(new Set(await answers(4))).toEqual(new Set([0, 2]));
  });

  it('random: leave calls to any of them', async () => {
    await three('random');

    // that one of them gets none of 50 happens once in 200 million times
    expect(new Set(await answers(50))).toEqual(new Set([0, 1, 2]));
  });

  it('are not shared by callees that say otherwise', async () => {
    await registered(stage.client(), 'com.shared', () => 0, { invoke: 'first' });

    expect(await failureOf(registered(stage.client(), 'com.shared', () => 1, { invoke: 'last' }))).toMatchObject({ uri: expect.stringMatching(/procedure_/) });
  });
});
