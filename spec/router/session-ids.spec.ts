import { describe, expect, it } from '@jest/globals';
import { SessionIds } from '../../lib/router/session-ids.ts';

describe('SessionIds', () => {
  it('gives an id once until it is released', () => {
    const ids = new SessionIds(() => 0);

    expect([ids.take(), ids.take(), ids.take()]).toEqual([1, 2, 3]);
    ids.release(2);

    expect([ids.take(), ids.take()]).toEqual([2, 4]);
  });

  it('counts on from the last id at the first', () => {
    const ids = new SessionIds(() => 1 - 2 ** -53);

    expect([ids.take(), ids.take()]).toEqual([2 ** 53, 1]);
  });
});
