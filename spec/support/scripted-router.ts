import { map, type Observable, type Subscription } from 'rxjs';
import type { Authenticator, MaybeLater, Signature } from '../../lib/auth/authenticator.ts';
import type { WampList } from '../../lib/protocol/messages.ts';
import { join, joining, type JoinOptions, type Stage } from '../../lib/session/join.ts';
import type { Invocation, RegisterOptions } from '../../lib/session/options.ts';
import type { Session } from '../../lib/session/session.ts';
import { ScriptedRouter as TestRouter, type ScriptedRouterOptions } from '../../lib/testing/scripted-router.ts';
import type { Dict } from '../../lib/types.ts';

/** The router's features, all of them. */
export const ROLES: Dict = {
  broker: { features: { pattern_based_subscription: true } },
  dealer: { features: { progressive_call_results: true, call_canceling: true } },
};

/** A scripted router for specs that look at raw lists instead of expecting messages. */
export class ScriptedRouter extends TestRouter {
  constructor({ welcome = {}, ...options }: ScriptedRouterOptions = {}) {
    super({ unexpected: 'keep', welcome: { roles: ROLES, ...welcome }, ...options });
  }

  /** Sends a raw list. */
  override send(...list: WampList): void { this.sendList(...list); }
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
  return new ScriptedRouter({ handshake: 'script' });
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
export function serving(procedure: (invocation: Invocation) => unknown, options?: RegisterOptions, uri = 'com.p', router: ScriptedRouter = new ScriptedRouter()): Serving {
  const reports: unknown[] = [];
  const { session, ends } = joined(router, { report: (error) => reports.push(error) });
  const { log, subscription } = heard(session.register<unknown[]>(uri, procedure, options));
  router.send(65, 1, 80);
  router.take();
  return { router, session, ends, reports, log, subscription };
}
