import { expect, it } from '@jest/globals';
import { announced, resultOf, section, type Bench } from '../support/section.ts';

const KEYS = Array.from({ length: 24 }, (_, at) => `key${at}`);

/** Joins callees of one procedure, each of which answers who it is. */
async function shards(bench: Bench, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const callee = await bench.join({ callee: ['sharded_registration', 'shared_registration'] });
    callee.serve(name);
    await callee.register('com.shards', { invoke: 'roundrobin' });
  }
}

/** Who answers for each key. */
async function placed(bench: Bench): Promise<readonly unknown[]> {
  const caller = await bench.join({ caller: ['sharded_registration'] });
  const answers: unknown[] = [];
  for (const rkey of KEYS) answers.push(resultOf(await caller.call('com.shards', [], {}, { runmode: 'partition', rkey })));
  return answers;
}

// A sketch in the text: what is held here is what its sentences say, and that a key keeps its callee, without which they mean nothing.
section('Advanced Profile, Sharded Registration', (bench) => {
  it('is announced by the dealer', async () => {
    expect(announced(await bench.join(), 'dealer')).toMatchObject({ sharded_registration: true });
  });

  // "routing the call to a single shard".
  it('sends the calls of a key to one callee, whoever makes them', async () => {
    await shards(bench, 'a', 'b', 'c');

    const places = await placed(bench);

    expect(await placed(bench)).toEqual(places);
    expect(new Set(places).size).toBeGreaterThan(1);
  });

  it('moves no key but those of who comes', async () => {
    await shards(bench, 'a', 'b');
    const before = await placed(bench);

    await shards(bench, 'c');
    const after = await placed(bench);

    for (const [at, place] of after.entries()) if (place !== 'c') expect(place).toBe(before[at]);
  });

  // 'If CALL.Options.runmode == "partition", then CALL.Options.rkey MUST be present.'
  it.each([{ runmode: 'partition' }, { runmode: 'all' }, { runmode: 'whoever', rkey: 'key1' }])('refuses a call with %j', async (options) => {
    await shards(bench, 'a');
    const caller = await bench.join();

    expect((await caller.call('com.shards', [], {}, options)).slice(0, 5)).toEqual([8, 48, 1, {}, 'wamp.error.option_not_allowed']);
  });

  it('leaves calls without a run mode to the policy of the registration', async () => {
    await shards(bench, 'a', 'b');
    const caller = await bench.join();

    const answers = [await caller.call('com.shards'), await caller.call('com.shards', [], {}, { rkey: 'key1' }), await caller.call('com.shards')];

    expect(answers.map(resultOf)).toEqual(['a', 'b', 'a']);
  });
});
