/** PUBLISHes written, unacknowledged, until the other end has read them. */
import { bench, type BenchFile } from './harness/bench.ts';
import { clientAtSource } from './processes/fixtures.ts';
import { besideFloors } from './subjects/subject.ts';

const benches: BenchFile = (subject) => [
  bench({
    title: 'client: PUBLISHes',
    subjects: besideFloors(subject),
    judged: [subject],
    open: (name) => clientAtSource(name),
    cases: [
      {
        measures: [
          { key: 'rate', title: 'PUBLISHes written', unit: '/s', target: { atLeast: 8 } },
          { key: 'cpu', title: 'CPU per PUBLISH', unit: 'µs' },
        ],
        run: ({ client }, count) => client.ask('publishes', count),
      },
    ],
  }),
];

export default benches;
