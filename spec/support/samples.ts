import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './sources.ts';

/** The samples by name, as `npm run sample` takes them. The demonstration of `npm start`, the page that it serves and the recipes for frameworks are none. */
export const SAMPLES: readonly string[] = readdirSync(join(ROOT, 'samples'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !/^(start|browser|ui)\b/.test(file))
  .map((file) => file.replaceAll('\\', '/').replace(/\.ts$/, ''))
  .sort();

/** What is run for a sample, or for a file of the demonstration. */
export function programOf(sample: string): string {
  return join(ROOT, '.build/samples', `${sample}.js`);
}

/** The text of a sample: its header, and its code. */
export function readSample(sample: string): { readonly header: string; readonly code: string } {
  const text = readFileSync(join(ROOT, 'samples', `${sample}.ts`), 'utf8');
  const end = text.indexOf('*/\n') + '*/\n'.length;
  return { header: text.slice(0, end), code: text.slice(end) };
}

/** What the header says behind `Prints:`. */
export function printsOf(header: string): string {
  const lines = header.slice(header.indexOf(' * Prints:')).split('\n');
  return lines.filter((line) => line.startsWith(' *     ')).map((line) => `${line.slice(' *     '.length)}\n`).join('');
}

/** What the demonstration has to find: the SHA-256 of all files of lib/, one after the other. */
export function sha256OfLib(): string {
  const files = readdirSync(join(ROOT, 'lib'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return createHash('sha256').update(Buffer.concat(paths.map((path) => readFileSync(path)))).digest('hex');
}
