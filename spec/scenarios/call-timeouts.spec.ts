import { describe, expect, it } from '@jest/globals';
import { NEVER } from 'rxjs';
import { TimeoutError } from '../../lib/errors.ts';
import type { Invocation } from '../../lib/session/options.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

describe('a timeout that is sent along', () => {
  it('is the deadline of the procedure from the start', () => {
    const seen: Invocation[] = [];
    tidyMarbles(({ client, at, expectObservable }) => {
      const [caller, callee] = [client(), client()];
      callee.register('com.slow', (invocation) => {
        seen.push(invocation);
        return NEVER;
      }).subscribe();
      at(10, () => { void callee.close(); });

      const call = '^---------';
      const told = '-----#';

      const error = new TimeoutError('no answer from com.slow within 5 ms', { operation: { verb: 'call', uri: 'com.slow', request: 1 } });
      expectObservable(caller.call('com.slow', [], { timeout: 5, routerTimeout: 'ms' }), call).toBe(told, undefined, error);
    });

    expect(seen.map(({ deadline }) => deadline)).toEqual([5]);
  });
});
