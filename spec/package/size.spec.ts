import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
import { ROOT } from '../support/sources.ts';

/**
 * Bytes, minified and gzipped, without rxjs. 12 kB are what a client may cost that has JSON, anonymous and ticket (`rxwamp/core`). The others are what
 * there is, and a little: what costs more says so here. The second is every name, and grows with each operator that a client does without. In the
 * router, WAMP-CRA is 3.7 kB. What a contract takes to be asked is 300 bytes of each client; what checks payloads, 3 kB, comes with defineApi.
 * That a transport offers what its client speaks is 60 bytes.
 */
const BUDGETS: readonly (readonly [code: string, budget: number])[] = [
  ["export { createClient, ticket } from 'rxwamp/core'", 12_000],
  ["export * from 'rxwamp'", 52_300],
  ["export { createClient } from 'rxwamp'", 44_300],
  ["export { join } from 'rxwamp'", 30_900],
  // What a tab has beside its client, and what shares the session.
  ["export { sharedWorker } from 'rxwamp/shared'", 4650],
  ["export { shareSession } from 'rxwamp/shared'", 15_000],
  ["export { createRouter } from 'rxwamp/router'", 47_250],
];

async function sizeOf(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: ROOT },
    bundle: true, minify: true, write: false, format: 'esm', target: 'es2022',
    platform: 'browser', conditions: ['es2015', 'module'], external: ['rxjs'],
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
}

describe('the bundle for browsers', () => {
  it.each(BUDGETS)('%s has no more than %i bytes', async (code, budget) => {
    const size = await sizeOf(code);

    expect(size).toBeGreaterThan(1000);
    expect(size).toBeLessThanOrEqual(budget);
  });
});
