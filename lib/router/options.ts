import type { SchedulerLike } from 'rxjs';
import type { AnonymousOptions } from '../auth/anonymous.ts';
import type { MaybeLater, Verifier } from '../auth/authenticator.ts';
import type { CookieOptions } from '../auth/cookie.ts';
import type { CryptosignOptions } from '../auth/cryptosign.ts';
import type { ScramOptions, ScramUser } from '../auth/scram.ts';
import type { TicketOptions } from '../auth/ticket.ts';
import type { TlsOptions } from '../auth/tls.ts';
import type { TotpOptions } from '../auth/totp.ts';
import type { WampCraOptions } from '../auth/wampcra.ts';
import type { Logger } from '../log.ts';
import type { MatchPolicy } from '../protocol/uri.ts';
import type { Serializer } from '../serializers/serializer.ts';
import type { Dict, Id, Uri } from '../types.ts';
import type { EventStore } from './core/events/event-store.ts';

/** Options of `createRouter`. What is wrong in them is a TypeError or RangeError at that call. */
export interface RouterOptions {
  /** The realms by name. Any other one is refused with `wamp.error.no_such_realm`. */
  readonly realms: { readonly [name: Uri]: RealmOptions };
  /** Serializers that clients may choose from, best first. @default json() in browsers, all of them in Node */
  readonly serializers?: readonly Serializer[] | undefined;
  /** Where sessions that come and go, refused frames, slow consumers and failed decisions are reported. Secrets and payloads never are. @default none */
  readonly log?: Logger | undefined;
  /** Keeps all time of the router. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
  /** Source of chance: session and publication ids, the invocation policy `random`. @default Math.random */
  readonly random?: (() => number) | undefined;
  readonly timeouts?: RouterTimeouts | undefined;
  /** What each realm, and each of its sessions, may take; a realm may have its own. */
  readonly limits?: RouterLimits | undefined;
}

/** How long the router waits for a client, in milliseconds. */
export interface RouterTimeouts {
  /** From the connection to HELLO; then the client is sent ABORT. @default 10000 */
  readonly hello?: number | undefined;
  /** From HELLO to the end of authentication, the time that the router's own look-ups take included; then ABORT. @default 10000 */
  readonly authenticate?: number | undefined;
  /** From the router's GOODBYE to the client's; then the connection is dropped. @default 2000 */
  readonly goodbye?: number | undefined;
}

/** Options of one realm. */
export interface RealmOptions {
  /**
   * The methods a client may authenticate with: the ones built in, by name, or a list of your own; the first one that a client offers
   * is taken. @default { anonymous: { role: 'anonymous' } }
   */
  readonly auth?: AuthOptions | readonly Verifier[] | undefined;
  /**
   * What each role may do. Of the permissions of the session's role that cover a URI one alone decides, see {@link Permission}; where none
   * covers it, and for a role that is not here, nothing is allowed. Procedures of the router that intervene in what others have
   * (`wamp.session.kill`, `wamp.registration.remove_callee`, ...) are allowed only by a permission whose `uri` begins with `wamp.`, or by
   * `authorize`. @default every role may do everything but that
   */
  readonly roles?: { readonly [role: string]: readonly Permission[] } | undefined;
  /**
   * Asked for each action that `roles` let pass: a function, or the URI of a procedure of this realm, see {@link AuthorizeOptions}. A no is answered
   * with `wamp.error.not_authorized`, and a failure with `wamp.error.authorization_failed`. While a later answer is awaited, what the
   * session sends waits behind it, in order.
   *
   * @default everything is allowed
   */
  readonly authorize?: Authorize | Uri | AuthorizeOptions | undefined;
  /**
   * Let sessions survive the loss of their connection, for clients that ask for it (`createClient({ resume: true })`): who comes back in
   * time goes on, and gets what it has missed. Until then a session stays where it is: its calls stay open, its registrations are called,
   * its events are kept.
   *
   * Off unless asked for, since callers of a client that never comes back wait that much longer for an error, what it registered is taken
   * that much longer, and every session that is away takes up room.
   *
   * @default false
   */
  readonly resume?: boolean | ResumeOptions | undefined;
  /**
   * How many events are kept that publishers want retained (`publish(…, { retain: true })`), for subscribers that ask for them
   * (`topic(…, { retained: true })`). An event for sessions by their id (`exclude`, `eligible`) is not.
   */
  readonly retained?: RetainedOptions | undefined;
  /**
   * Topics and patterns whose events are kept, so that subscribers can have back what they missed (`topic(…, { recover: 'history' })`, or
   * `wamp.subscription.get_events`). An event for sessions by their id (`exclude`, `eligible`) is not. @default none
   */
  readonly history?: readonly HistoryOptions[] | undefined;
  /** Where retained events and histories are kept: `memoryStore()`, or `sqliteStore()` of `rxwamp/router/sqlite`, which outlives the router. @default memoryStore() */
  readonly store?: EventStore | undefined;
  /**
   * How clients number their requests. The specification wants 1, 2, 3, ..., and the end of the session where it is otherwise: that is `'strict'`.
   * With `'lenient'` a client may number as it likes, as some of old do; of one that announces progressive call invocations, a CALL that is not numbered higher
   * than all before belongs to one of these.
   *
   * @default 'strict'
   */
  readonly sequence?: 'strict' | 'lenient' | undefined;
  /** What this realm and each of its sessions may take; what is left out is taken from the router's limits. */
  readonly limits?: Limits | undefined;
}

