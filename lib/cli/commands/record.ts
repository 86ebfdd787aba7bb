import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { defer, endWith, finalize, ignoreElements, merge, take, tap } from 'rxjs';
import { command, type Command } from '../command.ts';
import { writeEvent } from '../event-file.ts';
import { ExitCode } from '../exit-code.ts';
import { SESSION_OPTIONS } from '../input/connection-options.ts';
import { UsageError } from '../usage-error.ts';
import { withClient } from '../with-client.ts';

const MOST_EVENTS = 1_000_000_000;

/** `rxwamp record`: events into a file, for `rxwamp replay`. */
export const record: Command = command({
  name: 'record',
  summary: 'writes the events of topics into a file',
  about: `Subscribes to topics and writes each event into a file, a line of JSON with its time, until Ctrl-C. The file must not be there
already. rxwamp replay publishes them again, in the same rhythm.

What is recorded are events, and not messages: for a recording of a client's session, to test it with, there is record() of
rxwamp/testing.`,
  words: [
    { name: 'file', about: 'where they go', isFile: true },
    { name: 'uris', about: 'the topics', count: 'any' },
  ],
  options: {
    match: { type: 'word', words: ['exact', 'prefix', 'wildcard'], about: 'how topics are compared with them' },
    count: { type: 'count', value: 'number', least: 1, most: MOST_EVENTS, about: 'ends after so many events' },
    ...SESSION_OPTIONS,
  },
  examples: [
    { line: 'rxwamp record waves.jsonl com.example.wave. --match prefix --count 30', shows: 'thirty events' },
    { line: 'rxwamp record ticks.jsonl com.example.tick --count 2', shows: 'two' },
    { line: 'rxwamp record both.jsonl com.example.tick com.example.wave.sine --count 5', shows: 'of two topics' },
  ],
  exits: [ExitCode.failed, ExitCode.error, ExitCode.refused, ExitCode.interrupted],
  run({ match, count = MOST_EVENTS, ...given }, [file = '', ...uris], io) {
    if (uris.length === 0) throw new UsageError('record must be given at least one <uri>, got none');
    return withClient(given, io, ({ client, view }) => defer(() => {
      const topics = [...new Set(uris)].map((uri) => client.topic(uri, { match }));
      const path = resolve(io.folder, file);
      const descriptor = openSync(path, 'wx');
      let [began, recorded]: [number | undefined, number] = [undefined, 0];
      return merge(...topics).pipe(
        take(count),
        tap(({ topic, args, kwargs }) => {
          const now = io.scheduler.now();
          began ??= now;
          writeSync(descriptor, `${writeEvent({ at: now - began, topic, args, kwargs })}\n`);
          recorded += 1;
        }),
        finalize(() => {
          closeSync(descriptor);
          view.note(`${recorded} events in ${path}`);
        }),
        ignoreElements(), endWith(ExitCode.done),
      );
    }));
  },
});
