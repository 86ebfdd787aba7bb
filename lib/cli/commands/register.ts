import { defer, ignoreElements, tap } from 'rxjs';
import { result, type Procedure } from '../../session/options.ts';
import { command, type Command } from '../command.ts';
import { exec } from '../exec.ts';
import { ExitCode } from '../exit-code.ts';
import { SESSION_OPTIONS } from '../input/connection-options.ts';
import { readValue } from '../input/values.ts';
import type { Io } from '../io.ts';
import { UsageError } from '../usage-error.ts';
import { payloadLine } from '../view/show-payload.ts';
import { timeOfDay } from '../view/time-of-day.ts';
import type { View } from '../view/view.ts';
import { withClient } from '../with-client.ts';

const DEFAULT_CONCURRENCY = 8;
const MOST_CONCURRENCY = 1000;

/** `rxwamp register`: a procedure of shell commands, an echo, or a value. */
export const register: Command = command({
  name: 'register',
  summary: 'answers calls by a shell command',
  about: `Registers a procedure, prints each call on a line, and answers it: with what a shell command prints (--exec), with what it was
called with (--echo), or always the same (--value). A lost connection is mended. Ctrl-C lets running calls end, for five seconds.

The command has the arguments as $1, $2, ... and all of the call on stdin, as a line of JSON: {"procedure", "args", "kwargs"}. What it
prints is the result, JSON where it is some; where the caller asked for progress each line is one as it comes. If it ends with
anything but 0 the caller gets the ERROR rxwamp.error.command_failed. Calls that are cancelled end it.`,
  words: [{ name: 'uri', about: 'the procedure, or with --match a pattern' }],
  options: {
    exec: { type: 'text', value: 'command', about: 'runs it with /bin/sh for each call' },
    echo: { type: 'flag', about: 'answers with what it was called with' },
    value: { type: 'text', value: 'value', about: 'answers with that: JSON where it is some, else text' },
    match: { type: 'word', words: ['exact', 'prefix', 'wildcard'], about: 'how procedures are compared with it' },
    invoke: { type: 'word', words: ['single', 'roundrobin', 'random', 'first', 'last'], about: 'shares it with others' },
    concurrency: { type: 'count', value: 'number', least: 1, most: MOST_CONCURRENCY, about: 'commands that run at a time; other calls wait (8)' },
    ...SESSION_OPTIONS,
  },
  examples: [
    { line: "rxwamp register com.example.today --exec 'date +%F'", shows: 'a procedure that says which day it is' },
    { line: 'rxwamp register com.example.sum --exec \'echo $(($1 + $2))\'', shows: 'one with arguments' },
    { line: 'rxwamp register com.example.mirror --echo', shows: 'one that answers what it is asked' },
  ],
  exits: [ExitCode.failed, ExitCode.error, ExitCode.refused, ExitCode.interrupted],
  run(given, [uri = ''], io) {
    const procedure = procedureOf(given, io);
    const { match, invoke, concurrency = DEFAULT_CONCURRENCY } = given;
    return withClient(given, io, ({ client, view }) => {
      const answer: Procedure = (invocation) => {
        tell(invocation, io, view);
        return procedure(invocation);
      };
      const limits = given.exec === undefined ? {} : { concurrency, queue: 1000 };
      return defer(() => client.register(uri, answer, { match, invoke, ...limits })).pipe(
        tap(() => view.note(`registered ${uri}`)),
        ignoreElements(),
      );
    });
  },
});

function procedureOf({ exec: line, echo, value }: { readonly exec: string | undefined; readonly echo: boolean; readonly value: string | undefined }, { scheduler }: Io): Procedure {
  if ([line !== undefined, echo, value !== undefined].filter(Boolean).length !== 1) throw new UsageError('register must be given exactly one of --exec, --echo and --value');
  if (line !== undefined) return (invocation) => exec(line, invocation, scheduler);
  if (value !== undefined) return () => readValue(value);
  return ({ args, kwargs }) => result(args, kwargs);
}

function tell({ procedure, args, kwargs }: Parameters<Procedure>[0], { scheduler }: Io, view: View): void {
  const at = new Date(scheduler.now());
  if (view.isJson) return view.printJson({ at, procedure, args, kwargs });
  view.printPainted([['dim', timeOfDay(at)], [undefined, '  '], ['cyan', procedure], [undefined, `  ${payloadLine({ args, kwargs })}`]]);
}
