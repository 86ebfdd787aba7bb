import { defer, type Observable } from 'rxjs';
import { readGiven, type Given, type Options, type Word } from './input/options.ts';
import type { ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';

/** A line to be pasted, and what it shows. */
export interface Example {
  readonly line: string;
  readonly shows: string;
}

interface Described {
  readonly name: string;
  /** Half a line, for the list of commands. */
  readonly summary: string;
  /** A paragraph or two, for the help of the command. */
  readonly about: string;
  readonly words: readonly Word[];
  readonly examples: readonly Example[];
  /** How it may end, besides well and typed wrong. */
  readonly exits: readonly ExitCode[];
}

/** What {@link command} makes a command of. */
export interface Definition<O extends Options> extends Described {
  readonly options: O;
  run(given: Given<O>, words: readonly string[], io: Io): Observable<number>;
}

/** One command of `rxwamp`: what help and completion say of it, and what it does. */
export interface Command extends Described {
  readonly options: Options;
  /** Emits the exit code and completes; errors with what {@link exitCodeOf} takes. UsageError where what was typed cannot be right. */
  run(args: readonly string[], io: Io): Observable<number>;
}

/** Makes a command whose options have types. */
export function command<const O extends Options>(definition: Definition<O>): Command {
  return {
    ...definition,
    run: (args, io) => defer(() => {
      const { given, words } = readGiven(definition, args);
      return definition.run(given, words, io);
    }),
  };
}
