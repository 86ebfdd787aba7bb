import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** The project's folder: specs run from .build/spec, two levels below it. */
export const ROOT: string = join(import.meta.dirname, '../../..');
export const LIB: string = join(ROOT, 'lib');

/** The source files of lib/, by their path in it. */
export const SOURCES: readonly string[] = readdirSync(LIB, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).sort();

/** What a source file imports, in every form: import x from, export * from, import '...', import('...'); type imports only where they are asked for. */
export function importsOf(file: string, types: 'with types' | 'without types' = 'with types'): readonly string[] {
  const text = readFileSync(join(LIB, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const statements = [...text.matchAll(/^(?:import|export)\b(\s+type\b)?[^;'"]*?\bfrom\s+'([^']+)'|^import()\s+'([^']+)'|\bimport()\('([^']+)'\)/gm)];
  return statements.filter(([, type]) => types === 'with types' || type === undefined).map((match) => match[2] ?? match[4] ?? match[6] ?? '');
}

/** The path in lib/ of what a relative import names. */
export function resolveImport(file: string, specifier: string): string {
  return relative(LIB, join(LIB, dirname(file), specifier));
}
