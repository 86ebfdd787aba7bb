/**
 * `npm start`: shows this machine, published as topics and watched over a real WebSocket whose connection is cut on purpose.
 *
 * Reading order: demo.ts (what happens), machine.ts and checksum.ts (what is served), changes.ts (what a client sees), line.ts (the cut);
 * the others only draw.
 */
import { EMPTY, catchError, fromEvent, merge, shareReplay, tap } from 'rxjs';
import { demonstrate } from './demo.ts';
import { USAGE, UsageError, readOptions, type Options } from './options.ts';
import { showPlain } from './plain.ts';
import { showOn } from './screen.ts';

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else run(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

function run(options: Options): void {
  const { stdout } = process;
  // Listened to until the end: npm passes on a Ctrl-C that the terminal has sent to everybody already. A reader of our lines may leave, too.
  const stop$ = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'), fromEvent(stdout, 'error')).pipe(shareReplay(1));
  stop$.subscribe();

  const changes = demonstrate(options, stop$).pipe(
    tap(({ kind }) => { if (kind === 'failed') process.exitCode = 1; }),
  );
  const shown = stdout.isTTY && process.env['TERM'] !== 'dumb' ? showOn(stdout, changes) : showPlain(changes, (line) => stdout.write(`${line}\n`));
  shown.pipe(
    catchError((error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
      return EMPTY;
    }),
  ).subscribe();
}
