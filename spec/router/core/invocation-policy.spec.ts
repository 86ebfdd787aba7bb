import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { InvocationPolicy } from '../../../lib/protocol/options.ts';
import { Callees } from '../../../lib/router/core/invocation-policy.ts';

function callees(policy: InvocationPolicy, members: string, random: () => number = () => 0): Callees<string> {
  const all = new Callees<string>(policy, random);
  for (const member of members) all.add(member);
  return all;
}

const turns = (all: Callees<string>, count: number): string => Array.from({ length: count }, () => all.next()).join('');

describe('Callees', () => {
  it('keeps to the first with single and first', () => {
    expect(turns(callees('single', 'a'), 2)).toBe('aa');
    expect(turns(callees('first', 'abc'), 2)).toBe('aa');
  });

  it('moves on when the first or the last leaves', () => {
    const [first, last] = [callees('first', 'abc'), callees('last', 'abc')];
    expect(turns(last, 2)).toBe('cc');

    first.delete('a');
    last.delete('c');

    expect(first.next()).toBe('b');
    expect(last.next()).toBe('b');
  });

  it('goes round with roundrobin', () => {
    expect(turns(callees('roundrobin', 'abc'), 7)).toBe('abcabca');
  });

  it('takes nobody out of turn when one leaves or comes', () => {
    const all = callees('roundrobin', 'abc');
    expect(turns(all, 2)).toBe('ab');

    all.delete('a');
    all.add('d');

    expect(turns(all, 4)).toBe('cdbc');
  });

  it('gives everybody a turn in every round, whoever left before', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('next', 'leave'), { maxLength: 20 }), fc.infiniteStream(fc.nat(9)), (steps, chance) => {
      const present = Array.from('abcdefghij');
      const all = callees('roundrobin', present.join(''));
      for (const step of steps) {
        if (step === 'next') all.next();
        else if (present.length > 1) all.delete(present.splice(chance.next().value % present.length, 1)[0]!);
      }

      expect(Array.from(turns(all, present.length)).toSorted()).toEqual(present);
    }));
  });

  it('leaves random to chance', () => {
    const chances = [0, 0.99, 0.5];
    expect(turns(callees('random', 'abc', () => chances.shift()!), 3)).toBe('acb');
  });

  it.each<InvocationPolicy>(['single', 'first', 'last', 'roundrobin', 'random'])('has nobody to call with %s when all left', (policy) => {
    const all = callees(policy, 'a');
    all.next();

    expect(all.delete('a')).toBe(true);
    expect(all.delete('a')).toBe(false);

    expect(all.next()).toBeUndefined();
    expect(all.size).toBe(0);
  });
});
