/**
 * Rendezvous hashing: which one of several nodes a key belongs to. Each node has a weight for each key, and the heaviest has it; so a key
 * stays where it is while other nodes come and go, and keys spread evenly.
 */

/** A number from 0 up to 2^32 that stands for a text. */
export function hash(text: string): number {
  // FNV-1a over UTF-16 units, then mixed, as it leaves the high bits of short texts alike.
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  return mix(state);
}

/** The node that a key belongs to, of these with the hash of their names; `undefined` where there is none. */
export function nodeOf<T>(key: string, nodes: Iterable<readonly [node: T, hash: number]>): T | undefined {
  const keyHash = hash(key);
  let heaviest: T | undefined;
  let most = -1;
  for (const [node, nodeHash] of nodes) {
    const weight = mix(keyHash ^ nodeHash);
    if (weight <= most) continue;
    heaviest = node;
    most = weight;
  }
  return heaviest;
}

// The finalizer of MurmurHash3: each bit of what comes in flips half of what goes out.
function mix(value: number): number {
  let state = value;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
