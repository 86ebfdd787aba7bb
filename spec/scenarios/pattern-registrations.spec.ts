import { describe, expect, it } from '@jest/globals';
import { failureOf, registered, valueOf } from '../support/peers.ts';
import { WITH_CORE, scene } from '../support/worlds.ts';

describe.each(WITH_CORE)('registrations with patterns over $name', (world) => {
  const stage = scene(world);

  it('answer for every procedure that begins with a prefix, and see which it was', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.files.', ({ procedure }) => procedure, { match: 'prefix' });

    expect(await valueOf(caller.call('com.files.read'))).toBe('com.files.read');
    expect(await valueOf(caller.call('com.files.a.b'))).toBe('com.files.a.b');
    expect(await failureOf(valueOf(caller.call('com.file')))).toMatchObject({ uri: 'wamp.error.no_such_procedure' });
  });

  it('answer for any component in place of an empty one', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com..read', ({ procedure }) => procedure, { match: 'wildcard' });

    expect(await valueOf(caller.call('com.a.read'))).toBe('com.a.read');
    expect(await failureOf(valueOf(caller.call('com.a.b.read')))).toMatchObject({ uri: 'wamp.error.no_such_procedure' });
  });

  it('read the holes of a template, and refuse what does not fit them', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.product.<product:int>.price', ({ params }) => params['product']);

    expect(await valueOf(caller.call('com.product.7.price'))).toBe(7);
    expect(await failureOf(valueOf(caller.call('com.product.seven.price')))).toMatchObject({ uri: 'wamp.error.no_such_procedure' });
  });

  it('leave a call to the exact one first, then to the longest prefix, then to a wildcard', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.deep..read', () => 'wildcard', { match: 'wildcard' });
    await registered(callee, 'com.deep.a', () => 'prefix', { match: 'prefix' });
    await registered(callee, 'com.deep.a.re', () => 'longer prefix', { match: 'prefix' });
    await registered(callee, 'com.deep.a.read', () => 'exact');

    expect(await valueOf(caller.call('com.deep.a.read'))).toBe('exact');
    expect(await valueOf(caller.call('com.deep.a.red'))).toBe('longer prefix');
    expect(await valueOf(caller.call('com.deep.a.write'))).toBe('prefix');
    expect(await valueOf(caller.call('com.deep.b.read'))).toBe('wildcard');
  });
});
