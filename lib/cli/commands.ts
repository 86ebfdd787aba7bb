import type { Command } from './command.ts';
import { call } from './commands/call.ts';
import { demo } from './commands/demo.ts';
import { router } from './commands/router.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [router, demo, call];
