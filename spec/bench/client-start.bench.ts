/** From the import of a client to its joined session, in a fresh process. */
import { bench, type BenchFile } from './harness/bench.ts';
import { clientAtSource } from './processes/fixtures.ts';
import { besideFloors } from './subjects/subject.ts';

const benches: BenchFile = (subject) => [
  bench({
    title: 'client: start',
    subjects: besideFloors(subject),
    judged: [subject],
    open: async (name) => ({ name, close: () => {} }),
    cases: [
      {
        measures: [{ key: 'elapsed', title: 'import to joined', unit: 'ms', target: { atMost: 2.2 } }],
        count: 1,
        run: async ({ name }) => {
          const { elapsed, close } = await clientAtSource(name);
          close();
          return { elapsed };
        },
      },
    ],
  }),
];

export default benches;
