import { describe, expect, it } from '@jest/globals';
import { concat, concatMap, filter, firstValueFrom, lastValueFrom, map, of, toArray } from 'rxjs';
import { AbortError } from '../../lib/errors.ts';
import { join } from '../../lib/session/join.ts';
import { failureOf, listening } from '../support/peers.ts';
import { WITH_CORE, scene } from '../support/worlds.ts';

describe.each(WITH_CORE)('joining over $name', (world) => {
  const stage = scene(world);

  it('tells who we are in the realm', async () => {
    const client = stage.client();

    const details = await client.connect();

    expect(details).toMatchObject({ realm: 'realm1', authmethod: 'anonymous', subprotocol: world.serializer.subprotocol });
    expect(details.authid).toEqual(expect.any(String));
    expect(details.id).toBeGreaterThanOrEqual(1);
    expect(details.welcome['roles']).toMatchObject({ broker: {}, dealer: {} });
    expect(client.state).toMatchObject({ kind: 'joined', details });
  });

  it('gives each session an id of its own', async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await stage.client().connect()).id));

    expect(new Set(ids).size).toBe(3);
  });

  it('is refused where there is no such realm', async () => {
    const client = stage.client({ realm: 'no.such.realm', retry: { maxAttempts: 0 } });

    const failure = await failureOf(client.connect());

    expect(failure).toBeInstanceOf(AbortError);
    expect(failure).toMatchObject({ reason: 'wamp.error.no_such_realm' });
    expect(client.state.kind).toBe('closed');
  });

  it('is over once it was closed', async () => {
    const client = stage.client();
    await client.close();

    expect(await failureOf(client.connect())).toMatchObject({ code: 'not-joined' });
  });

  it('goes through every state up to the end', async () => {
    const client = stage.client();
    const states = lastValueFrom(client.state$.pipe(map(({ kind }) => kind), toArray()));

    await client.connect();
    await client.close();

    expect(await states).toEqual(['idle', 'connecting', 'authenticating', 'joined', 'draining', 'closed']);
  });

  it('leaves after the last use, and joins anew at the next', async () => {
    const client = stage.client();
    const idle = (): Promise<unknown> => firstValueFrom(client.state$.pipe(filter(({ kind }) => kind === 'idle')));

    const first = await listening(client, 'com.joining');
    const before = client.state;
    first.subscription.unsubscribe();
    await idle();
    const second = await listening(client, 'com.joining');
    const after = client.state;
    second.subscription.unsubscribe();
    await idle();

    expect([before.kind, after.kind]).toEqual(['joined', 'joined']);
    expect(before).not.toEqual(after);
  });

  it('is one life where only one is wanted', async () => {
    const life = join(stage.transport, { realm: 'realm1', serializers: [world.serializer] });

    const session = await firstValueFrom(life.pipe(concatMap((session) => concat(of(session.id), session.leave())), toArray()));

    expect(session).toEqual([expect.any(Number)]);
  });
});
