import type { Command } from './command.ts';
import { bench } from './commands/bench.ts';
import { call } from './commands/call.ts';
import { completion } from './commands/completion.ts';
import { demo } from './commands/demo.ts';
import { keygen } from './commands/keygen.ts';
import { publish } from './commands/publish.ts';
import { record } from './commands/record.ts';
import { register } from './commands/register.ts';
import { replay } from './commands/replay.ts';
import { router } from './commands/router.ts';
import { subscribe } from './commands/subscribe.ts';

const WORKING: readonly Command[] = [router, demo, call, subscribe, publish, register, record, replay, keygen, bench];

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [...WORKING, completion(WORKING)];
