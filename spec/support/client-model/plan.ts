import fc from 'fast-check';
import type { MatchPolicy } from '../../../lib/protocol/uri.ts';
import type { CallOptions, RegisterOptions, TopicOptions } from '../../../lib/session/options.ts';
import type { WampList } from '../../../lib/protocol/messages.ts';
import type { Dict, Uri } from '../../../lib/types.ts';
import type { Greeting, Whim } from './open-router.ts';

/** What is subscribed to, and what is published. Some of the patterns meet the same topics. */
export const KEYS: readonly (readonly [Uri, MatchPolicy])[] = [
  ['com.a', 'exact'], ['com.b', 'exact'], ['com.a', 'prefix'], ['com.', 'prefix'], ['com..x', 'wildcard'], ['com.a.', 'wildcard'],
];
export const TOPICS: readonly Uri[] = ['com.a', 'com.b', 'com.a.x', 'com.c.x'];
/** The procedure that never answers. */
export const ENDLESS = 'com.never';
/** What others have registered, and what nobody has. */
const PROCEDURES: readonly Uri[] = ['com.echo', 'com.slow', 'com.count', 'com.fails', ENDLESS, 'com.nobody'];
/** Of two that register the same, one gives up after this. */
const STALE: RegisterOptions = { staleSessionTimeout: 800 };
/** What the client registers, and the most that may run of it at a time. */
export const OWN: readonly (readonly [Uri, RegisterOptions, number])[] = [
  ['com.own.p', STALE, Infinity], ['com.own.q', { ...STALE, strategy: 'concat', queue: 2 }, 1], ['com.own.r', { ...STALE, strategy: 'switch', onStop: 'interrupt' }, 1],
  ['com.own.s', { ...STALE, strategy: 'exhaust' }, 1], ['com.own.t', { ...STALE, concurrency: 2, queue: 1, onLoss: 'finish', final: 'last' }, 2],
  ['com.own.u.', { ...STALE, match: 'prefix', takeover: true }, Infinity],
];
/** How a procedure of the client answers. Each but the last comes to an end. */
const ANSWERS = ['value', 'later', 'progress', 'refusal', 'failure', 'never'] as const;
export type Answer = typeof ANSWERS[number];

/** What the user of a client does. */
export type UserStep =
  | {
    readonly do: 'subscribe'; readonly key: number; readonly as: 'events' | 'direct' | 'status'; readonly grace: number | undefined;
    readonly recovers: boolean; readonly retained: boolean; readonly onGap: TopicOptions['onGap']; readonly onSession: boolean;
  }
  | {
    readonly do: 'call'; readonly procedure: Uri; readonly progress: boolean; readonly timeout: number | undefined;
    readonly cancelMode: NonNullable<CallOptions['cancelMode']>; readonly onSession: boolean;
  }
  | { readonly do: 'register'; readonly own: number; readonly answer: Answer }
  | { readonly do: 'publish'; readonly topic: Uri; readonly acknowledge: boolean; readonly bySubject: boolean }
  | { readonly do: 'unsubscribe' | 'abandon' | 'unregister'; readonly at: number }
  | { readonly do: 'reconnectNow' };

/** What the network does, without spoiling what it carries. */
export type NetworkStep =
  | { readonly do: 'cut' | 'restore' | 'stall' | 'refuse' }
  | { readonly do: 'latency'; readonly ms: number; readonly jitter: number };

/** What spoils a frame. */
export interface SpoilStep { readonly do: 'truncate' | 'corrupt' }

/** What others do in the realm. */
export type OthersStep =
  | { readonly do: 'others publish'; readonly topic: Uri; readonly count: number }
  | { readonly do: 'others call'; readonly at: number; readonly count: number; readonly progress: boolean }
  | { readonly do: 'others abandon'; readonly at: number };

/** What is done from within the news of something else. */
export interface Reaction {
  readonly on: 'event' | 'end' | 'joined' | 'waiting' | 'idle';
  readonly step: UserStep;
}

