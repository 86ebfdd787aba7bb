/** Runs one sample by its name: `npm run sample rpc/progress`. */
import { pathToFileURL } from 'node:url';
import { SAMPLES, programOf } from './samples.ts';

const [name = ''] = process.argv.slice(2);
const sample = name.replace(/^samples\//, '').replace(/\.ts$/, '');

if (SAMPLES.includes(sample)) {
  await import(pathToFileURL(programOf(sample)).href);
} else {
  process.stderr.write(`sample must be one of these, got "${name}":\n${SAMPLES.map((known) => `  ${known}\n`).join('')}`);
  process.exitCode = 2;
}
