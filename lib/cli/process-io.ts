import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { Observable, Subject, asyncScheduler, fromEvent, merge } from 'rxjs';
import { longPoll } from '../transports/long-poll.ts';
import { isHttpUrl } from '../transports/long-poll-url.ts';
import { rawSocket } from '../transports/rawsocket.ts';
import { isRawUrl } from '../transports/rawsocket-url.ts';
import { ws } from '../transports/ws.ts';
import type { Input, Io, Output } from './io.ts';

const COLUMNS = 80;
const ROWS = 24;

/** The world of the process. */
export function processIo(): Io {
  const hungUp$ = new Subject<unknown>();
  // Whoever reads our lines may leave: `head` has seen enough. Of stderr nobody needs to know.
  process.stdout.on('error', (error) => hungUp$.next(error));
  process.stderr.on('error', () => {});
  return {
    stdin: input(),
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    env: process.env,
    folder: process.cwd(),
    resized$: fromEvent(process.stdout, 'resize'),
    hungUp$,
    signals: (...names) => merge(...names.map((name) => signal(name))),
    scheduler: asyncScheduler,
    clock: () => performance.now(),
    dial: (url, options) => (isRawUrl(url) ? rawSocket : isHttpUrl(url) ? longPoll : ws)(url, options),
  };
}

function signal(name: NodeJS.Signals): Observable<NodeJS.Signals> {
  return new Observable((subscriber) => {
    const listener = (): void => subscriber.next(name);
    process.on(name, listener);
    return () => process.off(name, listener);
  });
}

function output(stream: NodeJS.WriteStream): Output {
  const terminal: Partial<WriteStream> = stream;
  return {
    isTTY: stream.isTTY,
    get columns() { return terminal.columns || COLUMNS; },
    get rows() { return terminal.rows || ROWS; },
    write: (text) => void stream.write(text),
  };
}

// A pipe is opened when it is first looked at: commands that do not read leave it alone.
function input(): Input {
  return {
    get isTTY() { return process.stdin.isTTY; },
    text$: new Observable((subscriber) => {
      const { stdin } = process;
      const read = (text: string): void => subscriber.next(text);
      const end = (): void => subscriber.complete();
      const fail = (error: Error): void => subscriber.error(error);
      stdin.setEncoding('utf8').on('data', read).on('end', end).on('error', fail);
      return () => {
        stdin.off('data', read).off('end', end).off('error', fail).pause();
        // A pipe that nobody writes to would keep the process.
        stdin.unref?.();
      };
    }),
    pause: () => void process.stdin.pause(),
    resume: () => void process.stdin.resume(),
    secret: askSecret,
  };
}

/** Asks on the terminal, and shows nothing of the answer. */
function askSecret(prompt: string): Observable<string> {
  return new Observable((subscriber) => {
    process.stderr.write(prompt);
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
    let answer: string | undefined;
    lines.once('line', (line) => {
      answer = line;
      lines.close();
    });
    lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    // The terminal is given back before anybody hears of it, who may ask again.
    lines.once('close', () => {
      process.stderr.write('\n');
      if (answer === undefined) return subscriber.error(new Error('a line must be typed, got the end'));
      subscriber.next(answer);
      subscriber.complete();
    });
    return () => lines.close();
  });
}
