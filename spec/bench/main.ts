/**
 * Runs the benchmarks, all of them or those whose names begin as the arguments say.
 *
 *     npm run bench -- [--quick] [--subject floor] [names...]
 */
import { parseArgs } from 'node:util';
import type { BenchFile } from './harness/bench.ts';
import { runBench, type Plan } from './harness/rounds.ts';
import { table } from './harness/table.ts';
import { RXWAMP } from './subjects/subject.ts';
import codec from './codec.bench.ts';
import clientEvents from './client-events.bench.ts';
import clientGrowth from './client-growth.bench.ts';
import clientMemory from './client-memory.bench.ts';
import clientPublish from './client-publish.bench.ts';
import clientRouted from './client-routed.bench.ts';
import clientStart from './client-start.bench.ts';
import roads from './roads.bench.ts';
import routerCalls from './router-calls.bench.ts';
import routerEvents from './router-events.bench.ts';
import routerGrowth from './router-growth.bench.ts';
import routerMemory from './router-memory.bench.ts';

const FILES: Readonly<Record<string, BenchFile>> = {
  codec,
  'client-events': clientEvents,
  'client-publish': clientPublish,
  'client-routed': clientRouted,
  'client-start': clientStart,
  'client-memory': clientMemory,
  'client-growth': clientGrowth,
  roads,
  'router-calls': routerCalls,
  'router-events': routerEvents,
  'router-memory': routerMemory,
  'router-growth': routerGrowth,
};
const FULL: Plan = { rounds: 5, warmUpMs: 1200, roundMs: 250 };
const QUICK: Plan = { rounds: 3, warmUpMs: 400, roundMs: 60 };
/** Making something large takes longer than measuring it: a quick run does so only where it is asked to by name. */
const SLOW_TO_OPEN: ReadonlySet<string> = new Set(['client-growth', 'router-growth']);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, subject: { type: 'string', default: RXWAMP } },
});
const { quick = false, subject } = values;
const isChosen = (name: string): boolean =>
  positionals.length === 0 ? !quick || !SLOW_TO_OPEN.has(name) : positionals.some((start) => name.startsWith(start));
const chosen = Object.entries(FILES).filter(([name]) => isChosen(name));
if (chosen.length === 0) {
  console.error(`no benchmark ${positionals.join(', ')}; there are ${Object.keys(FILES).join(', ')}`);
  process.exitCode = 2;
}

for (const [name, benches] of chosen) {
  for (const bench of benches(subject)) {
    try {
      console.log(table(bench, await runBench(bench, quick ? QUICK : FULL)));
    } catch (error) {
      // The others can still tell something.
      console.error(`${name} (${bench.title}) failed:`, error);
      process.exitCode = 1;
    }
  }
}