/** The client of a run. */
export interface ClientPlan {
  readonly offline: 'wait' | 'fail';
  readonly queueLimit: number;
  readonly idleClose: number;
  readonly isHeld: boolean;
  readonly maxAttempts: number | undefined;
  readonly ends: 'by leaving' | 'by closing';
  readonly reactions: readonly Reaction[];
}

/** A step, and the milliseconds before it: those without any happen in one frame. */
export interface Timed<S> {
  readonly step: S;
  readonly wait: number;
}

const some = fc.nat(9);
const rarely = fc.constantFrom(false, false, false, true);

const subscribe: fc.Arbitrary<UserStep> = fc.record({
  do: fc.constant('subscribe'), key: fc.nat(KEYS.length - 1), as: fc.constantFrom('events', 'events', 'direct', 'status', 'status'),
  grace: fc.constantFrom(undefined, undefined, 0, 25), recovers: fc.constantFrom(false, false, true), retained: rarely, onGap: fc.constantFrom(undefined, undefined, undefined, 'error'), onSession: rarely,
});
const call: fc.Arbitrary<UserStep> = fc.record({
  do: fc.constant('call'), procedure: fc.constantFrom(...PROCEDURES), progress: fc.boolean(), timeout: fc.constantFrom(undefined, undefined, 5, 30),
  cancelMode: fc.constantFrom('skip', 'kill', 'killnowait', 'none'), onSession: rarely,
});

export const userStep: fc.Arbitrary<UserStep> = fc.oneof(
  { weight: 7, arbitrary: subscribe },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('unsubscribe'), at: some }) },
  { weight: 6, arbitrary: call },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('abandon'), at: some }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('register'), own: fc.nat(OWN.length - 1), answer: fc.constantFrom(...ANSWERS) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unregister'), at: some }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('publish'), topic: fc.constantFrom(...TOPICS), acknowledge: fc.boolean(), bySubject: rarely }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reconnectNow') }) },
) as fc.Arbitrary<UserStep>;

export const networkStep: fc.Arbitrary<NetworkStep> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('cut') }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('restore') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('stall') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refuse') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('latency'), ms: fc.constantFrom(0, 2, 6), jitter: fc.constantFrom(0, 5) }) },
) as fc.Arbitrary<NetworkStep>;

export const spoilStep: fc.Arbitrary<SpoilStep> = fc.record({ do: fc.constantFrom('truncate', 'corrupt') });

export const othersStep: fc.Arbitrary<OthersStep> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('others publish'), topic: fc.constantFrom(...TOPICS), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('others call'), at: some, count: fc.integer({ min: 1, max: 4 }), progress: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('others abandon'), at: some }) },
) as fc.Arbitrary<OthersStep>;

export const clientPlan: fc.Arbitrary<ClientPlan> = fc.record({
  offline: fc.constantFrom('wait', 'wait', 'fail'),
  queueLimit: fc.constantFrom(1000, 1000, 2),
  idleClose: fc.constantFrom(0, 40),
  isHeld: fc.boolean(),
  maxAttempts: fc.constantFrom(undefined, undefined, undefined, 3),
  ends: fc.constantFrom('by leaving', 'by leaving', 'by closing'),
  reactions: fc.array(fc.record({ on: fc.constantFrom('event', 'end', 'joined', 'waiting', 'idle'), step: userStep }), { maxLength: 5 }),
}) as fc.Arbitrary<ClientPlan>;

/** A plan of steps. */
export function stepsOf<S>(step: fc.Arbitrary<S>): fc.Arbitrary<Timed<S>[]> {
  return fc.array(fc.record({ step, wait: fc.constantFrom(0, 0, 0, 1, 3, 8, 20, 70) }), { minLength: 1, maxLength: 40, size: 'max' });
}

