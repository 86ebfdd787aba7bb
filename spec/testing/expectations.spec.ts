import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NEVER, Observable, concat, concatAll, from, interval, map, of, take, timer } from 'rxjs';
import { TestScheduler, type RunHelpers } from 'rxjs/testing';
import { ApplicationError } from '../../lib/errors.ts';
import { MessageType, type Message } from '../../lib/protocol/messages.ts';
import { ReceivedEvent } from '../../lib/session/topic-observer.ts';
import { alike } from '../../lib/testing/alike.ts';
import { CALL, HELLO, RESULT, SUBSCRIBE, complete } from '../../lib/testing/builders.ts';
import { Expectations } from '../../lib/testing/expectations.ts';
import { MarbleMismatchError } from '../../lib/testing/mismatch-error.ts';

/** Plays what a test expects in virtual time. */
function play(expecting: (expectations: Expectations, helpers: RunHelpers) => void): void {
  const scheduler = new TestScheduler(() => {});
  scheduler.run((helpers) => {
    const expectations = new Expectations(scheduler);
    expecting(expectations, helpers);
    helpers.flush();
    expectations.check();
    expectations.release();
  });
}

/** The same where it fails, and what it says. */
function failure(expecting: (expectations: Expectations, helpers: RunHelpers) => void): MarbleMismatchError {
  try {
    play(expecting);
  } catch (error) {
    if (error instanceof MarbleMismatchError) return error;
    throw error;
  }
  throw new Error('nothing was found to be wrong');
}

const message = (expecting: (expectations: Expectations, helpers: RunHelpers) => void): readonly string[] => failure(expecting).message.split('\n');

const event = (...args: readonly unknown[]): ReceivedEvent => new ReceivedEvent('com.x', { publication: 5, details: {}, args, kwargs: undefined }, {});

const eventAsData = (...args: readonly unknown[]): object => ({ topic: 'com.x', publication: 5, params: {}, details: {}, args, kwargs: {} });

const countTeardowns = (): { readonly source: Observable<never>; readonly torn: () => number } => {
  let count = 0;
  return { source: new Observable<never>(() => () => { count += 1; }), torn: () => count };
};

