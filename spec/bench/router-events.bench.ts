/** Publications that a router hands to subscribers that cost nothing. */
import { bench, type BenchFile } from './harness/bench.ts';
import { routerUnderTraffic } from './processes/fixtures.ts';
import { besideFloors } from './subjects/subject.ts';

/** More than one read of a socket holds, lest the two ends wait for each other by turns. */
const IN_FLIGHT = 1024;
const RECEIVERS = 100;
const FAN_OUT_IN_FLIGHT = 64;

const benches: BenchFile = (subject) => [
  bench({
    title: 'router: events',
    subjects: besideFloors(subject),
    judged: [subject],
    open: (name) => routerUnderTraffic(name, RECEIVERS),
    cases: [
      {
        measures: [{ key: 'rate', title: 'publish to event', unit: '/s', target: { atLeast: 3.3 } }],
        run: ({ traffic }, count) => traffic.ask('publishes', count, IN_FLIGHT),
      },
      {
        measures: [{ key: 'rate', title: 'events, 1 to 100, 64 publications in flight', unit: '/s', target: { atLeast: 20 } }],
        run: ({ traffic }, count) => traffic.ask('fanOut', count, FAN_OUT_IN_FLIGHT),
      },
      {
        measures: [{ key: 'rate', title: 'events, 1 to 100, one in flight', unit: '/s', target: { atLeast: 1 } }],
        run: ({ traffic }, count) => traffic.ask('fanOut', count, 1),
      },
      {
        measures: [
          { key: 'p50', title: 'acknowledged publish p50', unit: 'µs', target: { atMost: 1.1 } },
          { key: 'p99', title: 'acknowledged publish p99', unit: 'µs' },
        ],
        run: ({ traffic }, count) => traffic.ask('acknowledged', count),
      },
    ],
  }),
];

export default benches;
