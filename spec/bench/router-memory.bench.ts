/** What a router keeps for a session that does nothing. */
import { bench, type BenchFile } from './harness/bench.ts';
import { routerUnderTraffic } from './processes/fixtures.ts';
import { besideFloors } from './subjects/subject.ts';

const SESSIONS = 2000;

/** What a process takes once, for compiled code and for the young ones among its objects, is not what a session costs. */
const SESSIONS_BEFORE = 2000;

const benches: BenchFile = (subject) => [
  bench({
    title: 'router: memory',
    subjects: besideFloors(subject),
    judged: [subject],
    // Memory that a process once had stays its own: each round has processes of its own.
    open: async (name) => ({ fresh: () => routerUnderTraffic(name), close: () => {} }),
    cases: [
      {
        measures: [
          { key: 'rss', title: 'RSS per idle session', unit: 'B', target: { atMost: 1.3 } },
          { key: 'heap', title: 'heap per idle session', unit: 'B', target: { atMost: 1.6 } },
        ],
        count: SESSIONS,
        run: async ({ fresh }, count) => {
          const { router, traffic, url, close } = await fresh();
          try {
            await traffic.ask('joinIdle', url, SESSIONS_BEFORE);
            const before = await router.ask('usage', true);
            await traffic.ask('joinIdle', url, count);
            const after = await router.ask('usage', true);
            return { rss: (after.rss - before.rss) / count, heap: (after.heap - before.heap) / count };
          } finally {
            close();
          }
        },
      },
    ],
  }),
];

export default benches;
