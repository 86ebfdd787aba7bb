import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { InvocationPolicy } from '../../../lib/protocol/options.ts';
import { Callees } from '../../../lib/router/core/invocation-policy.ts';

interface Someone {
  readonly name: string;
}

const everybody = new Map(Array.from('abcdefghij', (name) => [name, { name }]));
const someone = (name: string): Someone => everybody.get(name)!;

function callees(policy: InvocationPolicy, names: string, random: () => number = () => 0, concurrency = Infinity): Callees<Someone> {
  const all = new Callees<Someone>(policy, random);
  for (const name of names) all.add(someone(name), { concurrency, forwardTimeout: false, discloseCaller: false });
  return all;
}

/** Who is chosen so many times; each keeps what it was given. */
function turns(all: Callees<Someone>, count: number): string {
  return Array.from({ length: count }, () => {
    const next = all.next();
    if (next !== undefined) next.running += 1;
    return next?.member.name ?? '-';
  }).join('');
}

describe('Callees', () => {
  it('keeps to the first with single and first', () => {
    expect(turns(callees('single', 'a'), 2)).toBe('aa');
    expect(turns(callees('first', 'abc'), 2)).toBe('aa');
  });

  it('moves on when the first or the last leaves', () => {
    const [first, last] = [callees('first', 'abc'), callees('last', 'abc')];
    expect(turns(last, 2)).toBe('cc');

    first.delete(someone('a'));
    last.delete(someone('c'));

    expect(turns(first, 1)).toBe('b');
    expect(turns(last, 1)).toBe('b');
  });

  it('goes round with roundrobin', () => {
    expect(turns(callees('roundrobin', 'abc'), 7)).toBe('abcabca');
  });

  it('takes nobody out of turn when one leaves or comes', () => {
    const all = callees('roundrobin', 'abc');
    expect(turns(all, 2)).toBe('ab');

    all.delete(someone('a'));
    all.add(someone('d'), { concurrency: Infinity, forwardTimeout: false, discloseCaller: false });

    expect(turns(all, 4)).toBe('cdbc');
  });

  it('gives everybody a turn in every round, whoever left before', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('next', 'leave'), { maxLength: 20 }), fc.infiniteStream(fc.nat(9)), (steps, chance) => {
      const present = Array.from('abcdefghij');
      const all = callees('roundrobin', present.join(''));
      for (const step of steps) {
        if (step === 'next') all.next();
        else if (present.length > 1) all.delete(someone(present.splice(chance.next().value % present.length, 1)[0]!));
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

    expect(all.delete(someone('a'))).toBe(true);
    expect(all.delete(someone('a'))).toBe(false);

    expect(all.next()).toBeUndefined();
    expect(all.size).toBe(0);
  });

  it.each<[InvocationPolicy, string]>([
    ['first', 'aabbcc--'], ['last', 'ccbbaa--'], ['roundrobin', 'abcabc--'],
  ])('passes those over who have two calls, with %s', (policy, expected) => {
    expect(turns(callees(policy, 'abc', undefined, 2), 8)).toBe(expected);
  });

  it('leaves it to chance who of those with room is next', () => {
    const chances = [0.5, 0.5, 0.9, 0.9, 0.5, 0, 0];
    expect(turns(callees('random', 'abc', () => chances.shift()!, 1), 4)).toBe('bca-');
  });

  it('takes nobody out of turn who had no room when it came to him', () => {
    const all = callees('roundrobin', 'ab', undefined, 1);
    const [first] = [all.next()!, all.next()!];
    first.running = 1;

    expect([all.next(), all.next()].map((next) => next!.member.name)).toEqual(['b', 'b']);
    first.running = 0;

    expect(turns(all, 2)).toBe('ab');
  });
});
