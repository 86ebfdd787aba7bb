import { EMPTY, catchError, concatMap, defer, endWith, ignoreElements, map, of, take, tap, type Observable } from 'rxjs';
import type { Client } from '../../client/client.ts';
import type { TopicSignal } from '../../session/options.ts';
import type { Uri } from '../../types.ts';
import { command, type Command } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { SESSION_OPTIONS } from '../input/connection-options.ts';
import { valueAt } from '../input/values.ts';
import type { Io } from '../io.ts';
import { lastEvents } from '../last-events.ts';
import { UsageError } from '../usage-error.ts';
import { explain } from '../view/explain.ts';
import { LivePlot } from '../view/live-plot.ts';
import { asWords, payloadLine, type Shown } from '../view/show-payload.ts';
import { timeOfDay } from '../view/time-of-day.ts';
import type { View } from '../view/view.ts';
import { withClient } from '../with-client.ts';

const MOST_EVENTS = 1_000_000_000;
const MOST_PAST = 10_000;
const DEFAULT_SPAN = 60_000;

/** An event as it is shown. */
interface Told extends Shown {
  readonly topic: Uri;
  readonly publication: unknown;
  readonly at: Date;
  readonly mark: 'retained' | 'past' | undefined;
}

/** `rxwamp subscribe`: events on stdout, one on each line, or drawn. */
export const subscribe: Command = command({
  name: 'subscribe',
  summary: 'prints the events of a topic, or draws them',
  about: `Subscribes to a topic and prints each event on a line: when it came, its topic, arguments, key=value. Goes on until Ctrl-C; a
lost connection is mended, and stderr told about it.

With --plot, numbers are drawn live in the terminal, a line for each topic; where stdout is no terminal they are printed.`,
  words: [{ name: 'uri', about: 'the topic, or with --match a pattern' }],
  options: {
    match: { type: 'word', words: ['exact', 'prefix', 'wildcard'], about: 'how topics are compared with it' },
    count: { type: 'count', value: 'number', least: 1, most: MOST_EVENTS, about: 'ends after so many events' },
    retained: { type: 'flag', about: 'begins with the event that the router retains' },
    last: { type: 'count', value: 'number', least: 1, most: MOST_PAST, about: 'begins with the last ones, where the router has a history' },
    field: { type: 'text', value: 'path', about: 'that part of each event: 0 the first argument, 0.temp a key of it, temp a keyword' },
    plot: { type: 'flag', about: 'draws numbers: the first of each event, or --field' },
    span: { type: 'duration', value: 'time', about: 'how much is drawn at most (1m)' },
    ...SESSION_OPTIONS,
  },
  examples: [
    { line: 'rxwamp subscribe com.example.tick --count 3', shows: 'three events, then ends' },
    { line: 'rxwamp subscribe com.example.wave. --match prefix --plot', shows: 'three curves' },
    { line: 'rxwamp subscribe com.example.tick --last 5 --count 6 --json', shows: 'five of before and the next one, as JSON' },
  ],
  exits: [ExitCode.failed, ExitCode.error, ExitCode.refused, ExitCode.interrupted],
  run(given, [uri = ''], io) {
    if (given.plot && given.json) throw new UsageError('--plot must come without --json: a drawing is for the eye');
    return withClient(given, io, ({ client, view }) => {
      const told$ = defer(() => toldBy(client, uri, given, io, view)).pipe(take(given.count ?? MOST_EVENTS));
      if (given.plot && io.stdout.isTTY) return plotted(told$, given, io, view);
      if (given.plot) view.note('stdout is no terminal: events are printed');
      return told$.pipe(tap((event) => print(event, given.field, view)), ignoreElements(), endWith(ExitCode.done));
    });
  },
});

interface Wanted {
  readonly match: 'exact' | 'prefix' | 'wildcard' | undefined;
  readonly retained: boolean;
  readonly last: number | undefined;
}

function toldBy(client: Client, uri: string, { match, retained, last }: Wanted, { scheduler }: Io, view: View): Observable<Told> {
  let isFirst = true;
  const seen = new Set<unknown>();
  // What comes while the history is asked for waits behind it.
  return client.topicStatus(uri, { match, retained }).pipe(concatMap((signal: TopicSignal) => {
    if (signal.kind === 'gap') view.note(`events of ${(signal.duration / 1000).toFixed(1)} s may be missing`);
    if (signal.kind === 'event') {
      const { event } = signal;
      return seen.has(event.publication) ? EMPTY : of<Told>({ ...event, at: new Date(scheduler.now()), mark: event.retained ? 'retained' : undefined });
    }
    if (signal.kind !== 'subscribed' || !isFirst) return EMPTY;
    isFirst = false;
    view.note(`subscribed to ${uri}`);
    if (last === undefined) return EMPTY;
    return lastEvents(client, uri, signal.subscription, last).pipe(
      concatMap((events) => events),
      tap(({ publication }) => seen.add(publication)),
      map((event): Told => ({ ...event, at: new Date(event.timestamp ?? scheduler.now()), mark: 'past' })),
      catchError((error: unknown) => {
        view.note(`no history: ${explain(error)}`);
        return EMPTY;
      }),
    );
  }));
}

function print(event: Told, field: string | undefined, view: View): void {
  const { topic, publication, at, mark, args, kwargs } = event;
  const value = field === undefined ? undefined : partOf(event, field);
  if (view.isJson) return view.printJson(field === undefined ? { at, topic, args, kwargs, publication, ...(mark !== undefined && { [mark]: true }) } : value);
  view.printPainted([
    ['dim', timeOfDay(at)], [undefined, '  '], ['cyan', topic], [undefined, `  ${field === undefined ? payloadLine(event) : asWords(value)}`],
    ...(mark === undefined ? [] : [['dim', `  (${mark})`] as const]),
  ]);
}

function partOf({ args, kwargs }: Shown, field: string): unknown {
  return valueAt({ ...kwargs, ...Object.fromEntries(args.entries()) }, field);
}

function plotted(told$: Observable<Told>, { field, span = DEFAULT_SPAN }: { readonly field: string | undefined; readonly span: number | undefined }, io: Io, view: View): Observable<number> {
  const plot = new LivePlot(io, view.paint, span);
  view.divert((sentence) => { plot.status = sentence; });
  return plot.during(told$.pipe(tap((event) => {
    const value = field === undefined ? [...event.args, ...Object.values(event.kwargs)].find((each) => typeof each === 'number') : partOf(event, field);
    if (typeof value === 'number' && Number.isFinite(value)) plot.add(event.topic, value);
    else plot.status = `an event of ${event.topic} has no number${field === undefined ? '' : ` at ${field}`}`;
  }), ignoreElements(), endWith(ExitCode.done)), io.resized$);
}
