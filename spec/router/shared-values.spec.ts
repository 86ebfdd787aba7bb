import { describe, expect, it } from '@jest/globals';
import { SharedValues } from '../../lib/router/shared-values.ts';

describe('SharedValues', () => {
  it('makes a value once for all who ask with its key', () => {
    const values = new SharedValues<{ of: string }>();
    const made: string[] = [];
    const get = (key: string) => values.get(key, () => {
      made.push(key);
      return { of: key };
    });

    const [a, b, again] = [get('a'), get('b'), get('a')];

    expect(again).toBe(a);
    expect(b).toEqual({ of: 'b' });
    expect(made).toEqual(['a', 'b']);
  });

  it('forgets all beyond 64 keys, and never keeps a long one', () => {
    const values = new SharedValues<object>();
    const get = (key: string): object => values.get(key, () => ({}));
    const first = get('0');
    for (let i = 1; i < 64; i++) get(String(i));
    const whileFull = get('0');
    get('one more');

    expect(whileFull).toBe(first);
    expect(get('0')).not.toBe(first);
    expect(get('x'.repeat(4097))).not.toBe(get('x'.repeat(4097)));
  });
});
