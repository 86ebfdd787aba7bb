import { expect } from '@jest/globals';
import type { CancelMode } from '../peer.ts';
import { ARGS, KWARGS, refusalOf, type Scenario } from './scenario.ts';

const CALLS = ['callee', 'caller'] as const;

/** Procedures and their calls. */
export const calling: readonly Scenario[] = [
  {
    name: 'args and kwargs there and back', parts: CALLS,
    async play({ join, uri }) {
      const [callee, caller] = [await join('first'), await join('second')];
      await callee.register(uri('echo'), 'echo');

      expect(await caller.call(uri('echo'), ARGS, KWARGS)).toMatchObject({ args: ARGS, kwargs: KWARGS });
      expect(await caller.call(uri('echo'), ARGS)).toMatchObject({ args: ARGS, kwargs: {} });
      expect(await caller.call(uri('echo'))).toMatchObject({ args: [], kwargs: {} });
    },
  },
  {
    name: 'bytes', parts: CALLS,
    async play({ join, uri }) {
      const [callee, caller] = [await join('first'), await join('second')];
      await callee.register(uri('echo'), 'echo');
      const bytes = Uint8Array.of(0, 1, 254, 255);

      expect(await caller.call(uri('echo'), [bytes], { deep: [bytes] })).toEqual({ args: [bytes], kwargs: { deep: [bytes] }, progress: [] });
    },
  },
  {
    name: 'progressive results', parts: CALLS,
    async play({ join, uri }) {
      const [callee, caller] = [await join('first'), await join('second')];
      await callee.register(uri('count'), 'count');

      expect(await caller.call(uri('count'), [3], {}, { progress: true })).toMatchObject({ args: ['done'], progress: [[1], [2], [3]] });
      expect(await caller.call(uri('count'), [3])).toMatchObject({ args: ['done'], progress: [] });
    },
  },
  {
    name: 'errors with args and kwargs', parts: CALLS,
    async play({ join, uri }) {
      const [callee, caller] = [await join('first'), await join('second')];
      await callee.register(uri('fail'), 'fail');

      expect(await refusalOf(caller.call(uri('fail'), ARGS, KWARGS))).toEqual({ uri: 'interop.failed', args: ARGS, kwargs: KWARGS });
      expect(await refusalOf(caller.call(uri('fail')))).toEqual({ uri: 'interop.failed', args: [], kwargs: {} });
      expect((await refusalOf(caller.call(uri('nobody')))).uri).toBe('wamp.error.no_such_procedure');
    },
  },
  {
    name: '100 calls at once', parts: CALLS,
    async play({ join, uri }) {
      const [callee, caller] = [await join('first'), await join('second')];
      await callee.register(uri('echo'), 'echo');
      // Long and short ones: a client that writes them out of order is found out.
      const calls = Array.from({ length: 100 }, (_, n) => [n, 'x'.repeat(n % 3 === 0 ? 20_000 : 1)]);

      const outcomes = await Promise.all(calls.map((args) => caller.call(uri('echo'), args)));

      expect(outcomes.map(({ args }) => args)).toEqual(calls);
    },
  },
  {
    name: 'pattern-based registration', parts: CALLS,
    async play({ join, uri }) {
      const [callee, caller] = [await join('first'), await join('second')];
      await callee.register(uri('prefix'), 'details', { match: 'prefix' });
      await callee.register(uri('wild..card'), 'details', { match: 'wildcard' });

      expect((await caller.call(uri('prefix.one.two'))).args).toMatchObject([{ procedure: uri('prefix.one.two') }]);
      expect((await caller.call(uri('wild.any.card'))).args).toMatchObject([{ procedure: uri('wild.any.card') }]);
    },
  },
  {
    name: 'shared registration in turn', parts: CALLS,
    async play({ join, uri }) {
      const [one, two, caller] = [await join('first'), await join('first'), await join('second')];
      await one.register(uri('shared'), 'name', { invoke: 'roundrobin', name: 'one' });
      await two.register(uri('shared'), 'name', { invoke: 'roundrobin', name: 'two' });
      const names: unknown[] = [];

      for (let n = 0; n < 4; n++) names.push((await caller.call(uri('shared'))).args[0]);

      expect(names).toEqual(['one', 'two', 'one', 'two']);
    },
  },
  {
    name: 'disclosure of the caller', parts: CALLS,
    async play({ join, uri }) {
      const [callee, caller] = [await join('first'), await join('second')];
      await callee.register(uri('details'), 'details');
      const { id, authid, authrole } = caller.details;

      expect((await caller.call(uri('details'), [], {}, { disclose_me: true })).args).toMatchObject([{ caller: id, authid, authrole }]);
      expect((await caller.call(uri('details'))).args).not.toMatchObject([{ caller: id }]);
    },
  },
  {
    name: 'unregistering', parts: CALLS,
    async play({ join, uri }) {
      const [callee, caller] = [await join('first'), await join('second')];
      await callee.register(uri('echo'), 'echo');
      await callee.unregister(uri('echo'));

      expect((await refusalOf(caller.call(uri('echo')))).uri).toBe('wamp.error.no_such_procedure');
    },
  },
  {
    name: 'a callee that leaves', parts: CALLS,
    async play({ join, uri }) {
      const [callee, caller] = [await join('first'), await join('second')];
      await callee.register(uri('hang'), 'hang');
      await callee.register(uri('echo'), 'echo');
      const { outcome } = caller.start(uri('hang'));
      const refused = refusalOf(outcome);
      await caller.call(uri('echo'));

      await callee.leave();

      expect((await refused).uri).toBe('wamp.error.canceled');
    },
  },
  {
    name: 'a call with a payload passed through', parts: [''],
    async play({ join, uri }) {
      const [callee, caller] = [await join('first'), await join('first')];
      await callee.register(uri('echo'), 'echo');

      expect(await caller.call(uri('echo'), ARGS, KWARGS, { ppt_scheme: 'x_interop', ppt_serializer: 'json' })).toMatchObject({ args: ARGS, kwargs: KWARGS });
    },
  },
  ...([undefined, 'skip', 'kill', 'killnowait'] as const).map(cancelling),
  {
    name: 'a timeout that the router keeps', parts: CALLS,
    async play({ join, uri }) {
      const [callee, caller] = [await join('first'), await join('second')];
      await callee.register(uri('hang'), 'hang');
      await callee.register(uri('echo'), 'echo');

      expect((await refusalOf(caller.call(uri('hang'), [], {}, { timeout: 50 }))).uri).toBe('wamp.error.timeout');
      expect([null, 1]).toContain(await callee.interruptions(1));
      expect(await caller.call(uri('echo'), ['still here'])).toMatchObject({ args: ['still here'] });
    },
  },
];

function cancelling(mode: CancelMode | undefined): Scenario {
  return {
    name: mode === undefined ? 'cancelling' : `cancelling with ${mode}`, parts: CALLS,
    async play({ join, uri }) {
      const [callee, caller] = [await join('first'), await join('second')];
      await callee.register(uri('hang'), 'hang');
      await callee.register(uri('echo'), 'echo');
      const { outcome, cancel } = caller.start(uri('hang'), { mode });
      const refused = refusalOf(outcome);
      await caller.call(uri('echo'));

      await cancel();

      if (mode !== 'skip') expect([null, 1]).toContain(await callee.interruptions(1));
      expect((await refused).uri).toBe('wamp.error.canceled');
      // and both go on
      expect(await caller.call(uri('echo'), ['still here'])).toMatchObject({ args: ['still here'] });
    },
  };
}