/** Bounds of retained events. Beyond either, the topic that was published to longest ago is forgotten: newer ones are worth more. */
export interface RetainedOptions {
  /** Topics with a retained event; 0 retains nothing. @default 1000 */
  readonly limit?: number | undefined;
  /** Bytes of all of them together, roughly as they are in memory. A larger event is not retained. @default 16777216 */
  readonly bytes?: number | undefined;
}

/** One history: the events of a topic or pattern, oldest first. Beyond a bound the oldest are forgotten. */
export interface HistoryOptions {
  readonly uri: Uri;
  /** How topics are compared with `uri`. @default 'exact' */
  readonly match?: MatchPolicy | undefined;
  /** Events that are kept. @default 1000 */
  readonly limit?: number | undefined;
  /** Bytes of these, roughly as they are in memory. @default 67108864 */
  readonly bytes?: number | undefined;
}

/** How long, and how much, a realm keeps for sessions whose connection was lost. */
export interface ResumeOptions {
  /** Milliseconds for which a session waits for its client. @default 30000 */
  readonly timeout?: number | undefined;
  /** Messages that are kept until the client has processed them. More for a session whose connection is away end it. @default 1000 */
  readonly messages?: number | undefined;
  /** Bytes of their frames, or characters where these are text. More for a session whose connection is away end it. @default 1048576 */
  readonly bytes?: number | undefined;
}

/**
 * The rules of a realm: what {@link Router.reload} replaces. What is left out stays as it is, so that a rule that was forgotten opens nothing; a
 * realm is opened by permissions that say so. `limits` are replaced as a whole: what is not in them is that of the router.
 */
export type RealmRules = Pick<RealmOptions, 'auth' | 'roles' | 'authorize' | 'limits'>;

/** Options of {@link Router.reload}. What is left out stays as it is. */
export interface ReloadOptions {
  /** New rules by realm. A realm that is not here keeps those it has. */
  readonly realms?: { readonly [name: Uri]: RealmRules } | undefined;
  /** Realms that are to be there as well. */
  readonly add?: { readonly [name: Uri]: RealmOptions } | undefined;
  /** Realms that are to go. No other one may need them for its authentication. */
  readonly remove?: readonly Uri[] | undefined;
  /** In the place of `RouterOptions.limits`, as a whole. */
  readonly limits?: RouterLimits | undefined;
}

/**
 * The built-in methods of authentication, in the order of preference. A router of Node takes all of them by name; one in a browser takes `anonymous`, `ticket`,
 * `wampcra` and `dynamic`, and of the others the verifier: `auth: [scramVerifier(…)]`.
 */
export interface AuthOptions {
  /** Lets everybody in who names no other method, or asks a procedure about them. */
  readonly anonymous?: AnonymousOptions | Uri | AuthProcedure | undefined;
  /** Lets those in who have the right ticket. */
  readonly ticket?: TicketOptions | Uri | AuthProcedure | undefined;
  /** Lets those in who sign a challenge with the right secret, which itself never travels. */
  readonly wampcra?: WampCraOptions | Uri | AuthProcedure | undefined;
  /** Lets those in who prove that they have the password, of which the router keeps what is of no use to others; and proves to them that it knows them. */
  readonly scram?: ScramOptions | Uri | (AuthProcedure & Pick<ScramOptions, 'method'>) | undefined;
  /** Lets those in who have the code of the moment. */
  readonly totp?: TotpOptions | Uri | AuthProcedure | undefined;
  /** Lets those in who sign a challenge with the private key of one of their public ones. */
  readonly cryptosign?: CryptosignOptions | Uri | AuthProcedure | undefined;
  /** Lets those in whose connection goes with the cookie of an earlier login; the listener has to set it. It comes first, so that others are asked where there is none. */
  readonly cookie?: CookieOptions | undefined;
  /** Lets those in whose connection was opened with a certificate of theirs. */
  readonly tls?: TlsOptions | undefined;
  /** Has one procedure or function decide for several methods. */
  readonly dynamic?: Uri | DynamicAuthenticator | DynamicAuthOptions | undefined;
}

