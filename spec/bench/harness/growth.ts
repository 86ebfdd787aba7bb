import type { Target } from './bench.ts';

/**
 * What "costs the same" means where a table is ten thousand times as large. An index misses the processor's caches more often and the
 * collector has more to walk, which is this much and no more; a scan would be hundreds of times as much.
 */
export const SAME_COST: Target = { atMost: 1.5 };
