import { Subscription, timer, type Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import { NotJoinedError, TimeoutError, TransportLostError, applicationErrorOf } from '../errors.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { RegistrationRecord } from '../session/registration-record.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import type { Topics } from '../session/subscriber.ts';
import { NOBODYS, TopicChange } from '../session/topic-change.ts';
import type { KeptRegistration } from './kept-registration.ts';
import { Life, type Lifeline } from './lifeline.ts';
import type { ClientStage } from './lives.ts';
import { RegistrationMove } from './registration-move.ts';

/** Options of `handover`. */
export interface HandoverOptions {
  /** Milliseconds for which what is open in the session before may come to its end there; then it fails. @default 30000 */
  readonly drainTimeout?: number | undefined;
}

/** The client whose session is handed over. */
export interface HandoverHost {
  readonly topics: Topics;
  readonly registrations: ReadonlySet<KeptRegistration>;
  readonly lifeline: Lifeline;
  readonly scheduler: SchedulerLike;
  lives(session: SessionOptions): Observable<ClientStage>;
  /** The session is the one from now on. */
  adopt(session: Session): void;
  /** It is over, one way or the other. */
  over(handover: Handover): void;
}

/** A procedure that only one session may have, and where the session before has it. */
interface Single {
  readonly kept: KeptRegistration;
  readonly record: RegistrationRecord;
}

/** Milliseconds from the join to the last SUBSCRIBED or REGISTERED of the next session. */
const OPEN_TIMEOUT = 10_000;

/**
 * One session makes room for the next: the next one has everything before this one gives anything up.
 *
 * ```
 * next session    H--W---S--d-----------     S SUBSCRIBE and REGISTER, d answered: from here on it is the client's
 * this session    ---?--!---U--u----G-     ?! what was published before has arrived, U UNSUBSCRIBE and UNREGISTER, G GOODBYE
 * handover()      ----------n-------|
 * ```
 */
export class Handover {
  readonly #host: HandoverHost;
  readonly #before: Session;
  readonly #drainTimeout: number;
  readonly #change: TopicChange;
  readonly #life: Life;
  readonly #watchers = new Set<Subscriber<Session>>();
  readonly #opening = new Subscription();
  readonly #work = new Subscription();
  // What the next session has asked for, and what the session before is giving up for it.
  readonly #taking = new Set<Single>();
  readonly #released = new Set<Single>();
  #moves: RegistrationMove[] = [];
  #phase: 'joining' | 'opening' | 'leaving' | 'parting' | 'over' = 'joining';
  #next: Session | undefined;
  #left: Life | undefined;
  #leaving = Subscription.EMPTY;

  constructor(host: HandoverHost, before: Session, { drainTimeout = 30_000 }: HandoverOptions) {
    this.#host = host;
    this.#before = before;
    this.#drainTimeout = drainTimeout;
    this.#change = new TopicChange(host.topics, (error) => this.#fail(error));
    host.topics.prepare(this.#change);
    this.#life = new Life({
      stage: (stage) => { if (stage.kind === 'joined') this.#joined(stage.session); },
      error: (error) => this.#fail(error),
      complete: () => this.#fail(new TransportLostError('session to be handed over to was left')),
    });
  }

  begin(): void {
    this.#life.begin(this.#host.lives({ subscriber: this.#change.ahead }));
  }

  /** Emits the next session once it is the one, and completes when the one before has left. Without anybody who watches it is given up. */
  watch(subscriber: Subscriber<Session>): void {
    if (this.#next !== undefined && !this.#next.isLive) {
      return subscriber.error(new NotJoinedError('session before the last must have left before another one is handed over, got one that has something open'));
    }
    this.#watchers.add(subscriber);
    subscriber.add(() => {
      this.#watchers.delete(subscriber);
      if (this.#watchers.size === 0) this.#fail(undefined);
    });
    if (this.#next?.subscriber === this.#host.topics) subscriber.next(this.#next);
  }

  /** Something was answered, in one session or the other. */
  settled(): void {
    if (this.#phase === 'opening' && this.#next?.opening === 0) this.#turn(this.#next);
    if (this.#phase !== 'leaving') return;
    // Nobody wants them any more, and so nobody is told that the next session has them.
    for (const taking of this.#taking) if (taking.kept.closed) this.#taken(taking);
    for (const released of [...this.#released]) {
      if (released.record.phase === 'off') this.#makeAnew(released);
    }
    if (!this.#isDone || !this.#leaving.closed) return;
    // The last invocation is told before its answer is sent.
    this.#leaving = timer(0, this.#host.scheduler).subscribe(() => { if (this.#isDone) this.#leave(); });
  }

  /** The session of the client is lost: the next one, or the one before the next has everything. */
  lost(cause: unknown): void {
    this.#fail(cause ?? new NotJoinedError('session must last while it is handed over, got one that was left'));
  }

  /** Nobody is to wait for anything. */
  end(): void {
    this.lost(undefined);
    this.#over();
  }

  get #isDone(): boolean { return this.#before.idle && this.#change.isOver && this.#taking.size === 0 && this.#released.size === 0; }

  #joined(next: Session): void {
    this.#next = next;
    next.twin = this.#before.id;
    this.#before.twin = next.id;
    this.#opening.add(timer(OPEN_TIMEOUT, this.#host.scheduler).subscribe(() => {
      this.#fail(new TimeoutError(`next session must have all topics and procedures within ${OPEN_TIMEOUT} ms, got no answer`));
    }));
    // What was published before goes to everybody who is subscribed when it arrives.
    if (this.#host.topics.idle) this.#open(next);
    else this.#before.probe(NOBODYS, () => this.#open(next));
  }

  #open(next: Session): void {
    if (this.#phase !== 'joining') return;
    this.#change.begin(next);
    for (const kept of this.#host.registrations) if (kept.isShared) this.#move(kept, next);
    if (this.#phase !== 'joining') return;
    this.#phase = 'opening';
    this.settled();
  }

  // Who shares a procedure with others shares it with the next session too.
  #move(kept: KeptRegistration, next: Session): void {
    const move = new RegistrationMove(kept, { arrived: () => {}, refused: (error) => this.#fail(error) });
    this.#moves.push(move);
    move.begin(next, false);
  }

  // The next session has everything but the procedures that only one may have.
  #turn(next: Session): void {
    const { topics, lifeline } = this.#host;
    const before = this.#before;
    this.#phase = 'leaving';
    this.#opening.unsubscribe();
    this.#left = lifeline.succeed(this.#life);
    if (this.#left !== undefined) this.#left.listener = { stage: () => {}, error: () => this.#over(), complete: () => this.#over() };
    before.retire();
    before.subscriber = this.#change.behind;
    next.subscriber = topics;
    const bound = topics.succeed(this.#change, next);
    this.#work.add(timer(this.#drainTimeout, this.#host.scheduler).subscribe(() => this.#leave()));
    this.#host.adopt(next);
    const loss = { at: this.#host.scheduler.now(), cause: new TransportLostError('session was handed over') };
    for (const observer of bound) observer.suspended(loss);
    this.#moveRegistrations(next);
    for (const watcher of [...this.#watchers]) watcher.next(next);
    this.settled();
  }

  #moveRegistrations(next: Session): void {
    const moved = new Set(this.#moves.map(({ kept }) => kept));
    for (const move of this.#moves) move.settle()?.unsubscribe();
    this.#moves = [];
    for (const kept of [...this.#host.registrations]) if (!moved.has(kept) && !kept.closed) this.#takeOver(kept, next);
  }

  // The procedure is taken from our own session before. Routers that do not know how refuse it, and it has to be given up there first.
  #takeOver(kept: KeptRegistration, next: Session): void {
    if (!next.isLive) return;
    // That it is taken away there is none of its business.
    const record = kept.moveTo(undefined);
    if (record === undefined) return kept.joined(next);
    const taking: Single = { kept, record };
    const move: RegistrationMove = new RegistrationMove(kept, {
      arrived: () => {
        move.settle();
        this.#taken(taking);
      },
      refused: (error) => {
        const refusal = applicationErrorOf(error);
        if (refusal?.uri === WampUri.procedureAlreadyExists) this.#released.add(taking);
        else if (refusal !== undefined) kept.error(error);
        this.#taken(taking);
      },
    });
    this.#taking.add(taking);
    move.begin(next, true);
  }

  #taken(taking: Single): void {
    this.#taking.delete(taking);
    taking.record.unsubscribe();
  }

  #makeAnew(released: Single): void {
    this.#released.delete(released);
    const { kept } = released;
    const next = this.#next;
    if (!kept.closed && next !== undefined && next.isLive) kept.joined(next);
  }

  #leave(): void {
    if (this.#phase !== 'leaving') return;
    this.#phase = 'parting';
    this.#leaving.unsubscribe();
    const released = [...this.#released];
    this.#work.add(this.#before.leave().subscribe({ complete: () => this.#over() }));
    for (const one of released) this.#makeAnew(one);
  }

  // Before it is the one, the next session goes, and the one before stays as it was.
  #fail(error: unknown): void {
    if (this.#phase !== 'joining' && this.#phase !== 'opening') return;
    this.#phase = 'over';
    this.#opening.unsubscribe();
    this.#before.twin = undefined;
    for (const move of this.#moves) move.cancel();
    this.#host.topics.giveUp(this.#change);
    this.#life.end();
    this.#host.over(this);
    for (const watcher of [...this.#watchers]) watcher.error(error);
  }

  #over(): void {
    if (this.#phase !== 'leaving' && this.#phase !== 'parting') return;
    this.#phase = 'over';
    if (this.#next !== undefined) this.#next.twin = undefined;
    this.#work.unsubscribe();
    this.#leaving.unsubscribe();
    this.#left?.end();
    this.#host.over(this);
    for (const watcher of [...this.#watchers]) watcher.complete();
  }
}
