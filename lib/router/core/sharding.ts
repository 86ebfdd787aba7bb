/** Calls that are about something go to the callee that has it ("Sharded Registration", which the specification has as a sketch). */
import type { CallOptions } from '../../protocol/options.ts';
import { show } from '../../protocol/fields.ts';
import type { List } from '../../types.ts';
import { hasRoom, type Callees, type Endpoint } from './invocation-policy.ts';
import type { Member } from './outbound.ts';
import { hash, nodeOf } from './rendezvous.ts';

/** Why a call cannot go as its run mode says; `undefined` where it can, or has none. */
export function runmodeFault({ runmode, rkey }: CallOptions): List | undefined {
  if (runmode === undefined) return undefined;
  if (runmode !== 'partition') return [`CALL.Options.runmode must be "partition", got ${show(runmode)}`];
  return rkey === undefined ? ['CALL.Options.rkey must be given with the run mode "partition"'] : undefined;
}

/** The callee that gets a call: the one of its key, or the one that the policy has; `undefined` where that has as many calls as it takes. */
export function endpointFor<M extends Member>({ runmode, rkey }: CallOptions, callees: Callees<M>): Endpoint<M> | undefined {
  if (runmode === undefined || rkey === undefined) return callees.next();
  const shard = shardOf(callees.endpoints, rkey);
  return shard !== undefined && hasRoom(shard) ? shard : undefined;
}

/**
 * The callee of a key. A key keeps its callee until that one leaves, or one comes that weighs more with it: with n callees the one who comes or goes takes
 * the nth part of the keys along, and no other key moves.
 */
export function shardOf<M extends Member>(endpoints: readonly Endpoint<M>[], key: string): Endpoint<M> | undefined {
  return nodeOf(key, endpoints.map((endpoint) => [endpoint, hash(String(endpoint.member.id))]));
}
