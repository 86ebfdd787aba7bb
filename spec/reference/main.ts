/** Builds the reference into reference/: `npm run docs`. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../support/sources.ts';
import { TOOLS } from '../support/tools.ts';
import { buildReference, referenceTools } from './reference.ts';

const modules = await referenceTools(TOOLS ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rxwamp-tools'));
if (modules === undefined) {
  process.exitCode = 1;
} else {
  const complaints = await buildReference(modules, join(ROOT, 'reference'));
  process.stdout.write(complaints || 'reference/index.html\n');
  process.exitCode = complaints === '' ? 0 : 1;
}
