/** Whether what a router does costs the same with many topics, sessions and patterns beside those that are concerned. */
import { bench, type BenchFile, type Case, type Sample } from './harness/bench.ts';
import { SAME_COST } from './harness/growth.ts';
import { routerUnderTraffic, withRouterCpu, type RouterUnderTraffic } from './processes/fixtures.ts';

const TOPICS = 100_000;
const SESSIONS = 10_000;
const PATTERNS = 10_000;
const SUBSCRIBES = 500;
const IN_FLIGHT = 64;
const SMALL_BYTES = 5;

type GrownRouter = RouterUnderTraffic & { subscribe(count: number): Promise<Sample> };

const GROWN: Readonly<Record<string, (grown: GrownRouter) => Promise<unknown>>> = {
  'next to none': () => Promise.resolve(),
  '100k topics': ({ subscribe }) => subscribe(TOPICS),
  '10k sessions': ({ traffic, url }) => traffic.ask('joinIdle', url, SESSIONS),
  '10k patterns': ({ traffic }) => traffic.ask('subscribe', 0, PATTERNS, 'pattern'),
};

const benches: BenchFile = (subject) => [
  bench({
    title: `growth: ${subject} router`,
    subjects: Object.keys(GROWN),
    judged: Object.keys(GROWN),
    open: async (size) => {
      const grown = withTopics(await routerUnderTraffic(subject));
      await GROWN[size]!(grown);
      return grown;
    },
    cases: [events, calls, subscribes],
  }),
];

export default benches;

const events: Case<GrownRouter> = {
  measures: [{ key: 'cpu', title: 'CPU per event', unit: 'µs', target: SAME_COST }],
  run: (fixture, count) => withRouterCpu(fixture, count, () => fixture.traffic.ask('publishes', count, IN_FLIGHT)),
};

const calls: Case<GrownRouter> = {
  measures: [{ key: 'cpu', title: 'CPU per call', unit: 'µs', target: SAME_COST }],
  run: (fixture, count) => withRouterCpu(fixture, count, () => fixture.traffic.ask('calls', count, IN_FLIGHT, SMALL_BYTES)),
};

const subscribes: Case<GrownRouter> = {
  measures: [{ key: 'cpu', title: 'CPU per subscribe', unit: 'µs', target: SAME_COST }],
  count: SUBSCRIBES,
  run: (fixture, count) => withRouterCpu(fixture, count, () => fixture.subscribe(count)),
};

/** Counts the topics, so that each subscription is to another one. */
function withTopics(fixture: RouterUnderTraffic): GrownRouter {
  let topics = 0;
  return {
    ...fixture,
    subscribe: (count) => {
      const from = topics;
      topics += count;
      return fixture.traffic.ask('subscribe', from, count, 'topic');
    },
  };
}