/**
 * A procedure that authenticates, as the dynamic authenticators of Crossbar.io do. It is called with `[realm, authid, details]`; `details` has
 * `authmethod`, `session`, `transport`, `authextra`, `authrole`, and the `ticket` where there is one. It answers the role, or a {@link Principal}; null or
 * false where the client is not let in. For WAMP-CRA it answers with the secret of the user.
 *
 * While nobody has registered it, it fails, or takes longer than `timeouts.authenticate`, who comes gets ABORT `wamp.error.authentication_failed` and
 * hears nothing of why; the log does. A session has to be in the realm of the procedure to register it: one that joins by another method, or another
 * realm. Whoever may register it decides who comes in, so it should be given to one role, by a permission for exactly its URI; by a pattern
 * it is not called.
 *
 * ```ts
 * realms: {
 *   staff: { auth: { wampcra: { users: { backend: { secret, role: 'backend' } } } } },
 *   shop: { auth: { ticket: { procedure: 'com.staff.authenticate', realm: 'staff' } } },
 * }
 * ```
 */
export interface AuthProcedure {
  readonly procedure: Uri;
  /** The realm that has the procedure. @default the realm that the client joins */
  readonly realm?: Uri | undefined;
  /** Realms that clients may be put into, besides the one they ask for. What these have of `auth` is not asked. @default none */
  readonly redirect?: readonly Uri[] | undefined;
}

/** Options of the method `dynamic`. */
export interface DynamicAuthOptions extends Omit<AuthProcedure, 'procedure'> {
  /** The procedure, or a function that is asked in its place. */
  readonly procedure: Uri | DynamicAuthenticator;
  /** The methods that it decides for, best first. @default wampcra and ticket, where `auth` has them not */
  readonly methods?: readonly DynamicMethod[] | undefined;
}

/** A method that a procedure can decide for. */
export type DynamicMethod = 'anonymous' | 'ticket' | 'wampcra' | 'scram' | 'totp' | 'cryptosign';

/** A function in the place of a procedure that authenticates, see {@link AuthProcedure}. */
export type DynamicAuthenticator = (realm: Uri, authid: string | undefined, details: Dict) => MaybeLater<string | Principal | false | null | undefined>;

/** Who a client is, as procedures say it that authenticate. */
export interface Principal {
  readonly role: string;
  /** @default the name that the client claims */
  readonly authid?: string | undefined;
  /** One of {@link AuthProcedure.redirect}. @default the realm that the client asked for */
  readonly realm?: Uri | undefined;
  /** Goes into `WELCOME.Details.authextra`. */
  readonly extra?: Dict | undefined;
  /** For `totp`: the secret in base32. For WAMP-CRA: the secret, or what `deriveKey` makes of the password where there is a `salt`. */
  readonly secret?: string | undefined;
  readonly salt?: string | undefined;
  /** @default 1000 */
  readonly iterations?: number | undefined;
  /** @default 32 */
  readonly keylen?: number | undefined;
  /**
   * For `scram`: what is kept of the password. A procedure answers with its keys beside `role`, as `scramUser` makes them, or as Crossbar.io knows them (`stored-key`,
   * `server-key` and `salt` in hexadecimal).
   */
  readonly scram?: Pick<ScramUser, 'kdf' | 'salt' | 'iterations' | 'memory' | 'storedKey' | 'serverKey'> | undefined;
  /** For `cryptosign`: the public keys that are the user's, in hexadecimal. A procedure answers with `pubkey`, a key or a list of them. */
  readonly keys?: readonly string[] | undefined;
}

/** What a session may ask for, as the specification names it ("Authorization"). */
export type Action = 'call' | 'register' | 'publish' | 'subscribe';

/**
 * Allows actions on a URI, or on all URIs that a pattern covers, and no others. Of several that cover a URI the most particular one decides
 * alone, so that it may take away what another one allows:
 *
 * 1. that of exactly this URI
 * 2. of the wildcards, the one whose literal components reach furthest
 * 3. the longest prefix
 *
 * ```ts
 * [
 *   { uri: 'com.shop.', match: 'prefix', allow: ['call', 'subscribe'] },
 *   { uri: 'com.shop.admin.', match: 'prefix', allow: [] },
 *   { uri: 'com.shop.admin.status', allow: ['call'], trustlevel: 1 },
 * ]
 * ```
 */
