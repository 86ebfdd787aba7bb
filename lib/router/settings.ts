/**
 * Reads the options of a router: every one is looked at here, once, at the call of `createRouter`, so that the rest of the router works
 * with values that are there and right.
 */
import { EMPTY, asyncScheduler, type SchedulerLike } from 'rxjs';
import type { Verifier } from '../auth/authenticator.ts';
import type { Logger } from '../log.ts';
import { isDict, show } from '../protocol/fields.ts';
import { isUri } from '../protocol/uri.ts';
import type { Serializer } from '../serializers/serializer.ts';
import type { Uri } from '../types.ts';
import { readVerifiers } from './authenticators.ts';
import type { RealmCall } from './dynamic-authenticators.ts';
import type { FailedLoginSettings } from './failed-logins.ts';
import { readAuthorization } from './authorization.ts';
import type { AuthorizationSettings } from './authorizer.ts';
import { readEventSettings, type EventSettings } from './event-settings.ts';
import { MOST_NESTING } from './nesting.ts';
import type { FailedLoginOptions, Limits, RealmOptions, ResumeOptions, RouterLimits, RouterOptions, RouterTimeouts, SendQueueOptions } from './options.ts';
import type { LoginMethods } from './login-methods.ts';
import type { RequestOrder } from './request-order.ts';
import { duration, knownKeys, mustBe, numberFrom, oneOf, rate, wholeNumber, wholeNumberFrom } from './validation.ts';

/** {@link Limits} with nothing left out. */
export interface LimitSettings {
  readonly messageSize: number;
  readonly nesting: number;
  readonly sessions: number;
  readonly sessionsPerPeer: number;
  readonly joinsPerSecond: number;
  readonly failedLogins: FailedLoginSettings;
  readonly subscriptions: number;
  readonly registrations: number;
  readonly pendingCalls: number;
  readonly queueBytes: number;
  readonly overflow: 'close' | 'dropOldest';
}

/** {@link RouterTimeouts} with nothing left out. */
export interface TimeoutSettings {
  readonly hello: number;
  readonly authenticate: number;
  readonly goodbye: number;
}

/** {@link ResumeOptions} with nothing left out. */
export interface ResumeSettings {
  readonly timeout: number;
  readonly messages: number;
  readonly bytes: number;
}

/** {@link RealmOptions} as the realm uses them. */
export interface RealmSettings extends EventSettings {
  /** What they were read from. */
  readonly options: RealmOptions;
  readonly verifiers: readonly Verifier[];
  readonly authorization: AuthorizationSettings;
  readonly limits: LimitSettings;
  /** `undefined`: sessions end with their connection. */
  readonly resume: ResumeSettings | undefined;
  readonly sequence: RequestOrder;
}

/** {@link RouterOptions} as the router uses them. */
export interface RouterSettings {
  readonly realms: ReadonlyMap<Uri, RealmSettings>;
  readonly serializers: readonly Serializer[];
  readonly log: Logger | undefined;
  readonly scheduler: SchedulerLike;
  /** Calls a procedure of one of the realms. */
  readonly call: RealmCall;
  /** Methods of authentication that can be named. */
  readonly methods: LoginMethods;
  readonly random: () => number;
  readonly timeouts: TimeoutSettings;
  readonly limits: LimitSettings;
  /** Connections that may join at a time. */
  readonly handshakes: number;
}

/** What the settings of a realm rest on. */
export type Inherited = Pick<RouterSettings, 'limits' | 'scheduler' | 'call' | 'methods'> & { readonly realmNames: ReadonlySet<Uri> };

const MEBIBYTE = 2 ** 20;

const DEFAULT_LIMITS: LimitSettings = {
  messageSize: 16 * MEBIBYTE,
  nesting: MOST_NESTING,
  sessions: Infinity,
  sessionsPerPeer: Infinity,
  joinsPerSecond: Infinity,
  failedLogins: { perAuthid: 10, perPeer: 100, period: 300_000 },
  subscriptions: Infinity,
  registrations: Infinity,
  pendingCalls: Infinity,
  queueBytes: 16 * MEBIBYTE,
  overflow: 'close',
};

const ROUTER_KEYS = ['realms', 'serializers', 'log', 'scheduler', 'random', 'timeouts', 'limits'] as const;
const REALM_KEYS = ['auth', 'roles', 'authorize', 'resume', 'sequence', 'retained', 'history', 'store', 'limits'] as const;
const LIMIT_KEYS = [
  'messageSize', 'nesting', 'sessions', 'sessionsPerPeer', 'joinsPerSecond', 'failedLogins', 'subscriptions', 'registrations', 'pendingCalls', 'sendQueue',
] as const;

/** What a platform has. */
export interface Platform {
  /** What clients may choose from where nothing is said, best first. */
  readonly serializers: readonly Serializer[];
  /** Methods of authentication that can be named. */
  readonly methods: LoginMethods;
}

/** Reads the options. Throws TypeError or RangeError in one sentence that names the option. */
export function readRouterOptions(options: RouterOptions, platform: Platform, call: RealmCall = () => EMPTY): RouterSettings {
  knownKeys(options, 'options', ROUTER_KEYS);
  const { realms, serializers = platform.serializers, log, scheduler = asyncScheduler, random = Math.random, timeouts = {} } = options;
  if (!Array.isArray(serializers) || serializers.length === 0) mustBe('options.serializers', 'a list of at least one serializer', serializers);
  if (typeof random !== 'function') mustBe('options.random', 'a function', random);

  const { limits, handshakes } = readRouterLimits(options.limits ?? {});
  const { methods } = platform;
  return {
    realms: readRealms(realms, { limits, scheduler, call, methods }), serializers, log, scheduler, call, methods, random, timeouts: readTimeouts(timeouts), limits, handshakes,
  };
}

