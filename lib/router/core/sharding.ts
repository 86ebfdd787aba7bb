/** Calls that are about something go to the callee that has it ("Sharded Registration", which the specification has as a sketch). */
import type { CallOptions } from '../../protocol/options.ts';
import { show } from '../../protocol/fields.ts';
import type { List } from '../../types.ts';
import { hasRoom, type Callees, type Endpoint } from './invocation-policy.ts';
import type { Member } from './outbound.ts';

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
 * The callee of a key: of all callees the one that weighs most with it (rendezvous hashing). A key keeps its callee until that one leaves, or one comes
 * that weighs more: with n callees the one who comes or goes takes the nth part of the keys along, and no other key moves.
 */
export function shardOf<M extends Member>(endpoints: readonly Endpoint<M>[], key: string | number): Endpoint<M> | undefined {
  const hash = hashOf(String(key));
  let heaviest: Endpoint<M> | undefined;
  let most = -1;
  for (const endpoint of endpoints) {
    const weight = scatter(hash ^ seedOf(endpoint.member.id));
    if (weight <= most) continue;
    most = weight;
    heaviest = endpoint;
  }
  return heaviest;
}

// FNV-1a over the UTF-16 code units.
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

// An id has 53 bits, and numbers have 32 where they are shifted.
function seedOf(id: number): number {
  return scatter(scatter(id) ^ Math.floor(id / 2 ** 32));
}

// The finalizer of MurmurHash3: each bit of what goes in changes half of those that come out.
function scatter(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
