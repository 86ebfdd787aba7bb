/** Builds the reference into reference/: `npm run docs`. */
import { join } from 'node:path';
import { ROOT } from '../support/sources.ts';
import { buildReference, referenceTools } from './reference.ts';

const modules = await referenceTools();
if (modules === undefined) {
  process.exitCode = 1;
} else {
  const complaints = await buildReference(modules, join(ROOT, 'reference'));
  process.stdout.write(complaints || 'reference/index.html\n');
  process.exitCode = complaints === '' ? 0 : 1;
}
