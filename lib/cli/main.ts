#!/usr/bin/env node
/** The command `rxwamp`. What it ends with stands in exit-code.ts, and in the help. */
import { COMMANDS } from './commands.ts';
import { processIo } from './process-io.ts';
import { run } from './run.ts';

run(COMMANDS, process.argv.slice(2), processIo()).subscribe((code) => {
  // Behind what was written, and without a wait for a pipe that nobody writes to.
  process.stdout.write('', () => process.exit(code));
});
