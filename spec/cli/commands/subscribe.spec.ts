import { describe, expect, it } from '@jest/globals';
import { typing } from '../../support/terminal.ts';
import { tidyMarbles } from '../../support/tidy-marbles.ts';

const TIME = '\\d\\d:\\d\\d:\\d\\d\\.\\d{3}';

describe('rxwamp subscribe', () => {
  it('prints an event on each line, until Ctrl-C', () => {
    tidyMarbles((helpers) => {
      helpers.publishes('com.x', '---a-b--|', { a: ['tea', 2], b: { kwargs: { unit: 'kg', list: [1] } } });

      const { signals$ } = typing(helpers, ['subscribe', 'com.x'], ({ written, codes }) => {
        expect(written.stdout).toMatch(new RegExp(`^${TIME}  com\\.x  tea 2\n${TIME}  com\\.x  unit=kg list=\\[1\\]\n$`));
        expect(written.stderr).toBe('subscribed to com.x\n');
        expect(codes).toEqual([130]);
      });
      helpers.at(100, () => signals$.next('SIGINT'));
    });
  });

  it('prints lines of JSON, and ends after --count', () => {
    tidyMarbles((helpers) => {
      helpers.publishes('com.x', '---a-b-c-|');

      typing(helpers, ['subscribe', 'com.x', '--json', '--count', '2', '-q'], ({ written, codes }) => {
        expect(written.stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
          { at: '1970-01-01T00:00:00.003Z', topic: 'com.x', args: ['a'], kwargs: {}, publication: expect.any(Number) },
          { at: '1970-01-01T00:00:00.005Z', topic: 'com.x', args: ['b'], kwargs: {}, publication: expect.any(Number) },
        ]);
        expect({ codes, stderr: written.stderr }).toEqual({ codes: [0], stderr: '' });
      });
    });
  });

  it.each([
    ['0.temp', '21'],
    ['1', 'b'],
    ['unit', 'kg'],
    ['0.nothing', 'null'],
    ['__proto__', 'null'],
  ])('prints the field %s alone', (field, expected) => {
    tidyMarbles((helpers) => {
      helpers.publishes('com.x', '---a-|', { a: { args: [{ temp: 21 }, 'b'], kwargs: { unit: 'kg' } } });

      typing(helpers, ['subscribe', 'com.x', '--field', field, '--count', '1'], ({ written }) => {
        expect(written.stdout).toMatch(new RegExp(`^${TIME}  com\\.x  ${expected}\n$`));
      });
    });
  });

  it('says on stderr that the connection was lost, and what may be missing', () => {
    tidyMarbles((helpers) => {
      helpers.publishes('com.x', '---a 4s b-|');

      const { line, written } = typing(helpers, ['subscribe', 'com.x', '--count', '2'], () => {});
      helpers.at(5000, () => {
        expect(written.stderr).toMatch(/^subscribed to com\.x\nthe connection was cut; attempt 1 in \d\.\d s\n(.*attempt \d in .*\n)*joined realm1 again\nevents of \d\.\d s may be missing\n$/);
      });
      line.marbles('10ms x o');
    });
  });

  it('begins with what the router has kept, each once', () => {
    tidyMarbles((helpers) => {
      helpers.publishes('com.x', '(ab)-c--|', { a: ['a'], b: ['b'], c: ['c'] });

      typing(helpers, ['subscribe', 'com.x', '--last', '1', '--count', '2'], ({ written }) => {
        expect(written.stdout).toMatch(new RegExp(`^${TIME}  com\\.x  b  \\(past\\)\n${TIME}  com\\.x  c\n$`));
      });
    }, { router: { realms: { realm1: { history: [{ uri: 'com.x' }] } } } });
  });

  it('prints what comes while the history is on its way once, and behind it', () => {
    tidyMarbles((helpers) => {
      helpers.publishes('com.x', 'a 44ms b 9ms c-|');

      const { line, signals$ } = typing(helpers, ['subscribe', 'com.x', '--last', '5'], ({ written }) => {
        expect(written.stdout.replaceAll(/^\S+ {2}com\.x {2}/gm, '')).toBe('a  (past)\nb  (past)\nc\n');
      });
      // The router has the subscription after 31 ms, and the question for the history after 51.
      line.latency(10);
      helpers.at(500, () => signals$.next('SIGINT'));
    }, { router: { realms: { realm1: { history: [{ uri: 'com.x' }] } } } });
  });

  it('goes on without a history where there is none', () => {
    tidyMarbles((helpers) => {
      helpers.publishes('com.x', '-----c--|');

      typing(helpers, ['subscribe', 'com.x', '--last', '5', '--count', '1'], ({ written }) => {
        expect(written.stdout).toMatch(/ c\n$/);
        expect(written.stderr).toContain('no history: wamp.error.no_such_procedure');
      });
    });
  });

  it('draws numbers of each topic on a screen of their own, and leaves the last drawing', () => {
    tidyMarbles((helpers) => {
      helpers.publishes('com.x.a', '---a 199ms b-|', { a: [1], b: [9] });
      helpers.publishes('com.x.b', '---a-|', { a: ['no', { number: 5 }] });

      const { written, signals$, size, resized$ } = typing(helpers, ['subscribe', 'com.x.', '--match', 'prefix', '--plot'], ({ codes }) => {
        const screens = written.stdout.split('\u001b[H');
        expect(screens.length).toBeGreaterThan(4);
        expect(screens[0]).toBe('\u001b[?1049h\u001b[?25l\u001b[2J');
        expect(screens[2]).toContain('an event of com.x.b has no number');
        expect(written.stdout.split('\u001b[?25h\u001b[?1049l').at(-1)).toMatch(/\.x\.a {2}last 9 {2}min 1 {2}max 9\n$/);
        expect(codes).toEqual([130]);
      }, { isTTY: ['stdout'], env: { NO_COLOR: '1' }, columns: 60, rows: 12 });
      helpers.at(250, () => {
        size.columns = 30;
        resized$.next(undefined);
        const [screen = ''] = written.stdout.split('\u001b[H').slice(-1);
        expect(Math.max(...screen.replaceAll('\u001b[K', '').replaceAll('\u001b[J', '').split('\n').map(({ length }) => length))).toBeLessThanOrEqual(30);
      });
      helpers.at(300, () => signals$.next('SIGINT'));
    });
  });

  it('tells what failed behind the drawing', () => {
    tidyMarbles((helpers) => {
      typing(helpers, ['subscribe', 'com.x', '--plot', '--realm', 'realm2'], ({ written, codes }) => {
        expect(written.stderr).toMatch(/no_such_realm/);
        expect(codes).toEqual([1]);
      }, { isTTY: ['stdout'] });
    });
  });

  it('prints lines where there is no terminal to draw in', () => {
    tidyMarbles((helpers) => {
      helpers.publishes('com.x', '---a-|', { a: [1] });

      typing(helpers, ['subscribe', 'com.x', '--plot', '--count', '1'], ({ written }) => expect(written.stdout).toMatch(/com\.x {2}1\n$/));
    });
  });

  it('ends quietly when nobody reads it any more', () => {
    tidyMarbles((helpers) => {
      const { hungUp$ } = typing(helpers, ['subscribe', 'com.x', '-q'], ({ written, codes }) => {
        expect({ written, codes }).toEqual({ written: { stdout: '', stderr: '' }, codes: [0] });
      });
      helpers.at(50, () => hungUp$.next(new Error('EPIPE')));
    });
  });
});