describe('Expectations.expectObservable', () => {
  it('is content with what is as expected', () => {
    play((expectations, { cold, hot }) => {
      expectations.expectObservable(cold('  --a 1s (bc|)')).toBe('--a 1s (bc|)');
      expectations.expectObservable(cold('  -a-#')).toBe('        -a-#');
      expectations.expectObservable(cold('  -a-#', { a: event(1) }, new ApplicationError('com.no'))).toBe('-x-#', { x: eventAsData(1) }, new ApplicationError('com.no'));
      expectations.expectObservable(cold('  -a', { a: event(1) })).toBe('-x', { x: expect.objectContaining({ args: [expect.any(Number)] }) });
      expectations.expectObservable(hot('   -a-b-c-d'), '--^---!').toBe('---b-c');
      expectations.expectObservable(NEVER).toBe('---');
      expectations.expectObservable(cold('  --a--b|')).toEqual(cold('--a--b|'));
      expectations.expectObservable(cold('---x|', { x: cold('-a|') })).toBe('---x|', { x: cold('-a|') });
    });
  });

  it('draws what differs', () => {
    const values = { a: event(1), b: event(2), c: event(3) };

    const { message: text, name, expected, actual } = failure((expectations, { cold }) => {
      expectations.expectObservable(cold('--a---c--|', values)).toBe('--a-b----|', values);
    });

    expect(text.split('\n')).toEqual([
      'marbles must be as expected, and they differ at 4 ms',
      '',
      '  expected  --a-b----|',
      '  actual    --a---c--|',
      '                ^',
      '  a  both      EVENT com.x [1]',
      '  b  expected  EVENT com.x [2]',
      '  c  actual    EVENT com.x [3]',
    ]);
    expect(name).toBe('MarbleMismatchError');
    expect(expected.split('\n')).toEqual(['--a-b----|', 'a  EVENT com.x [1]', 'b  EVENT com.x [2]']);
    expect(actual.split('\n')).toEqual(['--a---c--|', 'a  EVENT com.x [1]', 'c  EVENT com.x [3]']);
  });

  it('names the parts of a value that differ', () => {
    expect(message((expectations, { cold }) => {
      expectations.expectObservable(cold('-a', { a: event({ price: 4 }, 'x') })).toBe('-a', { a: { ...eventAsData({ price: 3 }, 'x'), publication: 6 } });
    })).toEqual([
      'marbles must be as expected, and they differ at 1 ms',
      '',
      '  expected  -a',
      '  actual    -b',
      '             ^',
      '  a  expected  EVENT com.x [{price: 3}, "x"]',
      '  b  actual    EVENT com.x [{price: 4}, "x"]',
      '',
      '  publication  expected 6, got 5',
      '  args[0].price  expected 3, got 4',
    ]);
  });

  it('names parts where the values are too long to be shown, and no more than five', () => {
    const long = (end: string): string => `${'x'.repeat(100)}${end}`;
    const six = (value: unknown): object => Object.fromEntries('abcdef'.split('').map((key) => [key, value]));

    expect(message((expectations, { cold }) => {
      expectations.expectObservable(cold('-a', { a: long('abc') })).toBe('-a', { a: long('abd') });
    }).slice(-2)).toEqual(['', '  from character 102: expected "…xxxxxxxxabd", got "…xxxxxxxxabc"']);
    expect(message((expectations, { cold }) => {
      expectations.expectObservable(cold('-a', { a: { run: () => 1, at: undefined } })).toBe('-a', { a: { run: () => 1, at: 5 } });
    }).slice(-2)).toEqual(['  run  expected function run, got another', '  at  expected 5, got nothing']);
    expect(message((expectations, { cold }) => {
      expectations.expectObservable(cold('-a', { a: six(1) })).toBe('-a', { a: six(2) });
    }).slice(-6)).toEqual([...'abcde'.split('').map((key) => `  ${key}  expected 2, got 1`), '  ...']);
  });

  it('lets letters speak for themselves, and points into groups', () => {
    expect(message((expectations, { cold }) => {
      expectations.expectObservable(cold('--(abx|)')).toBe('--(abc|)');
    })).toEqual([
      'marbles must be as expected, and they differ at 2 ms',
      '',
      '  expected  --(abc|)',
      '  actual    --(abx|)',
      '                 ^',
    ]);
  });

  it('lines up what is no group with what is', () => {
    expect(message((expectations, { cold }) => {
      expectations.expectObservable(cold('--a-b 2s c|')).toBe('--(ab) 2s c|');
    })).toEqual([
      'marbles must be as expected, and they differ at 2 ms',
      '',
      '  expected  --(ab)   1999ms -c|',
      '  actual    --a-  b- 1999ms c|',
      '                ^',
    ]);
  });

  it.each<readonly [string, string, string, string | null, string]>([
    ['nothing came', '--a--|', '------', null, '  actual    ------'],
    ['nothing came, and it never completed', '--|', '---', null, '  actual    ---'],
    ['nothing came after 2 ms', '--a--b', '--a---', null, '  actual    --a---'],
    ['nothing came after 2 ms, since it was unsubscribed at 4 ms', '--a--b', '--a--b', '^---!', '  actual    --a---'],
    ['it never completed', '--a--|', '--a---', null, '  actual    --a---'],
    ['it never failed', '--a--#', '--a---', null, '  actual    --a---'],
    ['it was unsubscribed at 3 ms, before it completed', '--a--|', '--a--|', '^--!', '  actual    --a---'],
    ['it was unsubscribed at 5 ms, before it completed', '--a--|', '--a--|', '^----!', '  actual    --a---'],
    ['it completed too early, at 4 ms instead of 6 ms', '--a---|', '--a-|', null, '  actual    --a-|'],
    ['it completed too late, at 6 ms instead of 4 ms', '--a-|', '--a---|', null, '  actual    --a---|'],
    ['it failed too late, at 6 ms instead of 4 ms', '--a-#', '--a---#', null, '  actual    --a---#'],
    ['it completed, at 4 ms', '--a--', '--a-|', null, '  actual    --a-|'],
    ['it completed at 4 ms instead of failing', '--a-#', '--a-|', null, '  actual    --a-|'],
    ['it failed at 4 ms instead of completing', '--a-|', '--a-#', null, '  actual    --a-#'],
    ['it completed at 4 ms, before all values had come', '--a-b|', '--a-|', null, '  actual    --a-|'],
    ['it emitted at 2 ms, where nothing should come', '---', '--a', null, '  actual    --a'],
    ['more came, at 4 ms', '--a', '--a-b', null, '  actual    --a-b'],
    ['they differ at 3 ms', '--a-b', '--ab-', null, '  actual    --ab-'],
  ])('says that %s', (words, expected, actual, subscription, row) => {
    const lines = message((expectations, { cold }) => expectations.expectObservable(cold(actual), subscription).toBe(expected));

    expect(lines[0]).toBe(`marbles must be as expected, and ${words}`);
    expect(lines[3]).toBe(row);
  });

  it('says which error it was', () => {
    expect(message((expectations, { cold }) => {
      expectations.expectObservable(cold('--#', undefined, new Error('boom'))).toBe('--#');
    })).toEqual([
      'marbles must be as expected, and it failed with another error, at 2 ms',
      '',
      '  expected  --#',
      '  actual    --#',
      '              ^',
      '  #  expected  "error"',
      '  #  actual    Error: boom',
    ]);
    expect(message((expectations, { cold }) => {
      expectations.expectObservable(cold('#', undefined, new ApplicationError('com.no', { args: [3] }))).toBe('#', undefined, new ApplicationError('com.no', { args: [4] }));
    }).slice(-4)).toEqual([
      '  #  expected  ApplicationError: com.no',
      '  #  actual    ApplicationError: com.no',
      '',
      '  args[0]  expected 4, got 3',
    ]);
  });

  it('shows what is around the first difference of many', () => {
    expect(message((expectations) => {
      const letters = Array.from({ length: 300 }, (_, at) => String.fromCharCode(0x100 + at));
      expectations.expectObservable(interval(10).pipe(take(300), map((at) => at === 200 ? -1 : at)))
        .toBe(`10ms ${letters.join(' 9ms ')}`, Object.fromEntries(letters.map((letter, at) => [letter, at])));
    })).toEqual([
      'marbles must be as expected, and they differ at 2010 ms',
      '',
      '  expected  ... 1.96s ǃ---------Ǆ---------ǅ---------ǆ---------Ǉ---------ǈ---------ǉ---------Ǌ---------ǋ---------ǌ---------Ǎ ...',
      '  actual    ... 1.96s ǃ---------Ǆ---------ǅ---------ǆ---------Ǉ---------a---------ǉ---------Ǌ---------ǋ---------ǌ---------Ǎ ...',
      '                                                                        ^',
      '  ǃ  both      195',
      '  Ǆ  both      196',
      '  ǅ  both      197',
      '  ǆ  both      198',
      '  Ǉ  both      199',
      '  ǈ  expected  200',
      '  ǉ  both      201',
      '  Ǌ  both      202',
      '  ǋ  both      203',
      '  ǌ  both      204',
      '  Ǎ  both      205',
      '  a  actual    -1',
      '  ... leaves out 289 of 300 expected, and 290 of 301 actual',
    ]);
  });

  it('gives a value the letter of its place, where several would do', () => {
    expect(message((expectations, { cold }) => {
      expectations.expectObservable(cold('-a-b-|', { a: 1, b: 2 })).toBe('-x-y|', { x: expect.any(Number), y: expect.any(Number) });
    }).slice(2)).toEqual([
      '  expected  -x-y|',
      '  actual    -x-y-|',
      '                ^',
      '  x  both      Any<Number>',
      '  y  both      Any<Number>',
    ]);
  });

  it('has a legend of no more than 24 lines', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyzABCD';
    const values = Object.fromEntries(letters.split('').map((letter, at) => [letter, at]));

    const lines = message((expectations, { cold }) => expectations.expectObservable(cold(`${letters}|`, values)).toBe(`${letters}-|`, values));

    expect(lines.slice(-2)).toEqual(['  x  both      23', '  ... and 6 more']);
  });

  it('stays short where hundreds come at once', () => {
    const lines = message((expectations) => expectations.expectObservable(from(Array.from({ length: 500 }, (_, at) => at))).toBe('(ab|)', { a: 0, b: 1 }));

    expect(lines.slice(2, 5)).toEqual([
      '  expected  (ab|)',
      '  actual    (abcdefghijk...)',
      '               ^',
    ]);
    expect(lines.at(-1)).toBe('  ... leaves out 490 of 501 actual');
  });

  it('has letters of its own for what is compared with another Observable', () => {
    expect(message((expectations, { cold }) => {
      expectations.expectObservable(cold('--a--b|', { a: 1, b: 2 })).toEqual(cold('--a--b|', { a: 1, b: 3 }));
    })).toEqual([
      'marbles must be as expected, and they differ at 5 ms',
      '',
      '  expected  --a--b|',
      '  actual    --a--c|',
      '                 ^',
      '  a  both      1',
      '  b  expected  3',
      '  c  actual    2',
    ]);
  });

  it('shows what inner Observables emit', () => {
    expect(message((expectations, { cold }) => {
      expectations.expectObservable(of(cold('--a--b|'))).toBe('(x|)', { x: cold('--a--c|') });
    }).slice(2)).toEqual([
      '  expected  (x|)',
      '  actual    (a|)',
      '             ^',
      '  x  expected  Observable (2 ms "a", 5 ms "c", 6 ms |)',
      '  a  actual    Observable (2 ms "a", 5 ms "b", 6 ms |)',
      '',
      '  [1].notification.value  expected "c", got "b"',
    ]);
  });

  it('leads to the line of the test', () => {
    const { stack } = failure((expectations) => expectations.expectObservable(timer(5)).toBe('--a'));

    const [first, ...others] = String(stack).split('\n').filter((line) => /^\s+at /.test(line));
    expect(first).toMatch(/expectations\.spec/);
    expect(String(stack)).toMatch(/^MarbleMismatchError: marbles must be as expected/);
    expect(others.length).toBeGreaterThan(0);
  });

  it('throws exactly where TestScheduler does, and points at the first difference', () => {
    const drawing = fc.array(fc.constantFrom('-', '-', '--', ' 20ms ', 'a', 'b', 'c', '(ab)', '(bc)', '(a|)', '|', '#'), { maxLength: 6 }).map((parts) => parts.join(''));
    const watching = fc.constantFrom(null, '^--!', '--^---!', '-^');
    // Letters of the same value, values of the same letter in the other drawing, and one that nothing is equal to.
    const values = fc.record({ a: fc.constantFrom(1, 2), b: fc.constantFrom(1, 2, { k: 1 }), c: fc.constantFrom(3, { k: 1 }, { k: 2 }) });

    fc.assert(fc.property(drawing, drawing, watching, values, values, (came, wanted, frames, actual, expected) => {
      let same = true;
      const scheduler = new TestScheduler((left, right) => { same &&= alike(left, right); });
      scheduler.run(({ cold, expectObservable }) => { expectObservable(cold(came, actual), frames).toBe(wanted, expected); });
      const run = (expectations: Expectations, { cold }: RunHelpers): void => expectations.expectObservable(cold(came, actual), frames).toBe(wanted, expected);

      if (same) return play(run);
      const [, , first = '', second = '', caret = ''] = message(run);
      const signs = (row: string): string => row.replace(/expected|actual/, '').replace(/ [\d.]+ms |[-() ]/g, '');
      expect(signs(first.slice(0, caret.length - 1))).toBe(signs(second.slice(0, caret.length - 1)));
      const [wantedSign = ' ', gotSign = ' '] = [first[caret.length - 1], second[caret.length - 1]];
      // Errors are the same sign whichever they are.
      expect(wantedSign === gotSign).toBe(false);
      expect(`${wantedSign}${gotSign}`).toMatch(/[^-() ]/);
    }), { numRuns: 1000 });
  });
});

