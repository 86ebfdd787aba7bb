import type { Broker } from './core/broker.ts';
import type { Dealer } from './core/dealer.ts';
import { NOTHING, type Member, type Outbound } from './core/outbound.ts';
import type { Permissions } from './permissions.ts';

const NO_LONGER = 'no longer authorized';

/** Where something may have to be taken away. */
export interface RevokingOptions<M extends Member> {
  readonly broker: Pick<Broker<M>, 'subscriptions' | 'revoke'>;
  readonly dealer: Pick<Dealer<M>, 'registrations' | 'revoke'>;
  /** What each role may do; `undefined` where every role may do everything. */
  readonly roles: ReadonlyMap<string, Permissions> | undefined;
}

/**
 * Takes from members the subscriptions and registrations that their roles do not allow. Who announces that it can be told is told, with
 * UNSUBSCRIBED or UNREGISTERED and a reason ("Subscription Revocation", "Registration Revocation").
 */
export function revokeDenied<M extends Member>({ broker, dealer, roles }: RevokingOptions<M>): readonly Outbound<M>[] {
  if (roles === undefined) return NOTHING;
  const outbound: Outbound<M>[] = [];
  // Copies, since what is looked through changes on the way.
  for (const { id, topic, match, subscribers } of [...broker.subscriptions.values()]) {
    for (const member of subscribers.list) {
      if (roles.get(member.authrole)?.find('subscribe', topic, match) === undefined) outbound.push(...broker.revoke(member, id, NO_LONGER) ?? NOTHING);
    }
  }
  for (const { id, procedure, match, callees } of [...dealer.registrations.values()]) {
    for (const member of [...callees.members]) {
      if (roles.get(member.authrole)?.find('register', procedure, match) === undefined) outbound.push(...dealer.revoke(member, id, NO_LONGER) ?? NOTHING);
    }
  }
  return outbound;
}