export interface Permission {
  readonly uri: Uri;
  /**
   * How URIs are compared with `uri`. A subscription or registration with a pattern of its own is covered only where this permission
   * covers all that the pattern can match, and refused where a more particular one refuses a part of that. @default 'exact'
   */
  readonly match?: MatchPolicy | undefined;
  readonly allow: readonly Action[];
  /** Who is told about whom. @default as the client asks */
  readonly disclose?: Disclosure | undefined;
  /**
   * How far callees and subscribers may trust what is called or published: an integer from 0, the lowest trust. They are told it as
   * `trustlevel` of the details ("Call Trust Levels", "Publication Trust Levels"). @default they are told nothing
   */
  readonly trustlevel?: number | undefined;
}

/**
 * `true` discloses always, asked for or not; `false` never, and who asks with `disclose_me` is refused with
 * `wamp.error.option_disallowed.disclose_me`; left out, the client decides.
 */
export interface Disclosure {
  /** Whether callees learn who calls. */
  readonly caller?: boolean | undefined;
  /** Whether subscribers learn who publishes. */
  readonly publisher?: boolean | undefined;
}

/** What {@link Authorize} may say besides yes or no. */
export interface Decision {
  readonly allow: boolean;
  /** Whether the other side learns who called or published; left out, `roles` or the client decides. See {@link Disclosure}. */
  readonly disclose?: boolean | undefined;
  /** The trust level of a call or a publication; left out, `roles` decide. See {@link Permission.trustlevel}. */
  readonly trustlevel?: number | undefined;
  /** Whether the decision may be kept, for the next time that the same is asked. See {@link DecisionCacheOptions}. @default false */
  readonly cache?: boolean | undefined;
}

/**
 * Who decides, and what is kept of it.
 *
 * A procedure is called with `[session, uri, action, options]`, as those of Crossbar.io are: the details of the session, the URI, the
 * {@link Action}, and the options of the message. It answers a boolean or a {@link Decision}. While it is not registered, fails or takes too long,
 * everything is refused with `wamp.error.authorization_failed`.
 *
 * A role provides the procedure that has a permission for exactly its URI that lists `register`; at least one must. Nobody else can register
 * it, and by a pattern it is not called. On such a role its permissions alone decide: it is not asked about itself. What the procedure
 * needs of other sessions they must have such a role for too, or it may wait for those who wait for it.
 *
 * ```ts
 * realm1: {
 *   roles: {
 *     approver: [{ uri: 'com.app.authorize', allow: ['register'] }],
 *     user: [{ uri: 'com.app.', match: 'prefix', allow: ['call', 'subscribe'] }],
 *   },
 *   authorize: { by: 'com.app.authorize', cache: { ttl: 5_000 } },
 * }
 * ```
 */
export interface AuthorizeOptions {
  /** The function, or the URI of the procedure. */
  readonly by: Authorize | Uri;
  /** Milliseconds that an answer may take. @default 10000 */
  readonly timeout?: number | undefined;
  /** Bounds of what is kept. */
  readonly cache?: DecisionCacheOptions | undefined;
}

/**
 * Which decisions are kept: those that say so (`cache: true`), by who asks (`per`), action, URI and match. Options are not looked at. What is
 * kept is forgotten at `reload()`, `invalidateDecisions()`, and by the procedure `wamp.router.invalidate_decisions`.
 */
export interface DecisionCacheOptions {
  /** Milliseconds for which a decision is good. @default 60000 */
  readonly ttl?: number | undefined;
  /** Decisions that are kept; the one that was not asked for for the longest time makes room. @default 10000 */
  readonly size?: number | undefined;
  /** Whether a decision is good for sessions of the same authid and role, or for all of the role. @default 'authid' */
  readonly per?: 'authid' | 'authrole' | undefined;
}

/** Which decisions are meant: those that fit all that is given. */
export interface DecisionFilter {
  readonly authid?: string | undefined;
  readonly authrole?: string | undefined;
  /** The URI that was asked for. */
  readonly uri?: Uri | undefined;
}

/** Decides on one action of one session. `options` are those of the message, as they came from the client. */
export type Authorize = (session: SessionInfo, action: Action, uri: Uri, options: Dict) => MaybeLater<boolean | Decision>;

/** A session as the router knows it. */
export interface SessionInfo {
  readonly id: Id;
  readonly realm: Uri;
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
  readonly authprovider: string;
  /** How the client is connected: what the listener knows, without cookies and other credentials. */
  readonly transport: Dict;
}

