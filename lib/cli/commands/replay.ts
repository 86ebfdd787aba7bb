import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { BehaviorSubject, concatMap, defer, endWith, filter, finalize, from, ignoreElements, map, mergeMap, of, repeat, take, takeWhile, tap, timer, type Observable } from 'rxjs';
import type { Client } from '../../client/client.ts';
import { command, type Command } from '../command.ts';
import { readEvent, type RecordedEvent } from '../event-file.ts';
import { ExitCode } from '../exit-code.ts';
import { SESSION_OPTIONS } from '../input/connection-options.ts';
import type { Io } from '../io.ts';
import { UsageError } from '../usage-error.ts';
import { withClient } from '../with-client.ts';

/** Events that may be on their way: read, waiting for their time, or not acknowledged. */
const WINDOW = 64;
const FASTEST = 1000;

/** `rxwamp replay`: the events of a file, once more. */
export const replay: Command = command({
  name: 'replay',
  summary: 'publishes the events of a file again',
  about: `Publishes the events that rxwamp record wrote, each at its topic and with the pauses that they came with, and ends. The file is
read as it goes, and may be of any length; lines of your own are {"at": milliseconds, "topic", "args", "kwargs"}.`,
  words: [{ name: 'file', about: 'what record wrote', isFile: true }],
  options: {
    speed: { type: 'text', value: 'factor', about: 'so many times as fast: 2, 0.5 (1)' },
    ...SESSION_OPTIONS,
  },
  examples: [
    { line: 'rxwamp replay waves.jsonl', shows: 'as they came' },
    { line: 'rxwamp replay waves.jsonl --speed 10', shows: 'ten times as fast' },
    { line: 'rxwamp replay ticks.jsonl --speed 1000 --quiet', shows: 'at once' },
  ],
  exits: [ExitCode.failed, ExitCode.error, ExitCode.refused, ExitCode.interrupted],
  run({ speed: typed = '1', ...given }, [file = ''], io) {
    const speed = /^\d+(\.\d+)?$/.test(typed) ? Number(typed) : Number.NaN;
    if (!(speed > 0 && speed <= FASTEST)) throw new UsageError(`--speed must be a number above 0 and up to ${FASTEST}, got ${JSON.stringify(typed)}`);
    const path = resolve(io.folder, file);
    return withClient(given, io, ({ client, view }) => {
      let published = 0;
      return replayed(client, path, speed, io).pipe(
        tap(() => { published += 1; }),
        finalize(() => view.note(`${published} events published`)),
        ignoreElements(), endWith(ExitCode.done),
      );
    });
  },
});

function replayed(client: Client, path: string, speed: number, { scheduler }: Io): Observable<unknown> {
  return defer(() => {
    const events = eventsOf(path);
    const published$ = new BehaviorSubject(0);
    let read = 0;
    let began: number | undefined;
    const inTime = (event: RecordedEvent): Observable<RecordedEvent> => {
      began ??= scheduler.now() - event.at / speed;
      const wait = began + event.at / speed - scheduler.now();
      return wait > 0 ? timer(wait, scheduler).pipe(map(() => event)) : of(event);
    };
    // The next line is read when there is room for it, so that a file is never in memory.
    const hasRoom$ = published$.pipe(filter((published) => read - published < WINDOW), take(1));
    return defer(() => from(events.next())).pipe(
      tap(() => { read += 1; }),
      repeat({ delay: () => hasRoom$ }),
      takeWhile((turn): turn is IteratorYieldResult<RecordedEvent> => turn.done !== true),
      concatMap(({ value }) => inTime(value)),
      mergeMap(({ topic, args, kwargs }) => client.publish(topic, { args, kwargs }, { acknowledge: true })),
      tap(() => published$.next(published$.value + 1)),
      finalize(() => { void events.return(undefined).catch(() => {}); }),
    );
  });
}

async function* eventsOf(path: string): AsyncGenerator<RecordedEvent, undefined> {
  const stream = createReadStream(path, 'utf8');
  let number = 0;
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      number += 1;
      if (line !== '') yield readEvent(line, `${path}:${number}`);
    }
  } finally {
    stream.destroy();
  }
}
