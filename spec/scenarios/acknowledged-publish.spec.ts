import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { ApplicationError, SerializationError } from '../../lib/errors.ts';
import { failureOf, listening } from '../support/peers.ts';
import { WITH_CORE, scene } from '../support/worlds.ts';

describe.each(WITH_CORE)('acknowledged publications over $name', (world) => {
  const stage = scene(world);

  it('emit their id once the broker has taken them, and complete', async () => {
    const client = stage.client();

    const emitted = await lastValueFrom(client.publish('com.ack', [1], { acknowledge: true }).pipe(toArray()));

    expect(emitted).toEqual([{ id: expect.any(Number) }]);
  });

  it('have no id where no acknowledgement was asked for', async () => {
    expect(await firstValueFrom(stage.client().publish('com.ack', [1]))).toEqual({ id: undefined });
  });

  it('are a publication of their own for each subscriber', async () => {
    const client = stage.client();
    const listener = await listening(stage.client(), 'com.ack');
    const publication = client.publish('com.ack', [1], { acknowledge: true });

    const ids = [await firstValueFrom(publication), await firstValueFrom(publication)].map(({ id }) => id);

    expect((await listener.first(2)).map(({ publication: id }) => id)).toEqual(ids);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('error where the broker refuses, and the session goes on', async () => {
    const client = stage.client();

    const failure = await failureOf(firstValueFrom(client.publish('wamp.not.for.us', [1], { acknowledge: true })));

    expect(failure).toBeInstanceOf(ApplicationError);
    expect(failure).toMatchObject({ effect: 'none', operation: { verb: 'publish', uri: 'wamp.not.for.us' } });
    expect(await firstValueFrom(client.publish('com.ack', [2], { acknowledge: true }))).toEqual({ id: expect.any(Number) });
  });

  it('error where they cannot be written, and leave no hole in the sequence of requests', async () => {
    const client = stage.client();
    await client.connect();

    const failure = await failureOf(firstValueFrom(client.publish('com.ack', [() => 1], { acknowledge: true })));

    expect(failure).toBeInstanceOf(SerializationError);
    expect(await firstValueFrom(client.publish('com.ack', [2], { acknowledge: true }))).toEqual({ id: expect.any(Number) });
  });
});