describe('Expectations.expectSubscriptions', () => {
  it('is content with what is as expected', () => {
    play((expectations, { cold }) => {
      const source = cold('---|');
      const idle = cold('---|');
      expectations.expectObservable(concat(source, source)).toBe('------|');
      expectations.expectSubscriptions(source.subscriptions).toBe(['^--!', '---^--!']);
      expectations.expectSubscriptions(idle.subscriptions).toBe([]);
      expectations.expectSubscriptions(idle.subscriptions).toBe('');
      expectations.expectSubscriptions(source.subscriptions).toBe(['', '^--!', '---', '---^--!']);
    });
  });

  it.each<readonly [string, string, string]>([
    ['it was unsubscribed at 3 ms instead of 2 ms', '^-!', '^--!'],
    ['it was unsubscribed at 3 ms', '^', '^--!'],
    ['it was never unsubscribed', '^--!', '^'],
    ['it came at 2 ms instead of 0 ms', '^--!', '--^-!'],
  ])('says that %s', (words, expected, frames) => {
    const lines = message((expectations, { cold }) => {
      const source = cold('');
      expectations.expectObservable(source, frames);
      expectations.expectSubscriptions(source.subscriptions).toBe(expected);
    });

    expect(lines[0]).toBe(`subscriptions must be as expected, and ${words}`);
  });

  it('draws what differs', () => {
    expect(message((expectations, { cold }) => {
      const source = cold('---|');
      expectations.expectObservable(concat(source, source, source));
      expectations.expectSubscriptions(source.subscriptions).toBe(['^--!', '---^----!']);
    })).toEqual([
      'subscriptions must be as expected, and the 2nd was unsubscribed at 6 ms instead of 8 ms',
      '',
      '  1st  expected  ^--!',
      '       actual    ^--!',
      '  2nd  expected  ---^----!',
      '       actual    ---^--!',
      '                       ^',
      '  3rd  expected  ----------',
      '       actual    ------^--!',
    ]);
  });

  it('draws no more than the eight that lead to the difference', () => {
    const lines = message((expectations, { cold }) => {
      const source = cold('|');
      expectations.expectObservable(from(Array.from({ length: 20 }, () => source)).pipe(concatAll()));
      expectations.expectSubscriptions(source.subscriptions).toBe(Array.from({ length: 12 }, () => '(^!)'));
    });

    expect(lines[0]).toBe('subscriptions must be as expected, and the 13th should not have come, at 0 ms');
    expect(lines.slice(2, 4)).toEqual(['  6th  expected  (^!)', '       actual    (^!)']);
    expect(lines.slice(-3)).toEqual(['  13th expected  ----', '       actual    (^!)', '                  ^']);
  });

  it('says what never came, and what should not have', () => {
    const { message: text, expected, actual } = failure((expectations, { cold }) => expectations.expectSubscriptions(cold('|').subscriptions).toBe('--^--!'));
    expect(text.split('\n')).toEqual([
      'subscriptions must be as expected, and it never came',
      '',
      '  expected  --^--!',
      '  actual    ------',
      '              ^',
    ]);
    expect([expected, actual]).toEqual(['--^--!', '------']);
    expect(message((expectations, { cold }) => {
      const source = cold('---|');
      expectations.expectObservable(source);
      expectations.expectSubscriptions(source.subscriptions).toBe([]);
    })[0]).toBe('subscriptions must be as expected, and it should not have come, at 0 ms');
  });
});

