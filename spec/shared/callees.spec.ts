import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { InvocationPolicy } from '../../lib/protocol/options.ts';
import { TabCallees } from '../../lib/shared/callees.ts';

const NOBODY: ReadonlySet<string> = new Set();

function callees(policy: InvocationPolicy, names: string, random?: () => number): TabCallees<string> {
  const all = new TabCallees<string>(policy, random);
  for (const name of names) all.add(name);
  return all;
}

/** Who is chosen so many times. */
const turns = (all: TabCallees<string>, count: number, tried = ''): string => Array.from({ length: count }, () => all.next(tried === '' ? NOBODY : new Set(tried)) ?? '-').join('');

describe('TabCallees', () => {
  it.each<[InvocationPolicy, string]>([['single', 'aaaa'], ['first', 'aaaa'], ['last', 'cccc'], ['roundrobin', 'abca']])('chooses with %s: %s', (policy, expected) => {
    expect(turns(callees(policy, 'abc'), 4)).toBe(expected);
  });

  it('leaves random to chance', () => {
    const chances = [0, 0.99, 0.5];
    expect(turns(callees('random', 'abc', () => chances.shift()!), 3)).toBe('acb');
  });

  it.each<[InvocationPolicy, string]>([['first', 'bbbb'], ['last', 'dddd'], ['roundrobin', 'bdbd']])('passes those over who were tried, with %s: %s', (policy, expected) => {
    expect(turns(callees(policy, 'abcd'), 4, 'ac')).toBe(expected);
  });

  it('leaves it to chance who of those that were not tried is next', () => {
    const chances = [0, 0.99];
    expect(turns(callees('random', 'abcd', () => chances.shift()!), 2, 'ac')).toBe('bd');
  });

  it.each<InvocationPolicy>(['single', 'first', 'last', 'roundrobin', 'random'])('has nobody with %s when all were tried, or all have left', (policy) => {
    const all = callees(policy, 'a');

    expect(turns(all, 1, 'a')).toBe('-');
    expect([all.delete('a'), all.delete('a'), all.size]).toEqual([true, false, 0]);
    expect(turns(all, 1)).toBe('-');
  });

  it('gives everybody a turn in every round, whoever came and left before', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('next', 'leave', 'come'), { maxLength: 20 }), fc.infiniteStream(fc.nat(9)), (steps, chance) => {
      const present = Array.from('abcdef');
      const others = Array.from('ghij');
      const all = callees('roundrobin', present.join(''));
      for (const step of steps) {
        const at = chance.next().value % present.length;
        if (step === 'next') all.next(NOBODY);
        else if (step === 'leave' && present.length > 1) all.delete(present.splice(at, 1)[0]!);
        else if (step === 'come' && others.length > 0) {
          present.push(others[0]!);
          all.add(others.shift()!);
        }
      }

      expect(Array.from(turns(all, present.length)).toSorted()).toEqual(present.toSorted());
      expect([...all]).toEqual(present);
    }));
  });
});
