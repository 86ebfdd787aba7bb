/** What the page gets to know, as streams of small changes. */
import { EMPTY, catchError, concat, exhaustMap, filter, first, map, merge, mergeMap, of, share, takeWhile, type Observable } from 'rxjs';
import { presence, type Client, type ClientState, type GapSignal, type Presence, type RecoveredSignal, type SubscribedSignal, type SuspendedSignal, type Uri } from 'rxwamp';
import { CHECKSUM, CPU, CUT_LINE, DELAY, MEMORY, type Checksum, type Cpu, type Delay, type Memory, type Numbered, type Progress } from '../start/topics.ts';

/** One sample of one chart. */
export interface Point extends Numbered {
  readonly values: readonly number[];
}

/** The three charts. */
export type ChartName = 'cpu' | 'memory' | 'delay';

export type Change =
  | { readonly kind: 'state'; readonly state: ClientState }
  | { readonly kind: 'points'; readonly chart: ChartName; readonly points: readonly Point[]; readonly recovered: boolean }
  | SubscribedSignal | SuspendedSignal | RecoveredSignal | GapSignal
  | { readonly kind: 'progress'; readonly progress: Progress | undefined }
  | { readonly kind: 'checksum'; readonly checksum: Checksum }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'present'; readonly present: readonly Presence[] }
  | { readonly kind: 'note'; readonly text: string };

/** Samples that a page asks for when it opens: a minute. */
const RECENT = 240;

/** The machine: what it did before the page came, what it does, and what became of the stream meanwhile. */
export function watchMachine(client: Client): Observable<Change> {
  return merge(
    chart(client, CPU, 'cpu', (cores) => (cores as Cpu).map((load) => load * 100)),
    // The three come and go together: one of them tells what becomes of the stream.
    chart(client, MEMORY, 'memory', (memory) => [(memory as Memory).used / 2 ** 30]).pipe(filter(({ kind }) => kind === 'points')),
    chart(client, DELAY, 'delay', (delay) => [delay as Delay]).pipe(filter(({ kind }) => kind === 'points')),
  );
}

function chart(client: Client, topic: Uri, name: ChartName, valuesOf: (value: Value) => readonly number[]): Observable<Change> {
  const point = (value: Value, { seq, at }: Numbered): Point => ({ seq, at, values: valuesOf(value) });
  const past = recent(client, topic).pipe(
    map((events): Change => ({ kind: 'points', chart: name, recovered: false, points: events.map(({ args: [value], kwargs }) => point(value, kwargs)) })),
  );
  const signals = client.topicStatus<readonly [value: Value], Numbered>(topic, { recover: 'history' }).pipe(share());
  return merge(
    signals.pipe(map((signal): Change => {
      if (signal.kind !== 'event') return signal;
      const { args: [value], kwargs, recovered } = signal.event;
      return { kind: 'points', chart: name, recovered, points: [point(value, kwargs)] };
    })),
    signals.pipe(first(({ kind }) => kind === 'subscribed'), mergeMap(() => past)),
  );
}

type Value = Cpu | Memory | Delay;

interface KeptEvent {
  readonly args: readonly [value: Value];
  readonly kwargs: Numbered;
}

/** The last events of a topic, from the history that the router keeps. */
function recent(client: Client, topic: Uri): Observable<readonly KeptEvent[]> {
  return client.call<number>('wamp.subscription.lookup', [topic]).pipe(
    mergeMap(({ args: [subscription] }) => client.call('wamp.subscription.get_events', { args: [subscription], kwargs: { limit: RECENT, reverse: true } })),
    map(({ args }) => args as readonly KeptEvent[]),
    // A chart that begins empty is a chart.
    catchError(() => EMPTY),
  );
}

/** Calls the checksum each time that somebody wants it, one at a time. `cancel$` cancels it. */
export function watchChecksum(client: Client, call$: Observable<unknown>, cancel$: Observable<unknown>): Observable<Change> {
  return call$.pipe(exhaustMap(() => {
    const answer = client.call<Checksum, Progress>(CHECKSUM, [], { progress: true }).pipe(
      map((result): Change => (result.progress ? { kind: 'progress', progress: result.args[0] } : { kind: 'checksum', checksum: result.args[0] })),
      catchError((error: Error) => of<Change>({ kind: 'failed', error })),
    );
    const cancelled = cancel$.pipe(map((): Change => ({ kind: 'cancelled' })));
    return concat(
      of<Change>({ kind: 'progress', progress: undefined }),
      merge(answer, cancelled).pipe(takeWhile(({ kind }) => kind === 'progress', true)),
    );
  }));
}

/** Who else has this page open: everybody who joined as one, with all of their sessions. */
export function watchPresence(client: Client): Observable<Change> {
  return presence(client, ({ authrole }) => authrole === 'page', { backoff: {} }).pipe(map((present) => ({ kind: 'present', present })));
}

/** Has the machine cut our line: once it has said yes, the line is as good as dead. */
export function cutLine(client: Client, page: string, ms: number): Observable<Change> {
  return client.call(CUT_LINE, [page, ms]).pipe(
    map((): Change => ({ kind: 'note', text: `the line is cut on purpose, for ${ms / 1000} s` })),
    catchError((error: Error) => of<Change>({ kind: 'note', text: `the line cannot be cut: ${error.message}` })),
  );
}
