/** Calls that a router relays between clients that cost nothing. */
import { bench, type BenchFile, type Case, type Target } from './harness/bench.ts';
import { routerUnderTraffic, withRouterCpu, type RouterUnderTraffic } from './processes/fixtures.ts';
import { besideFloors } from './subjects/subject.ts';

const SMALL_BYTES = 5;
const IN_FLIGHT = 64;
/** Fewer, for what is in flight must fit into the buffers of the sockets. */
const LARGE_IN_FLIGHT = 16;
/** More than one read of a socket holds, lest the two ends wait for each other by turns. */
const PROGRESS_IN_FLIGHT = 1024;

const benches: BenchFile = (subject) => [
  bench({
    title: 'router: calls',
    subjects: besideFloors(subject),
    judged: [subject],
    open: (name) => routerUnderTraffic(name),
    cases: [
      {
        measures: [
          { key: 'rate', title: 'calls, 64 in flight', unit: '/s', target: { atLeast: 2.3 } },
          { key: 'cpu', title: 'CPU per call, 64 in flight', unit: 'µs', target: { atMost: 0.35 } },
        ],
        run: (fixture, count) => withRouterCpu(fixture, count, () => fixture.traffic.ask('calls', count, IN_FLIGHT, SMALL_BYTES)),
      },
      callsOf(1024, 'calls of 1 KB, 64 in flight', IN_FLIGHT, { atLeast: 2.5 }),
      callsOf(65_536, 'calls of 64 KB, 16 in flight', LARGE_IN_FLIGHT, { atLeast: 1.6 }),
      {
        measures: [{ key: 'rate', title: 'progressive results', unit: '/s', target: { atLeast: 4 } }],
        run: ({ traffic }, count) => traffic.ask('progress', count, PROGRESS_IN_FLIGHT),
      },
    ],
  }),
];

export default benches;

function callsOf(bytes: number, title: string, inFlight: number, target: Target): Case<RouterUnderTraffic> {
  return {
    measures: [{ key: 'rate', title, unit: '/s', target }],
    run: ({ traffic }, count) => traffic.ask('calls', count, inFlight, bytes),
  };
}
