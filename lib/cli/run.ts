import { catchError, defer, of, type Observable } from 'rxjs';
import { show } from '../protocol/show.ts';
import { VERSION } from '../version.ts';
import type { Command } from './command.ts';
import { ExitCode, exitCodeOf } from './exit-code.ts';
import { COLUMNS, commandHelp, overview } from './help.ts';
import { nearest } from './input/nearest.ts';
import type { Io, Output } from './io.ts';
import { UsageError } from './usage-error.ts';
import { explain } from './view/explain.ts';

/** Runs a command line: finds the command, and emits the exit code. What failed stands on stderr then. */
export function run(commands: readonly Command[], [name, ...args]: readonly string[], io: Io): Observable<number> {
  return defer(() => {
    if (name === '--version' || name === '-V') return print(io, `${VERSION}\n`);
    if (name === undefined) {
      io.stderr.write(overview(commands, columnsOf(io.stderr)));
      return of(ExitCode.usage);
    }
    if (name === '--help' || name === '-h' || (name === 'help' && args.length === 0)) return print(io, overview(commands, columnsOf(io.stdout)));
    if (name === 'help') return print(io, commandHelp(find(commands, args[0]!), columnsOf(io.stdout)));
    const command = find(commands, name);
    return asksForHelp(args) ? print(io, commandHelp(command, columnsOf(io.stdout))) : command.run(args, io);
  }).pipe(catchError((error: unknown) => {
    const code = exitCodeOf(error);
    const hint = error instanceof UsageError && name !== undefined && commands.some((each) => each.name === name) ? `\nsee rxwamp ${name} --help` : '';
    io.stderr.write(`${explain(error)}${hint}\n`);
    return of(code);
  }));
}

function print({ stdout }: Io, text: string): Observable<number> {
  stdout.write(text);
  return of(ExitCode.done);
}

const NARROWEST = 40;

function columnsOf({ isTTY, columns }: Output): number {
  return isTTY ? Math.max(NARROWEST, Math.min(columns, COLUMNS)) : COLUMNS;
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).some((arg) => arg === '--help' || arg === '-h');
}

function find(commands: readonly Command[], name: string): Command {
  const found = commands.find((each) => each.name === name);
  if (found !== undefined) return found;
  const isOption = name.startsWith('-');
  const names = isOption ? ['--help', '--version'] : commands.map((each) => each.name);
  const meant = nearest(name, names);
  const question = meant === undefined ? '' : `, did you mean ${meant}?`;
  throw new UsageError(`command must ${isOption ? 'come before its options' : `be one of ${names.join(', ')}`}, got ${show(name)}${question}`);
}