function readRealms(realms: RouterOptions['realms'], given: Omit<Inherited, 'realmNames'>): ReadonlyMap<Uri, RealmSettings> {
  if (!isDict(realms)) mustBe('options.realms', 'an object of realms by name', realms);
  const inherited = { ...given, realmNames: new Set(Object.keys(realms)) };
  return new Map(Object.entries(realms).map(([name, options]) => {
    assertRealmName(name);
    return [name, readRealm(options, inherited, `realms[${show(name)}]`)];
  }));
}

/** Throws TypeError where a realm cannot be called so. */
export function assertRealmName(name: string): void {
  if (!isUri(name)) throw new TypeError(`name of a realm must be a URI, got ${show(name)}`);
}

/** Reads the limits of a router. Throws like {@link readRouterOptions}. */
export function readRouterLimits(options: RouterLimits): Pick<RouterSettings, 'limits' | 'handshakes'> {
  knownKeys(options, 'options.limits', [...LIMIT_KEYS, 'handshakes']);
  const { handshakes = 1_000, ...forRealms } = options;
  return { limits: readLimits(forRealms, DEFAULT_LIMITS, 'options.limits'), handshakes: numberFrom(1, handshakes, 'options.limits.handshakes') };
}

/** Reads the options of one realm; `name` is what errors call it. Throws like {@link readRouterOptions}. */
export function readRealm(options: RealmOptions, inherited: Inherited, name: string): RealmSettings {
  knownKeys(options, name, REALM_KEYS);
  const { auth = { anonymous: {} }, sequence = 'strict' } = options;
  return {
    options,
    verifiers: readVerifiers(auth, inherited, `${name}.auth`),
    authorization: readAuthorization(options, name),
    limits: readLimits(options.limits ?? {}, inherited.limits, `${name}.limits`),
    resume: readResume(options.resume ?? false, `${name}.resume`),
    sequence: oneOf(['strict', 'lenient'], sequence, `${name}.sequence`),
    ...readEventSettings(options, name),
  };
}

function readResume(resume: boolean | ResumeOptions, name: string): ResumeSettings | undefined {
  if (resume === false) return undefined;
  const options = resume === true ? {} : resume;
  knownKeys(options, name, ['timeout', 'messages', 'bytes']);
  const { timeout = 30_000, messages = 1000, bytes = MEBIBYTE } = options;
  return {
    timeout: duration(timeout, `${name}.timeout`),
    messages: wholeNumber(messages, `${name}.messages`),
    bytes: wholeNumber(bytes, `${name}.bytes`),
  };
}

function readTimeouts(timeouts: RouterTimeouts): TimeoutSettings {
  const name = 'options.timeouts';
  knownKeys(timeouts, name, ['hello', 'authenticate', 'goodbye']);
  const { hello = 10_000, authenticate = 10_000, goodbye = 2_000 } = timeouts;
  return {
    hello: duration(hello, `${name}.hello`),
    authenticate: duration(authenticate, `${name}.authenticate`),
    goodbye: duration(goodbye, `${name}.goodbye`),
  };
}

function readLimits(limits: Limits, inherited: LimitSettings, name: string): LimitSettings {
  knownKeys(limits, name, LIMIT_KEYS);
  const {
    messageSize = inherited.messageSize, nesting = inherited.nesting, sessions = inherited.sessions,
    sessionsPerPeer = inherited.sessionsPerPeer, joinsPerSecond = inherited.joinsPerSecond, failedLogins = {},
    subscriptions = inherited.subscriptions, registrations = inherited.registrations, pendingCalls = inherited.pendingCalls, sendQueue = {},
  } = limits;
  return {
    messageSize: numberFrom(1, messageSize, `${name}.messageSize`),
    nesting: wholeNumberFrom(3, MOST_NESTING, nesting, `${name}.nesting`),
    sessions: numberFrom(0, sessions, `${name}.sessions`),
    sessionsPerPeer: numberFrom(0, sessionsPerPeer, `${name}.sessionsPerPeer`),
    joinsPerSecond: rate(joinsPerSecond, `${name}.joinsPerSecond`),
    failedLogins: readFailedLogins(failedLogins, inherited.failedLogins, `${name}.failedLogins`),
    subscriptions: numberFrom(0, subscriptions, `${name}.subscriptions`),
    registrations: numberFrom(0, registrations, `${name}.registrations`),
    pendingCalls: numberFrom(0, pendingCalls, `${name}.pendingCalls`),
    ...readSendQueue(sendQueue, inherited, `${name}.sendQueue`),
  };
}

function readFailedLogins(options: FailedLoginOptions, inherited: FailedLoginSettings, name: string): FailedLoginSettings {
  knownKeys(options, name, ['perAuthid', 'perPeer', 'period']);
  const { perAuthid = inherited.perAuthid, perPeer = inherited.perPeer, period = inherited.period } = options;
  return {
    perAuthid: numberFrom(1, perAuthid, `${name}.perAuthid`),
    perPeer: numberFrom(1, perPeer, `${name}.perPeer`),
    period: duration(period, `${name}.period`),
  };
}

function readSendQueue(
  options: SendQueueOptions, inherited: LimitSettings, name: string,
): Pick<LimitSettings, 'queueBytes' | 'overflow'> {
  knownKeys(options, name, ['bytes', 'overflow']);
  const { bytes = inherited.queueBytes, overflow = inherited.overflow } = options;
  return {
    queueBytes: numberFrom(0, bytes, `${name}.bytes`),
    overflow: oneOf(['close', 'dropOldest'], overflow, `${name}.overflow`),
  };
}