/** What a router says that answers nothing. */
const HARMLESS: readonly WampList[] = [
  [50, 9999, {}, [1]], [50, 9999, { progress: true }, [1]], [8, 48, 9999, {}, 'wamp.error.canceled'], [8, 32, 9999, {}, 'wamp.error.not_authorized'],
  [36, 9999, 1, {}, [1, 'nobody']], [35, 9999], [35, 0, { subscription: 9999 }], [35, 0], [67, 9999], [67, 0, { registration: 9999 }], [17, 9999, 1], [69, 9999, {}],
];
/** What no router may say. */
const WRONG: readonly (WampList | string)[] = [[33, 9999, 1], [65, 9999, 1], [2, 1, {}], [99, 1], [32, 1, {}, 'com.a'], [50, 'one', {}], '[50,1', '{}', [8, 68, 1, {}, 'com.x']];
const REASONS: readonly Uri[] = [
  'wamp.close.system_shutdown', 'wamp.close.close_realm', 'wamp.close.goodbye_and_out', 'wamp.close.normal', 'wamp.close.killed', 'wamp.error.no_such_realm',
  'wamp.error.no_such_role', 'wamp.error.not_authorized', 'wamp.error.authentication_failed', 'wamp.error.protocol_violation', 'com.reason.of.its.own',
];
const REFUSALS: readonly Uri[] = [
  'wamp.error.not_authorized', 'wamp.error.authorization_failed', 'wamp.error.no_such_procedure', 'wamp.error.procedure_already_exists', 'wamp.error.canceled',
  'wamp.error.invalid_argument', 'wamp.error.unavailable', 'com.error.of.its.own',
];

/** What a router does of its own accord. */
export type RouterStep =
  | { readonly do: 'router publishes'; readonly topic: Uri; readonly count: number; readonly retained: boolean }
  | { readonly do: 'router dismisses'; readonly type: 'GOODBYE' | 'ABORT'; readonly reason: Uri; readonly details: Dict }
  | { readonly do: 'router revokes'; readonly what: 'subscription' | 'registration'; readonly at: number }
  | { readonly do: 'router invokes'; readonly at: number; readonly count: number; readonly progress: boolean }
  | { readonly do: 'router interrupts'; readonly at: number }
  | { readonly do: 'router babbles'; readonly list: WampList }
  | { readonly do: 'router fails'; readonly topic: Uri; readonly count: number }
  | { readonly do: 'router errs'; readonly what: WampList | string };

export const routerStep: fc.Arbitrary<RouterStep> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('router publishes'), topic: fc.constantFrom(...TOPICS), count: fc.integer({ min: 1, max: 3 }), retained: rarely }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('router dismisses'), type: fc.constantFrom('GOODBYE', 'ABORT'), reason: fc.constantFrom(...REASONS), details: fc.constantFrom({}, {}, {}, { retry_after: 0.2 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('router revokes'), what: fc.constantFrom('subscription', 'registration'), at: some }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('router invokes'), at: some, count: fc.integer({ min: 1, max: 4 }), progress: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('router interrupts'), at: some }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('router babbles'), list: fc.constantFrom(...HARMLESS) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('router fails'), topic: fc.constantFrom(...TOPICS), count: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('router errs'), what: fc.constantFrom(...WRONG) }) },
) as fc.Arbitrary<RouterStep>;

export const whims: fc.Arbitrary<Whim[]> = fc.array(fc.record({
  delay: fc.constantFrom(0, 0, 0, 2, 5, 40), answer: fc.constantFrom('right', 'right', 'right', 'right', 'right', 'refuse', 'never', 'twice'),
  error: fc.constantFrom(...REFUSALS), progress: fc.nat(2),
}), { minLength: 1, maxLength: 12 }) as fc.Arbitrary<Whim[]>;

export const greetings: fc.Arbitrary<Greeting[]> = fc.array(fc.record({
  delay: fc.constantFrom(0, 0, 4), answer: fc.constantFrom('welcome', 'welcome', 'welcome', 'welcome', 'abort', 'never', 'challenge', 'nonsense', 'hang up'), reason: fc.constantFrom(...REASONS),
}), { minLength: 1, maxLength: 8 }) as fc.Arbitrary<Greeting[]>;
