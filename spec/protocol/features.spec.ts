import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { announces, type Role } from '../../lib/protocol/announces.ts';
import { CLIENT_ROLES, ROUTER_ROLES, withFeature } from '../../lib/protocol/features.ts';
import type { Dict } from '../../lib/types.ts';
import { anything } from '../support/arbitraries.ts';

const features = (...names: readonly string[]): Dict => ({ features: Object.fromEntries(names.map((name) => [name, true])) });

describe('CLIENT_ROLES', () => {
  it('announces what a client does', () => {
    expect(CLIENT_ROLES).toEqual({
      publisher: features(
        'publisher_identification', 'publisher_exclusion', 'subscriber_blackwhite_listing', 'shareded_subscriptions', 'sharded_subscription',
        'payload_passthru_mode', 'payload_transparency',
      ),
      subscriber: features('publisher_identification', 'pattern_based_subscription', 'subscription_revocation', 'payload_passthru_mode', 'payload_transparency'),
      caller: features('progressive_call_results', 'progressive_call_invocations', 'call_canceling', 'caller_identification', 'sharded_registration', 'payload_passthru_mode', 'payload_transparency'),
      callee: features(
        'progressive_call_results', 'progressive_call_invocations', 'call_canceling', 'call_timeout', 'call_reroute', 'caller_identification',
        'pattern_based_registration', 'shared_registration', 'sharded_registration', 'registration_revocation',
        'payload_passthru_mode', 'payload_transparency',
      ),
    });
  });
});

describe('ROUTER_ROLES', () => {
  it('announces what a router does', () => {
    expect(ROUTER_ROLES).toEqual({
      broker: {
        reflection: true,
        ...features(
          'publisher_identification', 'publisher_exclusion', 'publication_trustlevels', 'subscriber_blackwhite_listing', 'pattern_based_subscription',
          'shareded_subscriptions', 'sharded_subscription', 'subscription_revocation', 'event_retention', 'payload_passthru_mode', 'payload_transparency',
          'session_meta_api', 'subscription_meta_api',
        ),
      },
      dealer: {
        reflection: true,
        ...features(
          'progressive_call_results', 'progressive_call_invocations', 'call_canceling', 'call_timeout', 'call_reroute', 'call_trustlevels', 'caller_identification',
          'pattern_based_registration', 'shared_registration', 'sharded_registration', 'registration_revocation', 'payload_passthru_mode', 'payload_transparency',
          'session_meta_api', 'registration_meta_api', 'testament_meta_api',
        ),
      },
    });
  });

  it('cannot be changed by those it is shared with', () => {
    const { broker } = ROUTER_ROLES as { readonly broker: { readonly features: { [name: string]: boolean } } };
    expect(() => Object.assign(broker.features, { event_history: true })).toThrow(TypeError);
    expect(() => Object.assign(ROUTER_ROLES, { caller: {} })).toThrow(TypeError);
  });
});

describe('withFeature', () => {
  it('gives the same roles with one feature more, and leaves the first ones as they are', () => {
    const before = structuredClone(ROUTER_ROLES);

    const roles = withFeature(ROUTER_ROLES, 'broker', 'event_history');

    expect([announces({ roles }, 'broker', 'event_history'), announces({ roles }, 'broker', 'event_retention'), announces({ roles }, 'dealer', 'call_canceling')])
      .toEqual([true, true, true]);
    expect(ROUTER_ROLES).toEqual(before);
  });
});

describe('announces', () => {
  it('tells what was announced from what was not', () => {
    expect(announces({ roles: ROUTER_ROLES }, 'dealer', 'call_canceling')).toBe(true);
    expect(announces({ roles: CLIENT_ROLES }, 'caller', 'call_timeout')).toBe(false);
    expect(announces({ roles: CLIENT_ROLES }, 'dealer', 'call_canceling')).toBe(false);
  });

  it('wants nothing but true', () => {
    expect(announces({ roles: { dealer: { features: { call_canceling: 1 } } } }, 'dealer', 'call_canceling')).toBe(false);
  });

  it('does not look beyond what was sent', () => {
    const inherited: unknown = Object.create(Object.assign(Object.create(null), { call_canceling: true }));
    expect(announces({ roles: { dealer: { features: inherited } } }, 'dealer', 'call_canceling')).toBe(false);
    expect(announces({}, 'dealer', 'constructor')).toBe(false);
  });

  it('gives an answer whatever the details are', () => {
    const shape = fc.oneof(
      anything,
      fc.record({ roles: anything }),
      fc.record({ roles: fc.record({ dealer: anything }) }),
      fc.record({ roles: fc.record({ dealer: fc.record({ features: anything }) }) }),
    );
    const role = fc.constantFrom<Role>('dealer', 'broker');
    fc.assert(fc.property(shape, role, fc.string(), (details, of, feature) => {
      expect(typeof announces(details as Dict, of, feature)).toBe('boolean');
    }));
  });
});
