/** EVENTs decoded, dispatched and handled, through `topic()` and a subscriber. */
import { bench, type BenchFile, type Case, type Target } from './harness/bench.ts';
import { clientAtSource, type ClientAtSource } from './processes/fixtures.ts';
import { FLOOR, besideFloors } from './subjects/subject.ts';

/** Set by the source: the client offers all that it can. */
const BINARY_TARGETS: Readonly<Record<string, Target>> = { msgpack: { atLeast: 1.1 }, cbor: { atLeast: 0.5 } };

const benches: BenchFile = (subject) => [
  bench({
    title: 'client: EVENTs with JSON',
    subjects: besideFloors(subject),
    judged: [subject],
    open: (name) => listeningClient(name, 'json'),
    cases: [events({ atLeast: 1 })],
  }),
  ...Object.entries(BINARY_TARGETS).map(([serializer, target]) =>
    bench({
      title: `client: EVENTs with ${serializer}, to JSON`,
      subjects: [FLOOR, subject],
      judged: [subject],
      // The floors speak JSON only.
      open: (name) => listeningClient(name, name.startsWith(FLOOR) ? 'json' : serializer),
      cases: [events(target)],
    }),
  ),
];

export default benches;

function events(target: Target): Case<ClientAtSource> {
  return {
    measures: [
      { key: 'rate', title: 'EVENTs handled', unit: '/s', target },
      { key: 'cpu', title: 'CPU per EVENT', unit: 'µs' },
    ],
    run: async ({ client, source }, count) => {
      await client.ask('expectEvents', count);
      await source.ask('pour', 'bench.topic', count);
      return (await client.ask('poured'))!;
    },
  };
}

async function listeningClient(subject: string, serializer: string): Promise<ClientAtSource> {
  const fixture = await clientAtSource(subject, serializer);
  await fixture.client.ask('listen');
  return fixture;
}
