import { describe, expect, it } from '@jest/globals';
import { PUBLISH } from '../../../lib/testing/index.ts';
import { typing } from '../../support/terminal.ts';
import { tidyMarbles } from '../../support/tidy-marbles.ts';

const numbers = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, at) => `${from + at}\n`).join('');

describe('rxwamp publish', () => {
  it('publishes one event, and waits for the word of the router', () => {
    tidyMarbles((helpers) => {
      const { line } = typing(helpers, ['publish', 'com.x', 'tea', '2', '--kw', 'unit=kg', '--retain', '--json'], ({ written, codes }) => {
        expect(written.stdout).toMatch(/^\{"publication":\d+\}\n$/);
        expect(codes).toEqual([0]);
      });

      helpers.expectFrames(line.sent$).toBe('-(hpg)', { h: { type: 1 }, p: PUBLISH('com.x', { args: ['tea', 2], kwargs: { unit: 'kg' } }, { options: { acknowledge: true, retain: true } }), g: { type: 6 } });
    });
  });

  it('publishes each line of stdin behind the arguments, the last one without its end too', () => {
    tidyMarbles((helpers) => {
      const heard: unknown[] = [];
      const subscriber = helpers.client();
      subscriber.topic('com.log').subscribe(({ args, kwargs }) => heard.push([...args, kwargs]));
      helpers.at(500, () => void subscriber.close());

      const { typed$ } = typing(helpers, ['publish', 'com.log', 'host', '--lines', '--kw', 'a=1'], ({ codes }) => {
        expect(heard).toEqual([['host', 'first line', { a: 1 }], ['host', { b: 2 }, { a: 1 }], ['host', '', { a: 1 }], ['host', 7, { a: 1 }]]);
        expect(codes).toEqual([0]);
      });
      helpers.at(10, () => typed$.next('first line\r\n{"b":'));
      helpers.at(20, () => typed$.next('2}\n\n7'));
      helpers.at(30, () => typed$.complete());
    });
  });

  it('reads no faster than the router takes', () => {
    tidyMarbles((helpers) => {
      const { typed$, pauses, line } = typing(helpers, ['publish', 'com.log', '--lines'], ({ codes }) => expect(codes).toEqual([0]));
      line.latency(20);

      helpers.at(200, () => typed$.next(numbers(1, 200)));
      helpers.at(210, () => {
        expect(pauses).toEqual([]);
        typed$.next(numbers(201, 400));
        expect(pauses).toEqual([true]);
      });
      helpers.at(900, () => {
        expect(pauses).toEqual([true, false]);
        typed$.complete();
      });
    });
  });

  it('publishes no more lines in a second than --rate', () => {
    tidyMarbles((helpers) => {
      const { typed$, line } = typing(helpers, ['publish', 'com.log', '--lines', '--rate', '10'], () => {});
      helpers.at(10, () => { typed$.next('1\n2\n3\n'); typed$.complete(); });

      helpers.expectFrames(line.sent$, '^ 500ms !').toBe('-h 8ms p 99ms p 99ms (pg)', { h: { type: 1 }, p: PUBLISH('com.log'), g: { type: 6 } });
    });
  });

  it('publishes what was read before Ctrl-C, and ends', () => {
    tidyMarbles((helpers) => {
      const heard: unknown[] = [];
      const subscriber = helpers.client();
      subscriber.topic('com.log').subscribe(({ args: [value] }) => heard.push(value));
      helpers.at(900, () => void subscriber.close());

      const { typed$, signals$ } = typing(helpers, ['publish', 'com.log', '--lines', '--rate', '10'], ({ codes }) => {
        expect(heard).toEqual([1, 2, 3]);
        expect(codes).toEqual([130]);
      });
      helpers.at(10, () => typed$.next('1\n2\n3\n'));
      helpers.at(20, () => signals$.next('SIGINT'));
      helpers.at(30, () => expect(typed$.observed).toBe(false));
    });
  });

  it('publishes lines again that a lost connection took along', () => {
    tidyMarbles((helpers) => {
      const heard: unknown[] = [];
      const subscriber = helpers.client();
      subscriber.topic('com.log').subscribe(({ args: [value] }) => heard.push(value));
      helpers.at(4000, () => void subscriber.close());

      const { typed$, line, codes } = typing(helpers, ['publish', 'com.log', '--lines', '-q'], () => {});
      helpers.at(10, () => typed$.next('1\n'));
      line.marbles('20ms x o');
      helpers.at(20, () => { typed$.next('2\n3'); typed$.complete(); });
      helpers.at(4000, () => {
        expect(heard).toEqual([1, 2, 3]);
        expect(codes).toEqual([0]);
      });
    });
  });

  it('says how many lines were lost where the router refuses one', () => {
    tidyMarbles((helpers) => {
      const { typed$ } = typing(helpers, ['publish', 'com.log', '--lines'], ({ written, codes }) => {
        expect(written.stderr).toMatch(/^0 lines were published, and 1 of those that were read were not\nvalue 0 could not be published to com\.log: wamp\.error\.not_authorized/);
        expect(codes).toEqual([4]);
      });
      helpers.at(10, () => typed$.next('1\n2\n'));
    }, { router: { realms: { realm1: { roles: { anonymous: [{ uri: 'com.log', allow: ['subscribe'] }] } } } } });
  });

  it('refuses --rate without --lines', () => {
    tidyMarbles((helpers) => {
      typing(helpers, ['publish', 'com.log', '--rate', '3'], ({ codes }) => expect(codes).toEqual([2]));
    });
  });
});
