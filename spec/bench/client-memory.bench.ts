/** What a client keeps for each subscription and registration. */
import type { Sample, BenchFile, Case, Target } from './harness/bench.ts';
import { bench } from './harness/bench.ts';
import { clientAtSource, type ClientAtSource } from './processes/fixtures.ts';
import { besideFloors } from './subjects/subject.ts';

/** Just under three quarters of a power of two, so that no subject's tables are half empty. */
const ENTRIES = 24_000;

const benches: BenchFile = (subject) => [
  bench({
    title: 'client: memory',
    subjects: besideFloors(subject),
    judged: [subject],
    // A heap that grew once is not measured again: each round has processes of its own.
    open: async (name) => ({ fresh: () => clientAtSource(name), close: () => {} }),
    cases: [
      heap('subscription', 'heapOfSubscriptions', { atMost: 3.5 }),
      heap('registration', 'heapOfRegistrations', { atMost: 4.5 }),
    ],
  }),
];

export default benches;

type Fresh = { readonly fresh: () => Promise<ClientAtSource>; close(): void };

function heap(title: string, question: 'heapOfSubscriptions' | 'heapOfRegistrations', target: Target): Case<Fresh> {
  return {
    measures: [{ key: 'heap', title: `heap per ${title}`, unit: 'B', target }],
    count: ENTRIES,
    run: async ({ fresh }, count): Promise<Sample> => {
      const { client, close } = await fresh();
      try {
        return await client.ask(question, count);
      } finally {
        close();
      }
    },
  };
}