describe('Expectations.expectFrames', () => {
  const h = complete(HELLO('realm1'));
  const s = complete(SUBSCRIBE('com.x'));
  const c = complete(CALL('com.add', [2, { a: 4 }], { options: { x: 1, y: 2 } }));
  const tapped = (message: Message): unknown => ({ direction: 'out', at: 5, session: 1, message, bytes: 20 });

  it('is content with messages and tapped frames that are as the patterns', () => {
    play((expectations, { cold }) => {
      expectations.expectFrames(cold<Message>('-h-(sc)', { h, s, c })).toBe('-h-(sc)', { h: HELLO(), s: SUBSCRIBE('com.x'), c: CALL('com.add', undefined, { options: { x: 1 } }) });
      expectations.expectFrames(cold('-h', { h: tapped(h) }) as Observable<Message>).toBe('-h', { h: HELLO('realm1') });
    });
  });

  it('draws what differs, with the initials of what it did not expect', () => {
    expect(message((expectations, { cold }) => {
      expectations.expectFrames(cold<Message>('-h--a--b-r', { h, a: s, b: c, r: complete(RESULT([5])) })).toBe('-h--s-c', { h: HELLO('realm1'), s: SUBSCRIBE('com.x'), c: CALL('com.add', [2, 3]) });
    })).toEqual([
      'frames must be as expected, and they differ at 6 ms',
      '',
      '  expected  -h--s-c---',
      '  actual    -h--s--C-r',
      '                  ^',
      '  h  both      HELLO realm1',
      '  s  both      SUBSCRIBE com.x',
      '  c  expected  CALL com.add [2,3]',
      '  C  actual    CALL 1 com.add [2,{"a":4}] {"x":1,"y":2}',
      '  r  actual    RESULT 1 [5]',
    ]);
  });

  it('names the parts that are not as the pattern has them', () => {
    expect(message((expectations, { cold }) => {
      expectations.expectFrames(cold<Message>('-c', { c })).toBe('-c', { c: CALL('com.add', [2, { a: 3 }], { options: { x: 2 } }) });
    }).slice(-3)).toEqual([
      '',
      '  options.x  expected 2, got 1',
      '  args[1].a  expected 3, got 4',
    ]);
    expect(message((expectations, { cold }) => expectations.expectFrames(cold<Message>('-s', { s })).toBe('-c', { c: CALL('com.x') })).at(-1)).toBe('  s  actual    SUBSCRIBE 1 com.x');
  });

  it('wants a pattern for each letter', () => {
    expect(() => play((expectations) => expectations.expectFrames(NEVER).toBe('-h-x', { h: { type: MessageType.HELLO } })))
      .toThrow(new TypeError('values must have one for each letter of the marbles, got none for "x"'));
  });
});

