import { expect, it } from '@jest/globals';
import type { Peer } from '../support/peer.ts';
import { announced, resultOf, section, type Bench } from '../support/section.ts';

const FEATURE = { callee: ['shared_registration'] };

/** Three callees of one registration, in the order in which they registered; each answers who it is. */
async function shared(bench: Bench, invoke: string): Promise<readonly [Peer, Peer, Peer]> {
  const callees = [await bench.join(FEATURE), await bench.join(FEATURE), await bench.join(FEATURE)] as const;
  const ids: number[] = [];
  for (const [at, callee] of callees.entries()) {
    callee.serve(at + 1);
    ids.push(await callee.register('com.shared', { invoke }));
  }
  expect(new Set(ids).size).toBe(1);
  return callees;
}

/** Calls so many times, each after the answer to the one before, and tells who answered. */
async function asked(bench: Bench, calls: number): Promise<readonly unknown[]> {
  const caller = await bench.join();
  const answers: unknown[] = [];
  for (let at = 0; at < calls; at++) answers.push(resultOf(await caller.call('com.shared')));
  return answers;
}

section('Advanced Profile, Shared Registration', (bench) => {
  it('is announced by the dealer', async () => {
    expect(announced(await bench.join(), 'dealer')).toMatchObject({ shared_registration: true });
  });

  // "If the option is not set, single is applied as a default." "With single, the Dealer MUST fail all subsequent attempts".
  it.each([[{}, {}], [{ invoke: 'single' }, { invoke: 'single' }], [{}, { invoke: 'roundrobin' }], [{ invoke: 'single' }, { invoke: 'first' }]])(
    'fails a second registration where the first has %j and it has %j', async (first, second) => {
      const [callee, other] = [await bench.join(FEATURE), await bench.join(FEATURE)];
      await callee.register('com.shared', first);

      other.send([64, 1, second, 'com.shared']);

      expect(await other.receive()).toEqual([8, 64, 1, {}, 'wamp.error.procedure_already_exists']);
    },
  );

  // "the Dealer MUST fail all subsequent attempts [...] where the value for this option does not match that of the initial registration".
  it.each(['roundrobin', 'random', 'first', 'last'])('fails whoever wants another policy than %s', async (invoke) => {
    const [callee, other] = [await bench.join(FEATURE), await bench.join(FEATURE)];
    await callee.register('com.shared', { invoke });
    const others = ['single', 'roundrobin', 'random', 'first', 'last'].filter((policy) => policy !== invoke);

    for (const policy of others) other.send([64, other.next(), { invoke: policy }, 'com.shared']);
    other.send([64, other.next(), {}, 'com.shared']);

    expect(await other.receiveMany(5)).toEqual([1, 2, 3, 4, 5].map((id) => [8, 64, id, {}, 'wamp.error.procedure_already_exists']));
    await other.register('com.shared', { invoke });
  });

  // "callees are picked subsequently from the list of registrations [...], with the picking looping back to the beginning of the list".
  it('picks in turn with roundrobin', async () => {
    await shared(bench, 'roundrobin');

    expect(await asked(bench, 9)).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
  });

  // "For random a callee is picked randomly from the list of registrations for each call."
  it('picks by chance with random', async () => {
    await shared(bench, 'random');

    // That one of three gets none of 40 calls happens once in 10^7 runs.
    expect(new Set(await asked(bench, 40))).toEqual(new Set([1, 2, 3]));
  });

  // "the first respectively last callee on the current list of registrations (ordered by the order of registration) is called".
  it('picks the first, and the one behind it when it has gone', async () => {
    const [first] = await shared(bench, 'first');
    expect(await asked(bench, 3)).toEqual([1, 1, 1]);

    await first.leave();

    expect(await asked(bench, 3)).toEqual([2, 2, 2]);
  });

  it('picks the last, and the one before it when it has unregistered', async () => {
    const [, , last] = await shared(bench, 'last');
    const [answer] = await asked(bench, 1);
    expect(answer).toBe(3);

    const fourth = await bench.join(FEATURE);
    fourth.serve(4);
    const registration = await fourth.register('com.shared', { invoke: 'last' });
    expect(await asked(bench, 2)).toEqual([4, 4]);
    fourth.send([66, fourth.next(), registration]);
    expect((await fourth.receive())[0]).toBe(67);
    expect(await asked(bench, 2)).toEqual([3, 3]);
    await last.leave();
    expect(await asked(bench, 2)).toEqual([2, 2]);
  });

  it('goes on with those who stay, and ends with the last of them', async () => {
    const [first, second, third] = await shared(bench, 'roundrobin');

    await second.leave();

    expect(await asked(bench, 4)).toEqual([1, 3, 1, 3]);
    await first.leave();
    await third.leave();
    expect(await (await bench.join()).call('com.shared')).toEqual([8, 48, 1, {}, 'wamp.error.no_such_procedure']);
  });

  it('shares patterns as well', async () => {
    const [first, second, caller] = [await bench.join(FEATURE), await bench.join(FEATURE), await bench.join()];
    for (const [at, callee] of [first, second].entries()) {
      callee.serve(at + 1);
      await callee.register('com.shared.', { match: 'prefix', invoke: 'roundrobin' });
    }

    const answers = [await caller.call('com.shared.x'), await caller.call('com.shared.y'), await caller.call('com.shared.x')];

    expect(answers.map(resultOf)).toEqual([1, 2, 1]);
  });

  it('fails a callee that registers twice', async () => {
    const callee = await bench.join(FEATURE);
    await callee.register('com.shared', { invoke: 'roundrobin' });

    callee.send([64, 2, { invoke: 'roundrobin' }, 'com.shared']);

    expect(await callee.receive()).toEqual([8, 64, 2, {}, 'wamp.error.procedure_already_exists']);
  });

  it('aborts who asks for a policy that does not exist', async () => {
    const callee = await bench.join(FEATURE);

    callee.send([64, 1, { invoke: 'whoever' }, 'com.shared']);

    await callee.aborted('wamp.error.protocol_violation');
  });
});
