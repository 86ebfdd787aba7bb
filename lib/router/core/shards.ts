import { hash, nodeOf } from './rendezvous.ts';
import type { Subscription } from './subscriptions.ts';

interface Nodes<M> {
  readonly members: Map<M, string>;
  /** How many members a node has, and the hash of its key. */
  readonly nodes: Map<string, { readonly hash: number; members: number }>;
}

/**
 * Who shares the events of a subscription ("Sharded Subscription"). The specification has the two keys and does not say what is done by
 * them; here an event with a resource key goes to those subscribers whose node has that key by rendezvous hashing, and to all that named
 * no node. An event without a resource key goes to everybody.
 */
export class Shards<M> {
  readonly #subscriptions = new Map<Subscription<M>, Nodes<M>>();

  /** How many members of how many subscriptions have named their node. */
  get size(): number {
    let size = 0;
    for (const { members } of this.#subscriptions.values()) size += members.size;
    return size;
  }

  /** A member has subscribed: its last word on its node counts. */
  enter(subscription: Subscription<M>, member: M, nkey: string | undefined): void {
    if (nkey === undefined && this.#subscriptions.size === 0) return;
    this.leave(subscription, member);
    if (nkey === undefined) return;
    let sharing = this.#subscriptions.get(subscription);
    if (sharing === undefined) this.#subscriptions.set(subscription, sharing = { members: new Map(), nodes: new Map() });
    sharing.members.set(member, nkey);
    const node = sharing.nodes.get(nkey);
    if (node === undefined) sharing.nodes.set(nkey, { hash: hash(nkey), members: 1 });
    else node.members += 1;
  }

  /** A member is subscribed no more. */
  leave(subscription: Subscription<M>, member: M): void {
    const sharing = this.#subscriptions.get(subscription);
    const nkey = sharing?.members.get(member);
    if (sharing === undefined || nkey === undefined) return;
    sharing.members.delete(member);
    const node = sharing.nodes.get(nkey);
    if (node !== undefined && --node.members === 0) sharing.nodes.delete(nkey);
    if (sharing.members.size === 0) this.#subscriptions.delete(subscription);
  }

  /** Those of the members who get an event with this resource key. */
  share(subscription: Subscription<M>, members: readonly M[], rkey: string): readonly M[] {
    const sharing = this.#subscriptions.get(subscription);
    if (sharing === undefined) return members;
    const winner = nodeOf(rkey, hashes(sharing));
    return members.filter((member) => (sharing.members.get(member) ?? winner) === winner);
  }
}

function* hashes<M>({ nodes }: Nodes<M>): Generator<readonly [string, number]> {
  for (const [nkey, node] of nodes) yield [nkey, node.hash];
}
