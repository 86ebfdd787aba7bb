/** A client in a process of its own: what is measured is both of its sessions together, the one that asks and the one that answers. */
import type { Sample } from '../harness/bench.ts';
import { serve } from '../harness/serve.ts';
import { quantile } from '../harness/statistics.ts';
import { timed, usage } from '../harness/usage.ts';
import { connect } from '../subjects/clients.ts';
import type { SubjectClient } from '../subjects/subject.ts';

/** What this process is asked. */
export type Client = {
  /** Loads the subject and joins its first session; gives the milliseconds from import to joined. */
  join(subject: string, url: string): Promise<number>;
  /** Joins the session that answers. */
  joinFar(subject: string, url: string): Promise<void>;
  /** Subscribes the first session to the topic, where a source stands in for the router. */
  listen(): Promise<void>;
  /** Calls, `window` of them in flight. */
  calls(count: number, window: number): Promise<Sample>;
  /** Calls one after the other. */
  callsInSequence(count: number): Promise<Sample>;
  /** Publications that nobody acknowledges, until the router has read them all. */
  publishes(count: number): Promise<Sample>;
  /** Publications from one session to the other, `window` of them on their way. */
  publishToEvent(count: number, window: number): Promise<Sample>;
  /** One call with progressive results, `window` of them on their way. */
  progress(count: number, window: number): Promise<Sample>;
  /** Prepares for this many EVENTs. */
  expectEvents(count: number): void;
  /** How fast the expected EVENTs came, from the first to the last. */
  poured(): Promise<Sample> | undefined;
  /** Subscribes to topics of their own, `from` the first of them. */
  subscribe(from: number, count: number): Promise<Sample>;
  heapOfSubscriptions(count: number): Promise<Sample>;
  heapOfRegistrations(count: number): Promise<Sample>;
};

const ECHO = 'bench.echo';
const STREAM = 'bench.stream';
const TOPIC = 'bench.topic';
const ARGS = ['RXW', 42.5];
const PUBLISHES_IN_A_TURN = 256;

let near: SubjectClient;
let far: SubjectClient;
/** What {@link progress} asks of the procedure that streams. */
let stream = { count: 0, window: 0 };
let onEvent: () => void = () => {};
let whenPoured: Promise<Sample> | undefined;
/** Lets a stream go on; set while one is running. */
let onReceived: () => void = () => {};

function calls(count: number, window: number): Promise<Sample> {
  return timed(count, () =>
    new Promise((resolve) => {
      let sent = 0;
      let answered = 0;
      const onResult = (): void => {
        answered += 1;
        if (answered === count) resolve();
        call();
      };
      const call = (): void => {
        if (sent++ < count) near.call(ECHO, ARGS, onResult);
      };
      for (let i = 0; i < window; i++) call();
    }),
  );
}

async function callsInSequence(count: number): Promise<Sample> {
  const times: number[] = [];
  await new Promise<void>((resolve) => {
    let start = 0;
    const onResult = (): void => {
      times.push((performance.now() - start) * 1000);
      if (times.length === count) resolve();
      else call();
    };
    const call = (): void => {
      start = performance.now();
      near.call(ECHO, ARGS, onResult);
    };
    call();
  });
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

function publishToEvent(count: number, window: number): Promise<Sample> {
  return timed(count, () =>
    new Promise((resolve) => {
      let sent = 0;
      let received = 0;
      const publish = (): void => {
        if (sent++ < count) near.publish(TOPIC, ARGS);
      };
      onEvent = () => {
        received += 1;
        if (received === count) resolve();
        publish();
      };
      for (let i = 0; i < window; i++) publish();
    }),
  );
}

function publishes(count: number): Promise<Sample> {
  return timed(count, async () => {
    for (let left = count; left > 0; left -= PUBLISHES_IN_A_TURN) {
      for (let i = Math.min(left, PUBLISHES_IN_A_TURN); i > 0; i--) near.publish(TOPIC, ARGS);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await near.settle();
  });
}

function progress(count: number, window: number): Promise<Sample> {
  return timed(count, () =>
    new Promise((resolve) => {
      stream = { count, window };
      near.stream(STREAM, [], () => onReceived(), resolve);
    }),
  );
}

function answerStream(next: (value: unknown) => void, end: () => void): void {
  const { count, window } = stream;
  let sent = 0;
  onReceived = () => {
    if (sent < count) next(ARGS[0]);
    else if (sent === count) end();
    sent += 1;
  };
  for (let i = 0; i < window; i++) onReceived();
}

function expectEvents(count: number): void {
  whenPoured = new Promise((resolve, reject) => {
    let received = 0;
    let finish: () => void;
    onEvent = () => {
      if (received === 0) timed(count, () => new Promise((done) => (finish = done))).then(resolve, reject);
      if (++received === count) finish();
    };
  });
}

/** Heap of each of `count` entries that `add` makes. */
async function heapOf(count: number, add: (uri: string) => void): Promise<Sample> {
  const before = usage({ collect: true }).heap;
  for (let i = 0; i < count; i++) add(`bench.heap.${i}`);
  await near.settle();
  return { heap: (usage({ collect: true }).heap - before) / count };
}

function onQuietEvent(): void {}

serve<Client>({
  join: async (subject, url) => {
    const start = performance.now();
    near = await connect(subject, url);
    return performance.now() - start;
  },
  joinFar: async (subject, url) => {
    far = await connect(subject, url);
    far.register(ECHO, ({ args }) => args[0]);
    far.registerStream(STREAM, answerStream);
    far.subscribe(TOPIC, () => onEvent());
    await far.settle();
  },
  listen: async () => {
    near.subscribe(TOPIC, () => onEvent());
    await near.settle();
  },
  calls,
  callsInSequence,
  publishes,
  publishToEvent,
  progress,
  expectEvents,
  poured: () => whenPoured,
  subscribe: (from, count) =>
    timed(count, () => {
      for (let i = from; i < from + count; i++) near.subscribe(`bench.quiet.${i}`, onQuietEvent);
      return near.settle();
    }),
  // Each with a handler of its own, as programs have them.
  heapOfSubscriptions: (count) => heapOf(count, (uri) => near.subscribe(uri, () => onQuietEvent())),
  heapOfRegistrations: (count) => heapOf(count, (uri) => near.register(uri, ({ args }) => args[0])),
});
