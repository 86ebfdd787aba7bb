import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { marblesOf, meaningOf, playMarbles, type Marble } from '../../lib/testing/notation.ts';

/** A marble as its frame and its sign. */
const short = (marble: Marble): readonly [number, string] => [marble.frame, marble.kind === 'next' ? marble.letter : marble.kind === 'error' ? '#' : '|'];

describe('marblesOf', () => {
  it('reads letters, groups, ends and times', () => {
    expect(marblesOf('---x 2s o--|').map(short)).toEqual([[3, 'x'], [2004, 'o'], [2007, '|']]);
    expect(marblesOf(' -(xo#)s').map(short)).toEqual([[1, 'x'], [1, 'o'], [1, '#'], [6, 's']]);
    expect(marblesOf('1.5s x 10ms o 2m s').map(short)).toEqual([[1500, 'x'], [1511, 'o'], [121_512, 's']]);
  });

  it('needs no space behind a time at the end', () => {
    expect(marblesOf('x 2s').map(short)).toEqual([[0, 'x']]);
  });

  it('reads as the TestScheduler of RxJS does', () => {
    const token = fc.constantFrom('-', '--', 'x', 'o', '7', '(xo)', '(s|)', '#', '|', ' ', ' 5ms ', ' 1.5s ', ' 2m ', '😀');
    new TestScheduler(() => {}).run(() => {
      fc.assert(fc.property(fc.array(token), (tokens) => {
        const messages = TestScheduler.parseMarbles(tokens.join(''), undefined, undefined, false, true);
        expect(marblesOf(tokens.join('')).map(short)).toEqual(
          messages.map(({ frame, notification }) => [frame, notification.kind === 'N' ? notification.value : notification.kind === 'E' ? '#' : '|']),
        );
      }));
    });
  });

  it.each(['^', '!'])('refuses %s, which belongs to subscriptions', (mark) => {
    expect(() => marblesOf(`-x${mark}`)).toThrow(new TypeError(`marbles of what happens must not have ^ and !, which are for subscriptions, got "${mark}"`));
  });

  it('refuses a group that is open, and what is no text', () => {
    expect(() => marblesOf('-(x')).toThrow(new TypeError('marbles must close the group that they open, got "-(x"'));
    expect(() => marblesOf(7 as never)).toThrow(new TypeError('marbles must be a string, got 7'));
  });

  it('throws nothing but TypeError, whatever it reads', () => {
    fc.assert(fc.property(fc.string(), (diagram) => {
      try {
        marblesOf(diagram);
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
      }
    }), { numRuns: 1000 });
  });
});

describe('meaningOf', () => {
  it('is the letter itself where there are no values', () => {
    expect(meaningOf('a', undefined)).toBe('a');
    expect(meaningOf('a', { a: undefined })).toBe(undefined);
  });

  it('refuses letters without a value, and those that every object has', () => {
    expect(() => meaningOf('b', { a: 1 })).toThrow(new TypeError('values must have one for each letter of the marbles, got none for "b"'));
    expect(() => meaningOf('toString', {})).toThrow(new TypeError('values must have one for each letter of the marbles, got none for "toString"'));
  });
});

describe('playMarbles', () => {
  it('acts at the time of each, counted from now, and has one action scheduled at a time', () => {
    const scheduler = new VirtualTimeScheduler();
    const log: (readonly [number, string])[] = [];
    const waiting: number[] = [];

    scheduler.schedule(() => {
      playMarbles(marblesOf('-(ab)--c'), (marble) => {
        log.push([scheduler.now(), short(marble)[1]]);
        waiting.push(scheduler.actions.length);
      }, scheduler);
    }, 10);
    scheduler.flush();

    expect(log).toEqual([[11, 'a'], [11, 'b'], [17, 'c']]);
    expect(waiting).toEqual([0, 0, 0]);
  });

  it('stops when it is unsubscribed from, also from within', () => {
    const scheduler = new VirtualTimeScheduler();
    const log: string[] = [];

    const playing = playMarbles(marblesOf('-a-(bc)-d'), (marble) => {
      log.push(short(marble)[1]);
      if (log.length === 2) playing.unsubscribe();
    }, scheduler);
    scheduler.flush();

    expect(log).toEqual(['a', 'b']);
    expect(scheduler.actions).toEqual([]);
  });

  it('plays nothing where there is nothing', () => {
    const scheduler = new VirtualTimeScheduler();

    expect(playMarbles(marblesOf('---'), () => {}, scheduler).closed).toBe(true);
    expect(scheduler.actions).toEqual([]);
  });
});
