import { describe, expect, it } from '@jest/globals';
import { readGiven, usageOf, type Options, type Syntax } from '../../../lib/cli/input/options.ts';
import { UsageError } from '../../../lib/cli/usage-error.ts';

const OPTIONS = {
  flag: { type: 'flag', short: 'f', about: '' },
  text: { type: 'text', value: 'text', about: '' },
  many: { type: 'texts', value: 'text', about: '' },
  word: { type: 'word', words: ['alpha', 'beta'], about: '' },
  port: { type: 'count', value: 'number', least: 0, most: 65_535, about: '' },
  time: { type: 'duration', value: 'time', about: '' },
} as const satisfies Options;
const SYNTAX: Syntax<typeof OPTIONS> = { name: 'do', words: [{ name: 'uri', about: '' }, { name: 'args', about: '', count: 'any' }], options: OPTIONS };
const NONE = { flag: false, text: undefined, many: [], word: undefined, port: undefined, time: undefined };

describe('readGiven', () => {
  it.each([
    [[], {}],
    [['-f', '--text', 'a', '--text=b'], { flag: true, text: 'b' }],
    [['--many', 'a', '--many=-1', '--many', '-1'], { many: ['a', '-1', '-1'] }],
    [['--word', 'beta', '--port=65535'], { word: 'beta', port: 65_535 }],
    [['--time', '2'], { time: 2000 }],
    [['--time', '2.5s'], { time: 2500 }],
    [['--time', '500ms'], { time: 500 }],
    [['--time', '3m'], { time: 180_000 }],
    [['--text', ''], { text: '' }],
  ])('reads %j', (args, expected) => {
    expect(readGiven(SYNTAX, ['com.a', ...args]).given).toEqual({ ...NONE, ...expected });
  });

  it('takes negative numbers for words, and all behind --', () => {
    expect(readGiven(SYNTAX, ['com.a', '-3', '-.5', '-1e3', '--', '--flag', '-f']).words).toEqual(['com.a', '-3', '-.5', '-1e3', '--flag', '-f']);
  });

  it.each([
    [['--txet', 'a'], 'unknown option \'--txet\', did you mean --text?'],
    [['--zzzzzz'], 'unknown option \'--zzzzzz\''],
    [['--text'], 'option \'--text <value>\' argument missing'],
    [['--flag=1'], 'option \'-f, --flag\' does not take an argument'],
    [['--word', 'btea'], '--word must be one of alpha, beta, got "btea", did you mean beta?'],
    [['--port', '70000'], '--port must be a whole number from 0 to 65535, got "70000"'],
    [['--port', '-1'], '--port must be a whole number from 0 to 65535, got "-1"'],
    [['--port', '1e3'], '--port must be a whole number from 0 to 65535, got "1e3"'],
    [['--time', '0'], '--time must be a time up to 24h, such as 5, 2.5s, 500ms or 3m, got "0"'],
    [['--time', '25h'], '--time must be a time up to 24h, such as 5, 2.5s, 500ms or 3m, got "25h"'],
    [['--__proto__', 'a'], 'unknown option \'--__proto__\''],
  ])('refuses %j', (args, message) => {
    expect(() => readGiven(SYNTAX, ['com.a', ...args])).toThrow(new UsageError(message));
  });

  it('counts the words', () => {
    const one: Syntax = { name: 'one', words: [{ name: 'shell', about: '', words: ['bash', 'zsh'] }], options: {} };

    expect(() => readGiven(SYNTAX, [])).toThrow('do must be given <uri>, got nothing: rxwamp do <uri> [args…] [options]');
    expect(() => readGiven(one, ['bash', 'x'])).toThrow('unexpected argument "x": rxwamp one <shell>');
    expect(() => readGiven(one, ['basch'])).toThrow('<shell> must be one of bash, zsh, got "basch", did you mean bash?');
  });
});

describe('usageOf', () => {
  it('shows what has to be there and what may be', () => {
    expect(usageOf({ name: 'bench', words: [{ name: 'url', about: '', count: 'maybe' }], options: {} })).toBe('rxwamp bench [url]');
  });
});
