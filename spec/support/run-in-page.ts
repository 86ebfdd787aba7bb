/**
 * Runs a bundle with the globals of a page, and prints what it hands to `done`: `node run-in-page.js <bundle> <url>`.
 *
 * A context of node:vm would have an `Uint8Array` of its own beside that of the WebSocket; here there is one, and Node's own globals are
 * hidden behind parameters of their names.
 */
import { readFileSync, writeSync } from 'node:fs';
import { compileFunction } from 'node:vm';
import { WebSocket } from 'ws';

const [bundle = '', url = ''] = process.argv.slice(2);
const say = (word: unknown): void => { writeSync(1, `${String(word)}\n`); };

Object.assign(globalThis, {
  WebSocket, url,
  done: say,
  failed: (error: unknown) => { say(error); process.exit(1); },
  document: { createElement: () => ({ relList: { supports: () => true } }) }, // vite asks it for modulepreload
});
const program = compileFunction(readFileSync(bundle, 'utf8'), ['process', 'Buffer', 'global', 'require', 'module', 'setImmediate', 'clearImmediate'], { filename: bundle }) as () => void;
program();
