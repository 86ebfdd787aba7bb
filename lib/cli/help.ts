import type { Command } from './command.ts';
import { EXPLAINED, ExitCode } from './exit-code.ts';
import { SESSION_OPTIONS } from './input/connection-options.ts';
import { HELP, usageOf, type Option } from './input/options.ts';

const INDENT = '  ';
/** Letters of a line where nothing narrower is to be written to. */
export const COLUMNS = 80;

/** What `rxwamp --help` prints, in lines of so many letters. */
export function overview(commands: readonly Command[], columns: number = COLUMNS): string {
  return `rxwamp <command> [options]     WAMP in the terminal

${rows(commands.map(({ name, summary }) => [name, summary]), columns)}

${rows([['help <command>', 'explains one, with examples'], ['--version', 'prints the version']], columns)}

${wrapped('New here? rxwamp demo starts a router with something in it, and says what to type in a second terminal.', columns).join('\n')}
`;
}

const SHARED = 'Where, and as whom; also as RXWAMP_URL and so on, and in ./rxwamp.json or ~/.config/rxwamp/config.json as "url", or in one of its "profiles":';

/** What `rxwamp help <command>` prints, in lines of so many letters: short, with examples that work when they are pasted. */
export function commandHelp(command: Command, columns: number = COLUMNS): string {
  const table = (pairs: readonly (readonly [left: string, right: string])[]): string => rows(pairs, columns);
  const { about, words, options, examples, exits } = command;
  const isShared = ([name, option]: readonly [string, Option]): boolean => SESSION_OPTIONS[name] === option;
  const own = Object.entries(options).filter((each) => !isShared(each));
  const shared = Object.entries(options).filter(isShared);
  const sections = [
    usageOf(command),
    about.split('\n\n').map((paragraph) => wrapped(paragraph, columns).join('\n')).join('\n\n'),
    words.length > 0 ? table(words.map(({ name, about: line, words: closed }) => [`<${name}>`, closed === undefined ? line : `${line}: ${closed.join(', ')}`])) : '',
    table([...own, ['help', HELP] as const].map(([name, option]) => rowOf(name, option))),
    shared.length > 0 ? `${wrapped(SHARED, columns).join('\n')}\n${table(shared.map(([name, option]) => rowOf(name, option)))}` : '',
    `Try it${shared.length > 0 ? ' (rxwamp demo in another terminal)' : ''}:\n${table(examples.map(({ line, shows }) => [line, shows]))}`,
    `Exit codes:\n${table([...new Set([ExitCode.done, ExitCode.usage, ...exits])].sort((a, b) => a - b).map((code) => [String(code), EXPLAINED[code]]))}`,
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function rowOf(name: string, option: Option): readonly [left: string, right: string] {
  const short = option.type === 'flag' && option.short !== undefined ? `-${option.short}, ` : '';
  return [`${short}--${name}${shapeOf(option)}`, option.type === 'word' ? `${option.about}: ${option.words.join(', ')}` : option.about];
}

function shapeOf(option: Option): string {
  if (option.type === 'flag') return '';
  return option.type === 'word' ? ' <word>' : ` <${option.value}>`;
}

const WIDEST = 28;

/** Two columns: the right one goes on beneath itself, and begins on a line of its own where the left one is too wide. */
function rows(pairs: readonly (readonly [left: string, right: string])[], columns: number): string {
  const width = Math.max(...pairs.map(([left]) => left.length).filter((length) => length <= WIDEST), 0);
  const margin = INDENT.length + width + 3;
  return pairs.flatMap(([left, right]) => {
    const [first = '', ...others] = wrapped(right, columns - margin).map((line) => `${' '.repeat(margin)}${line}`);
    return left.length > width ? [`${INDENT}${left}`, first, ...others] : [`${INDENT}${left}`.padEnd(margin) + first.slice(margin), ...others];
  }).join('\n');
}

function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
