import { transformSync } from 'esbuild';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIB, ROOT, SOURCES } from './sources.ts';

/** An example in the docblock of a source file. */
export interface Example {
  /** The file, and the number of the example in it: `client/client.ts 1`. */
  readonly name: string;
  readonly code: string;
}

/** Those in lib/operators are written out in a spec of their own, with what they emit. */
export const EXAMPLES: readonly Example[] = SOURCES.filter((file) => !file.startsWith('operators/')).flatMap((file) => {
  const blocks = [...readFileSync(join(LIB, file), 'utf8').matchAll(/^ *\* ```ts\n([\s\S]*?)\n *\* ```$/gm)];
  return blocks.map(([, code = ''], index) => ({ name: `${file} ${String(index + 1)}`, code: code.replace(/^ *\* ?/gm, '') }));
});

const { exports: published } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly exports: object };

const ENTRIES = Object.keys(published).filter((subpath) => subpath !== './package.json').map((subpath) => subpath.replace('.', 'rxwamp'));
const MODULES: readonly string[] = ['node:child_process', 'node:fs', ...ENTRIES, 'rxjs'];

/** What can be imported, by its name. Where two entries have one name it is the same thing, or the first counts. */
export async function importable(): Promise<{ readonly [name: string]: unknown }> {
  const names = {};
  // The first that has a name: the small client has one of the other's.
  for (const module of MODULES) Object.assign(names, { ...await import(module), ...names });
  return names;
}

/** The module that a name is imported from. */
export async function origins(): Promise<ReadonlyMap<string, string>> {
  const origin = new Map<string, string>();
  for (const module of MODULES) for (const name of Object.keys(await import(module) as object)) if (!origin.has(name)) origin.set(name, module);
  return origin;
}

/** What stands in an example for a part of something larger. */
const FRAMES: readonly (readonly [begins: string, before: string, after: string])[] = [
  ['redact:', 'createClient({ url, realm,', '});'],
  ['realms:', 'createRouter({', '});'],
  ['realm1:', 'createRouter({ realms: {', '} });'],
  ['[\n', 'createRouter({ realms: { realm1: { roles: { guest:', '} } } });'],
];

/**
 * An example as the body of an asynchronous function of the names it uses: each `; // => value` is checked by `same`, and ports are free ones.
 *
 * @param known - what the stage has and what can be imported
 */
export function programFor(example: Example, known: ReadonlySet<string>): { readonly names: readonly string[]; readonly body: string } {
  const { before, code, after, words } = framed(example);
  const body = code.replace(/^import .*\n/gm, '').replaceAll(':8080', ':0').replaceAll('(8080)', '(0)').replace(/^(.+); *\/\/ => (?!.*\.\.\.)(.+)$/gm, 'same($1, $2);');
  // A function, so that an example may await; what decorators need stands before it.
  const { code: javaScript } = transformSync(`async function example() { ${before}\n${body}\n${after} }`, { loader: 'ts', target: 'es2022' });
  return { names: ['same', ...[...words].filter((word) => known.has(word))], body: `${javaScript}\nreturn example();` };
}

/**
 * An example as a module for the compiler, as somebody would write it who uses the package: what the prelude has is taken from there, the rest from where it is published.
 *
 * @param prelude - the names that the prelude has, and the path to it
 */
export function moduleFor(example: Example, origin: ReadonlyMap<string, string>, prelude: { readonly names: ReadonlySet<string>; readonly path: string }): string {
  const { before, code, after, words } = framed(example);
  const own = code.match(/^import .*$/gm) ?? [];
  const imports = [...words].flatMap((name) => {
    const from = prelude.names.has(name) ? prelude.path : origin.get(name);
    return from === undefined || own.some((line) => line.includes(` ${name} `)) ? [] : [`import { ${name} } from '${from}';`];
  });
  // A function, so that it may have names of its own for what is imported.
  return [...imports, ...own, 'export async function example(): Promise<void> {', before, code.replace(/^import .*\n/gm, ''), after, '}', ''].join('\n');
}

function framed({ code }: Example): { readonly before: string; readonly code: string; readonly after: string; readonly words: ReadonlySet<string> } {
  const [, before, after] = FRAMES.find(([begins]) => code.startsWith(begins)) ?? ['', '', ''];
  const words = new Set(`${before} ${code}`.replace(/'[^'\n]*'|\/\/.*/g, "''").match(/(?<![\w$]|[\w)\]]\.)[A-Za-z_$][\w$]*/g));
  return { before, code, after, words };
}
