import { EMPTY, Observable, Subscription, catchError, concat, defer, endWith, ignoreElements, map, merge, share, switchMap, take, takeUntil, tap } from 'rxjs';
import type { Client } from '../client/client.ts';
import { clientOf } from '../client/create-client.ts';
import { exitCodeOfSignal } from '../client/signals.ts';
import type { ClientState } from '../client/state.ts';
import { ConnectFailedError } from '../errors.ts';
import { nameOf } from '../protocol/lifecycle.ts';
import { toWire } from '../protocol/wire.ts';
import { parseNodeUrl } from '../transports/rawsocket-url.ts';
import { ExitCode, exitCodeOf } from './exit-code.ts';
import type { SessionOptions } from './input/connection-options.ts';
import type { Given } from './input/options.ts';
import { readSettings, type Settings } from './input/settings.ts';
import type { Io } from './io.ts';
import { explain } from './view/explain.ts';
import { asJson } from './view/show-payload.ts';
import { View } from './view/view.ts';

/** Milliseconds that what is under way has to end when the command does. */
const LEAVING_TIME = 5000;

/** What a command works with. */
export interface Work {
  readonly client: Client;
  readonly view: View;
  /** Emits the exit code at the first signal, or when nobody reads stdout any more. The second signal ends the process. */
  readonly stopped$: Observable<number>;
}

/** How a command is stopped: what it does is unsubscribed from, or it hears of {@link Work.stopped$} and comes to its end. */
export type Stop = 'cancel' | 'finish';

/**
 * Does the work of a command over a client, and leaves. The first connection has to succeed; one that is lost later is mended, and stderr told
 * about it. Emits the exit code: that of the work, of what it failed with, or of the signal. What failed stands on stderr then.
 */
export function withClient(given: Given<SessionOptions>, io: Io, work: (work: Work) => Observable<number>, stop: Stop = 'cancel'): Observable<number> {
  return readSettings(given, io).pipe(switchMap((settings) => {
    const view = new View(io, given);
    if (settings.leftOut !== undefined) view.warn(settings.leftOut);
    const client = clientFor(settings, io);
    const watching = watch(client, given, view);
    let code: number = ExitCode.done;
    const stopped$ = stopsOf(io).pipe(tap((end) => { code = end; }), share());
    const working = defer(() => work({ client, view, stopped$ })).pipe(
      tap((end) => { if (code === ExitCode.done) code = end; }),
      catchError((error: unknown) => {
        // What was asked of a client that has given up failed because of that.
        const cause = client.state.kind === 'closed' ? client.state.cause ?? error : error;
        view.complain(cause);
        if (settings.isDefaultUrl && cause instanceof ConnectFailedError) view.note('rxwamp demo starts a router there, and --url names another');
        code = exitCodeOf(cause);
        return EMPTY;
      }),
    );
    const ended = stop === 'cancel' ? working.pipe(takeUntil(stopped$)) : listening(working, stopped$);
    return concat(ended, client.drain({ timeout: LEAVING_TIME })).pipe(
      ignoreElements(),
      tap({ finalize: () => watching.unsubscribe() }),
      endWith(0),
      map(() => code),
    );
  }));
}

// Hears the first signal, whoever else does not: it would end the process. The second one meets nobody, and does.
function listening<T>(working: Observable<T>, stopped$: Observable<number>): Observable<T> {
  return new Observable((subscriber) => {
    subscriber.add(stopped$.subscribe());
    subscriber.add(working.subscribe(subscriber));
  });
}

function stopsOf(io: Io): Observable<number> {
  return merge(
    io.signals('SIGINT', 'SIGTERM').pipe(map(exitCodeOfSignal)),
    io.hungUp$.pipe(map(() => ExitCode.done)),
  ).pipe(take(1));
}

function clientFor({ url, realm, auth, serializers, tls }: Settings, io: Io): Client {
  let hasJoined = false;
  const client = clientOf({
    url, realm, auth, scheduler: io.scheduler,
    retry: { shouldReconnect: () => (hasJoined ? undefined : false) },
  }, { dial: (at, options) => io.dial(at, { ...options, tls }), checkUrl: parseNodeUrl, serializers: () => serializers });
  client.state$.subscribe(({ kind }) => { hasJoined ||= kind === 'joined'; });
  return client;
}

function watch(client: Client, { verbose }: Given<SessionOptions>, view: View): Subscription {
  const watching = client.errors$.subscribe((error) => view.complain(error));
  let wasLost = false;
  watching.add(client.state$.subscribe((state) => {
    const sentence = sentenceOf(state, wasLost);
    wasLost ||= state.kind === 'waiting';
    if (sentence !== undefined) view.note(sentence);
  }));
  if (verbose) {
    watching.add(client.frames$.subscribe(({ direction, message }) => {
      view.trace(`${direction === 'out' ? '->' : '<-'} ${nameOf(message.type)} ${asJson(toWire(message))}`);
    }));
  }
  // A use of the client, which holds the connection between two lines, say.
  watching.add(client.session$.subscribe());
  return watching;
}

function sentenceOf(state: ClientState, wasLost: boolean): string | undefined {
  if (state.kind === 'waiting') return `${explain(state.cause)}; attempt ${state.attempt} in ${(state.delay / 1000).toFixed(1)} s`;
  return state.kind === 'joined' && wasLost ? `joined ${state.details.realm} again` : undefined;
}
