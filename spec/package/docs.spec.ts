import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readConfig } from '../../lib/cli/config/read-config.ts';
import { SAMPLES, readSample } from '../support/samples.ts';
import { ROOT } from '../support/sources.ts';

const PAGES = ['README.md', 'lib/README.md', 'lib/MIGRATING.md', 'lib/testing/README.md', 'samples/README.md', '.github/CONTRIBUTING.md', '.github/CHANGELOG.md'];
const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
const codes = SAMPLES.map((sample) => readSample(sample).code);
const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: { readonly [name: string]: string } };

describe('README.md', () => {
  const blocks = [...read('README.md').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);

  it('begins with the quick start', () => {
    expect(blocks[0]).toBe(readSample('quick-start').code);
  });

  // Samples are compiled and run, so whatever stands in one of them holds.
  it.each(blocks)('shows code of a sample: %#', (code) => {
    expect(codes.some((sample) => sample.includes(code))).toBe(true);
  });

  it('shows a configuration that the router takes', () => {
    const blocks = [...read('README.md').matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
    const text = blocks.find((each) => each.includes('"listen"')) ?? '';

    // It asks a router, too.
    expect(() => readConfig(text, 'router.json')).not.toThrow();
  });
});

describe('lib/testing/README.md', () => {
  const blocks = [...read('lib/testing/README.md').matchAll(/^```ts\n([\s\S]*?)\n```$/gm)].map(([, code = '']) => code);
  const run = [...read('spec/testing/guide.spec.ts').matchAll(/^ {4}\/\/ \.\.\.\n([\s\S]*?)\n {4}\/\/ \.\.\.$/gm)].map(([, code = '']) => code.replace(/^ {4}/gm, ''));

  it('shows what is run as a spec, all of it, and nothing else', () => {
    expect(blocks.length).toBeGreaterThan(0);
    expect([...blocks].sort()).toEqual([...run].sort());
  });
});

describe('lib/operators', () => {
  const files = readdirSync(join(ROOT, 'lib/operators')).map((file) => read(`lib/operators/${file}`));
  const blocks = files.flatMap((text) => [...text.matchAll(/^ \* ```ts\n([\s\S]*?)\n \* ```$/gm)].map(([, code = '']) => code.replace(/^ \* ?/gm, '')));
  const run = [...read('spec/operators/examples.spec.ts').matchAll(/^( +)\/\/ \.\.\.\n([\s\S]*?)\n\1\/\/ \.\.\.$/gm)]
    .map(([, indent = '', code = '']) => code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));

  it('shows examples that are run as a spec, all of them, and nothing else', () => {
    expect(blocks.length).toBeGreaterThan(0);
    expect([...blocks].sort()).toEqual([...run].sort());
  });
});

describe.each(PAGES)('%s', (page) => {
  it('links to what is there', () => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, target = '']) => target);
    expect(links.filter((target) => !existsSync(join(ROOT, dirname(page), target)))).toEqual([]);
  });

  it('names scripts that are there', () => {
    const named = [...read(page).matchAll(/(?<=`| {4})npm (?:run )?(?:-s )?([a-z]+)\b/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !['ci', 'install', 'run', ...Object.keys(scripts)].includes(name))).toEqual([]);
  });
});

describe('samples/README.md', () => {
  it('lists every sample once', () => {
    const listed = [...read('samples/README.md').matchAll(/^\| \[([a-z/-]+)\]\(\1\.ts\) \|/gm)].map(([, name = '']) => name);
    expect([...listed].sort()).toEqual(SAMPLES);
  });
});
