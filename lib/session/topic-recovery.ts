import { timer, type SchedulerLike, Subscription } from 'rxjs';
import { OverflowError, TimeoutError, TransportLostError } from '../errors.ts';
import type { Id, Uri } from '../types.ts';
import type { GapReason, TopicEvent } from './options.ts';
import type { History, HistoryPage, PastEvent } from './topic-history.ts';
import type { TopicKey } from './topic-key.ts';
import { RecoveredEvent, type Loss, type Observed, type RecoverBounds, type RecoveringObserver, type TopicObserver } from './topic-observer.ts';
import { NO_KWARGS } from './payload.ts';
import { Recent } from './topic-recent.ts';

/** Publications that are remembered, so that none is emitted twice. */
const MAX_REMEMBERED = 256;
/** Pages that are asked for in one recovery. */
const MAX_PAGES = 100;

/** What a recovery needs of the session. */
export interface RecoveryHost {
  readonly scheduler: SchedulerLike;
  /** The history as the session can read it, while there is one. */
  readonly history: History | undefined;
  /** An event with its payload decoded; `undefined` where it cannot be read, which is reported. */
  open(key: TopicKey<TopicObserver>, event: PastEvent): PastEvent | undefined;
  /** What is remembered is of no use any more, and nobody is there. */
  forgotten(recovery: Recovery): void;
}

/**
 * Those observers of a key who want back what they missed. To the key they are one observer; observers that want nothing recovered stand
 * beside it and cost nothing.
 *
 * It remembers the last publications. The newest of them is the anchor: after a loss the history is asked for everything from the anchor
 * on, page by page, each beginning with the last event of the one before. A page that does not hold the event it was to begin with proves that
 * something was forgotten; that a history is said to be whole proves nothing, since it is whole after each start of the router.
 * Live events wait meanwhile.
 *
 * ```
 * events of the router    a--b--c--d--e----f
 * connection              o---x      o
 * history, 2 at a time                 -cd-e
 * observer                a--b---------(cd)(ef)
 * ```
 */
export class Recovery implements TopicObserver, Observed {
  readonly key: TopicKey<TopicObserver>;
  readonly #host: RecoveryHost;
  readonly #memory = new Recent<Id>(MAX_REMEMBERED);
  #members: readonly RecoveringObserver[] = [];
  #grace: number | undefined;
  // Whether the subscription is in effect.
  #live = false;
  // The recovery that is under way, with what waits for its end.
  #run: Subscription | undefined;
  #held: TopicEvent[] = [];
  #count = 0;
  #pages = 0;

  constructor(key: TopicKey<TopicObserver>, host: RecoveryHost) {
    this.key = key;
    this.#host = host;
  }

  get uri(): Uri { return this.key.uri; }

  readonly bound = false;

