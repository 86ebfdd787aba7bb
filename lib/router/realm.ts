import { timer, type Observable, type SchedulerLike } from 'rxjs';
import type { Verifier } from '../auth/authenticator.ts';
import { addUp, type Census } from '../census.ts';
import type { Logger } from '../log.ts';
import { MessageType, type Message } from '../protocol/messages.ts';
import { ROUTER_ROLES, withFeature } from '../protocol/features.ts';
import type { ResumeClaim } from '../protocol/resumption.ts';
import { show } from '../protocol/show.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Dict, Id, List, Payload, Uri } from '../types.ts';
import { Attachment, type Host } from './attachment.ts';
import { Authorizer } from './authorizer.ts';
import type { Channel } from './channel.ts';
import { Broker } from './core/broker.ts';
import type { RealmEvents } from './core/events/event-store.ts';
import { Dealer } from './core/dealer.ts';
import { registrationEvents } from './core/meta/registration-meta.ts';
import type { Farewell } from './core/meta/session-meta.ts';
import type { Outbound } from './core/outbound.ts';
import { Delivery } from './delivery.ts';
import { Gate } from './gate.ts';
import { guardedEvents } from './guarded-events.ts';
import { historyProcedures } from './history-procedures.ts';
import { InnerCaller } from './inner-caller.ts';
import { invalidatingProcedures } from './invalidating-procedures.ts';
import { MetaApi } from './meta-api.ts';
import type { DecisionFilter, SessionInfo } from './options.ts';
import { Requests } from './requests.ts';
import { Resumptions } from './resumption.ts';
import { revokeDenied } from './revoking.ts';
import { RouterProcedures } from './router-procedures.ts';
import type { RealmSettings } from './settings.ts';
import { STATS_TOPIC, StatsTopic } from './stats-topic.ts';
import { statsOf, type RealmStats } from './stats.ts';
import { newTraffic } from './traffic.ts';
import { Turns } from './turns.ts';
import { LONGEST_WAIT } from './validation.ts';

/** Options of {@link Realm}. */
export interface RealmContext {
  readonly name: Uri;
  readonly settings: RealmSettings;
  /** Ids of subscriptions and registrations: of the router's scope (2.1.2). */
  readonly nextId: () => Id;
  /** Ids of publications: of the global scope (2.1.2). */
  readonly publicationId: () => Id;
  readonly random: () => number;
  /** Milliseconds for which a client may take to answer GOODBYE, where nothing else is said. */
  readonly goodbyeTimeout: number;
  readonly scheduler: SchedulerLike;
  readonly log: Logger | undefined;
  readonly onJoin: () => void;
  /** Called once for each member, whatever it left by. */
  readonly onLeave: (session: SessionInfo) => void;
}

/** A client that may come in. */
export interface Admission {
  readonly channel: Channel;
  readonly session: SessionInfo;
  /** `HELLO.Details.roles`. */
  readonly roles: Dict;
  /** Goes into `WELCOME.Details.authextra`. */
  readonly authextra: Dict | undefined;
  /** Who HELLO claimed to be, where it offered to resume. */
  readonly resumable: { readonly claimed: string | undefined } | undefined;
}

/** A client that wants its session back. */
export interface Return {
  readonly channel: Channel;
  readonly claim: ResumeClaim;
  /** The authid that HELLO claimed. */
  readonly claimed: string | undefined;
  /** It does not get it: it may come in like any other. */
  readonly refused: () => void;
}

/**
 * One realm: the sessions in it, and the only place where what broker and dealer say is sent. It works in turns: whatever comes in
 * while something is sent waits until that is done, so that every session sees one order of things.
 */
