/** The demonstration: a router, a machine that is watched, and a client that watches it over a line that is cut. */
import { concat, defer, first, ignoreElements, interval, map, merge, of, skip, startWith, Subject, switchMap, takeUntil, tap, timer, type Observable } from 'rxjs';
import { createClient, type Client } from 'rxwamp';
import { createRouter, type ListeningRouter } from 'rxwamp/router';
import { watchChecksum, watchMachine, type Change } from './changes.ts';
import { CHECKSUM, checksum } from './checksum.ts';
import { Line } from './line.ts';
import { publishMachine } from './machine.ts';
import type { Options } from './options.ts';

/** What the time of the demonstration is spent on, in parts of it. The rest is for the line that is broken. */
const SHARES = { beforeChecksum: 0.07, checksum: 0.27, beforeCut: 0.13, afterCut: 0.4 };
/** Milliseconds between the samples, and for which the line is broken. */
const SAMPLE_PERIOD = 250;
const CUT = 1500;
/** The most that is waited for what others have running, when it ends. */
const DRAIN = 5000;

interface Scene {
  readonly router: ListeningRouter;
  readonly line: Line;
  /** Publishes what the machine does, and hashes folders. */
  readonly machine: Client;
  /** Watches it, over the line. */
  readonly viewer: Client;
  /** What there is to say of the router. */
  readonly listening: Change;
}

/**
 * Everything that is seen. It ends by itself, or with `stop$`, and completes when all is put away: topics are unsubscribed from, procedures
 * unregistered, what others still have running has been answered, and sessions, sockets and the router are closed.
 */
export function demonstrate(options: Options, stop$: Observable<unknown>): Observable<Change> {
  // skip(1): the state it is in has been told.
  return defer(() => setUp(options)).pipe(
    switchMap((scene) => concat(play(scene, options, stop$), merge(leave(scene), connection(scene).pipe(skip(1))))),
  );
}

async function setUp({ port }: Options): Promise<Scene> {
  const router = createRouter({ realms: { realm1: {} } });
  const { url, taken } = await listen(router, port);
  const line = new Line(url);
  const machine = createClient({ url, realm: 'realm1' });
  // Without chance in the waits the same is seen every time.
  const viewer = createClient({ url: await line.open(), realm: 'realm1', retry: { initialDelay: 600, jitter: 'none' } });
  return { router, line, machine, viewer, listening: { kind: 'listening', url, taken } };
}

async function listen(router: ListeningRouter, port: number): Promise<{ readonly url: string; readonly taken: number | undefined }> {
  try {
    const { url } = await router.listen(`ws://127.0.0.1:${port}/ws`);
    return { url, taken: undefined };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const { url } = await router.listen('ws://127.0.0.1:0/ws');
    return { url, taken: port };
  }
}

// Whatever ends it, unsubscribing is all there is to do: that sends UNSUBSCRIBE, UNREGISTER and CANCEL.
function play(scene: Scene, options: Options, stop$: Observable<unknown>): Observable<Change> {
  const { machine, viewer, listening } = scene;
  const over = new Subject<void>();
  const ready = machine.register(CHECKSUM, checksum(options.path, SHARES.checksum * 1000 * options.seconds), { final: 'last' });

  return merge(
    of(listening),
    connection(scene),
    publishMachine(machine, SAMPLE_PERIOD).pipe(ignoreElements()),
    ready.pipe(switchMap(() => merge(watchMachine(viewer), story(scene, options).pipe(tap({ complete: () => over.next() }))))),
  ).pipe(takeUntil(options.keep ? stop$ : merge(stop$, over)));
}

function story({ viewer, line }: Scene, { path, seconds }: Options): Observable<Change> {
  const pause = (share: number): Observable<never> => timer(share * 1000 * seconds).pipe(ignoreElements());
  return concat(
    pause(SHARES.beforeChecksum),
    watchChecksum(viewer, path),
    pause(SHARES.beforeCut),
    of(note(`connection cut on purpose, for ${CUT / 1000} s`)),
    line.cut(CUT),
    pause(SHARES.afterCut),
  );
}

function connection({ viewer }: Scene): Observable<Change> {
  return viewer.state$.pipe(map((state) => ({ kind: 'state', state })));
}

function leave({ router, line, machine, viewer }: Scene): Observable<Change> {
  const nothingRuns = interval(20).pipe(
    startWith(0),
    map(() => router.stats()),
    first(({ registrations, pendingCalls }) => registrations + pendingCalls === 0),
    takeUntil(timer(DRAIN)),
    ignoreElements(),
  );
  const closed = defer(async () => {
    await Promise.all([viewer.close(), machine.close()]);
    await Promise.all([line.close(), router.close()]);
  }).pipe(ignoreElements());
  return concat(of(note('leaving')), nothingRuns, closed, of(note('left, everything is closed')));
}

function note(text: string): Change {
  return { kind: 'note', text };
}