/**
 * What a realm and each of its sessions may take. A request beyond a limit is answered with `wamp.error.unavailable` and has no effect; a
 * session beyond one is refused with ABORT `wamp.error.unavailable`.
 *
 * A peer is the address that a client connects from; of IPv6 the network (/64). Behind a proxy all clients have one address, and links in the
 * same process have none, so that no limit per peer is theirs.
 */
export interface Limits {
  /**
   * Size of a message that is received, in bytes, or in characters where it is text. A longer one ends the session with ABORT
   * `wamp.error.payload_size_exceeded`. Of a client that has not joined no more than 262144 are read. All sessions wait while one message
   * is read: who trusts its clients little allows no more than they need. @default 16777216
   */
  readonly messageSize?: number | undefined;
  /**
   * Levels of lists and dictionaries in a message that is received, from 3 to 128; the message itself is the first, its arguments are the second.
   * More end the session with ABORT `wamp.error.protocol_violation`. @default 128
   */
  readonly nesting?: number | undefined;
  /** Sessions that the realm may have at a time. Who comes back to one that it has (`resume`) is let in. @default Infinity */
  readonly sessions?: number | undefined;
  /** Sessions that one peer may have in the realm at a time. @default Infinity */
  readonly sessionsPerPeer?: number | undefined;
  /**
   * How often one peer may say HELLO to the realm, with whatever credentials: so many times a second, and as many at once, at least once. Who
   * comes too often is told in seconds when to come again, as `ABORT.Details.retry_after`; clients of this library do. @default Infinity
   */
  readonly joinsPerSecond?: number | undefined;
  /** How many logins of a peer may fail before the next ones are refused unseen. */
  readonly failedLogins?: FailedLoginOptions | undefined;
  /** Subscriptions a session may have at a time. @default Infinity */
  readonly subscriptions?: number | undefined;
  /** Registrations a session may have at a time. @default Infinity */
  readonly registrations?: number | undefined;
  /** Calls a session may wait for at a time. @default Infinity */
  readonly pendingCalls?: number | undefined;
  readonly sendQueue?: SendQueueOptions | undefined;
}

/**
 * How many logins may fail, so that secrets cannot be tried out. Beyond a limit every login is refused without a look at it, with ABORT
 * `wamp.error.unavailable` and `ABORT.Details.retry_after` in seconds: those of names that nobody has, too, so that nothing is learnt of who is there.
 * Clients of this library come back in time.
 *
 * What is counted is a name at an address: whoever tries out the secrets of somebody at another address does not lock him out. At the same address he
 * does, for a period at most. A login that succeeds lets its name begin anew, and not its address. Who has many addresses has as many times more attempts;
 * secrets should be such that it does not help. Where all clients come from the address of a proxy, `perPeer` counts them all: there it should be Infinity.
 */
export interface FailedLoginOptions {
  /** Failed logins of one name at one peer. @default 10 */
  readonly perAuthid?: number | undefined;
  /** Failed logins of one peer, whatever names it claims. @default 100 */
  readonly perPeer?: number | undefined;
  /** Milliseconds, from the first of them on, after which they are forgotten. @default 300000 */
  readonly period?: number | undefined;
}

/** {@link Limits} of all realms, and one of the router's own. */
export interface RouterLimits extends Limits {
  /**
   * Connections that may be about to join at a time, whatever realm. Of one more the one goes that has kept the router waiting for longest, for
   * HELLO or for AUTHENTICATE, with ABORT `wamp.error.unavailable`; where all wait for the router it is the new one. @default 1000
   */
  readonly handshakes?: number | undefined;
}

/**
 * What is done about a session that reads slower than it is sent to. Nobody else waits for it, and nothing is lost without a word: either its
 * session ends, or its events say how many are missing. Answers are never dropped.
 */
export interface SendQueueOptions {
  /** Bytes that may wait in its connection to be sent. @default 16777216 */
  readonly bytes?: number | undefined;
  /**
   * What happens beyond them:
   *
   * - `'close'`: the session ends with GOODBYE `rxwamp.close.slow_consumer`, behind what waits; where that is not answered in time
   *   (`timeouts.goodbye`) the connection is dropped
   * - `'dropOldest'`: as many bytes more wait in a queue of the session's own, a message counted as 256 more than its frame; where that is full
   *   the oldest EVENTs in it are dropped. The next EVENT of each subscription that lost some says how many, in `EVENT.Details._dropped`, and
   *   clients of this library tell it as a gap (`topicStatus`, `onGap`). Where answers alone fill the queue the session ends as with `'close'`
   *
   * @default 'close'
   */
  readonly overflow?: 'close' | 'dropOldest' | undefined;
}
