import type { Dict } from '../types.ts';
import type { Role } from './announces.ts';
import { isDict, own } from './fields.ts';

/** The first is how the specification spells it where it says what to announce. */
const SHARDED = ['shareded_subscriptions', 'sharded_subscription'] as const;

/** Both ways of handing on what a router does not look into; the second is Crossbar.io's and Autobahn's. */
const OPAQUE = ['payload_passthru_mode', 'payload_transparency'] as const;

// Both are marked as pure, so that bundles do without what they do not use.
/** What a client of this library announces in `HELLO.Details.roles`. */
export const CLIENT_ROLES: Dict = /* @__PURE__ */ announcement(() => ({
  publisher: ['publisher_identification', 'publisher_exclusion', 'subscriber_blackwhite_listing', ...SHARDED, ...OPAQUE],
  // Event retention is announced by brokers alone.
  subscriber: ['publisher_identification', 'pattern_based_subscription', 'subscription_revocation', ...OPAQUE],
  // A caller that keeps its own time uses no feature ("Caller-Initiated Timeouts"), so call_timeout is not among these.
  caller: ['progressive_call_results', 'progressive_call_invocations', 'call_canceling', 'caller_identification', 'sharded_registration', ...OPAQUE],
  callee: [
    'progressive_call_results', 'progressive_call_invocations', 'call_canceling', 'call_timeout', 'call_reroute', 'caller_identification',
    'pattern_based_registration', 'shared_registration', 'sharded_registration', 'registration_revocation',
    ...OPAQUE,
  ],
}));

/** What a router of this library announces in `WELCOME.Details.roles`. */
export const ROUTER_ROLES: Dict = /* @__PURE__ */ announcement(() => ({
  broker: [
    'publisher_identification', 'publisher_exclusion', 'publication_trustlevels', 'subscriber_blackwhite_listing', 'pattern_based_subscription',
    ...SHARDED, 'subscription_revocation', 'event_retention', ...OPAQUE,
    'session_meta_api', 'subscription_meta_api',
  ],
  dealer: [
    'progressive_call_results', 'progressive_call_invocations', 'call_canceling', 'call_timeout', 'call_reroute', 'call_trustlevels', 'caller_identification',
    'pattern_based_registration', 'shared_registration', 'sharded_registration', 'registration_revocation', ...OPAQUE,
    'session_meta_api', 'registration_meta_api', 'testament_meta_api',
  ],
}), { reflection: true });

/** The same roles with one more feature, for what only some realms have. */
export function withFeature(roles: Dict, role: Role, feature: string): Dict {
  const description = own(roles, role);
  const features = own(description, 'features');
  return { ...roles, [role]: { ...(isDict(description) && description), features: { ...(isDict(features) && features), [feature]: true } } };
}

/**
 * Called as a pure function, and with one that lays out the lists, so that each end does without what the other announces: bundlers keep what is spread.
 *
 * @param abilities what stands beside the features of each role and not among them, as the specification has it of reflection alone
 */
function announcement(roles: () => { readonly [R in Role]?: readonly string[] }, abilities: Dict = {}): Dict {
  const featuresOf = (names: readonly string[]): Dict => Object.freeze(Object.fromEntries(names.map((name) => [name, true])));
  return Object.freeze(
    Object.fromEntries(Object.entries(roles()).map(([role, names]) => [role, Object.freeze({ ...abilities, features: featuresOf(names) })])),
  );
}
