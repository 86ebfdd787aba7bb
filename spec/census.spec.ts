import { describe, expect, it } from '@jest/globals';
import { addUp } from '../lib/census.ts';

describe('addUp', () => {
  it('adds what has the same name, and keeps what has not', () => {
    expect(addUp({ keys: 1, ids: 0 }, { keys: 2 }, { timers: 3 })).toEqual({ keys: 3, ids: 0, timers: 3 });
  });

  it('makes nothing of nothing', () => {
    expect(addUp()).toEqual({});
  });
});
