import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { count, filter, interval, map, skip, take, tap, throwError } from 'rxjs';
import { ApplicationError, ConnectFailedError } from '../../../lib/errors.ts';
import { result } from '../../../lib/session/options.ts';
import { CALL } from '../../../lib/testing/index.ts';
import { typing } from '../../support/terminal.ts';
import { tidyMarbles } from '../../support/tidy-marbles.ts';

describe('rxwamp call', () => {
  it.each([
    [[], '5\ntea\n{"a":1}\nnull\nunit: kg\n'],
    [['--json'], '{"args":[5,"tea",{"a":1},null],"kwargs":{"unit":"kg"}}\n'],
  ])('prints the values of a result, with %j', (options, stdout) => {
    tidyMarbles((helpers) => {
      helpers.answers('com.get', '--(r|)', { r: result([5, 'tea', { a: 1 }, null], { unit: 'kg' }) });

      typing(helpers, ['call', 'com.get', ...options], ({ written, codes }) => {
        expect({ written, codes }).toEqual({ written: { stdout, stderr: '' }, codes: [0] });
      });
    });
  });

  it('sends arguments as JSON where they are some, negative numbers and keywords too', () => {
    tidyMarbles((helpers) => {
      helpers.answers('com.get', '-(r|)', { r: 1 });

      const { line } = typing(helpers, ['call', 'com.get', '-3', 'tea', '{"a":[1]}', '"7"', '--kw', 'unit=kg', '--kw=n=2', '--', '--json'], () => {});

      helpers.expectFrames(line.sent$, '^-!').toBe('-(hc)', { h: { type: 1 }, c: CALL('com.get', { args: [-3, 'tea', { a: [1] }, '7', '--json'], kwargs: { unit: 'kg', n: 2 } }) });
    });
  });

  it.each([
    ['says the ERROR of the other end', new ApplicationError('com.shop.sold_out', { args: ['tea'], kwargs: { until: 'tuesday' } }), [], 3, 'com.shop.sold_out tea until=tuesday\n'],
    ['says it as JSON', new ApplicationError('com.shop.sold_out', { args: ['tea'] }), ['--json'], 3, '{"error":"com.shop.sold_out","args":["tea"],"kwargs":{}}\n'],
    ['tells that it is not allowed', new ApplicationError('wamp.error.not_authorized'), [], 4, 'wamp.error.not_authorized\n'],
  ])('%s', (_, error, options, code, stderr) => {
    tidyMarbles((helpers) => {
      helpers.answers('com.sell', '--#', {}, error);

      typing(helpers, ['call', 'com.sell', ...options], ({ written, codes }) => {
        expect({ written, codes }).toEqual({ written: { stdout: '', stderr }, codes: [code] });
      });
    });
  });

  it('gives up after --timeout, and cancels', () => {
    tidyMarbles((helpers) => {
      const { subscriptions } = helpers.answers('com.slow', '500ms (r|)', { r: 1 });

      typing(helpers, ['call', 'com.slow', '--timeout', '20ms'], ({ written, codes }) => {
        expect({ written, codes }).toEqual({ written: { stdout: '', stderr: 'no answer from com.slow within 20 ms\n' }, codes: [124] });
      });

      helpers.expectSubscriptions(subscriptions).toBe('-^ 19ms !');
    });
  });

  it('cancels at Ctrl-C, and then leaves', () => {
    tidyMarbles((helpers) => {
      helpers.answers('com.slow', '500ms (r|)', { r: 1 });

      const { line, signals$ } = typing(helpers, ['call', 'com.slow'], ({ codes }) => expect(codes).toEqual([130]));
      helpers.at(50, () => signals$.next('SIGINT'));

      helpers.expectFrames(line.sent$).toBe('-(hc) 45ms (xg)', { h: { type: 1 }, c: CALL('com.slow'), x: { type: 49, options: { mode: 'killnowait' } }, g: { type: 6 } });
    });
  });

  it('draws a bar at the foot of a terminal, and takes it away for the result', () => {
    tidyMarbles((helpers) => {
      helpers.answers('com.count', '-a 99ms b-(r|)', { a: { done: 1, total: 4 }, b: { done: 2, total: 4 }, r: 'done' });

      typing(helpers, ['call', 'com.count', '--progress'], ({ written }) => {
        expect(written.stdout).toBe('done\n');
        expect(written.stderr).toBe('\r\u001b[K 25 % ██████████                                1/4\r\u001b[K 50 % ████████████████████                      2/4\r\u001b[K');
      }, { isTTY: ['stdout', 'stderr'] });
    });
  });

  it.each([
    ['prints values that are no progress as they come', [], 'tea\ncoffee\n', ''],
    ['prints each as a line of JSON', ['--json'], '{"progress":true,"args":["tea"],"kwargs":{}}\n{"args":["coffee"],"kwargs":{}}\n', ''],
  ])('%s', (_, options, stdout, stderr) => {
    tidyMarbles((helpers) => {
      helpers.answers('com.rows', '-a-(b|)', { a: 'tea', b: 'coffee' });

      typing(helpers, ['call', 'com.rows', '--progress', ...options], ({ written }) => expect(written).toEqual({ stdout, stderr }));
    });
  });

  it('sends lines of stdin as input, and ends with them', () => {
    tidyMarbles((helpers) => {
      const callee = helpers.client();
      callee.register('com.shout', ({ input$ }) => input$.pipe(map(({ args: [value] }) => value))).subscribe();
      helpers.at(500, () => void callee.close());

      const { typed$ } = typing(helpers, ['call', 'com.shout', '--input-lines', '--progress', '--json'], ({ written, codes }) => {
        expect(written.stdout).toBe('{"progress":true,"args":["a b"],"kwargs":{}}\n{"progress":true,"args":[7],"kwargs":{}}\n');
        expect(codes).toEqual([0]);
      });
      helpers.at(10, () => { typed$.next('a b\n7'); });
      helpers.at(20, () => typed$.complete());
    });
  });

  it('reads stdin no faster than a slow line takes it', () => {
    const [LINES, LINE, AT_ONCE] = [4000, 100, 40];
    tidyMarbles((helpers) => {
      let [typed, arrived, most] = [0, 0, 0];
      const callee = helpers.client();
      callee.register('com.count', ({ input$ }) => input$.pipe(tap(() => { arrived += 1; }), count())).subscribe();
      helpers.at(999, () => void callee.close());
      const { line, typed$, pauses } = typing(helpers, ['call', 'com.count', '--input-lines'], ({ written, codes }) => {
        expect({ stdout: written.stdout, codes }).toEqual({ stdout: `${LINES}\n`, codes: [0] });
      });
      line.bandwidth(1_000_000);

      // More than the line is fit for, whenever nobody says that it is too much.
      interval(1, helpers.scheduler).pipe(skip(10), filter(() => pauses.at(-1) !== true), take(LINES / AT_ONCE)).subscribe({
        next: () => {
          typed$.next(`${'x'.repeat(LINE - 1)}\n`.repeat(AT_ONCE));
          typed += AT_ONCE;
          most = Math.max(most, typed - arrived);
        },
        complete: () => typed$.complete(),
      });

      helpers.at(990, () => {
        expect(pauses.filter(Boolean).length).toBeGreaterThan(3);
        expect(most * LINE).toBeLessThan(65_536 + AT_ONCE * LINE);
      });
    });
  });

  it('takes from hostile values what a terminal would obey, and leaves it in files', () => {
    tidyMarbles((helpers) => {
      helpers.answers('com.get', '-(r|)', { r: 'a\u001b[2Jb\rc\u009b' });

      typing(helpers, ['call', 'com.get'], ({ written }) => expect(written.stdout).toBe('a\\u001b[2Jb\\u000dc\\u009b\n'), { isTTY: ['stdout'] });
      typing(helpers, ['call', 'com.get'], ({ written }) => expect(written.stdout).toBe('a\u001b[2Jb\rc\u009b\n'));
    });
  });

  it.each([
    ['nobody has named one', {}, 'connection refused\nrxwamp demo starts a router there, and --url names another\n'],
    ['one was named', { RXWAMP_URL: 'ws://127.0.0.1/' }, 'connection refused\n'],
  ])('tells where a router comes from, where none is there and %s', (_, env, stderr) => {
    tidyMarbles((helpers) => {
      typing(helpers, ['call', 'com.get'], ({ written, codes }) => {
        expect({ written, codes }).toEqual({ written: { stdout: '', stderr }, codes: [1] });
      }, { env, dial: () => throwError(() => new ConnectFailedError('connection refused')) });
    });
  });

  it('tells whoever sits there that lines are waited for', () => {
    tidyMarbles((helpers) => {
      const { signals$ } = typing(helpers, ['call', 'com.get', '--input-lines'], ({ written }) => expect(written.stderr).toBe('reads lines from this terminal: Ctrl-D ends them\n'), { isTTY: ['stdin'] });
      helpers.answers('com.get', '500ms (r|)', { r: 1 });
      helpers.at(50, () => signals$.next('SIGINT'));
    });
  });

  it('says which secrets it leaves out, also where it is quiet', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rxwamp-'));
    writeFileSync(join(folder, 'rxwamp.json'), '{ "url": "ws://127.0.0.1/" }');
    tidyMarbles((helpers) => {
      helpers.answers('com.get', '-(r|)', { r: 1 });

      typing(helpers, ['call', 'com.get', '-q'], ({ written, codes }) => {
        expect({ written, codes }).toEqual({ written: { stdout: '1\n', stderr: expect.stringMatching(/^RXWAMP_TICKET left out, since [^\n]*\n$/) }, codes: [0] });
      }, { folder, env: { RXWAMP_TICKET: 'a' } });
    });
    rmSync(folder, { recursive: true });
  });

  it('shows messages with --verbose, without secrets', () => {
    tidyMarbles((helpers) => {
      helpers.answers('com.get', '-(r|)', { r: 1 });

      typing(helpers, ['call', 'com.get', '-v'], ({ written }) => {
        expect(written.stderr).toMatch(/^-> HELLO \[1,.*\n<- WELCOME \[2,.*\n-> CALL \[48,1,\{\},"com.get"\]\n<- RESULT \[50,1,\{\},\[1\]\]\n-> GOODBYE .*\n<- GOODBYE .*\n$/);
      });
    });
  });

  it.each([
    [['call'], 'call must be given <uri>, got nothing: rxwamp call <uri> [args…] [options]\nsee rxwamp call --help\n'],
    [['call', 'com..a'], 'procedure must be a URI, got "com..a"\n'],
    [['call', 'com.a', '--kw', 'a'], '--kw must be key=value, got "a"\nsee rxwamp call --help\n'],
    [['call', 'com.a', '--timeout', 'soon'], '--timeout must be a time up to 24h, such as 5, 2.5s, 500ms or 3m, got "soon"\nsee rxwamp call --help\n'],
    [['call', 'com.a', '1', '--input-lines'], '--input-lines must come without arguments: the lines are the input\nsee rxwamp call --help\n'],
    [['call', 'com.a', '--progess'], 'unknown option \'--progess\', did you mean --progress?\nsee rxwamp call --help\n'],
  ])('refuses %j', (words, stderr) => {
    tidyMarbles((helpers) => {
      typing(helpers, words, ({ written, codes }) => expect({ written, codes }).toEqual({ written: { stdout: '', stderr }, codes: [2] }));
    });
  });
});
