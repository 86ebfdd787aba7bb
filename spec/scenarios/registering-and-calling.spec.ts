import { describe, expect, it } from '@jest/globals';
import { EMPTY, filter, firstValueFrom, map, of, lastValueFrom, timer, toArray } from 'rxjs';
import { MessageType } from '../../lib/protocol/messages.ts';
import { result } from '../../lib/session/options.ts';
import { PAYLOADS, asRead } from '../support/payloads.ts';
import { failureOf, registered, valueOf } from '../support/peers.ts';
import { WITH_CORE, scene } from '../support/worlds.ts';

describe.each(WITH_CORE)('registering and calling over $name', (world) => {
  const stage = scene(world);

  it('carries every kind of payload to the procedure and back', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.echo', ({ args, kwargs }) => result(args, kwargs));

    const results = await Promise.all(PAYLOADS.map(([, payload]) => firstValueFrom(caller.call('com.echo', payload))));

    expect(results.map(({ args, kwargs }) => ({ args, kwargs }))).toEqual(PAYLOADS.map(([, payload]) => asRead(payload)));
    expect(results.every(({ progress }) => !progress)).toBe(true);
  });

  it('leaves absent what was not sent, both ways', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.absent', ({ args }) => args[0]);
    const arrived: unknown[] = [];
    for (const client of [callee, caller]) {
      client.frames$.subscribe(({ direction, message }) => {
        const counts = direction === 'in' && (message.type === MessageType.INVOCATION || message.type === MessageType.RESULT);
        if (counts) arrived.push([message.args ?? [], message.kwargs]);
      });
    }

    await firstValueFrom(caller.call('com.absent'));
    await firstValueFrom(caller.call('com.absent', [1]));

    expect(arrived).toEqual([[[], undefined], [[], undefined], [[1], undefined], [[1], undefined]]);
  });

  it.each<[string, () => unknown, unknown]>([
    ['a value', () => 42, [42]],
    ['nothing', () => undefined, []],
    ['null', () => null, [null]],
    ['a list, as one value', () => [1, 2], [[1, 2]]],
    ['a text, as one value', () => 'ab', ['ab']],
    ['several values', () => result([1, 2]), [1, 2]],
    ['a promise', async () => 42, [42]],
    ['an Observable', () => of(41, 42), [42]],
    ['an empty Observable', () => EMPTY, []],
    ['an Observable that takes its time', () => timer(1).pipe(map(() => 42)), [42]],
    ['an async generator', async function* generate() { yield 41; return 42; }, [42]],
  ])('answers with %s', async (_, procedure, args) => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.answer', procedure);

    const results = await lastValueFrom(caller.call('com.answer').pipe(toArray()));

    expect(results).toMatchObject([{ progress: false, args, kwargs: {} }]);
  });

  it('lets many calls run at a time, each with its own answer', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    const held: (() => void)[] = [];
    await registered(callee, 'com.hold', ({ args: [n] }) => new Promise((resolve) => {
      held.push(() => resolve(n));
      if (held.length === 20) for (const release of held.reverse()) release();
    }));

    const calls = Array.from({ length: 20 }, (_, n) => valueOf(caller.call('com.hold', [n])));

    expect(await Promise.all(calls)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('calls a procedure of its own', async () => {
    const client = stage.client();
    await registered(client, 'com.own', ({ args: [n] }) => Number(n) + 1);

    expect(await valueOf(client.call('com.own', [1]))).toBe(2);
  });

  it('finds no procedure before it is registered, nor after it is not any more', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    const refusal = { uri: 'wamp.error.no_such_procedure', effect: 'none', operation: { verb: 'call', uri: 'com.passing' } };

    expect(await failureOf(valueOf(caller.call('com.passing')))).toMatchObject(refusal);
    await callee.connect();
    const registration = await registered(callee, 'com.passing', () => 1);
    expect(await valueOf(caller.call('com.passing'))).toBe(1);
    const unregistered = firstValueFrom(callee.frames$.pipe(filter(({ message }) => message.type === MessageType.UNREGISTERED)));
    registration.unsubscribe();
    await unregistered;
    expect(await failureOf(valueOf(caller.call('com.passing')))).toMatchObject(refusal);
  });

  it('registers anew what was let go of before the router had answered', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await callee.connect();

    for (const n of [1, 2]) callee.register('com.again', () => n).subscribe().unsubscribe();
    await registered(callee, 'com.again', () => 3);

    expect(await valueOf(caller.call('com.again'))).toBe(3);
  });

  it('lets nobody register what somebody else has', async () => {
    const [first, second] = [stage.client(), stage.client()];
    await registered(first, 'com.taken', () => 'first');

    expect(await failureOf(registered(second, 'com.taken', () => 'second'))).toMatchObject({ uri: 'wamp.error.procedure_already_exists' });
    expect(await valueOf(second.call('com.taken'))).toBe('first');
  });
});
