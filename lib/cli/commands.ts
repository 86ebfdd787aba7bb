import type { Command } from './command.ts';
import { call } from './commands/call.ts';
import { demo } from './commands/demo.ts';
import { publish } from './commands/publish.ts';
import { register } from './commands/register.ts';
import { router } from './commands/router.ts';
import { subscribe } from './commands/subscribe.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [router, demo, call, subscribe, publish, register];
