import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TestScheduler } from 'rxjs/testing';
import { linkMarbles } from '../../lib/testing/link-marbles.ts';

const KNOWN = ['x', 'o', 's'];

describe('linkMarbles', () => {
  it('reads letters, groups and times', () => {
    expect(linkMarbles('---x 2s o--', KNOWN)).toEqual([{ at: 3, letter: 'x' }, { at: 2004, letter: 'o' }]);
    expect(linkMarbles(' -(xo)s', KNOWN)).toEqual([{ at: 1, letter: 'x' }, { at: 1, letter: 'o' }, { at: 5, letter: 's' }]);
    expect(linkMarbles('1.5s x 10ms o 2m s', KNOWN)).toEqual([
      { at: 1500, letter: 'x' }, { at: 1511, letter: 'o' }, { at: 121_512, letter: 's' },
    ]);
  });

  it('needs no space behind a time at the end', () => {
    expect(linkMarbles('x 2s', KNOWN)).toEqual([{ at: 0, letter: 'x' }]);
  });

  it('reads as the TestScheduler of RxJS does', () => {
    const token = fc.constantFrom('-', '--', 'x', 'o', 's', '(xo)', '(s)', ' ', ' 5ms ', ' 1s ', ' 2m ');
    new TestScheduler(() => {}).run(() => {
      fc.assert(fc.property(fc.array(token), (tokens) => {
        const diagram = tokens.join('');
        const messages = TestScheduler.parseMarbles(diagram, undefined, undefined, false, true);
        expect(linkMarbles(diagram, KNOWN)).toEqual(
          messages.map(({ frame, notification }) => ({ at: frame, letter: 'value' in notification ? notification.value : undefined })),
        );
      }));
    });
  });

  it('refuses letters that nobody knows, and names the ones it knows', () => {
    expect(() => linkMarbles('-z', KNOWN)).toThrow(new TypeError('letters of the diagram must be of x, o, s, got "z"'));
    expect(() => linkMarbles('-2s-x', KNOWN)).toThrow(new TypeError('letters of the diagram must be of x, o, s, got "2"'));
    expect(() => linkMarbles('x)', KNOWN)).toThrow(TypeError);
  });

  it.each(['|', '#', '^', '!'])('refuses %s', (mark) => {
    expect(() => linkMarbles(`-x${mark}`, KNOWN)).toThrow(new TypeError(`diagram of a link must neither begin nor end anything, got "${mark}"`));
  });

  it('refuses a group that is open, and what is no text', () => {
    expect(() => linkMarbles('-(x', KNOWN)).toThrow(new TypeError('diagram must close the group that it opens, got "-(x"'));
    expect(() => linkMarbles(7 as never, KNOWN)).toThrow(new TypeError('diagram must be a string, got 7'));
  });

  it('throws nothing but TypeError, whatever it reads', () => {
    fc.assert(fc.property(fc.string(), (diagram) => {
      try {
        linkMarbles(diagram, KNOWN);
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
      }
    }), { numRuns: 1000 });
  });
});
