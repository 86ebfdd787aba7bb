import { Observable, Subscription, map, type SchedulerLike } from 'rxjs';
import type { Authenticator, MaybeLater, Signature } from '../../lib/auth/authenticator.ts';
import { MessageType, type WampList } from '../../lib/protocol/messages.ts';
import { join, joining, type JoinOptions, type Stage } from '../../lib/session/join.ts';
import type { Invocation, RegisterOptions } from '../../lib/session/options.ts';
import type { Session } from '../../lib/session/session.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import type { Connection, Transport } from '../../lib/transports/transport.ts';
import type { Dict } from '../../lib/types.ts';

const { HELLO, WELCOME, GOODBYE } = MessageType;

/** The router's features, all of them. */
export const ROLES: Dict = {
  broker: { features: { pattern_based_subscription: true } },
  dealer: { features: { progressive_call_results: true, call_canceling: true } },
};

/** The router's end of a link, written by the spec: raw lists out, raw lists in. */
export class ScriptedRouter {
  /** What has arrived since it was last taken. */
  received: WampList[] = [];
  /** Answers HELLO with WELCOME and GOODBYE with GOODBYE by itself. */
  polite = true;
  /** How many connections are open. */
  open = 0;
  readonly transport: Transport;
  #connection: Connection | undefined;
  #reading: Subscription | undefined;

  constructor({ latency, scheduler, welcome = {} }: { readonly latency?: number; readonly scheduler?: SchedulerLike; readonly welcome?: Dict } = {}) {
    this.transport = new Observable((subscriber) => {
      const [near, far] = memoryLink({ latency, scheduler });
      this.#connection = far;
      this.open += 1;
      const reading = new Subscription(() => { this.open -= 1; });
      this.#reading = reading;
      reading.add(far.subscribe({
        next: (frame) => this.#receive(JSON.parse(String(frame)) as WampList, welcome),
        error: () => reading.unsubscribe(),
        complete: () => reading.unsubscribe(),
      }));
      subscriber.next(near);
      return () => near.complete();
    });
  }

  /** Takes what has arrived. */
  take(): readonly WampList[] {
    const taken = this.received;
    this.received = [];
    return taken;
  }

  send(...list: WampList): void {
    this.raw(JSON.stringify(list));
  }

  raw(frame: string): void {
    this.#connection?.next(frame);
  }

  /** Drops the connection. */
  cut(): void {
    this.#connection?.error(new Error('cut by the spec'));
    this.#reading?.unsubscribe();
  }

  close(): void {
    this.#connection?.complete();
  }

  #receive(list: WampList, welcome: Dict): void {
    this.received.push(list);
    if (!this.polite) return;
    if (list[0] === HELLO) this.send(WELCOME, 1001, { roles: ROLES, ...welcome });
    if (list[0] === GOODBYE) this.send(GOODBYE, {}, 'wamp.close.goodbye_and_out');
  }
}

/** Joins a scripted router and gives the session; what the handshake said is taken. */
export function joined(router: ScriptedRouter, options: Partial<JoinOptions> = {}): { readonly session: Session; readonly life: Subscription; readonly ends: unknown[] } {
  const ends: unknown[] = [];
  const sessions: Session[] = [];
  const life = join(router.transport, { realm: 'realm1', ...options }).subscribe({
    next: (session) => sessions.push(session),
    error: (error: unknown) => ends.push(error),
    complete: () => ends.push('complete'),
  });
  router.take();
  const [session] = sessions;
  if (session === undefined) throw new Error(`the session was not joined: ${String(ends[0])}`);
  return { session, life, ends };
}

/** A router that says nothing by itself. */
export function silent(): ScriptedRouter {
  const router = new ScriptedRouter();
  router.polite = false;
  return router;
}

/** An authenticator that answers a challenge for `ticket`. */
export function asking(answer: () => MaybeLater<Signature>, more: Partial<Authenticator> = {}): Authenticator {
  return { method: 'ticket', answer, ...more };
}

/** The stages of a life. */
export function stagesOf(router: ScriptedRouter, options: Partial<JoinOptions> = {}): Observable<Stage> {
  return joining(router.transport, { realm: 'realm1', ...options });
}

/** The stages of a life, by name, as they are heard of. */
export function stageNamesOf(router: ScriptedRouter, options: Partial<JoinOptions> = {}): ReturnType<typeof heard> {
  return heard(stagesOf(router, options).pipe(map((stage) => (stage.kind === 'authenticating' ? `authenticating with ${stage.method}` : stage.kind))));
}

/** What an Observable does, as it does it. */
export function heard<T>(source: Observable<T>): { readonly log: unknown[]; readonly subscription: Subscription } {
  const log: unknown[] = [];
  const subscription = source.subscribe({ next: (value) => log.push(value), error: (error: unknown) => log.push(error), complete: () => log.push('complete') });
  return { log, subscription };
}

/** What {@link serving} gives. */
export interface Serving {
  readonly router: ScriptedRouter;
  readonly session: Session;
  readonly ends: unknown[];
  /** What had no subscriber. */
  readonly reports: unknown[];
  /** What the registration emitted. */
  readonly log: unknown[];
  readonly subscription: Subscription;
}

/** A session with one procedure, `com.p`, registered as 80. */
export function serving(procedure: (invocation: Invocation) => unknown, options?: RegisterOptions, uri = 'com.p'): Serving {
  const router = new ScriptedRouter();
  const reports: unknown[] = [];
  const { session, ends } = joined(router, { report: (error) => reports.push(error) });
  const { log, subscription } = heard(session.register<unknown[]>(uri, procedure, options));
  router.send(65, 1, 80);
  router.take();
  return { router, session, ends, reports, log, subscription };
}

/** Lets promises come to their end. */
export const settled = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });
