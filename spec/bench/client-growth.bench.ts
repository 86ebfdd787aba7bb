/** Whether what a client does costs the same on a session with ten topics and with a hundred thousand. */
import { bench, type BenchFile, type Case, type Sample } from './harness/bench.ts';
import { SAME_COST } from './harness/growth.ts';
import { clientAtSource, type ClientAtSource } from './processes/fixtures.ts';

const SIZES: Readonly<Record<string, number>> = { '10 topics': 10, '100k topics': 100_000 };
const SUBSCRIBES = 500;
const IN_FLIGHT = 64;

type GrownClient = ClientAtSource & { subscribe(count: number): Promise<Sample> };

const benches: BenchFile = (subject) => [
  bench({
    title: `growth: ${subject} client`,
    subjects: Object.keys(SIZES),
    judged: Object.keys(SIZES),
    open: async (size) => {
      const grown = withTopics(await clientAtSource(subject));
      await grown.client.ask('listen');
      await grown.subscribe(SIZES[size]!);
      return grown;
    },
    cases: [events, calls, subscribes],
  }),
];

export default benches;

const events: Case<GrownClient> = {
  measures: [{ key: 'cpu', title: 'CPU per EVENT', unit: 'µs', target: SAME_COST }],
  run: async ({ client, source }, count) => {
    await client.ask('expectEvents', count);
    await source.ask('pour', 'bench.topic', count);
    return (await client.ask('poured'))!;
  },
};

const calls: Case<GrownClient> = {
  measures: [{ key: 'cpu', title: 'CPU per call', unit: 'µs', target: SAME_COST }],
  run: ({ client }, count) => client.ask('calls', count, IN_FLIGHT),
};

const subscribes: Case<GrownClient> = {
  measures: [{ key: 'cpu', title: 'CPU per subscribe', unit: 'µs', target: SAME_COST }],
  count: SUBSCRIBES,
  run: ({ subscribe }, count) => subscribe(count),
};

/** Counts the topics, so that each subscription is to another one. */
function withTopics(fixture: ClientAtSource): GrownClient {
  let topics = 0;
  return {
    ...fixture,
    subscribe: (count) => {
      const from = topics;
      topics += count;
      return fixture.client.ask('subscribe', from, count);
    },
  };
}
