import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { listening, registered, valueOf } from '../support/peers.ts';
import { EMBEDDED, embedded } from '../support/worlds.ts';

const bytes = new Uint8Array([0x30, 0, 1, 255]);
const passthru = { scheme: 'mqtt', serializer: 'native' };
const said = { ppt_scheme: 'mqtt', ppt_serializer: 'native' };

describe.each(EMBEDDED.filter(({ carries }) => carries('payload passthru')))('payloads of other makes over $name', (world) => {
  const stage = embedded(world);

  it('go from a publisher to its subscribers as they are', async () => {
    const [publisher, subscriber] = [stage.client(), stage.client()];
    const heard = await listening(subscriber, 'com.mqtt');

    await firstValueFrom(publisher.publish('com.mqtt', [bytes], { passthru, acknowledge: true }));

    expect((await heard.first(1)).map(({ args, kwargs, details }) => ({ args, kwargs, details }))).toEqual([{ args: [bytes], kwargs: {}, details: said }]);
  });

  it('go from a caller to a procedure as they are', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.mqtt', ({ args, details }) => [args[0], details['ppt_scheme']]);

    expect(await valueOf(caller.call('com.mqtt', [bytes], { passthru }))).toEqual([bytes, 'mqtt']);
  });
});
