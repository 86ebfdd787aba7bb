import { expect, it } from '@jest/globals';
import { announced, section } from '../support/section.ts';

const FEATURE = { callee: ['pattern_based_registration'] };

/**
 * "Registered RPCs" of the examples, the first of them number 1. Number 5 has c33 in the text, which is to be matched by no prefix; but by
 * the rule of the same section a1.b2.c3 is one, as com.myapp.myobject1 is one of com.myapp.myobject1-mysubobject1.
 */
const REGISTRATIONS = [
  ['a1.b2.c3.d4.e55', 'exact'], ['a1.b2.c3', 'prefix'], ['a1.b2.c3.d4', 'prefix'], ['a1.b2..d4.e5', 'wildcard'], ['a1.b2.c44..e5', 'wildcard'],
  ['a1.b2..d4.e5..g7', 'wildcard'], ['a1.b2..d4..f6.g7', 'wildcard'],
] as const;

/** "Call request RPC URI", and the RPC it goes to. */
const EXAMPLES = [
  ['a1.b2.c3.d4.e55', 1], ['a1.b2.c3.d98.e74', 2], ['a1.b2.c3.d4.e325', 3], ['a1.b2.c55.d4.e5', 4], ['a1.b2.c44.d4.e5', 5],
  ['a1.b2.c88.d4.e5.f6.g7', 6],
] as const;

section('Advanced Profile, Pattern-based Registrations', (bench) => {
  it('is announced by the dealer', async () => {
    expect(announced(await bench.join(), 'dealer')).toMatchObject({ pattern_based_registration: true });
  });

  // "any call with a procedure that has REGISTER.Procedure as a prefix will match", and the examples of the text.
  it.each([
    ['com.myapp.myobject1.myprocedure1', true], ['com.myapp.myobject1-mysubobject1', true],
    ['com.myapp.myobject1.mysubobject1.myprocedure1', true], ['com.myapp.myobject1', true],
    ['com.myapp.myobject2', false], ['com.myapp.myobject', false],
  ] as const)('matches the prefix com.myapp.myobject1 with %s: %p', async (procedure, matches) => {
    const [callee, caller] = [await bench.join(FEATURE), await bench.join()];
    const registration = await callee.register('com.myapp.myobject1', { match: 'prefix' });

    caller.send([48, 1, {}, procedure, [1]]);

    if (matches) expect(await callee.receive()).toEqual([68, 1, registration, { procedure }, [1]]);
    else expect(await caller.receive()).toEqual([8, 48, 1, {}, 'wamp.error.no_such_procedure']);
  });

  // "the 3rd URI component is empty, which signals a wildcard in that URI component position", and the examples of the text.
  it.each([
    ['com.myapp.myobject1.myprocedure1', true], ['com.myapp.myobject2.myprocedure1', true],
    ['com.myapp.myobject1.myprocedure1.mysubprocedure1', false], ['com.myapp.myobject1.myprocedure2', false],
    ['com.myapp2.myobject1.myprocedure1', false],
  ] as const)('matches the wildcard com.myapp..myprocedure1 with %s: %p', async (procedure, matches) => {
    const [callee, caller] = [await bench.join(FEATURE), await bench.join()];
    const registration = await callee.register('com.myapp..myprocedure1', { match: 'wildcard' });

    caller.send([48, 1, {}, procedure, [1]]);

    if (matches) expect(await callee.receive()).toEqual([68, 1, registration, { procedure }, [1]]);
    else expect(await caller.receive()).toEqual([8, 48, 1, {}, 'wamp.error.no_such_procedure']);
  });

  // "a call is routed to one and only one best matched RPC registration": the algorithm that MUST be applied, with the examples of the text.
  it('finds the best registration as in the examples of the text', async () => {
    const [callee, caller] = [await bench.join(FEATURE), await bench.join()];
    const rpcs = new Map<unknown, number>();
    for (const [at, [procedure, match]] of REGISTRATIONS.entries()) rpcs.set(await callee.register(procedure, { match }), at + 1);

    for (const [procedure, rpc] of EXAMPLES) {
      caller.send([48, caller.next(), {}, procedure]);
      expect([procedure, rpcs.get((await callee.receive())[2])]).toEqual([procedure, rpc]);
    }

    expect((await caller.call('a2.b2.c2.d2.e2'))[4]).toBe('wamp.error.no_such_procedure');
  });

  it('prefers the exact registration, then the prefix, then the wildcard', async () => {
    const [callee, caller] = [await bench.join(FEATURE), await bench.join()];
    const wildcard = await callee.register('com..procedure', { match: 'wildcard' });
    caller.send([48, 1, {}, 'com.my.procedure']);
    expect((await callee.receive())[2]).toBe(wildcard);

    const prefix = await callee.register('com', { match: 'prefix' });
    caller.send([48, 2, {}, 'com.my.procedure']);
    expect((await callee.receive())[2]).toBe(prefix);

    const exact = await callee.register('com.my.procedure');
    caller.send([48, 3, {}, 'com.my.procedure']);
    expect(await callee.receive()).toEqual([68, 3, exact, {}]);
  });

  // 'there is no "set semantics" implied': each registration is separate, also where the URI is the same.
  it('holds registrations of one URI by their policies apart', async () => {
    const callee = await bench.join(FEATURE);

    const ids = [
      await callee.register('com.app'), await callee.register('com.app', { match: 'prefix' }), await callee.register('com.app', { match: 'wildcard' }),
    ];

    expect(new Set(ids).size).toBe(3);
  });

  // What comes without a component to stand for is no pattern, and what is reserved is not for applications.
  it.each([['com..app', 'exact'], ['com..app', 'prefix'], ['com.#', 'wildcard'], ['wamp.', 'prefix'], ['wamp..on_join', 'wildcard']])(
    'answers invalid_uri to %s with %s matching', async (procedure, match) => {
      const callee = await bench.join(FEATURE);

      callee.send([64, 1, { match }, procedure]);

      expect(await callee.receive()).toEqual([8, 64, 1, {}, 'wamp.error.invalid_uri']);
    },
  );

  it('keeps a broad pattern from calls that are meant for the router', async () => {
    const [callee, caller] = [await bench.join(FEATURE), await bench.join()];
    await callee.register('', { match: 'prefix' });

    caller.send([48, 1, {}, 'wamp.nothing.of_the_kind']);

    expect(await caller.receive()).toEqual([8, 48, 1, {}, 'wamp.error.no_such_procedure']);
    await callee.silence();
  });

  it('aborts who asks for a policy that does not exist', async () => {
    const callee = await bench.join(FEATURE);

    callee.send([64, 1, { match: 'regex' }, 'com.app']);

    await callee.aborted('wamp.error.protocol_violation');
  });
});
