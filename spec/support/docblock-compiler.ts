import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { moduleFor, origins, type Example } from './docblocks.ts';
import { ROOT } from './sources.ts';

const PRELUDE = join(ROOT, 'spec/support/docblock-prelude.ts');

/** What the compiler is told beyond what the project tells it: an example declares what it does not use, and its imports are not written by hand. */
const OPTIONS = {
  noEmit: true, verbatimModuleSyntax: false, allowImportingTsExtensions: true, rootDir: ROOT, declaration: false, isolatedDeclarations: false, erasableSyntaxOnly: false, noUnusedLocals: false, noUnusedParameters: false,
};

/**
 * Compiles examples in one program, each as a module that imports the package by its name. Gives what the compiler says, by the name of the example; of other
 * files by theirs.
 */
export async function compiled(examples: readonly Example[]): Promise<ReadonlyMap<string, readonly string[]>> {
  // Beneath the project, so that it finds the package by its name.
  mkdirSync(join(ROOT, '.build'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.build/docblocks-'));
  try {
    const [origin, names] = [await origins(), namesIn(readFileSync(PRELUDE, 'utf8'))];
    const nameOf = new Map(examples.map((example) => [fileOf(example), example.name]));
    for (const example of examples) writeFileSync(join(folder, fileOf(example)), moduleFor(example, origin, { names, path: relative(folder, PRELUDE) }));
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions: OPTIONS, include: ['*.ts'], exclude: [] }));
    const output = await compile(folder);
    const said = new Map<string, string[]>();
    for (const [, file = '', what = ''] of output.matchAll(/^(\S[^\n(]*)\(\d+,\d+\): ([^\n]*)/gm)) {
      const name = nameOf.get(file) ?? file;
      said.set(name, [...said.get(name) ?? [], what]);
    }
    // Whatever it says that is about no file.
    return said.size === 0 && output !== '' ? new Map([['the compiler', [output]]]) : said;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compile(folder: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '--pretty', 'false', '-p', '.'], { cwd: folder, timeout: 60_000 }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

function fileOf({ name }: Example): string {
  return `${name.replace(/\.ts /, '-').replaceAll('/', '.')}.ts`;
}

function namesIn(prelude: string): ReadonlySet<string> {
  const declared = [...prelude.matchAll(/^export (?:declare )?(?:const|let|class|interface) (\w+)/gm)].map(([, name = '']) => name);
  const handedOn = [...prelude.matchAll(/^export (?:type )?\{ ([^}]+) \}/gm)].flatMap(([, list = '']) => list.split(', ').map((name) => name.replace(/^default as /, '')));
  return new Set([...declared, ...handedOn]);
}
