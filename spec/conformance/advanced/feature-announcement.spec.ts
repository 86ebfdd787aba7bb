import { expect, it } from '@jest/globals';
import { announced, section } from '../support/section.ts';

/** "The following is a complete list of advanced features", by the names that their sections announce them with. */
const DEALER = [
  'progressive_call_results', 'progressive_call_invocations', 'call_timeout', 'call_canceling', 'caller_identification', 'call_trustlevels',
  'registration_meta_api', 'pattern_based_registration', 'shared_registration', 'sharded_registration', 'registration_revocation',
  'session_meta_api', 'call_reroute', 'payload_passthru_mode', 'testament_meta_api',
];
const BROKER = [
  'subscriber_blackwhite_listing', 'publisher_exclusion', 'publisher_identification', 'publication_trustlevels', 'subscription_meta_api',
  'pattern_based_subscription', 'sharded_subscription', 'event_history', 'event_retention', 'subscription_revocation', 'session_meta_api',
  'payload_passthru_mode',
];

section('Advanced Profile, Feature Announcement', (bench) => {
  // "Support for advanced features must be announced by the peers which implement them."
  it('has every feature of a dealer', async () => {
    const peer = await bench.join();

    expect(announced(peer, 'dealer')).toMatchObject(Object.fromEntries(DEALER.map((feature) => [feature, true])));
  });

  it('has every feature of a broker', async () => {
    const peer = await bench.join();

    expect(announced(peer, 'broker')).toMatchObject(Object.fromEntries(BROKER.map((feature) => [feature, true])));
  });

  // "A Broker that implements event history must indicate" it: a realm without histories does not.
  it('has event_history where there is one', async () => {
    expect(announced(await bench.join({}, { realm: 'realm2' }), 'broker')).not.toHaveProperty('event_history');
  });

  // "<feature>|bool := true"
  it('has nothing that is not true', async () => {
    const peer = await bench.join();

    for (const role of ['broker', 'dealer'] as const) expect(new Set(Object.values(announced(peer, role) as object))).toEqual(new Set([true]));
  });
}, { realms: { realm1: { history: [{ uri: 'com.topic' }] }, realm2: {} } });
