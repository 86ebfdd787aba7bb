import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/sources.ts';

const LIMIT = 60_000;

const { exports: published } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly exports: object };
const declarations = [...new Set(JSON.stringify(published).match(/[^"]+\.d\.ts/g))];

describe('the declarations', () => {
  it('hold for whoever does not skip the check of libraries', async () => {
    const options = ['--noEmit', '--skipLibCheck', 'false', '--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2022', '--types', 'node', '--ignoreConfig'];

    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, ...declarations], { cwd: ROOT, timeout: LIMIT }, (_error, stdout, stderr) => resolve(stdout + stderr));
    });

    expect(declarations.length).toBeGreaterThan(5);
    expect(output).toBe('');
  }, LIMIT);
});
