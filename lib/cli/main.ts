#!/usr/bin/env node
/** The command `rxwamp`. Exit codes: 0 done, 1 failed, 2 typed or configured wrong, 128 + n ended by a second signal n. */
import { VERSION } from '../version.ts';
import { router } from './commands/router.ts';
import { ConfigError } from './config/read-config.ts';
import { UsageError } from './usage-error.ts';

const USAGE = `rxwamp <command> [options]

  rxwamp router      starts a router: rxwamp router --help
  rxwamp --version   prints the version
  rxwamp --help      prints this
`;

/** What each command does with the words behind it. */
const COMMANDS: ReadonlyMap<string, (args: readonly string[]) => Promise<void>> = new Map([['router', router]]);

async function run([name, ...args]: readonly string[]): Promise<void> {
  const command = COMMANDS.get(name ?? '');
  if (command !== undefined) return command(args);
  if (name === '--version') process.stdout.write(`${VERSION}\n`);
  else if (name === '--help' || name === '-h') process.stdout.write(USAGE);
  else throw new UsageError(`command must be one of ${[...COMMANDS.keys()].join(', ')}, got ${name === undefined ? 'nothing' : JSON.stringify(name)}`);
}

// A reader of our lines may leave.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
try {
  await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
}