describe('Expectations.check', () => {
  it('throws at the first that differs, and is done with what it has looked at', () => {
    const scheduler = new TestScheduler(() => {});
    scheduler.run(({ cold, flush }) => {
      const expectations = new Expectations(scheduler);
      expectations.expectObservable(cold('a|')).toBe('a|');
      expectations.expectObservable(cold('b|')).toBe('x|');
      expectations.expectObservable(cold('c|')).toBe('y|');
      const open = expectations.expectObservable(cold('d|'));
      flush();

      expect(() => expectations.check()).toThrow(/expected {2}x/);
      expect(() => expectations.check()).toThrow(/expected {2}y/);
      expect(() => expectations.check()).not.toThrow();
      open.toBe('z|');
      expect(() => expectations.check()).toThrow(/expected {2}z/);
    });
  });

  it('takes what was said last', () => {
    play((expectations, { cold }) => {
      const watched = expectations.expectObservable(cold('a|'));
      watched.toBe('b|');
      watched.toBe('a|');
    });
  });
});

describe('Expectations.release', () => {
  it('unsubscribes from everything that is watched', () => {
    const outer = countTeardowns();
    const inner = countTeardowns();
    const frames = countTeardowns();
    const later = countTeardowns();
    const scheduler = new TestScheduler(() => {});
    scheduler.run(({ flush }) => {
      const expectations = new Expectations(scheduler);
      expectations.expectObservable(concat(of(inner.source), outer.source)).toEqual(outer.source as Observable<never>);
      expectations.expectFrames(frames.source);
      flush();
      expectations.expectObservable(later.source, '-^');

      expectations.release();
      flush();

      expect([outer.torn(), inner.torn(), frames.torn(), later.torn()]).toEqual([2, 1, 1, 0]);
    });
  });

  it('is not needed where the subscription ends, neither for one nor for the other', () => {
    const { source, torn } = countTeardowns();

    play((expectations, { flush }) => {
      expectations.expectObservable(source, '^-!').toEqual(source);
      flush();
      expect(torn()).toBe(2);
    });
  });
});
