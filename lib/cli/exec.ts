import { spawn, type ChildProcess } from 'node:child_process';
import { Observable, timer, type SchedulerLike } from 'rxjs';
import { ApplicationError } from '../errors.ts';
import type { Invocation } from '../session/options.ts';
import type { Dict } from '../types.ts';
import { readValue } from './input/values.ts';
import { asJson } from './view/show-payload.ts';

/** What a command that fails answers with: the sentence, and `code` or `signal` of how it ended. */
export const COMMAND_FAILED = 'rxwamp.error.command_failed';

/** Letters of an answer, and of a line of progress. */
const LONGEST = 16 * 2 ** 20;
/** Milliseconds until a command that was told to end is killed. */
const GRACE = 2000;

/**
 * Runs a shell command for an invocation. Its arguments are `$1`, `$2`, ... in the command, a text as it is and all else as JSON, never a part of what the
 * shell reads; the whole payload stands on stdin as a line of JSON, and the procedure's URI in `RXWAMP_PROCEDURE`. What it prints is the result:
 * JSON where it is some, else text. Where the caller asked for progress each line is a progressive result as it comes, and the result is empty.
 * A command that ends with anything but 0 answers with {@link COMMAND_FAILED}; its stderr is ours, and does not go to the caller.
 *
 * Unsubscribing ends it, with all that it has started: SIGTERM, and after two seconds SIGKILL.
 */
export function exec(command: string, { args, kwargs, procedure, progress }: Pick<Invocation, 'args' | 'kwargs' | 'procedure' | 'progress'>, scheduler: SchedulerLike): Observable<unknown> {
  return new Observable((subscriber) => {
    const words = args.map((value) => (typeof value === 'string' ? value : asJson(value)));
    const child = start(command, words, procedure);
    const ending = endingOf(child, scheduler);
    let written = '';
    const fail = (error: unknown): void => subscriber.error(error);
    child.stdout.setEncoding('utf8').on('error', fail).on('data', (text: string) => {
      written += text;
      if (progress) {
        const lines = written.split('\n');
        written = lines.pop()!;
        for (const line of lines) subscriber.next(readValue(line));
      }
      if (written.length > LONGEST) fail(failure(`its output must not be longer than ${LONGEST} letters`));
    });
    // It need not read what it is given.
    child.stdin.on('error', () => {}).end(`${asJson({ procedure, args, kwargs })}\n`);
    child.on('error', (error) => fail(failure(`it cannot be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code !== 0) return fail(failure(`it ended with ${signal ?? String(code)}`, signal === null ? { code } : { signal }));
      const answer = written.replace(/\r?\n$/, '');
      if (answer !== '') subscriber.next(readValue(answer));
      subscriber.complete();
    });
    return ending;
  });
}

function start(command: string, words: readonly string[], procedure: string) {
  try {
    const env = { ...process.env, RXWAMP_PROCEDURE: procedure };
    // A group of its own: Ctrl-C in our terminal lets it end what it is at, and it is ended whole.
    return spawn('/bin/sh', ['-c', command, 'sh', ...words], { env, detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  } catch (error) {
    throw failure(`it cannot be started: ${(error as Error).message}`);
  }
}

function failure(why: string, kwargs: Dict = {}): ApplicationError {
  return new ApplicationError(COMMAND_FAILED, { args: [`the command of the procedure failed: ${why}`], kwargs });
}

/** What ends a child that has not ended, and all that it has started. */
function endingOf(child: ChildProcess, scheduler: SchedulerLike): () => void {
  const send = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // All of them have ended.
    }
  };
  const kill = (): void => {
    process.off('exit', kill);
    send('SIGKILL');
  };
  // We may end before it does, or before the grace is over.
  process.once('exit', kill);
  let isOver = false;
  let isEnding = false;
  child.once('close', () => {
    isOver = true;
    if (!isEnding) process.off('exit', kill);
  });
  return () => {
    if (isOver) return;
    isEnding = true;
    send('SIGTERM');
    // Also where the shell has ended: what it has started may not want to.
    timer(GRACE, scheduler).subscribe(kill);
  };
}
