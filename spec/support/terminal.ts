import { Subject, asyncScheduler, filter, of, type SchedulerLike, type Subscription } from 'rxjs';
import { COMMANDS } from '../../lib/cli/commands.ts';
import type { Io } from '../../lib/cli/io.ts';
import { run } from '../../lib/cli/run.ts';
import type { Link } from '../../lib/testing/index.ts';
import type { TidyMarbles } from './tidy-marbles.ts';

/** Options of {@link terminal}. */
export interface TerminalOptions {
  readonly scheduler?: SchedulerLike;
  readonly dial?: Io['dial'];
  readonly env?: Io['env'];
  readonly folder?: string;
  /** Which of the three are a terminal. */
  readonly isTTY?: readonly ('stdin' | 'stdout' | 'stderr')[];
  readonly columns?: number;
  readonly rows?: number;
  /** What is typed where something is asked for in secret. */
  readonly secrets?: readonly string[];
}

export interface Terminal {
  readonly io: Io;
  readonly written: { readonly stdout: string; readonly stderr: string };
  readonly size: { columns: number; rows: number };
  /** Whether stdin was told to wait, each time it was told something. */
  readonly pauses: readonly boolean[];
  /** What command lines ended with. */
  readonly codes: readonly number[];
  readonly signals$: Subject<NodeJS.Signals>;
  readonly hungUp$: Subject<unknown>;
  readonly resized$: Subject<unknown>;
  /** Stdin. */
  readonly typed$: Subject<string>;
  /** Runs a command line. */
  type(...words: readonly string[]): Subscription;
}

/** A terminal without a process: what is typed goes in, what is written stands in `stdout` and `stderr`. */
export function terminal({ scheduler = asyncScheduler, dial, env = {}, folder = '/nowhere', isTTY = [], columns = 80, rows = 24, secrets = [] }: TerminalOptions = {}): Terminal {
  const typed$ = new Subject<string>();
  const signals$ = new Subject<NodeJS.Signals>();
  const hungUp$ = new Subject<unknown>();
  const resized$ = new Subject<unknown>();
  const written = { stdout: '', stderr: '' };
  const size = { columns, rows };
  const answers = [...secrets];
  const codes: number[] = [];
  const pauses: boolean[] = [];
  const outputOf = (name: 'stdout' | 'stderr'): Io['stdout'] => ({
    isTTY: isTTY.includes(name),
    get columns() { return size.columns; },
    get rows() { return size.rows; },
    write: (text) => { written[name] += text; },
  });
  const io: Io = {
    stdin: {
      isTTY: isTTY.includes('stdin'), text$: typed$, pause: () => pauses.push(true), resume: () => pauses.push(false),
      secret: (prompt) => {
        written.stderr += prompt;
        return of(answers.shift() ?? '');
      },
    },
    stdout: outputOf('stdout'), stderr: outputOf('stderr'), env, folder, resized$, hungUp$,
    signals: (...names) => signals$.pipe(filter((name) => names.includes(name))),
    scheduler, clock: () => scheduler.now(),
    dial: dial ?? (() => { throw new Error('nothing is to be dialled'); }),
  };
  return {
    io, written, size, pauses, codes, signals$, hungUp$, resized$, typed$,
    type: (...words: readonly string[]) => run(COMMANDS, words, io).subscribe((code) => codes.push(code)),
  };
}

/** When {@link typing} has its look, in milliseconds. */
export const LOOK = 1000;

/** Types a command line at 1 ms, in a terminal with a line to the router; `then` has a look at it in the end. */
export function typing(
  { at, link, scheduler }: Pick<Parameters<Parameters<TidyMarbles>[0]>[0], 'at' | 'link' | 'scheduler'>, words: readonly string[], then: (after: Terminal) => void, options: TerminalOptions = {},
): Terminal & { readonly line: Link } {
  const line = link();
  const opened = terminal({ scheduler, dial: () => line, ...options });
  at(1, () => { opened.type(...words); });
  at(LOOK, () => then(opened));
  return { ...opened, line };
}
