/** The library at both ends of a RawSocket, beside itself at both ends of a WebSocket, and beside the floors at both of theirs. */
import { bench, type BenchFile } from './harness/bench.ts';
import { clientAtRouter } from './processes/fixtures.ts';
import { RXWAMP_RAW, RXWAMP_UNIX, besideFloors } from './subjects/subject.ts';

const CALLS_IN_FLIGHT = 64;
/** More than one read of a socket holds, lest the two ends wait for each other by turns. */
const EVENTS_IN_FLIGHT = 1024;

const benches: BenchFile = (subject) => [
  bench({
    title: 'roads: client and router of the same make',
    subjects: [...besideFloors(subject), RXWAMP_RAW, RXWAMP_UNIX],
    judged: [RXWAMP_RAW, RXWAMP_UNIX],
    open: (name) => clientAtRouter(name, name),
    cases: [
      {
        measures: [
          { key: 'rate', title: 'calls, 64 in flight', unit: '/s' },
          { key: 'cpu', title: 'CPU of the client per call, 64 in flight', unit: 'µs' },
        ],
        run: ({ client }, count) => client.ask('calls', count, CALLS_IN_FLIGHT),
      },
      {
        measures: [{ key: 'rate', title: 'publish to event', unit: '/s' }],
        run: ({ client }, count) => client.ask('publishToEvent', count, EVENTS_IN_FLIGHT),
      },
      {
        measures: [{ key: 'rate', title: 'progressive results', unit: '/s' }],
        run: ({ client }, count) => client.ask('progress', count, EVENTS_IN_FLIGHT),
      },
      {
        measures: [
          { key: 'p50', title: 'call p50, one in flight', unit: 'µs' },
          { key: 'p99', title: 'call p99, one in flight', unit: 'µs' },
        ],
        run: ({ client }, count) => client.ask('callsInSequence', count),
      },
    ],
  }),
];

export default benches;
