import { Observable, defer, endWith, ignoreElements, map, of, switchMap, tap } from 'rxjs';
import type { Client } from '../../client/client.ts';
import type { CallProgress, CallResult } from '../../session/options.ts';
import type { PayloadInput } from '../../types.ts';
import { command, type Command } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { SESSION_OPTIONS } from '../input/connection-options.ts';
import { linesOf, sayWhatIsRead } from '../input/lines.ts';
import { readKwargs, readValue } from '../input/values.ts';
import type { Io } from '../io.ts';
import { UsageError } from '../usage-error.ts';
import { ProgressBar, readProgress } from '../view/progress-bar.ts';
import { payloadLine, payloadLines } from '../view/show-payload.ts';
import type { View } from '../view/view.ts';
import { withClient } from '../with-client.ts';

/** `rxwamp call`: one CALL, its results on stdout. */
export const call: Command = command({
  name: 'call',
  summary: 'calls a procedure, and prints its result',
  about: `Calls a procedure and prints its result: each argument on a line, then each keyword argument. Arguments are JSON where they are some, and
text where not: 5 is a number, tea a text, '{"a":1}' an object, '"5"' a text again.

With --progress, results that say how far the procedure has come ({done, total}, {percent}, two numbers, or a count) are drawn as a
bar on stderr, all others are printed as they come. Ctrl-C cancels the call.

With --input-lines stdin is read no faster than the router takes it. Only the procedure knows how fast it is itself: one that is too slow for what
comes answers with an ERROR.`,
  words: [
    { name: 'uri', about: 'the procedure' },
    { name: 'args', about: 'what it is called with', count: 'any' },
  ],
  options: {
    kw: { type: 'texts', value: 'key=value', about: 'a keyword argument; as often as you like' },
    progress: { type: 'flag', short: 'p', about: 'asks for progressive results' },
    'input-lines': { type: 'flag', about: 'sends each line of stdin as input of a call that goes both ways' },
    timeout: { type: 'duration', value: 'time', about: 'gives up after so long without a result: 5, 500ms, 2m' },
    'disclose-me': { type: 'flag', about: 'lets the procedure see who calls' },
    ...SESSION_OPTIONS,
  },
  examples: [
    { line: 'rxwamp call com.example.add 2 3', shows: '5' },
    { line: 'rxwamp call com.example.greet Anna --kw polite=true', shows: 'a text with a keyword argument' },
    { line: 'rxwamp call com.example.count 20 --progress', shows: 'a bar while it counts' },
  ],
  exits: [ExitCode.failed, ExitCode.error, ExitCode.refused, ExitCode.timeout, ExitCode.interrupted],
  run(given, [uri = '', ...args], io) {
    const payload = { args: args.map(readValue), kwargs: readKwargs(given.kw) };
    if (given['input-lines'] && (args.length > 0 || given.kw.length > 0)) throw new UsageError('--input-lines must come without arguments: the lines are the input');
    const options = { progress: given.progress, timeout: given.timeout, includeQueue: true, discloseMe: given['disclose-me'] || undefined };
    return withClient(given, io, ({ client, view }) => {
      const input = given['input-lines'] ? inputOf(client, io) : payload;
      if (given['input-lines']) sayWhatIsRead(io, view);
      return shown(defer(() => calling(client, uri, input, options)), io, view);
    });
  },
});

function calling(client: Client, uri: string, payload: PayloadInput | Observable<PayloadInput>, options: { readonly progress: boolean }): Observable<CallResult | CallProgress> {
  return client.call(uri, payload, options) as Observable<CallResult | CallProgress>;
}

/** The lines of stdin, which is read while the connection has room for them: what comes of one reading may wait, and no more. */
function inputOf({ session$ }: Client, { stdin }: Io): Observable<PayloadInput> {
  return new Observable((subscriber) => {
    // Before stdin is told to go on: it would give what it has to nobody.
    subscriber.add(linesOf(stdin).pipe(map((line) => [readValue(line)])).subscribe(subscriber));
    subscriber.add(session$.pipe(switchMap((session) => session?.writable$ ?? of(true))).subscribe((isWritable) => {
      if (isWritable) stdin.resume();
      else stdin.pause();
    }));
  });
}

function shown(results$: Observable<CallResult | CallProgress>, io: Io, view: View): Observable<number> {
  const bar = new ProgressBar(io.stderr, io.scheduler);
  const show = (result: CallResult | CallProgress): void => {
    const { args, kwargs, progress } = result;
    if (view.isJson) return view.printJson({ ...(progress && { progress }), args, kwargs });
    const done = progress ? readProgress(result) : undefined;
    if (done !== undefined && io.stderr.isTTY) return bar.show(done, result);
    if (done !== undefined) return view.note(payloadLine(result));
    bar.clear();
    for (const line of payloadLines(result)) view.print(line);
  };
  return results$.pipe(tap({ next: show, error: () => bar.clear(), finalize: () => bar.clear() }), ignoreElements(), endWith(ExitCode.done));
}
