import { json } from '../serializers/json.ts';
import { BASIC_METHODS } from './login-methods.ts';
import type { RouterOptions } from './options.ts';
import { Router } from './router.ts';

export { anonymousVerifier, type AnonymousOptions } from '../auth/anonymous.ts';
export type { Accept, Candidate, Deny, MaybeLater, Pass, Question, Signature, Verifier } from '../auth/authenticator.ts';
export { ticketVerifier, type TicketCheck, type TicketOptions, type TicketUser } from '../auth/ticket.ts';
export { wampcraVerifier, type WampCraLookup, type WampCraOptions, type WampCraUser } from '../auth/wampcra.ts';
export { jsonLog, textLog, type LogLevel, type LogLineOptions } from './log-lines.ts';
export type { EventStore, HistoryBounds, KeptEvent, LastingLists, RealmEvents, StorePort } from './core/events/event-store.ts';
export { memoryStore } from './core/events/memory-store.ts';
export type { AuthProcedure, DynamicAuthOptions, DynamicAuthenticator, DynamicMethod, Principal } from './options.ts';
export type {
  Action, AuthOptions, Authorize, AuthorizeOptions, Decision, DecisionCacheOptions, DecisionFilter, Disclosure, FailedLoginOptions, HistoryOptions, Limits, Permission,
  RealmOptions, RealmRules, ReloadOptions, ResumeOptions, RetainedOptions, RouterLimits, RouterOptions, RouterTimeouts, SendQueueOptions, SessionInfo,
} from './options.ts';
export type { InvalidateOptions, LinkOptions, Router, ShutdownOptions } from './router.ts';
export { STATS_TOPIC } from './stats-topic.ts';
export type { RealmStats, RouterStats } from './stats.ts';

/**
 * Makes a router for clients in the same process, in a browser for instance.
 *
 * ```ts
 * const router = createRouter({ realms: { realm1: {} } });
 * const client = createClient({ transport: router.link(), realm: 'realm1' });
 * ```
 */
export function createRouter(options: RouterOptions): Router {
  return new Router(options, { serializers: [json()], methods: BASIC_METHODS });
}