  /** Of the last one who left. */
  get grace(): number | undefined { return this.#grace; }

  observe(observer: RecoveringObserver): void {
    this.#members = [...this.#members, observer];
    if (this.#members.length > 1) return;
    this.#live = this.key.phase === 'on' || this.key.phase === 'lingering';
    this.key.observe(this);
  }

  unobserve(observer: TopicObserver): void {
    const rest = this.#members.filter((other) => other !== observer);
    if (rest.length === this.#members.length) return;
    this.#members = rest;
    const isRunning = this.#run !== undefined;
    if (isRunning && !rest.some(({ standing }) => standing === 'behind')) this.#stopAsPresent();
    if (rest.length > 0) return;
    this.#grace = observer.grace;
    this.key.unobserve(this);
    // As long as it lingers it hears of every event. After that, or behind the back of others, it would not.
    if (isRunning || this.key.phase !== 'lingering') this.#host.forgotten(this);
  }

  unsubscribe(): void {
    for (const member of this.#members) this.unobserve(member);
  }

  /** Nobody is there. */
  get idle(): boolean { return this.#members.length === 0; }

  /** An event arrived while nobody was there. */
  passed(publication: Id): void {
    this.#memory.add(publication);
  }

  event(event: TopicEvent): void {
    if (this.#run !== undefined) return this.#hold(event);
    // The router's answer may have overtaken an event that is in it.
    if (this.#memory.has(event.publication)) return;
    this.#memory.add(event.publication);
    for (const member of this.#members) member.event(event);
  }

  subscribed(subscription: Id): void {
    this.#live = true;
    // The session was handed over in the middle of a recovery: what has been held stays.
    this.#run?.unsubscribe();
    // From here on, whatever a member does may be the end of the session, and of this.
    const run = this.#run = new Subscription();
    for (const member of this.#members) {
      member.subscribed(subscription);
      if (!this.#live) return;
    }
    for (const member of this.#members) if (this.#live && member.standing === 'adrift') this.#tellUnanchored(member);
    if (this.#run !== run) return;
    const anchor = this.#memory.last;
    if (!this.#members.some(({ standing }) => standing === 'behind')) return this.#stopAsPresent();
    if (anchor === undefined) return this.#end('unanchored');
    this.#recover(run, subscription, anchor);
  }

  waiting(): void {}

  suspended(loss: Loss): void {
    this.interrupted(loss);
  }

  interrupted(loss: Loss): void {
    for (const member of this.#members) {
      if (member.standing !== 'present') continue;
      // Beside a recovery it has seen events of which the memory does not know.
      member.standing = this.#live && this.#run === undefined ? 'behind' : 'adrift';
    }
    this.#live = false;
    this.#stop();
    for (const member of this.#members) member.interrupted(loss);
  }

  failed(error: unknown): void {
    for (const member of this.#leaveAll()) member.failed(error);
  }

  ended(cause: unknown): void {
    for (const member of this.#members) member.ended(cause);
  }

  #leaveAll(): readonly RecoveringObserver[] {
    const members = this.#members;
    this.#members = [];
    this.#stop();
    return members;
  }

  #hold(event: TopicEvent): void {
    this.#held.push(event);
    for (const member of this.#members) if (member.standing === 'present') member.event(event);
    const { maxHold } = this.#bounds();
    if (this.#held.length > maxHold) this.#end('overflow', new OverflowError(`live events that wait for the history must be no more than ${maxHold}, got one more`));
  }

  // There is one recovery for all: of each bound the widest.
  #bounds(): RecoverBounds {
    const of = (bound: keyof RecoverBounds): number => Math.max(...this.#members.map(({ bounds }) => bounds[bound]));
    return { limit: of('limit'), maxHold: of('maxHold'), timeout: of('timeout') };
  }

  #recover(run: Subscription, subscription: Id, anchor: Id): void {
    const { limit, timeout } = this.#bounds();
    this.#count = 0;
    this.#pages = 0;
    run.add(timer(timeout, this.#host.scheduler).subscribe(() => {
      this.#end('timeout', new TimeoutError(`events of ${this.uri} must be recovered within ${timeout} ms, got ${this.#count}`));
    }));
    this.#ask(run, subscription, anchor, limit);
  }

  #ask(run: Subscription, subscription: Id, from: Id, limit: number): void {
    this.#pages += 1;
    // One more, as the page begins with what is known.
    run.add(this.#host.history?.page(subscription, from, limit + 1).subscribe({
      next: (page) => this.#read(run, subscription, from, limit, page),
      error: (error: unknown) => {
        // The session is gone: that is told to all topics next.
        if (!(error instanceof TransportLostError)) this.#end('failed', error);
      },
    }));
  }

  #read(run: Subscription, subscription: Id, from: Id, limit: number, { events, end }: HistoryPage): void {
    const start = events.findIndex(({ publication }) => publication === from);
    // Then some of these may be older than what has been seen.
    if (start < 0) return this.#end('forgotten');
    const missed = this.#beforeHeld(events.slice(start + 1));
    const isLast = end === 'present' || missed.length < events.length - start - 1;
    const before = this.#count;
    this.#emit(missed, run);
    if (this.#run !== run) return;
    const last = missed.at(-1);
    if (isLast) this.#end();
    else if (last === undefined || this.#count === before || this.#pages === MAX_PAGES) this.#end('forgotten');
    else this.#ask(run, subscription, last.publication, limit);
  }

  // What is held has everything from its first event on, also what no history keeps.
  #beforeHeld(events: readonly PastEvent[]): readonly PastEvent[] {
    const held = new Set(this.#held.map(({ publication }) => publication));
    const met = events.findIndex(({ publication }) => held.has(publication));
    return met < 0 ? events : events.slice(0, met);
  }

  #emit(missed: readonly PastEvent[], run: Subscription): void {
    for (const past of missed) {
      if (this.#run !== run) return;
      if (this.#memory.has(past.publication)) continue;
      const event = this.#host.open(this.key, past);
      if (event === undefined) continue;
      this.#count += 1;
      this.#catchUp(new RecoveredEvent(this.uri, event, NO_KWARGS));
    }
  }

  #catchUp(event: TopicEvent): void {
    this.#memory.add(event.publication);
    for (const member of this.#members) if (member.standing === 'behind') member.event(event);
  }

  // Those who are behind are told how it went, and get what is still to come. Until then they are behind, lest a loss in the middle of it
  // makes them miss the rest.
  #end(reason?: GapReason, cause?: unknown): void {
    const before = this.#run;
    if (before === undefined) return;
    const run = this.#run = new Subscription();
    before.unsubscribe();
    for (const member of this.#members) {
      if (member.standing !== 'behind') continue;
      if (reason === undefined) member.recovered(this.#count);
      else member.gap(reason, this.#count, cause);
    }
    while (this.#run === run) {
      const event = this.#held.shift();
      if (event === undefined) break;
      if (!this.#memory.has(event.publication)) this.#catchUp(event);
    }
    if (this.#run === run) this.#stopAsPresent();
  }

  #tellUnanchored(member: RecoveringObserver): void {
    member.standing = 'present';
    member.gap('unanchored');
  }

  // Nobody is behind any more: what was held has been seen by those who are there.
  #stopAsPresent(): void {
    const held = this.#held;
    this.#stop();
    for (const { publication } of held) this.#memory.add(publication);
    for (const member of this.#members) if (member.standing === 'behind') member.standing = 'present';
  }

  #stop(): void {
    const run = this.#run;
    this.#run = undefined;
    this.#held = [];
    run?.unsubscribe();
  }
}