export class Realm implements Host {
  readonly name: Uri;
  /** Who may come in, by number. */
  readonly gate: Gate;
  readonly #context: RealmContext;
  #settings: RealmSettings;
  readonly #traffic = newTraffic();
  readonly #events: RealmEvents;
  readonly #members = new Map<Id, Attachment>();
  /** Members that are to leave without an event of it. */
  readonly #quiet = new Set<Attachment>();
  readonly #roles: Dict;
  readonly #broker: Broker<Attachment>;
  readonly #dealer: Dealer<Attachment>;
  readonly #delivery: Delivery;
  readonly #meta: MetaApi;
  readonly #procedures: RouterProcedures<Attachment>;
  readonly #inner: InnerCaller;
  #authorizer: Authorizer;
  readonly #resumptions: Resumptions | undefined;
  readonly #turns = new Turns();
  readonly #statsTopic: StatsTopic;
  readonly #requests: Requests;
  #isClosed = false;

  constructor(context: RealmContext) {
    const { name, settings, nextId, publicationId, random, scheduler, log } = context;
    this.name = name;
    this.gate = new Gate({ limits: settings.limits, scheduler, random });
    this.#context = context;
    this.#settings = settings;
    this.#roles = settings.history.length > 0 ? withFeature(ROUTER_ROLES, 'broker', 'event_history') : ROUTER_ROLES;
    this.#events = guardedEvents(settings.store.open(name, { later: (task) => { scheduler.schedule(task); }, log }), log);
    const keeping = { store: this.#events, retained: settings.retained, history: settings.history, now: () => scheduler.now() };
    const now = (): number => Math.floor(scheduler.now() / 1000);
    this.#broker = new Broker({ nextId, publicationId, keeping, now });
    this.#dealer = new Dealer({ nextId, random, after: (ms, run) => this.#after(ms, run), now, events: registrationEvents(this.#broker) });
    this.#delivery = new Delivery({ dealer: this.#dealer, traffic: this.#traffic, log });
    this.#meta = new MetaApi({
      broker: this.#broker, dealer: this.#dealer, sessions: this.#members, rule: (member, publication) => this.#authorizer.rule(member, publication),
      kill: (victims, farewell) => this.#kill(victims, farewell),
    });
    this.#procedures = new RouterProcedures({
      procedures: new Map([
        ...this.#meta.procedures,
        ...(settings.history.length > 0 ? historyProcedures({ broker: this.#broker, rule: (caller, message) => this.#authorizer.rule(caller, message) }) : []),
        ...invalidatingProcedures((which) => this.invalidateDecisions(which)),
      ]),
      deliver: (outbound) => this.#turns.run(() => this.#delivery.deliver(outbound)),
      log,
    });
    this.#inner = new InnerCaller({
      realm: name, dealer: this.#dealer, turns: this.#turns, deliver: (outbound) => this.#delivery.deliver(outbound),
      limits: settings.limits, traffic: this.#traffic, scheduler, log,
    });
    this.#authorizer = this.#makeAuthorizer(settings);
    this.#resumptions = settings.resume && new Resumptions({ ...settings.resume, scheduler, log });
    this.#statsTopic = new StatsTopic({
      hears: () => this.#broker.hears(STATS_TOPIC),
      publish: () => this.#turns.run(() => this.#announce(STATS_TOPIC, () => [this.stats])),
      scheduler,
    });
    this.#requests = new Requests({
      realm: name, sequence: settings.sequence, broker: this.#broker, dealer: this.#dealer, procedures: this.#procedures, delivery: this.#delivery,
      turns: this.#turns, statsTopic: this.#statsTopic, traffic: this.#traffic, log,
      rule: (member, message) => this.#authorizer.rule(member, message), isMember: (member) => this.#has(member),
      loggedOut: (member) => {
        for (const verifier of this.verifiers) verifier.loggedOut?.(member);
      },
    });
  }

  get settings(): RealmSettings {
    return this.#settings;
  }

  /** How clients that come may authenticate. */
  get verifiers(): readonly Verifier[] {
    return this.#settings.verifiers;
  }

  /** Who is in it by id, in the order they came. */
  get sessions(): ReadonlyMap<Id, SessionInfo> {
    return this.#members;
  }

  /** How much it holds. All are 0 when everybody has left. */
  get sizes(): { readonly subscriptions: number; readonly registrations: number; readonly pendingCalls: number } {
    return {
      subscriptions: this.#broker.sizes.subscriptions,
      registrations: this.#dealer.sizes.registrations,
      pendingCalls: this.#dealer.sizes.invocations + this.#procedures.size,
    };
  }

  /** What it has and has done. */
  get stats(): RealmStats {
    const { retained, forgotten } = this.#broker.kept;
    return statsOf(this.#traffic, { sessions: this.#members.size, ...this.sizes, retainedTopics: retained, forgottenTopics: forgotten });
  }

  /** Lets a client in and sends it WELCOME, before anything else that the realm has for it. */
  join(admission: Admission): void {
    this.#turns.run(() => this.#admit(admission));
  }

  /** Gives a client its session back, or says that it does not get it. */
  resume({ channel, claim, claimed, refused }: Return): void {
    this.#turns.run(() => {
      if (!channel.isOpen || this.#isRefused(channel)) return;
      if (this.#resumptions?.resume(claim, claimed, channel) !== true) return refused();
      const member = this.#members.get(claim.session);
      if (member !== undefined) this.#meta.attached(member);
    });
  }

  /** A message of a member. */
  receive(member: Attachment, message: Message, size: number): void {
    if (!this.#turns.begin()) return this.#turns.later(() => this.#requests.take(member, message, size));
    this.#requests.take(member, message, size);
    this.#turns.end();
  }

  /** A member has lost its connection, and may be resumed. */
  detached(member: Attachment): void {
    this.#turns.run(() => {
      if (this.#has(member)) this.#delivery.deliver(this.#meta.detached(member));
    });
  }

  /** Forgets a member, and tells those who wait for it. */
  leave(member: Attachment, reason: string): void {
    this.#turns.run(() => {
      if (!this.#has(member)) return;
      this.#members.delete(member.id);
      this.gate.left(member.transport);
      this.#context.log?.info?.('session left', { realm: this.name, session: member.id, authid: member.authid, reason });
      this.#procedures.leave(member);
      this.#delivery.deliver(this.#broker.leave(member));
      this.#delivery.deliver(this.#dealer.leave(member));
      this.#statsTopic.rest();
      this.#delivery.deliver(this.#meta.left(member, this.#quiet.delete(member)));
      this.#context.onLeave(member);
      this.#closeIfEmpty();
    });
  }

  /** Calls a procedure of this realm for the router itself: see {@link InnerCaller.call}. */
  call(procedure: Uri, args?: List, kwargs?: Dict): Observable<Payload> {
    return this.#inner.call(procedure, args, kwargs);
  }

  /**
   * Has other rules and limits from now on. Who is in the realm stays in it, without what its role may not have any more, and within the limits that it
   * came in by.
   */
  reload(settings: RealmSettings): void {
    const { limits, authorization } = this.#settings;
    this.#settings = settings;
    if (settings.limits !== limits) this.gate.limit(settings.limits, [...this.#members.values()].map(({ transport }) => transport));
    if (settings.authorization === authorization) return;
    this.#authorizer = this.#makeAuthorizer(settings);
    this.#turns.run(() => {
      this.#delivery.deliver(revokeDenied({ broker: this.#broker, dealer: this.#dealer, roles: settings.authorization.roles }));
      this.#statsTopic.rest();
    });
  }

  /** See {@link Authorizer.invalidate}. */
  invalidateDecisions(which: DecisionFilter): number {
    return this.#authorizer.invalidate(which);
  }

  /** Answers no more calls but those that are open: others get ERROR `unavailable`. */
  refuseCalls(): void {
    this.#requests.refuseCalls();
  }

  /** Says GOODBYE to every member, each with its own details, and waits so many milliseconds for each. Nobody is left to hear of it. */
  dismiss(reason: Uri, detailsFor: () => Dict, wait: number): void {
    this.#turns.run(() => {
      for (const member of this.#members.values()) this.#dismiss(member, { reason, details: detailsFor(), quietly: true }, wait);
    });
  }

  /** Says GOODBYE `wamp.close.close_realm` to whoever is in it, and is no realm any more: who comes late does not find it. */
  remove(): void {
    this.#isClosed = true;
    this.dismiss(WampUri.closeRealm, () => ({ message: 'the realm was removed' }), this.#context.goodbyeTimeout);
    this.#closeIfEmpty();
  }

  /** Writes what its events wait to be written. Nobody is in it, or will be. */
  close(): void {
    this.#events.close();
  }

  /** @internal */
  census(): Census {
    return addUp({ sessions: this.#members.size, 'waiting turns': this.#turns.size }, this.#broker.census(), this.#dealer.census(), this.#procedures.census(),
      this.#meta.census(), this.gate.census(), this.#authorizer.census(),
      { 'open calls to deciders': this.#inner.size, 'published statistics': Number(this.#statsTopic.isPublishing) },
      this.#resumptions?.census() ?? {});
  }

  #makeAuthorizer({ authorization: settings }: RealmSettings): Authorizer {
    const { scheduler, log } = this.#context;
    return new Authorizer({ settings, call: (procedure, args) => this.#inner.call(procedure, args), scheduler, log });
  }

  #admit({ channel, session, roles, authextra, resumable }: Admission): void {
    if (!channel.isOpen || this.#isRefused(channel)) return;
    // Looked at when he said HELLO as well, but others may have been faster.
    const full = this.gate.isFull(session.transport);
    if (full !== undefined) return channel.abort(WampUri.unavailable, full.message, full.details);
    const { goodbyeTimeout, scheduler, log } = this.#context;
    const { limits } = this.#settings;
    const { id, realm, authid, authrole, authmethod, authprovider } = session;
    const details = {
      realm, authid, authrole, authmethod, authprovider, ...(authextra !== undefined && { authextra }), roles: this.#roles,
    };
    const enduring = resumable && this.#resumptions?.begin({ id, channel, claimed: resumable.claimed, details });
    const member = new Attachment({ channel: enduring ?? channel, host: this, session, roles, limits, traffic: this.#traffic, goodbyeTimeout, scheduler, log });
    channel.bounds = limits;
    channel.traffic = this.#traffic;
    this.#members.set(id, member);
    this.gate.entered(session.transport);
    if (enduring === undefined) channel.handTo(member);
    else enduring.start(member);
    try {
      channel.send({ type: MessageType.WELCOME, session: id, details: enduring === undefined ? details : { ...details, _resume: enduring.grant } });
    } catch (error) {
      log?.warn('WELCOME cannot be written', { realm, session: id, error });
      return channel.abort(WampUri.authenticationFailed, 'the router failed to authenticate');
    }
    log?.info?.('session joined', { realm, session: id, authid, authrole, authmethod, peer: session.transport['peer'] });
    this.#context.onJoin();
    this.#delivery.deliver(this.#meta.joined(member));
  }

  // He found it, and it was removed before he was through.
  #isRefused(channel: Channel): boolean {
    if (this.#isClosed) channel.abort(WampUri.noSuchRealm, `realm ${show(this.name)} does not exist`);
    return this.#isClosed;
  }

  #closeIfEmpty(): void {
    if (this.#isClosed && this.#members.size === 0) this.close();
  }

  #after(ms: number, run: () => readonly Outbound<Attachment>[]): () => void {
    const waiting = timer(Math.min(ms, LONGEST_WAIT), this.#context.scheduler).subscribe(() => this.#turns.run(() => this.#delivery.deliver(run())));
    return () => waiting.unsubscribe();
  }

  /** An event of the router's own, made only where somebody hears it. */
  #announce(topic: Uri, args: () => List): void {
    if (this.#broker.hears(topic)) this.#delivery.deliver(this.#broker.announce(topic, args()));
  }

  #has(member: Attachment): boolean {
    return this.#members.get(member.id) === member;
  }

  #kill(victims: readonly Attachment[], farewell: Farewell): void {
    for (const victim of victims) this.#dismiss(victim, farewell, this.#context.goodbyeTimeout);
  }

  #dismiss(member: Attachment, { reason, details, quietly }: Farewell, wait: number): void {
    if (quietly) this.#quiet.add(member);
    member.goodbye(reason, details, wait);
  }
}
