import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { ticket } from '../../lib/auth/ticket.ts';
import type { Client } from '../../lib/client/client.ts';
import type { PublishOptions } from '../../lib/protocol/options.ts';
import type { TopicEvent } from '../../lib/session/options.ts';
import { listening } from '../support/peers.ts';
import { PETER } from '../support/people.ts';
import { EMBEDDED, WORLDS, scene } from '../support/worlds.ts';

let scenes = 0;
/** A topic that no other scenario has retained anything for: routers remember. */
const topic = (): string => `com.retained.t${process.pid}_${++scenes}`;

const publish = (client: Client, uri: string, text: unknown, options: PublishOptions = {}): Promise<unknown> =>
  lastValueFrom(client.publish(uri, [text], { acknowledge: true, retain: true, ...options }));
const retained = (client: Client, uri: string): Promise<TopicEvent> => firstValueFrom(client.topic(uri, { retained: true }));

describe.each(WORLDS)('retained events over $name', (world) => {
  const stage = scene(world);

  it('are there for who comes later, and are marked', async () => {
    const uri = topic();
    await publish(stage.client(), uri, 'old');
    await publish(stage.client(), uri, 'last');

    expect(await retained(stage.client(), uri)).toMatchObject({ args: ['last'], retained: true });
  });

  it('are there for one more observer of a client that is subscribed already, and for no other', async () => {
    const uri = topic();
    const [publisher, client] = [stage.client(), stage.client()];
    const plain = await listening(client, uri);
    await publish(publisher, uri, 'first');
    await plain.until('first');

    expect(await retained(client, uri)).toMatchObject({ args: ['first'], retained: true });

    await publish(publisher, uri, 'second');
    expect(await plain.until('second')).toEqual(['first', 'second']);
  });

  it('are not what was published without asking for it', async () => {
    const uri = topic();
    const publisher = stage.client();
    await publish(publisher, uri, 'retained');
    await publish(publisher, uri, 'not retained', { retain: false });

    expect(await retained(stage.client(), uri)).toMatchObject({ args: ['retained'] });
  });
});

// No table: in front of another router there is no such world.
for (const world of EMBEDDED) describe(`retained events of the embedded router over ${world.name}`, () => {
  const stage = scene(world);

  it('have the publication and the payload that they had', async () => {
    const uri = topic();
    const bytes = Uint8Array.from([0, 255, 128]);
    const client = stage.client();
    const heard = await listening(client, uri);
    await publish(stage.client(), uri, bytes, { discloseMe: true, attributes: { _trace: 'x' } });
    const [event] = await heard.first(1);

    const again = await retained(stage.client(), uri);

    expect(again).toMatchObject({ publication: event?.publication, args: [bytes], details: { ...event?.details, retained: true } });
  });

  it('go only to those who would have got them', async () => {
    const uri = topic();
    const publisher = stage.client();
    await publish(publisher, uri, 'for all');
    await publish(publisher, uri, 'for Peter', { eligibleAuthid: [PETER.authid] });

    expect((await retained(stage.client(), uri)).args).toEqual(['for all']);
    expect((await retained(stage.client({ auth: ticket(PETER) }), uri)).args).toEqual(['for Peter']);
  });

  it('come for each topic of a pattern', async () => {
    const prefix = `${topic()}.`;
    const publisher = stage.client();
    for (const name of ['a', 'b']) await publish(publisher, `${prefix}${name}`, name);

    const heard = await listening(stage.client(), prefix, { match: 'prefix', retained: true });

    expect((await heard.first(2)).map(({ topic: of, args }) => [of, args[0]])).toEqual([[`${prefix}a`, 'a'], [`${prefix}b`, 'b']]);
  });
});
