import { fails, passes } from './program.ts';

// What vitest and jest both have, when they are asked for globals.
declare const test: (name: string, run: () => void) => void;

test('passes', passes);
test('fails', fails);
