import { Observable, Subject, Subscription, type SchedulerLike, type Subscriber } from 'rxjs';
import { retryBackoff, type Wait } from '../operators/retry-backoff.ts';
import type { Session } from '../session/session.ts';
import type { ClientStage } from './lives.ts';

/** Who is told how a life goes. */
export interface LifeListener {
  stage(stage: ClientStage): void;
  error(cause: unknown): void;
  complete(): void;
}

/** One life, from dialling to the loss of its session, told to whoever has it at the time. */
export class Life {
  listener: LifeListener;
  readonly #subscription = new Subscription();

  constructor(listener: LifeListener) {
    this.listener = listener;
  }

  begin(stages: Observable<ClientStage>): void {
    new Observable<ClientStage>((subscriber) => {
      // Before it begins: whoever hears of its first stages may end it there.
      this.#subscription.add(subscriber);
      stages.subscribe(subscriber);
    }).subscribe({
      next: (stage) => this.listener.stage(stage),
      error: (cause: unknown) => this.listener.error(cause),
      complete: () => this.listener.complete(),
    });
  }

  /** Leaves, with GOODBYE where there is a session. */
  end(): void {
    this.#subscription.unsubscribe();
  }
}

/** What a {@link Lifeline} is made with. */
export interface LifelineSettings {
  readonly lives: () => Observable<ClientStage>;
  readonly onStage: (stage: Exclude<ClientStage, { kind: 'joined' }>) => void;
  readonly onJoined: (session: Session) => void;
  readonly onWait: (wait: Wait) => void;
  /** There will be no other life. */
  readonly onEnd: (cause: unknown) => void;
  readonly shouldRetry: (cause: unknown, attempt: number) => boolean | number;
  readonly maxAttempts: number | undefined;
  readonly stableAfter: number;
  readonly random: () => number;
  readonly scheduler: SchedulerLike;
}

/** The lives of a client, one after the other: a life that fails is followed by another one, after a while. */
export class Lifeline {
  readonly #settings: LifelineSettings;
  readonly #now = new Subject<void>();
  #lives = Subscription.EMPTY;
  #current: Life | undefined;

  constructor(settings: LifelineSettings) {
    this.#settings = settings;
  }

  /** Whether there is a life, or a wait for the next. */
  get isOpen(): boolean { return !this.#lives.closed; }

  dial(): void {
    const { stableAfter, random, scheduler, maxAttempts, shouldRetry, onWait, onJoined, onEnd } = this.#settings;
    const sessions = new Observable<Session>((subscriber) => this.#live(subscriber)).pipe(
      retryBackoff({ stableAfter, random, scheduler, maxAttempts, shouldRetry, onWait, wake$: this.#now }),
    );
    const lives = new Subscription();
    this.#lives = lives;
    new Observable<Session>((subscriber) => {
      lives.add(subscriber);
      sessions.subscribe(subscriber);
    }).subscribe({ next: onJoined, error: onEnd, complete: () => onEnd(undefined) });
  }

  /** Ends a wait. */
  wake(): void {
    this.#now.next();
  }

  /** Leaves, and makes no other attempt. */
  hangUp(): void {
    this.#lives.unsubscribe();
  }

  /** Goes on with another life that has joined already, and gives back the one before, which is whose it is from now on. */
  succeed(next: Life): Life | undefined {
    const before = this.#current;
    if (before !== undefined) next.listener = before.listener;
    this.#current = next;
    return before;
  }

  #live(subscriber: Subscriber<Session>): void {
    const life = new Life({
      stage: (stage) => {
        if (stage.kind === 'joined') subscriber.next(stage.session);
        else this.#settings.onStage(stage);
      },
      error: (cause) => subscriber.error(cause),
      complete: () => subscriber.complete(),
    });
    this.#current = life;
    // Its successor, where it has one.
    subscriber.add(() => this.#current?.end());
    life.begin(this.#settings.lives());
  }
}
