import {
  EMPTY, concat, defer, endWith, filter, interval, lastValueFrom, map, merge, of, startWith, Subject, take, takeUntil, timer, type Observable,
  type SchedulerLike,
} from 'rxjs';
import { addUp, type Census } from '../census.ts';
import { ConnectFailedError } from '../errors.ts';
import { show } from '../protocol/fields.ts';
import { idSequence, randomId } from '../protocol/ids.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import { codec } from '../serializers/codec.ts';
import type { Codec } from '../serializers/serializer.ts';
import type { Connection, Transport } from '../transports/transport.ts';
import type { Dict, Uri } from '../types.ts';
import { Acceptor } from './acceptor.ts';
import { Channel, type FrameBounds } from './channel.ts';
import { Handshakes, isJoining } from './handshakes.ts';
import { linkTo } from './link.ts';
import type { DecisionFilter, ReloadOptions, RouterOptions, SessionInfo } from './options.ts';
import { Realm } from './realm.ts';
import { readReload } from './reload-settings.ts';
import { SessionIds } from './session-ids.ts';
import { readRouterOptions, type Platform, type RealmSettings, type RouterSettings } from './settings.ts';
import { STATS_PERIOD } from './stats-topic.ts';
import { doneOf, statsOf, sumOf, type RouterStats } from './stats.ts';
import { newTraffic } from './traffic.ts';
import { duration, knownKeys } from './validation.ts';

/** Options of {@link Router.link}. */
export interface LinkOptions {
  /** Serializer of the link, by its WebSocket name: one of the router's. @default the router's first one */
  readonly serializer?: string | undefined;
  /** Milliseconds a frame takes from one end to the other; 0 delivers at once. @default 0 */
  readonly latency?: number | undefined;
  /** Keeps the time of the link. @default the router's */
  readonly scheduler?: SchedulerLike | undefined;
}

/** Options of {@link Router.close} and {@link Router.shutdown}. */
export interface ShutdownOptions {
  /**
   * Milliseconds in which calls that are open may be answered, before anybody is said GOODBYE to. New ones are meanwhile refused with
   * `wamp.error.unavailable`; everything else goes on. @default 0
   */
  readonly calls?: number | undefined;
  /** Milliseconds to wait for the GOODBYEs of the clients before their connections are dropped. @default timeouts.goodbye */
  readonly drain?: number | undefined;
  /**
   * Seconds over which the clients are to spread their return, so that they do not come all at once: each is told a random part of
   * them as `GOODBYE.Details.retry_after`. 0 tells nothing. @default 0
   */
  readonly retryAfter?: number | undefined;
}

/** Options of {@link Router.invalidateDecisions}: which decisions are forgotten. */
export interface InvalidateOptions extends DecisionFilter {
  /** @default all realms */
  readonly realm?: Uri | undefined;
}

/** Milliseconds between two looks at the calls that a router waits for before it closes. */
const LOOK_PERIOD = 20;

/** The longest message that is read of a client that has not joined: reading a long one keeps all the others waiting. */
const HANDSHAKE_SIZE = 262_144;

/** Realms, and the way in to them: over {@link Router.link} in the same process, or over connections given to {@link Router.attach}. */
export class Router {
  /**
   * Those who have joined, in the order they came by realm: the list as it is on subscribe, and at each joining and leaving. Completes
   * when the router is closed. Each emission is a new list; where the number is enough, {@link stats} is cheaper.
   */
  readonly sessions$: Observable<readonly SessionInfo[]>;
  /** {@link stats} on subscribe and once a second. Completes when the router is closed. */
  readonly stats$: Observable<RouterStats>;
  #settings: RouterSettings;
  readonly #codecs: ReadonlyMap<string, Codec>;
  readonly #realms: Map<Uri, Realm>;
  readonly #nextId = idSequence();
  readonly #ids: SessionIds;
  readonly #channels = new Set<Channel>();
  readonly #handshakes: Handshakes;
  /** What is read of clients that have not joined. */
  readonly #bounds: FrameBounds;
  readonly #traffic = newTraffic();
  /** What was done in realms that are no more. */
  #done = statsOf(newTraffic());
  readonly #start: number;
  readonly #changes = new Subject<void>();
  readonly #gone = new Subject<never>();
  #isClosing = false;

