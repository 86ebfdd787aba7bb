/** What a client does through a router: caller and callee, publisher and subscriber are two sessions of the process that is measured. */
import { bench, type BenchFile } from './harness/bench.ts';
import { clientAtRouter } from './processes/fixtures.ts';
import { FLOOR, FLOOR_CORK, besideFloors } from './subjects/subject.ts';

const CALLS_IN_FLIGHT = 64;
/** More than one read of a socket holds, lest the two ends wait for each other by turns. */
const EVENTS_IN_FLIGHT = 1024;

const benches: BenchFile = (subject) => [
  bench({
    title: 'client: through a floor-cork router',
    subjects: besideFloors(subject),
    judged: [subject],
    open: (name) => clientAtRouter(name, FLOOR_CORK),
    cases: [
      {
        measures: [
          { key: 'rate', title: 'calls, 64 in flight', unit: '/s', target: { atLeast: 1.3 } },
          { key: 'cpu', title: 'CPU per call, 64 in flight', unit: 'µs', target: { atMost: 0.4 } },
        ],
        run: ({ client }, count) => client.ask('calls', count, CALLS_IN_FLIGHT),
      },
      {
        measures: [
          { key: 'rate', title: 'publish to event', unit: '/s', target: { atLeast: 2.2 } },
          { key: 'cpu', title: 'CPU per event published', unit: 'µs' },
        ],
        run: ({ client }, count) => client.ask('publishToEvent', count, EVENTS_IN_FLIGHT),
      },
      {
        measures: [
          { key: 'rate', title: 'progressive results', unit: '/s', target: { atLeast: 2.2 } },
          { key: 'cpu', title: 'CPU per progressive result', unit: 'µs' },
        ],
        run: ({ client }, count) => client.ask('progress', count, EVENTS_IN_FLIGHT),
      },
      {
        measures: [
          { key: 'p50', title: 'call p50, one in flight', unit: 'µs', target: { atMost: 1.1 } },
          { key: 'p99', title: 'call p99, one in flight', unit: 'µs' },
        ],
        run: ({ client }, count) => client.ask('callsInSequence', count),
      },
    ],
  }),
  bench({
    title: 'client: through a floor router',
    subjects: besideFloors(subject),
    judged: [subject],
    open: (name) => clientAtRouter(name, FLOOR),
    cases: [
      {
        measures: [{ key: 'rate', title: 'calls, 64 in flight', unit: '/s', target: { atLeast: 0.95 } }],
        run: ({ client }, count) => client.ask('calls', count, CALLS_IN_FLIGHT),
      },
    ],
  }),
];

export default benches;
