/** Clients that cost nothing, in one process: whatever a router achieves with them is its own. */
import { MessageType } from '../../../lib/protocol/messages.ts';
import type { Sample } from '../harness/bench.ts';
import { serve } from '../harness/serve.ts';
import { quantile } from '../harness/statistics.ts';
import { timed } from '../harness/usage.ts';
import { maskedText } from '../wire/frames.ts';
import { TrafficSession } from '../wire/traffic-session.ts';

/** What this process is asked. */
export type Traffic = {
  /** Joins the sessions that call and answer, and as many as a publication fans out to. */
  connect(url: string, fan: number): Promise<void>;
  /** Calls, `window` of them in flight, whose only argument is a text of `bytes`. */
  calls(count: number, window: number, bytes: number): Promise<Sample>;
  /** One call with progressive results, `window` of them on their way. */
  progress(count: number, window: number): Promise<Sample>;
  /** Publications to one subscriber, `window` of them on their way. */
  publishes(count: number, window: number): Promise<Sample>;
  /** Publications to all that {@link connect} joined for it; the rate is of events. */
  fanOut(count: number, window: number): Promise<Sample>;
  /** Publications one after the other, each when the one before is acknowledged. */
  acknowledged(count: number): Promise<Sample>;
  /** Joins this many more sessions, which do nothing. */
  joinIdle(url: string, count: number): Promise<void>;
  /** Subscribes to topics or patterns that nothing is published to, `from` the first of them. */
  subscribe(from: number, count: number, kind: 'topic' | 'pattern'): Promise<Sample>;
};

const PROCEDURE = 'bench.echo';
const TOPIC = 'bench.topic';
const FAN_TOPIC = 'bench.fan';
const ACKNOWLEDGED_TOPIC = 'bench.acknowledged';
const JOINS_AT_ONCE = 64;

const CALL_TAIL = `,{},"${PROCEDURE}",`;
const STREAM_TAIL = maskedText(`,{"receive_progress":true},"${PROCEDURE}",[]]`);
const PROGRESS_TAIL = maskedText(',{"progress":true},["RXW",42.5]]');
const YIELD_TAIL = maskedText(',{}]');
const PUBLISH_TAIL = maskedText(`,{},"${TOPIC}",["RXW",42.5]]`);
const FAN_TAIL = maskedText(`,{},"${FAN_TOPIC}",["RXW",42.5]]`);
const ACKNOWLEDGED_TAIL = maskedText(`,{"acknowledge":true},"${ACKNOWLEDGED_TOPIC}",["RXW",42.5]]`);

let near: TrafficSession;
let far: TrafficSession;
const receivers: TrafficSession[] = [];
const idle: TrafficSession[] = [];

function calls(count: number, window: number, bytes: number): Promise<Sample> {
  const payload = `[${JSON.stringify('x'.repeat(bytes))}]]`;
  const callTail = maskedText(CALL_TAIL + payload);
  const yieldTail = maskedText(`,{},${payload}`);
  let sent = 0;
  let answered = 0;

  const call = (): void => {
    if (sent++ < count) near.send(`[48,${near.nextRequest()}`, callTail);
  };
  return timed(count, () =>
    new Promise((resolve, reject) => {
      far.onMessage = (type, request) => {
        if (type === MessageType.INVOCATION) far.send(`[70,${request}`, yieldTail);
      };
      near.onMessage = (type) => {
        if (type !== MessageType.RESULT) return reject(new Error(`expected a RESULT, got message type ${type}`));
        call();
        if (++answered === count) resolve();
      };
      for (let i = 0; i < window; i++) call();
    }),
  );
}

function progress(count: number, window: number): Promise<Sample> {
  let invocation = 0;
  let sent = 0;
  let received = 0;

  const yieldNext = (): void => {
    if (sent === count) far.send(`[70,${invocation}`, YIELD_TAIL);
    else if (sent < count) far.send(`[70,${invocation}`, PROGRESS_TAIL);
    sent += 1;
  };
  return timed(count, () =>
    new Promise((resolve) => {
      far.onMessage = (type, request) => {
        if (type !== MessageType.INVOCATION) return;
        invocation = request;
        for (let i = 0; i < window; i++) yieldNext();
      };
      near.onMessage = () => {
        yieldNext();
        if (received++ === count) resolve();
      };
      near.send(`[48,${near.nextRequest()}`, STREAM_TAIL);
    }),
  );
}

/** A publication is over when each of the receivers has its event. */
function publications(count: number, window: number, to: readonly TrafficSession[], tail: Buffer): Promise<Sample> {
  const events = count * to.length;
  let sent = 0;
  let received = 0;

  const publish = (): void => {
    if (sent++ < count) near.send(`[16,${near.nextRequest()}`, tail);
  };
  return timed(events, () =>
    new Promise((resolve) => {
      let toNext = to.length;
      const onEvent = (): void => {
        received += 1;
        if (--toNext === 0) {
          toNext = to.length;
          publish();
        }
        if (received === events) resolve();
      };
      for (const session of to) session.onMessage = onEvent;
      for (let i = 0; i < window; i++) publish();
    }),
  );
}

async function acknowledged(count: number): Promise<Sample> {
  const times: number[] = [];
  await new Promise<void>((resolve) => {
    let start = 0;
    const publish = (): void => {
      start = performance.now();
      near.send(`[16,${near.nextRequest()}`, ACKNOWLEDGED_TAIL);
    };
    near.onMessage = () => {
      times.push((performance.now() - start) * 1000);
      if (times.length === count) resolve();
      else publish();
    };
    publish();
  });
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

function subscribe(from: number, count: number, kind: 'topic' | 'pattern'): Promise<Sample> {
  return timed(count, () =>
    new Promise((resolve, reject) => {
      let answered = 0;
      far.onMessage = (type) => {
        if (type !== MessageType.SUBSCRIBED) return reject(new Error(`expected a SUBSCRIBED, got message type ${type}`));
        if (++answered === count) resolve();
      };
      for (let i = from; i < from + count; i++) {
        far.send(`[32,${far.nextRequest()}`, maskedText(kind === 'topic' ? `,{},"bench.quiet.topic${i}"]` : patternTail(i)));
      }
    }),
  );
}

/** Patterns as long as the topic that is published to, so that only an index tells them from it at once. */
function patternTail(i: number): string {
  return i % 2 === 0 ? `,{"match":"prefix"},"bench.quiet${i}"]` : `,{"match":"wildcard"},".quiet${i}"]`;
}

/** Joins this many more sessions. */
async function join(count: number, to: TrafficSession[], url: string): Promise<void> {
  const end = to.length + count;
  while (to.length < end) {
    const joining = Array.from({ length: Math.min(JOINS_AT_ONCE, end - to.length) }, () => TrafficSession.join(url));
    to.push(...(await Promise.all(joining)));
  }
}

serve<Traffic>({
  connect: async (url, fan) => {
    near = await TrafficSession.join(url);
    far = await TrafficSession.join(url);
    await far.register(PROCEDURE);
    await far.subscribe(TOPIC);
    await join(fan, receivers, url);
    await Promise.all(receivers.map((session) => session.subscribe(FAN_TOPIC)));
  },
  calls,
  progress,
  publishes: (count, window) => publications(count, window, [far], PUBLISH_TAIL),
  fanOut: (count, window) => publications(count, window, receivers, FAN_TAIL),
  acknowledged,
  joinIdle: (url, count) => join(count, idle, url),
  subscribe,
});
