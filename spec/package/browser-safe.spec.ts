import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIB, importsOf, resolveImport } from '../support/sources.ts';

/** Everything that an entry reaches when it runs. */
function reachedFrom(entry: string): readonly string[] {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const specifier of importsOf(file, 'without types')) if (specifier.startsWith('.')) visit(resolveImport(file, specifier));
  };
  visit(entry);
  return [...reached];
}

const RUNS_EVERYWHERE = [
  'rxjs', '@msgpack/msgpack', '@noble/hashes/hmac.js', '@noble/hashes/pbkdf2.js', '@noble/hashes/sha2.js', 'cborg',
  '@noble/ciphers/salsa.js', '@noble/curves/ed25519.js', '@noble/hashes/argon2.js', '@noble/hashes/sha3.js',
];

const ENTRIES = [
  'index.ts',
  'contract/catalogue.ts',
  'core/index.ts',
  'encryption/index.ts',
  'protocol/index.ts',
  'registry/index.ts',
  'router/index.ts',
  'shared/index.ts',
  'testing/index.ts',
  'transports/message-port.ts', 'transports/long-poll.ts', 'transports/websocket-stream.ts',
];

describe.each(ENTRIES)('the entry %s', (entry) => {
  const reached = reachedFrom(entry);

  it('imports nothing that only Node has', () => {
    const packages = reached.flatMap((file) => importsOf(file, 'without types').filter((specifier) => !specifier.startsWith('.')));
    expect(packages.filter((name) => !RUNS_EVERYWHERE.includes(name) && !name.startsWith('rxjs/'))).toEqual([]);
  });

  it('names no global that only Node has', () => {
    const code = (file: string): string => readFileSync(join(LIB, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'/g, '');
    expect(reached.filter((file) => /(?<!globalThis\.)\b((Buffer|require|__dirname|setImmediate)\b(?!['"])|process\??\.)/.test(code(file)))).toEqual([]);
  });
});
