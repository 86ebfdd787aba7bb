/**
 * The reasons and errors that WAMP gives a meaning to, by the last part of their name. Those without a comment are the specification's.
 *
 * One export for each, so that a bundle keeps the ones it uses; `WampUri` is the namespace of them all.
 */

// reasons of GOODBYE and ABORT
export const closeRealm = 'wamp.close.close_realm';
export const goodbyeAndOut = 'wamp.close.goodbye_and_out';
export const systemShutdown = 'wamp.close.system_shutdown';
export const closeNormal = 'wamp.close.normal';
export const killed = 'wamp.close.killed';
/** of Crossbar.io: a client that leaves for good */
export const logout = 'wamp.close.logout';

// the protocol itself
export const protocolViolation = 'wamp.error.protocol_violation';
export const invalidUri = 'wamp.error.invalid_uri';
export const payloadSizeExceeded = 'wamp.error.payload_size_exceeded';
export const featureNotSupported = 'wamp.error.feature_not_supported';
export const optionNotAllowed = 'wamp.error.option_not_allowed';
export const optionDisallowedDiscloseMe = 'wamp.error.option_disallowed.disclose_me';
export const networkFailure = 'wamp.error.network_failure';

// joining and permissions
export const noSuchRealm = 'wamp.error.no_such_realm';
export const noSuchRole = 'wamp.error.no_such_role';
export const noSuchPrincipal = 'wamp.error.no_such_principal';
export const noAuthMethod = 'wamp.error.no_matching_auth_method';
export const authenticationDenied = 'wamp.error.authentication_denied';
export const authenticationFailed = 'wamp.error.authentication_failed';
export const authenticationRequired = 'wamp.error.authentication_required';
export const authorizationDenied = 'wamp.error.authorization_denied';
export const authorizationFailed = 'wamp.error.authorization_failed';
export const authorizationRequired = 'wamp.error.authorization_required';
export const notAuthorized = 'wamp.error.not_authorized';

// topics and procedures
export const noSuchSubscription = 'wamp.error.no_such_subscription';
export const noSuchRegistration = 'wamp.error.no_such_registration';
export const noSuchProcedure = 'wamp.error.no_such_procedure';
export const noSuchSession = 'wamp.error.no_such_session';
export const procedureAlreadyExists = 'wamp.error.procedure_already_exists';
export const invalidArgument = 'wamp.error.invalid_argument';
export const noAvailableCallee = 'wamp.error.no_available_callee';
/** What Crossbar.io says for {@link noAvailableCallee}. */
export const noEligibleCallee = 'wamp.error.no_eligible_callee';
export const unavailable = 'wamp.error.unavailable';
export const timeout = 'wamp.error.timeout';
export const canceled = 'wamp.error.canceled';
/** The other spelling of {@link canceled}: the specification has both. */
export const cancelled = 'wamp.error.cancelled';
/** What Crossbar.io says where the events of a subscription are not kept. */
export const historyUnavailable = 'wamp.error.history_unavailable';
/** What a procedure failed with that threw an error without a URI. Not in the specification, but what the others say. */
export const runtimeError = 'wamp.error.runtime_error';
