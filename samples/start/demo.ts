/** The demonstration: a router, a machine that is watched, and a client that watches it over a line that is cut. */
import { concat, concatWith, defer, first, ignoreElements, interval, map, merge, of, skip, startWith, Subject, switchMap, takeUntil, tap, timer, type Observable } from 'rxjs';
import { ApplicationError, WampUri, createClient, type Client, type Invocation } from 'rxwamp';
import { createRouter, type ListeningRouter, type RealmOptions } from 'rxwamp/router';
import { watchChecksum, watchMachine, type Change } from './changes.ts';
import { checksum } from './checksum.ts';
import { Line } from './line.ts';
import { publishMachine } from './machine.ts';
import type { Options } from './options.ts';
import { PageServer } from './page-server.ts';
import { CHECKSUM, CPU, CUT_LINE, DELAY, MEMORY } from './topics.ts';

/** What the time of the demonstration is spent on, in parts of it. The rest is for the line that is broken. */
const SHARES = { beforeChecksum: 0.07, checksum: 0.27, beforeCut: 0.13, afterCut: 0.4 };
/** Milliseconds between the samples, and for which the line is broken. */
const SAMPLE_PERIOD = 250;
const CUT = 1500;
/** Samples that are kept for pages that come later, or were away: two minutes. */
const KEPT = 480;
/** Milliseconds in which the answer is on its way, before the line goes. */
const ANSWERED = 50;
/** The longest that a page may have its line cut, in milliseconds. */
const LONGEST_CUT = 10_000;
/** The most that is waited for what others have running, when it ends. */
const DRAIN = 5000;

/** Who may do what: pages watch, call and see each other; those in this process do the rest. */
const REALM: RealmOptions = {
  auth: {
    // A page says what it is called, and nobody asks it to prove that.
    ticket: ({ authid = 'page' }) => ({ is: 'accept', authid, authrole: 'page' }),
    anonymous: { role: 'machine' },
  },
  roles: {
    machine: [{ uri: '', match: 'prefix', allow: ['call', 'register', 'publish', 'subscribe'] }],
    page: [
      { uri: 'com.example.', match: 'prefix', allow: ['call', 'subscribe'] },
      { uri: 'wamp.session.', match: 'prefix', allow: ['call', 'subscribe'] },
      { uri: 'wamp.subscription.', match: 'prefix', allow: ['call'] },
    ],
  },
  history: [CPU, MEMORY, DELAY].map((uri) => ({ uri, limit: KEPT })),
};

interface Scene {
  readonly router: ListeningRouter;
  readonly line: Line;
  readonly pages: PageServer;
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
  const router = createRouter({ realms: { realm1: REALM } });
  const { url, taken, pages } = await listen(router, port);
  const line = new Line(url);
  const machine = createClient({ url, realm: 'realm1' });
  // Without chance in the waits the same is seen every time.
  const viewer = createClient({ url: await line.open(), realm: 'realm1', retry: { initialDelay: 600, jitter: 'none' } });
  const page = `http://${new URL(url).host}/`;
  return { router, line, pages, machine, viewer, listening: { kind: 'listening', url, page, taken } };
}

interface Listening {
  readonly url: string;
  readonly taken: number | undefined;
  readonly pages: PageServer;
}

async function listen(router: ListeningRouter, port: number, taken?: number): Promise<Listening> {
  const pages = new PageServer();
  try {
    const { url } = await router.listen(`ws://127.0.0.1:${port}/ws`, { server: pages.http, allowedOrigins: ['self'] });
    return { url, taken, pages };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return listen(router, 0, port);
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
    machine.register(CUT_LINE, cutLine(scene)).pipe(ignoreElements()),
    ready.pipe(switchMap(() => merge(watchMachine(viewer), story(scene, options).pipe(tap({ complete: () => over.next() }))))),
  ).pipe(takeUntil(options.keep ? stop$ : merge(stop$, over)));
}

/** The procedure that cuts the line of a page, once it has said that it will. */
function cutLine({ pages }: Scene): (invocation: Invocation) => void {
  return ({ args: [page, ms] }) => {
    if (typeof page !== 'string' || typeof ms !== 'number' || !(ms >= 0 && ms <= LONGEST_CUT)) {
      throw new ApplicationError(WampUri.invalidArgument, { args: [`arguments must be the name of a page and up to ${LONGEST_CUT} ms, got ${JSON.stringify([page, ms])}`] });
    }
    timer(ANSWERED).pipe(concatWith(pages.cut(page, ms))).subscribe();
  };
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
