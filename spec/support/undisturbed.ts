import { afterEach, beforeEach, expect } from '@jest/globals';
import type { Census } from '../../lib/census.ts';
import type { ListeningRouter } from '../../lib/router/node.ts';
import type { Bystanders } from './bystanders.ts';

/**
 * Holds each spec of a file to this: nothing of it is left in the router after `patience` rounds of the bystanders at most, and they have heard everything in order.
 *
 * @param limit milliseconds for that
 */
export function leavesNothing(stage: () => { readonly router: ListeningRouter; readonly bystanders: Bystanders }, patience: number, limit?: number): void {
  let before: Census;
  beforeEach(async () => {
    const { router, bystanders } = stage();
    await bystanders.round();
    before = router.census();
  });
  afterEach(async () => {
    const { router, bystanders } = stage();
    for (let round = 0; round < patience && JSON.stringify(router.census()) !== JSON.stringify(before); round++) await bystanders.round();
    expect(router.census()).toEqual(before);
    expect(await bystanders.heard()).toEqual(Array.from({ length: bystanders.rounds }, (_, n) => n + 1));
  }, limit);
}
