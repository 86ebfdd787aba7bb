import { describe, expect, it } from '@jest/globals';
import { buildReference, referenceTools } from '../reference/reference.ts';

/** Milliseconds, on a busy machine. */
const LIMIT = 300_000;

const modules = await referenceTools();

describe('the reference', () => {
  (modules === undefined ? it.skip : it)('is built without a warning (left out where typedoc cannot be installed)', async () => {
    expect(await buildReference(modules!)).toBe('');
  }, LIMIT);
});
