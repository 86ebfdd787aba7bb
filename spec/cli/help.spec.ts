import { describe, expect, it } from '@jest/globals';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { commandHelp, overview } from '../../lib/cli/help.ts';
import { terminal } from '../support/terminal.ts';

const NAMES = COMMANDS.map(({ name }) => name);

describe('overview', () => {
  it('has a line for each command', () => {
    const lines = overview(COMMANDS).split('\n');

    for (const { name, summary } of COMMANDS) expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^ {2}${name} +${summary.replaceAll(/[?.]/g, '\\$&')}$`)));
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });
});

describe.each(COMMANDS.map((each) => [each.name, each] as const))('the help of %s', (name, command) => {
  const help = commandHelp(command);

  it('begins with how it is typed', () => {
    expect(help).toMatch(new RegExp(`^rxwamp ${name}( |\n)`));
  });

  it('lists each option, each word and each exit code', () => {
    for (const option of [...Object.keys(command.options), 'help']) expect(help).toContain(`--${option}`);
    for (const word of command.words) expect(help).toContain(word.name);
    for (const code of [0, 2, ...command.exits]) expect(help).toMatch(new RegExp(`^ {2}${code} `, 'm'));
  });

  it('tells of the environment where there is a router to find', () => {
    expect(help.includes('RXWAMP_URL')).toBe('url' in command.options);
  });

  it('has three examples of itself', () => {
    expect(command.examples).toHaveLength(3);
    for (const { line } of command.examples) {
      expect(line).toContain(`rxwamp ${name}`);
      expect(help).toContain(`\n  ${line}`);
    }
  });

  it.each([80, 60])('fits a terminal of %i columns, but for what is to be pasted', (columns) => {
    const lines = commandHelp(command, columns).split('\n').filter((line) => !line.includes(`rxwamp ${name}`));

    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(columns);
    expect(Math.max(...help.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });
});

describe('run', () => {
  it.each([...NAMES.map((name) => ['help', name]), ...NAMES.map((name) => [name, '--help']), ['help'], ['--help'], ['-h']])('explains itself: %s %s', (...words) => {
    const { written, codes, type } = terminal();

    type(...words.filter((word) => word !== undefined));

    expect({ codes, stderr: written.stderr }).toEqual({ codes: [0], stderr: '' });
    expect(written.stdout).toMatch(/^rxwamp /);
  });

  it('is as wide as the terminal, where that is narrow', () => {
    const widthOf = (isTTY: readonly 'stdout'[], columns: number): number => {
      const { written, type } = terminal({ isTTY, columns });
      type('help', 'keygen');
      return Math.max(...written.stdout.split('\n').filter((line) => !line.includes('rxwamp')).map(({ length }) => length));
    };

    expect(widthOf(['stdout'], 60)).toBeLessThanOrEqual(60);
    expect(widthOf(['stdout'], 200)).toBe(widthOf([], 60));
  });

  it.each([
    [['subscrib'], /^command must be one of .*, got "subscrib", did you mean subscribe\?\n$/],
    [['--helo'], /^command must come before its options, got "--helo", did you mean --help\?\n$/],
    [['--url', 'ws://a/', 'call'], /^command must come before its options, got "--url"\n$/],
    [['help', 'cal'], /^command must be one of .*, got "cal", did you mean call\?\n$/],
    [['\u001b[2J'], /^command must be one of .*, got "\\u001b\[2J"\n$/],
  ])('refuses %j', (words, stderr) => {
    const { written, codes, type } = terminal();

    type(...words);

    expect(codes).toEqual([2]);
    expect(written.stderr).toMatch(stderr);
  });
});
