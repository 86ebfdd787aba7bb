import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIB, SOURCES, importsOf, resolveImport } from '../support/sources.ts';

const BASE = ['types', 'errors', 'log', 'census', 'version'];

/** What each folder of lib/ may import besides itself, lowest first. The diagram of lib/README.md, checked. */
const MAY_IMPORT: { readonly [layer: string]: readonly string[] } = {
  types: [],
  errors: ['types'],
  log: ['types'],
  census: [],
  version: [],
  protocol: BASE,
  crypto: [...BASE, 'protocol'],
  operators: BASE,
  transports: [...BASE, 'protocol'],
  serializers: [...BASE, 'protocol', 'transports'],
  auth: [...BASE, 'protocol', 'crypto'],
  encryption: [...BASE, 'protocol', 'crypto', 'serializers'],
  contract: [...BASE, 'protocol'],
  session: [...BASE, 'protocol', 'contract', 'serializers', 'transports', 'auth', 'encryption', 'operators'],
  client: [...BASE, 'protocol', 'contract', 'serializers', 'transports', 'auth', 'encryption', 'operators', 'session'],
  core: [...BASE, 'protocol', 'contract', 'transports', 'auth', 'operators', 'session', 'client'],
  registry: [...BASE, 'protocol', 'contract', 'operators', 'session'],
  router: [...BASE, 'protocol', 'crypto', 'serializers', 'transports', 'auth', 'operators'],
  shared: [...BASE, 'protocol', 'serializers', 'transports', 'session', 'client'],
  testing: [...BASE, 'protocol', 'contract', 'serializers', 'transports', 'auth', 'operators', 'session', 'client', 'router'],
  cli: [...BASE, 'protocol', 'crypto', 'serializers', 'transports', 'auth', 'operators', 'session', 'client', 'router'],
  index: ['*'],
  node: ['*'],
};

const MAX_LINES = 400;

const layers = Object.keys(MAY_IMPORT);
const layerOf = (file: string): string => (file.split('/')[0] ?? '').replace(/\.ts$/, '');
const isSansIo = (file: string): boolean => layerOf(file) === 'protocol' || file.startsWith('router/core/');
const isCode = (line: string): boolean => !/^\s*($|\/\/|\/?\*)/.test(line);

describe('lib', () => {
  it('has layers that only look down', () => {
    layers.forEach((layer, height) => {
      expect((MAY_IMPORT[layer] ?? []).filter((beneath) => beneath !== '*' && layers.indexOf(beneath) >= height)).toEqual([]);
    });
  });

  it.each(SOURCES)('%s imports only from the layers beneath it', (file) => {
    const allowed = MAY_IMPORT[layerOf(file)] ?? [];
    const imported = importsOf(file).filter((specifier) => specifier.startsWith('.')).map((specifier) => layerOf(resolveImport(file, specifier)));
    expect(layers).toContain(layerOf(file));
    expect(imported.filter((layer) => layer !== layerOf(file) && !allowed.includes(layer) && !allowed.includes('*'))).toEqual([]);
  });

  it.each(SOURCES.filter(isSansIo))('%s does no I/O', (file) => {
    expect(importsOf(file).filter((specifier) => !specifier.startsWith('.'))).toEqual([]);
    expect(readFileSync(join(LIB, file), 'utf8')).not.toMatch(/\b(Date\.now|performance\.|setTimeout|setInterval|queueMicrotask|process\.|Promise\b|async )/);
  });

  it.each(SOURCES)(`%s has no more than ${MAX_LINES} lines of code`, (file) => {
    expect(readFileSync(join(LIB, file), 'utf8').split('\n').filter(isCode).length).toBeLessThanOrEqual(MAX_LINES);
  });

  it('keeps time on schedulers alone', () => {
    // A socket's own flush at the end of a turn is no time; what lets promises settle between two frames has to know the real one.
    const timed = SOURCES.filter((file) => file !== 'testing/virtual-time.ts').filter((file) => /\b(setTimeout|setInterval|Date\.now|AbortSignal\.timeout)\b/.test(readFileSync(join(LIB, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')));
    expect(timed).toEqual([]);
  });
});
