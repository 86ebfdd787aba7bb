import { describe, expect, it } from '@jest/globals';
import { NEVER } from 'rxjs';
import { typing } from '../../support/terminal.ts';
import { tidyMarbles } from '../../support/tidy-marbles.ts';

describe('rxwamp register', () => {
  it.each([
    [['--echo'], { args: ['tea', 2], kwargs: { unit: 'kg' } }],
    [['--value', '{"a":1}'], { args: [{ a: 1 }], kwargs: {} }],
    [['--value', 'tea'], { args: ['tea'], kwargs: {} }],
  ])('answers with %j, and prints each call', (options, answer) => {
    tidyMarbles((helpers) => {
      const results: unknown[] = [];
      const { at, client } = helpers;

      const { signals$ } = typing(helpers, ['register', 'com.x', ...options], ({ written, codes }) => {
        expect(results).toEqual([expect.objectContaining(answer)]);
        expect(written.stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}com\.x {2}tea 2 unit=kg\n$/);
        expect(written.stderr).toBe('registered com.x\n');
        expect(codes).toEqual([130]);
      });
      at(10, () => { client().call('com.x', { args: ['tea', 2], kwargs: { unit: 'kg' } }).subscribe((each) => results.push(each)); });
      at(100, () => signals$.next('SIGINT'));
    });
  });

  it('says that somebody else has the procedure', () => {
    tidyMarbles((helpers) => {
      helpers.answers('com.x', '-(r|)', { r: NEVER });

      typing(helpers, ['register', 'com.x', '--echo'], ({ written, codes }) => {
        expect(written.stderr).toMatch(/^wamp\.error\.procedure_already_exists/);
        expect(codes).toEqual([3]);
      });
    });
  });

  it('registers again after a loss', () => {
    tidyMarbles((helpers) => {
      const { line, written, signals$ } = typing(helpers, ['register', 'com.x', '--echo'], () => {});
      line.marbles('20ms x o');
      helpers.at(5000, () => {
        expect(written.stderr).toMatch(/^registered com\.x\n(.*; attempt .*\n)+joined realm1 again\nregistered com\.x\n$/);
        signals$.next('SIGTERM');
      });
    });
  });

  it.each([
    [[]],
    [['--echo', '--value', '1']],
    [['--exec', 'true', '--echo']],
  ])('takes exactly one answer, and not %j', (options) => {
    tidyMarbles((helpers) => {
      typing(helpers, ['register', 'com.x', ...options], ({ written, codes }) => {
        expect(written.stderr).toMatch(/^register must be given exactly one of --exec, --echo and --value\n/);
        expect(codes).toEqual([2]);
      });
    });
  });
});