  /** Use `createRouter`, which knows its platform. Throws TypeError or RangeError over options. */
  constructor(options: RouterOptions, platform: Platform) {
    this.#settings = readRouterOptions(options, platform, (realm, procedure, args) => this.#realms.get(realm)?.call(procedure, args) ?? EMPTY);
    const { serializers, random, scheduler, handshakes, limits } = this.#settings;
    this.#bounds = { ...limits, messageSize: Math.min(limits.messageSize, HANDSHAKE_SIZE) };
    this.#handshakes = new Handshakes(handshakes);
    this.#codecs = new Map(serializers.map((serializer) => [serializer.subprotocol, codec(serializer, { keepSource: true })]));
    this.#ids = new SessionIds(random);
    this.#start = scheduler.now();
    this.#realms = new Map([...this.#settings.realms].map(([name, settings]) => [name, this.#makeRealm(name, settings)]));
    this.sessions$ = this.#changes.pipe(startWith(undefined), map(() => this.#sessions()));
    this.stats$ = concat(defer(() => of(this.stats())), interval(STATS_PERIOD, scheduler).pipe(map(() => this.stats()))).pipe(
      takeUntil(this.#gone.pipe(endWith(undefined))),
    );
  }

  /** Serializers a client may choose from, best first, by their WebSocket names. */
  get subprotocols(): readonly string[] {
    return [...this.#codecs.keys()];
  }

  /** The names of the realms. */
  get realms(): readonly Uri[] {
    return [...this.#realms.keys()];
  }

  /** Whether it lets nobody in any more. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** The longest message that is read in any realm: what a listener need not refuse. */
  get messageSize(): number {
    return Math.max(this.#settings.limits.messageSize, ...[...this.#realms.values()].map(({ settings }) => settings.limits.messageSize));
  }

  /**
   * Takes a connection over: the client at its other end is expected to say HELLO. `transport` is what is known of the way it came; realms that are not among
   * `realms` do not exist for it.
   */
  attach(connection: Connection, transport: Dict = {}, realms?: readonly Uri[]): void {
    const found = this.#codecs.get(connection.subprotocol);
    if (found === undefined) {
      connection.error(new ConnectFailedError(`subprotocol must be one of ${this.subprotocols.join(', ')}, got ${show(connection.subprotocol)}`));
      return;
    }
    const { log, timeouts, scheduler } = this.#settings;
    const channel = new Channel(connection, { codec: found, bounds: this.#bounds, traffic: this.#traffic, log, onClosed: this.#forget });
    if (this.#isClosing) return channel.abort(WampUri.systemShutdown, 'the router is closing');
    if (!this.#handshakes.begin(channel)) return;
    this.#channels.add(channel);
    channel.start(new Acceptor({ channel, transport, realms: realms === undefined ? this.#realms : this.#only(realms), ids: this.#ids, timeouts, scheduler, log }));
  }

  /**
   * A way to this router for a client in the same process, without a socket. Each subscription is a connection of its own; it errors
   * with ConnectFailedError when the router is closed.
   */
  link(options: LinkOptions = {}): Transport {
    knownKeys(options, 'options', ['serializer', 'latency', 'scheduler']);
    const { serializer = this.subprotocols[0]!, latency = 0, scheduler = this.#settings.scheduler } = options;
    if (!this.#codecs.has(serializer)) {
      throw new TypeError(`options.serializer must be one of ${this.subprotocols.join(', ')}, got ${show(serializer)}`);
    }
    duration(latency, 'options.latency');

    return linkTo({
      subprotocol: serializer,
      latency,
      scheduler,
      accept: (connection) => {
        if (this.#isClosing) throw new ConnectFailedError('the router is closed');
        this.attach(connection, { type: 'memory' });
      },
    });
  }

  /** What the router has and has done. Nothing is kept for it that is not there anyway. */
  stats(): RouterStats {
    const realms = [...this.#realms].map(([name, { stats }]) => [name, stats] as const);
    const uptime = this.#settings.scheduler.now() - this.#start;
    const sums = sumOf([statsOf(this.#traffic), this.#done, ...realms.map(([, stats]) => stats)]);
    return { uptime, connections: this.#channels.size, ...sums, realms: Object.fromEntries(realms) };
  }

  /**
   * Changes the router while it is in use.
   *
   * - `realms` gives realms other rules: what roles may do, how clients that come authenticate, and what they may take. Sessions stay; each next request is
   *   ruled by the new rules. Subscriptions and registrations that `roles` do not allow any more are revoked; open calls, and a decision that is awaited,
   *   are not touched, and `authorize` is not asked about what is there
   * - `limits`, those of a realm too, are for the sessions that come from now on
   * - `add` opens realms
   * - `remove` says GOODBYE `wamp.close.close_realm` to the sessions of realms, quietly: no testament is published. Who comes back is told that there is no such
   *   realm. Connections of clients that do not answer are dropped after `timeouts.goodbye`
   *
   * All of it is read before the first is used: a TypeError or RangeError leaves everything as it was. Listeners go on taking messages of the length that was
   * the longest when they began to listen.
   *
   * ```ts
   * router.reload({ realms: { realm1: { roles: { guest: [{ uri: 'com.shop.', match: 'prefix', allow: ['subscribe'] }] } } } });
   * router.reload({ add: { realm2: {} }, limits: { sessionsPerPeer: 10 } });
   * router.reload({ remove: ['realm2'] });
   * ```
   */
  reload(options: ReloadOptions): void {
    const { changed, added, removed, limits, handshakes } = readReload(options, this.#realms, this.#settings);
    const { log } = this.#settings;
    const opened = this.#open(added);
    this.#settings = { ...this.#settings, limits, handshakes };
    this.#handshakes.bound(handshakes);
    for (const name of removed) this.#remove(name);
    for (const [name, realm] of opened) {
      this.#realms.set(name, realm);
      log?.info?.('realm opened', { realm: name });
    }
    for (const [name, settings] of changed) {
      this.#realms.get(name)?.reload(settings);
      log?.info?.('rules reloaded', { realm: name });
    }
  }

  /**
   * Forgets what realms keep of decisions of `authorize`, and tells how many they were: those that fit the filter, or all of them. What is asked
   * next is asked anew. A TypeError says what is wrong with the filter.
   *
   * ```ts
   * router.invalidateDecisions({ realm: 'realm1', authid: 'peter' });
   * ```
   */
  invalidateDecisions(options: InvalidateOptions = {}): number {
    knownKeys(options, 'options', ['realm', 'authid', 'authrole', 'uri']);
    const { realm, ...which } = options;
    if (realm !== undefined && !this.#realms.has(realm)) throw new TypeError(`options.realm must be a realm of the router, got ${show(realm)}`);
    const realms = [...this.#realms.values()].filter(({ name }) => realm === undefined || name === realm);
    return realms.reduce((sum, one) => sum + one.invalidateDecisions(which), 0);
  }

  /**
   * Closes the router when it is subscribed to: every session gets GOODBYE `wamp.close.system_shutdown`, and who answers not in time
   * is dropped. Nobody is let in any more. Completes when the last connection is closed; unsubscribing stops watching, not the closing.
   * A second time only watches.
   *
   * ```
   * { calls: 5, drain: 3 }
   * open calls   1-1-0
   * session      ----G--x        G GOODBYE, behind the last answer; x the client has not answered it
   * shutdown()   -------|
   * ```
   */
  shutdown(options: ShutdownOptions = {}): Observable<never> {
    knownKeys(options, 'options', ['calls', 'drain', 'retryAfter']);
    const { calls = 0, drain = this.#settings.timeouts.goodbye, retryAfter = 0 } = options;
    duration(calls, 'options.calls');
    duration(drain, 'options.drain');
    duration(retryAfter, 'options.retryAfter');
    return defer(() => {
      if (!this.#isClosing) this.#close({ calls, drain, retryAfter });
      return this.#gone;
    });
  }

  /** {@link shutdown} as a promise. */
  async close(options: ShutdownOptions = {}): Promise<void> {
    await lastValueFrom(this.shutdown(options), { defaultValue: undefined });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What it holds for those who are connected. @internal */
  census(): Census {
    return addUp(
      { connections: this.#channels.size, 'session ids': this.#ids.size },
      ...[...this.#channels, ...this.#realms.values()].map((holder) => holder.census()),
    );
  }

  #close({ calls, drain, retryAfter }: { readonly [K in keyof ShutdownOptions]-?: number }): void {
    this.#isClosing = true;
    const { random, log } = this.#settings;
    const { sessions, pendingCalls } = this.stats();
    log?.info?.('router closes', { sessions, pendingCalls });
    const details = (): Dict => (retryAfter > 0 ? { retry_after: retryAfter * random() } : {});
    for (const channel of this.#channels) {
      if (isJoining(channel)) channel.abort(WampUri.systemShutdown, 'the router is closing');
    }
    for (const realm of this.#realms.values()) realm.refuseCalls();
    this.#answered(calls).subscribe(() => {
      for (const realm of this.#realms.values()) realm.dismiss(WampUri.systemShutdown, details, drain);
    });
    this.#endIfEmpty();
  }

  /** Emits once: when no call is open, or the time is over. They are looked at, so that no answer has to tell of itself. */
  #answered(time: number): Observable<unknown> {
    const { scheduler } = this.#settings;
    const isIdle = (): boolean => this.stats().pendingCalls === 0;
    if (time === 0 || isIdle()) return of(undefined);
    return merge(timer(time, scheduler), interval(LOOK_PERIOD, scheduler).pipe(filter(isIdle))).pipe(
      take(1), takeUntil(this.#gone.pipe(endWith(undefined))),
    );
  }

  #makeRealm(name: Uri, settings: RealmSettings): Realm {
    const { random, timeouts, scheduler, log } = this.#settings;
    return new Realm({
      name, settings, nextId: this.#nextId, publicationId: () => randomId(random), random, goodbyeTimeout: timeouts.goodbye, scheduler, log,
      onJoin: () => this.#changes.next(),
      onLeave: ({ id }) => {
        this.#ids.release(id);
        this.#changes.next();
        this.#endIfEmpty();
      },
    });
  }

  // The store of a realm may fail to open: then none of them is there.
  #open(added: ReadonlyMap<Uri, RealmSettings>): ReadonlyMap<Uri, Realm> {
    const opened = new Map<Uri, Realm>();
    try {
      for (const [name, settings] of added) opened.set(name, this.#makeRealm(name, settings));
    } catch (error) {
      for (const realm of opened.values()) realm.close();
      throw error;
    }
    return opened;
  }

  #remove(name: Uri): void {
    const realm = this.#realms.get(name);
    this.#realms.delete(name);
    if (realm === undefined) return;
    this.#settings.log?.info?.('realm removed', { realm: name, sessions: realm.sessions.size });
    realm.remove();
    this.#done = sumOf([this.#done, doneOf(realm.stats)]);
  }

  // Looked up anew each time: realms come and go.
  #only(names: readonly Uri[]): Pick<ReadonlyMap<Uri, Realm>, 'get'> {
    return { get: (name) => (names.includes(name) ? this.#realms.get(name) : undefined) };
  }

  #sessions(): readonly SessionInfo[] {
    return [...this.#realms.values()].flatMap(({ sessions }) => [...sessions.values()]);
  }

  readonly #forget = (channel: Channel): void => {
    this.#channels.delete(channel);
    this.#handshakes.end(channel);
    this.#endIfEmpty();
  };

  // A member may leave its realm a turn behind its channel.
  #endIfEmpty(): void {
    if (!this.#isClosing || this.#channels.size > 0 || [...this.#realms.values()].some(({ sessions }) => sessions.size > 0)) return;
    for (const realm of this.#realms.values()) realm.close();
    this.#changes.complete();
    this.#gone.complete();
  }
}
