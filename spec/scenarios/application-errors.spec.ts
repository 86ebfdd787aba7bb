import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, throwError } from 'rxjs';
import { ApplicationError, isApplicationError } from '../../lib/errors.ts';
import { PAYLOADS, asRead } from '../support/payloads.ts';
import { failureOf, registered, valueOf } from '../support/peers.ts';
import { WITH_CORE, scene } from '../support/worlds.ts';

describe.each(WITH_CORE)('errors of procedures over $name', (world) => {
  const stage = scene(world);

  it('carry every kind of payload to the caller', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.fail', (payload) => { throw new ApplicationError('com.failed', payload); });

    const failures = await Promise.all(PAYLOADS.map(([, payload]) => failureOf(firstValueFrom(caller.call('com.fail', payload)))));

    expect(failures.every((failure) => isApplicationError(failure, 'com.failed'))).toBe(true);
    expect(failures.map((failure) => ({ args: (failure as ApplicationError).args, kwargs: (failure as ApplicationError).kwargs })))
      .toEqual(PAYLOADS.map(([, payload]) => asRead(payload)));
    expect(failures[0]).toMatchObject({ effect: 'unknown', operation: { verb: 'call', uri: 'com.fail' } });
  });

  it.each<[string, () => unknown]>([
    ['thrown', () => { throw new ApplicationError('com.failed', { args: ['why'] }); }],
    ['rejected', () => Promise.reject(new ApplicationError('com.failed', { args: ['why'] }))],
    ['emitted', () => throwError(() => new ApplicationError('com.failed', { args: ['why'] }))],
    ['thrown by a generator', async function* generate() { yield 1; throw new ApplicationError('com.failed', { args: ['why'] }); }],
  ])('are the same however they come up: %s', async (_, procedure) => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.fail', procedure);

    expect(await failureOf(valueOf(caller.call('com.fail')))).toMatchObject({ uri: 'com.failed', args: ['why'], message: 'com.failed: why' });
  });

  it('are runtime errors where they are no application errors, and are reported at the callee', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    const reported = firstValueFrom(callee.errors$);
    const bug = new TypeError('a bug');
    await registered(callee, 'com.bug', () => { throw bug; });

    const failure = await failureOf(valueOf(caller.call('com.bug')));

    expect(failure).toMatchObject({ uri: 'wamp.error.runtime_error', args: ['a bug'], kwargs: {} });
    expect(await reported).toBe(bug);
  });

  it('answer for results that cannot be written, and both sessions go on', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    const reported = firstValueFrom(callee.errors$);
    await registered(callee, 'com.unwritable', ({ args: [fine] }) => (fine === true ? 'fine' : () => 1));

    expect(await failureOf(valueOf(caller.call('com.unwritable')))).toMatchObject({ uri: 'wamp.error.runtime_error' });
    expect(await reported).toMatchObject({ code: 'serialization' });
    expect(await valueOf(caller.call('com.unwritable', [true]))).toBe('fine');
  });

  it('are told before anything is sent where arguments cannot be written', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.fine', () => 'fine');

    expect(await failureOf(valueOf(caller.call('com.fine', [Symbol('no')])))).toMatchObject({ code: 'serialization', effect: 'none' });
    expect(await valueOf(caller.call('com.fine'))).toBe('fine');
  });
});
