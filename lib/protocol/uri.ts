import { InvalidUriError } from '../errors.ts';
import type { Uri } from '../types.ts';
import { show } from './show.ts';

/** How a topic or a procedure is compared with the URI of a subscription or a registration. */
export type MatchPolicy = 'exact' | 'prefix' | 'wildcard';

/** Options of {@link isUri} and {@link assertUri}. */
export interface UriOptions {
  /** Only lower-case letters, digits and `_` in a component, as the specification recommends. @default false */
  readonly strict?: boolean | undefined;
  /**
   * What the URI is used for. A `'prefix'` may end in an empty component, and so may be empty; in a `'wildcard'` any component may
   * be empty. @default 'exact'
   */
  readonly match?: MatchPolicy | undefined;
}

// 2.1.1, "URIs". No component can be read in two ways, so none of these backtracks.
const LOOSE: { readonly [M in MatchPolicy]: RegExp } = {
  exact: /^[^\s.#]+(?:\.[^\s.#]+)*$/,
  prefix: /^(?:[^\s.#]+\.)*[^\s.#]*$/,
  wildcard: /^[^\s#]*$/,
};
const STRICT: { readonly [M in MatchPolicy]: RegExp } = {
  exact: /^[0-9a-z_]+(?:\.[0-9a-z_]+)*$/,
  prefix: /^(?:[0-9a-z_]+\.)*[0-9a-z_]*$/,
  wildcard: /^[0-9a-z_.]*$/,
};

/** Tells whether a value is a URI by the rules of 2.1.1. Reserved URIs (`wamp.`) are URIs. */
export function isUri(value: unknown, options: UriOptions = {}): value is Uri {
  const { strict = false, match = 'exact' } = options;
  return typeof value === 'string' && (strict ? STRICT : LOOSE)[match].test(value);
}

/**
 * Lets a URI pass. Throws {@link InvalidUriError} where the value is none.
 *
 * @param what names the value in the message: `topic`, `REGISTER.Procedure`
 */
export function assertUri(uri: unknown, what: string, options: UriOptions = {}): asserts uri is Uri {
  if (isUri(uri, options)) return;
  const { strict = false, match = 'exact' } = options;
  const kind = `${strict ? 'strict ' : ''}URI${match === 'exact' ? '' : ` with ${match} matching`}`;
  throw new InvalidUriError(`${what} must be a ${kind}, got ${show(uri)}`);
}

/**
 * Tells whether a subscription or registration of `pattern` covers `uri`.
 *
 * `'prefix'` compares characters, not components: `com.shop` covers `com.shopping`. In a `'wildcard'` an empty component stands for
 * exactly one component.
 */
export function matches(pattern: Uri, match: MatchPolicy, uri: Uri): boolean {
  switch (match) {
    case 'exact':
      return pattern === uri;
    case 'prefix':
      return uri.startsWith(pattern);
    case 'wildcard':
      return matchesWildcard(pattern, uri);
  }
}

// Walks both without splitting them: this runs for each candidate of each publication.
function matchesWildcard(pattern: Uri, uri: Uri): boolean {
  let p = 0;
  let u = 0;
  for (;;) {
    const patternEnd = endOfComponent(pattern, p);
    const uriEnd = endOfComponent(uri, u);
    const length = patternEnd - p;
    if (length > 0 && (uriEnd - u !== length || !uri.startsWith(pattern.slice(p, patternEnd), u))) return false;
    const patternEnds = patternEnd === pattern.length;
    if (patternEnds || uriEnd === uri.length) return patternEnds && uriEnd === uri.length;
    p = patternEnd + 1;
    u = uriEnd + 1;
  }
}

function endOfComponent(uri: Uri, from: number): number {
  const dot = uri.indexOf('.', from);
  return dot < 0 ? uri.length : dot;
}

/** The reasons and errors that WAMP gives a meaning to, by the last part of their name. Those without a comment are the specification's. */
export const WampUri = {
  // reasons of GOODBYE and ABORT
  closeRealm: 'wamp.close.close_realm',
  goodbyeAndOut: 'wamp.close.goodbye_and_out',
  systemShutdown: 'wamp.close.system_shutdown',
  closeNormal: 'wamp.close.normal',
  killed: 'wamp.close.killed',
  /** of Crossbar.io: a client that leaves for good */
  logout: 'wamp.close.logout',

  // the protocol itself
  protocolViolation: 'wamp.error.protocol_violation',
  invalidUri: 'wamp.error.invalid_uri',
  payloadSizeExceeded: 'wamp.error.payload_size_exceeded',
  featureNotSupported: 'wamp.error.feature_not_supported',
  optionNotAllowed: 'wamp.error.option_not_allowed',
  optionDisallowedDiscloseMe: 'wamp.error.option_disallowed.disclose_me',
  networkFailure: 'wamp.error.network_failure',

  // joining and permissions
  noSuchRealm: 'wamp.error.no_such_realm',
  noSuchRole: 'wamp.error.no_such_role',
  noSuchPrincipal: 'wamp.error.no_such_principal',
  noAuthMethod: 'wamp.error.no_matching_auth_method',
  authenticationDenied: 'wamp.error.authentication_denied',
  authenticationFailed: 'wamp.error.authentication_failed',
  authenticationRequired: 'wamp.error.authentication_required',
  authorizationDenied: 'wamp.error.authorization_denied',
  authorizationFailed: 'wamp.error.authorization_failed',
  authorizationRequired: 'wamp.error.authorization_required',
  notAuthorized: 'wamp.error.not_authorized',

  // topics and procedures
  noSuchSubscription: 'wamp.error.no_such_subscription',
  noSuchRegistration: 'wamp.error.no_such_registration',
  noSuchProcedure: 'wamp.error.no_such_procedure',
  noSuchSession: 'wamp.error.no_such_session',
  procedureAlreadyExists: 'wamp.error.procedure_already_exists',
  invalidArgument: 'wamp.error.invalid_argument',
  noAvailableCallee: 'wamp.error.no_available_callee',
  /** What Crossbar.io says for {@link WampUri.noAvailableCallee}. */
  noEligibleCallee: 'wamp.error.no_eligible_callee',
  unavailable: 'wamp.error.unavailable',
  timeout: 'wamp.error.timeout',
  canceled: 'wamp.error.canceled',
  /** The other spelling of {@link WampUri.canceled}: the specification has both. */
  cancelled: 'wamp.error.cancelled',
  /** What Crossbar.io says where the events of a subscription are not kept. */
  historyUnavailable: 'wamp.error.history_unavailable',
  /** What a procedure failed with that threw an error without a URI. Not in the specification, but what the others say. */
  runtimeError: 'wamp.error.runtime_error',
} as const;
export type WampUri = (typeof WampUri)[keyof typeof WampUri];

/** The topics and procedures of the meta API, by the last two parts of their name. */
export const WampMetaUri = {
  // sessions
  sessionOnJoin: 'wamp.session.on_join',
  sessionOnLeave: 'wamp.session.on_leave',
  sessionCount: 'wamp.session.count',
  sessionList: 'wamp.session.list',
  sessionGet: 'wamp.session.get',
  sessionKill: 'wamp.session.kill',
  sessionKillByAuthid: 'wamp.session.kill_by_authid',
  sessionKillByAuthrole: 'wamp.session.kill_by_authrole',
  sessionKillAll: 'wamp.session.kill_all',
  sessionAddTestament: 'wamp.session.add_testament',
  sessionFlushTestaments: 'wamp.session.flush_testaments',

  // registrations
  registrationOnCreate: 'wamp.registration.on_create',
  registrationOnRegister: 'wamp.registration.on_register',
  registrationOnUnregister: 'wamp.registration.on_unregister',
  registrationOnDelete: 'wamp.registration.on_delete',
  registrationList: 'wamp.registration.list',
  registrationLookup: 'wamp.registration.lookup',
  registrationMatch: 'wamp.registration.match',
  registrationGet: 'wamp.registration.get',
  registrationListCallees: 'wamp.registration.list_callees',
  registrationCountCallees: 'wamp.registration.count_callees',
  /** Not in the specification, but what Crossbar.io calls it. */
  registrationRemoveCallee: 'wamp.registration.remove_callee',

  // subscriptions
  subscriptionOnCreate: 'wamp.subscription.on_create',
  subscriptionOnSubscribe: 'wamp.subscription.on_subscribe',
  subscriptionOnUnsubscribe: 'wamp.subscription.on_unsubscribe',
  subscriptionOnDelete: 'wamp.subscription.on_delete',
  subscriptionList: 'wamp.subscription.list',
  subscriptionLookup: 'wamp.subscription.lookup',
  subscriptionMatch: 'wamp.subscription.match',
  subscriptionGet: 'wamp.subscription.get',
  subscriptionListSubscribers: 'wamp.subscription.list_subscribers',
  subscriptionCountSubscribers: 'wamp.subscription.count_subscribers',
  subscriptionGetEvents: 'wamp.subscription.get_events',
  /** Not in the specification, but what Crossbar.io calls it. */
  subscriptionRemoveSubscriber: 'wamp.subscription.remove_subscriber',
} as const;
export type WampMetaUri = (typeof WampMetaUri)[keyof typeof WampMetaUri];
