import { readSubscribeOptions } from '../../../protocol/options.ts';
import * as WampMetaUri from '../../../protocol/wamp-meta-uris.ts';
import * as WampUri from '../../../protocol/wamp-uris.ts';
import type { Dict, Id } from '../../../types.ts';
import type { Broker } from '../broker.ts';
import type { Member } from '../outbound.ts';
import type { ProcedureTable } from '../procedure.ts';
import type { Subscription } from '../subscriptions.ts';
import { directoryProcedures, timestamp } from './directory-procedures.ts';
import { MembershipEvents, type Announcer } from './membership-events.ts';

/** The events of the subscription meta API: `wamp.subscription.on_create`, `on_subscribe`, `on_unsubscribe` and `on_delete`. */
export function subscriptionEvents<M extends Member>(announcer: Announcer<M>): MembershipEvents<M, Subscription<M>> {
  return new MembershipEvents({
    topics: {
      created: WampMetaUri.subscriptionOnCreate, entered: WampMetaUri.subscriptionOnSubscribe,
      left: WampMetaUri.subscriptionOnUnsubscribe, deleted: WampMetaUri.subscriptionOnDelete,
    },
    announcer,
    describe,
  });
}

/** The procedures of the subscription meta API, and `wamp.subscription.remove_subscriber` as Crossbar.io has it. */
export function subscriptionProcedures<M extends Member>(
  broker: Pick<Broker<M>, 'subscriptions' | 'match' | 'revoke'>, sessions: ReadonlyMap<Id, M>,
): ProcedureTable<M> {
  return directoryProcedures({
    uris: {
      list: WampMetaUri.subscriptionList, lookup: WampMetaUri.subscriptionLookup, match: WampMetaUri.subscriptionMatch,
      get: WampMetaUri.subscriptionGet, listMembers: WampMetaUri.subscriptionListSubscribers,
      countMembers: WampMetaUri.subscriptionCountSubscribers, removeMember: WampMetaUri.subscriptionRemoveSubscriber,
    },
    noun: 'subscription',
    missing: WampUri.noSuchSubscription,
    directory: broker.subscriptions,
    sessions,
    readMatch: (options) => readSubscribeOptions(options).match,
    match: (topic) => idsOf(broker.match(topic)),
    describe,
    membersOf: ({ subscribers }) => subscribers.list,
    revoke: (subscriber, id, reason) => broker.revoke(subscriber, id, reason),
  });
}

function idsOf(subscriptions: readonly Subscription<Member>[]): readonly Id[] | null {
  return subscriptions.length === 0 ? null : subscriptions.map(({ id }) => id);
}

function describe({ id, created, topic, match }: Subscription<Member>): Dict {
  return { id, created: timestamp(created), uri: topic, match };
}
