/** What a client that watches the machine gets to see, as one stream of small changes. */
import { catchError, filter, map, merge, of, pairwise, share, type Observable } from 'rxjs';
import type { Client, ClientState, GapSignal, SuspendedSignal, TopicEvent } from 'rxwamp';
import { CHECKSUM, CPU, DELAY, MEMORY, type Checksum, type Cpu, type Delay, type Memory, type Numbered, type Progress } from './topics.ts';

export type Change =
  | { readonly kind: 'listening'; readonly url: string; /** The page for a browser. */ readonly page: string; /** The port that was asked for, if it was in use. */ readonly taken: number | undefined }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'state'; readonly state: ClientState }
  | { readonly kind: 'subscribed'; readonly topic: string; readonly again: boolean }
  | SuspendedSignal
  | GapSignal
  | { readonly kind: 'missed'; readonly from: number; readonly to: number }
  | { readonly kind: 'cpu'; readonly seq: number; readonly value: Cpu }
  | { readonly kind: 'memory'; readonly seq: number; readonly value: Memory }
  | { readonly kind: 'delay'; readonly seq: number; readonly value: Delay }
  | { readonly kind: 'progress'; readonly path: string; readonly progress: Progress }
  | { readonly kind: 'checksum'; readonly path: string; readonly checksum: Checksum }
  | { readonly kind: 'failed'; readonly path: string; readonly error: Error };

/** The three topics of the machine, for as long as it is subscribed to. */
export function watchMachine(client: Client): Observable<Change> {
  // One subscription on the wire, however many look at it: topicStatus tells what becomes of the stream, topic is the stream alone.
  const cpu = client.topicStatus<readonly [value: Cpu], Numbered>(CPU).pipe(share());
  const events = cpu.pipe(filter((signal) => signal.kind === 'event'), map(({ event }) => read(event)));

  return merge(
    cpu.pipe(filter((signal) => signal.kind === 'subscribed'), map((_, times): Change => ({ kind: 'subscribed', topic: CPU, again: times > 0 }))),
    cpu.pipe(filter((signal) => signal.kind === 'suspended' || signal.kind === 'gap')),
    events.pipe(missed),
    events.pipe(map((event): Change => ({ kind: 'cpu', ...event }))),
    client.topic<readonly [value: Memory], Numbered>(MEMORY).pipe(map((event): Change => ({ kind: 'memory', ...read(event) }))),
    client.topic<readonly [value: Delay], Numbered>(DELAY).pipe(map((event): Change => ({ kind: 'delay', ...read(event) }))),
  );
}

/** Calls the checksum of a folder. Unsubscribing cancels it. */
export function watchChecksum(client: Client, path: string): Observable<Change> {
  return client.call<Checksum, Progress>(CHECKSUM, [path], { progress: true }).pipe(
    map((result): Change => result.progress
      ? { kind: 'progress', path, progress: result.args[0] }
      : { kind: 'checksum', path, checksum: result.args[0] }),
    catchError((error: Error) => of<Change>({ kind: 'failed', path, error })),
  );
}

function read<V>({ args: [value], kwargs: { seq } }: TopicEvent<readonly [value: V], Numbered>): { readonly seq: number; readonly value: V } {
  return { seq, value };
}

/** The numbers that are not there. */
function missed(events: Observable<Pick<Numbered, 'seq'>>): Observable<Change> {
  return events.pipe(
    pairwise(),
    filter(([before, now]) => now.seq > before.seq + 1),
    map(([before, now]): Change => ({ kind: 'missed', from: before.seq + 1, to: now.seq - 1 })),
  );
}
