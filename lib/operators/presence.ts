import { EMPTY, catchError, defer, distinctUntilChanged, filter, from, map, merge, mergeMap, throwError, toArray, type Observable } from 'rxjs';
import { applicationErrorOf } from '../errors.ts';
import type { Dict, Id, Payload, PayloadInput, Uri } from '../types.ts';
import { liveQuery, type LiveQueryOptions, type LiveSignal } from './live-query.ts';

/** What {@link presence} asks of a Session, a Client, or whatever speaks alike. */
export interface PresencePeer {
  topicStatus(uri: Uri): Observable<LiveSignal<Payload>>;
  call(uri: Uri, payload: PayloadInput): Observable<Payload>;
}

/** One session in the realm, as the router tells of it. What it does not tell, or not as a string, is `undefined`. */
export interface PresentSession {
  readonly session: Id;
  readonly authid: string | undefined;
  readonly authrole: string | undefined;
  /** All that the router told. */
  readonly details: Dict;
}

/** Somebody who is there, with however many sessions. */
export interface Presence {
  /** `undefined` where the router does not tell who it is; each session of that kind stands for itself. */
  readonly authid: string | undefined;
  /** At least one, the one that came first in front. */
  readonly sessions: readonly PresentSession[];
}

/** What {@link presence} hands on to `liveQuery`. */
export type PresenceOptions = Pick<LiveQueryOptions<never, never>, 'limit' | 'backoff' | 'scheduler'>;

// The session meta API of the advanced profile. The layer of the operators does not know the protocol's list of URIs.
const ON_JOIN = 'wamp.session.on_join';
const ON_LEAVE = 'wamp.session.on_leave';
const LIST = 'wamp.session.list';
const GET = 'wamp.session.get';
const NO_SUCH_SESSION = 'wamp.error.no_such_session';

/** How many sessions are asked after at the same time. */
const CONCURRENCY = 16;

type Change = { readonly kind: 'joined'; readonly session: PresentSession } | { readonly kind: 'left'; readonly session: Id } | undefined;
type Sessions = ReadonlyMap<Id, PresentSession>;

/**
 * Who is in the realm, as a state: everybody once, with all of their sessions. Who was there already comes in the order of the router's
 * answers, who joins behind them.
 *
 * Subscribes to `wamp.session.on_join` and `wamp.session.on_leave`, then asks `wamp.session.list` who is there already and
 * `wamp.session.get` for each, 16 at a time. It emits once that is answered, and at each change. What holds for {@link liveQuery} holds
 * here: the question is put anew behind a reconnect, it is shared by all who observe it, errors are the end unless there is `backoff`, and
 * unsubscribing undoes both subscriptions and cancels the calls. Our own session is there too.
 *
 * The router has to offer the session meta API, and our role to be allowed to use it: else it errors with what the router refused.
 *
 * ```
 * on_join   s-----c-------     s subscribed, c joins
 * on_leave  s----------a--     a leaves
 * list get  ---(AB|)           a and b are there
 * out       ---x--y----z--     x: a and b, y: a, b and c, z: b and c
 * ```
 *
 * ```ts
 * presence(client, ({ authrole }) => authrole === 'user', { backoff: {} }).subscribe((present) => {
 *   console.log(present.map(({ authid, sessions }) => `${authid} (${sessions.length})`).join(', '));
 * });
 * // => ann (1)
 * ```
 *
 * Throws RangeError where an option cannot be right.
 *
 * @param counts says which sessions count. @default all
 */
export function presence(peer: PresencePeer, counts: (session: PresentSession) => boolean = () => true, options: PresenceOptions = {}): Observable<readonly Presence[]> {
  const topic = together(
    changesOf(peer, ON_JOIN, readJoin),
    changesOf(peer, ON_LEAVE, readLeave),
  );
  const snapshot = (): Observable<Sessions> => sessionsOf(peer).pipe(map((sessions) => new Map(sessions.filter(counts).map((one) => [one.session, one]))));

  return liveQuery({ ...options, topic, snapshot, reduce: (sessions, change) => reduce(sessions, change, counts) })
    .pipe(distinctUntilChanged(), map(byAuthid));
}

// Joining twice and leaving twice is the same as once, so no version is needed to tell what the list has in it.
function reduce(sessions: Sessions, change: Change, counts: (session: PresentSession) => boolean): Sessions {
  if (change === undefined) return sessions;
  const isThere = sessions.has(change.kind === 'left' ? change.session : change.session.session);
  if (isThere === (change.kind === 'joined') || (change.kind === 'joined' && !counts(change.session))) return sessions;
  const next = new Map(sessions);
  if (change.kind === 'left') next.delete(change.session);
  else next.set(change.session.session, change.session);
  return next;
}

function byAuthid(sessions: Sessions): readonly Presence[] {
  const groups = new Map<unknown, PresentSession[]>();
  for (const session of sessions.values()) {
    const key = session.authid ?? session;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [session]);
    else group.push(session);
  }
  return [...groups.values()].map((group) => ({ authid: group[0]?.authid, sessions: group }));
}

function sessionsOf(peer: PresencePeer): Observable<readonly PresentSession[]> {
  return peer.call(LIST, []).pipe(
    map(({ args: [list] }) => (Array.isArray(list) ? list.filter(isId) : [])),
    mergeMap((ids) => from(ids).pipe(
      mergeMap((id) => peer.call(GET, [id]).pipe(catchError((error: unknown) => (applicationErrorOf(error)?.uri === NO_SUCH_SESSION ? EMPTY : throwError(() => error)))), CONCURRENCY),
      map(({ args: [details] }) => readSession(details)),
      filter((session) => session !== undefined),
      toArray(),
    )),
  );
}

function changesOf(peer: PresencePeer, uri: Uri, read: (value: unknown) => Change): Observable<LiveSignal<Change>> {
  return peer.topicStatus(uri).pipe(map((signal) => (signal.kind === 'event' ? { kind: 'event', event: read(signal.event.args[0]) } : signal)));
}

/** Two topics as one, which is subscribed to where both are. */
function together<E>(...topics: readonly Observable<LiveSignal<E>>[]): Observable<LiveSignal<E>> {
  return defer(() => {
    const up = new Set<Observable<LiveSignal<E>>>();
    return merge(...topics.map((topic) => topic.pipe(filter(({ kind }) => {
      if (kind === 'subscribed') up.add(topic);
      if (kind === 'suspended') up.delete(topic);
      return kind === 'event' || kind === 'suspended' || up.size === topics.length;
    }))));
  });
}

function readJoin(value: unknown): Change {
  const session = readSession(value);
  return session && { kind: 'joined', session };
}

function readLeave(value: unknown): Change {
  return isId(value) ? { kind: 'left', session: value } : undefined;
}

function readSession(value: unknown): PresentSession | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const details = value as Dict;
  const session = details['session'];
  return isId(session) ? { session, authid: text(details['authid']), authrole: text(details['authrole']), details } : undefined;
}

function isId(value: unknown): value is Id {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 2 ** 53;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
