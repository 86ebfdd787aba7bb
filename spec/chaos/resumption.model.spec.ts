/**
 * Two clients talk to each other over a router while one of them loses its connection again and again, in every way there is. Whatever
 * happens, each message arrives once and in order, or whoever sent or awaited it is told.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Observable, concat, map, of, timer } from 'rxjs';
import { TransportLostError, isApplicationError } from '../../lib/errors.ts';
import { WampUri } from '../../lib/protocol/uri.ts';
import { leaksOf } from '../../lib/testing/leaks.ts';
import { wampMarbles } from '../../lib/testing/marbles.ts';
import type { Connection, Frame, Transport } from '../../lib/transports/transport.ts';

/** Long enough for every retry, answer and time-out. */
const SETTLED = 3000;

const step = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('publish' as const, 'hear' as const) },
  { weight: 4, arbitrary: fc.constantFrom('call' as const, 'serve' as const) },
  { weight: 3, arbitrary: fc.constantFrom('cut' as const, 'abandon' as const) },
  { weight: 1, arbitrary: fc.constantFrom('stall' as const, 'stall' as const, 'truncate' as const, 'slow' as const, 'slow' as const) },
  { weight: 6, arbitrary: fc.constant('restore' as const) },
);
const plan = fc.record({
  seed: fc.nat(),
  latency: fc.constantFrom(0, 3),
  timeout: fc.constantFrom(1, 60, 2000, 2000, 2000, 2000),
  messages: fc.constantFrom(2, 10, 1000, 1000, 1000, 1000),
  bytes: fc.constantFrom(300, 100_000, 100_000, 100_000, 100_000),
  clientMessages: fc.constantFrom(2, 10, 1000, 1000, 1000, 1000),
  steps: fc.array(fc.record({ step, times: fc.integer({ min: 1, max: 5 }), wait: fc.constantFrom(0, 0, 1, 4, 30, 150) }), { minLength: 1, maxLength: 60, size: 'max' }),
});
type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never;

/** A way to the router on which the near end can lose the connection, while the far end still has it and gets what is under way. */
class HalfOpenable {
  readonly transport: Transport;
  readonly #losses = new Set<() => void>();

  constructor(inner: Transport) {
    this.transport = inner.pipe(map((connection): Connection => {
      let isLost = false;
      const source = new Observable<Frame>((subscriber) => {
        const lose = (): void => {
          isLost = true;
          subscriber.error(new TransportLostError('connection lost at one end'));
        };
        this.#losses.add(lose);
        subscriber.add(() => this.#losses.delete(lose));
        subscriber.add(connection.subscribe(subscriber));
      });
      return Object.assign(source, {
        next: (frame: Frame) => connection.next(frame),
        error: (error: unknown) => { if (!isLost) connection.error(error); },
        complete: () => { if (!isLost) connection.complete(); },
        subprotocol: connection.subprotocol, writable$: connection.writable$, bufferedAmount: 0,
      });
    }));
  }

  abandon(): void {
    for (const lose of [...this.#losses]) lose();
  }
}

/** What came of one call: values, and how it ended. */
interface Outcome {
  readonly n: number;
  readonly values: unknown[];
  /** `lost` and `refused` is what callers are told; anything else but `complete` is a fault. */
  end: string;
}

function follow(source: Observable<unknown>, n: number, among: Outcome[]): void {
  const outcome: Outcome = { n, values: [], end: 'open' };
  among.push(outcome);
  source.subscribe({
    next: (value) => outcome.values.push(value),
    complete: () => { outcome.end = 'complete'; },
    error: (error: unknown) => {
      outcome.end = error instanceof TransportLostError ? 'lost'
        : isApplicationError(error, WampUri.noSuchProcedure) || isApplicationError(error, WampUri.canceled) ? 'refused' : String(error);
    },
  });
}

function isIncreasing(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || number > numbers[at - 1]!);
}

/** How often sessions were resumed, over all plans: a model that never comes to its point proves nothing. */
let resumed = 0;

function play({ seed, latency, timeout, messages, bytes, clientMessages, steps }: Plan): void {
  wampMarbles(({ client, router }) => {
    const other = client({ lazy: false });
    const way = new HalfOpenable(router.link({ latency }));
    const roamer = client({ transport: way.transport, lazy: false, resume: { messages: clientMessages }, retry: { initialDelay: 20, maxDelay: 20, shouldReconnect: () => true } });
    let losses = 0;
    let sessions = new Set<unknown>();
    roamer.state$.subscribe((state) => {
      if (state.kind === 'waiting') losses += 1;
      if (state.kind !== 'joined') return;
      if (sessions.has(state.session)) resumed += 1;
      sessions = sessions.add(state.session);
    });

    // Up: what the roamer publishes. Down: what it hears.
    const [published, heardUp, heardDown]: [Outcome[], number[], (number | 'gap')[]] = [[], [], []];
    other.topic<[n: number]>('com.up').subscribe(({ args: [n] }) => heardUp.push(n));
    roamer.topicStatus<[n: number]>('com.down').subscribe((signal) => {
      if (signal.kind === 'event') heardDown.push(signal.event.args[0]);
      else if (signal.kind === 'gap') heardDown.push('gap');
    });
    // Calls both ways, each with progress; and how often each was run.
    const [called, served, ranAtOther, ranAtRoamer]: [Outcome[], Outcome[], number[], number[]] = [[], [], [], []];
    const procedure = (ran: number[]) => ({ args: [n] }: { args: readonly unknown[] }) => {
      ran.push(n as number);
      return concat(of(1), timer(10).pipe(map(() => 2)), timer(10).pipe(map(() => 3)));
    };
    other.register('com.other', procedure(ranAtOther)).subscribe();
    roamer.register('com.roamer', procedure(ranAtRoamer)).subscribe({ error: () => {} });

    let n = 0;
    const acts: { readonly [S in Plan['steps'][number]['step']]: () => void } = {
      publish: () => follow(roamer.publish('com.up', [++n], { acknowledge: true }), n, published),
      hear: () => other.publish('com.down', [++n]).subscribe(),
      call: () => follow(roamer.call('com.other', [++n], { progress: true }).pipe(map(({ args }) => args[0])), n, called),
      serve: () => follow(other.call('com.roamer', [++n], { progress: true }).pipe(map(({ args }) => args[0])), n, served),
      cut: () => roamer.link.cut(),
      abandon: () => way.abandon(),
      stall: () => roamer.link.stall(),
      truncate: () => roamer.link.truncate(),
      slow: () => roamer.link.latency(7, 5),
      restore: () => roamer.link.restore(),
    };
    let now = 10;
    const downs: number[] = [];
    for (const { step: act, times, wait } of steps) {
      timer(now += wait).subscribe(() => {
        for (let time = 0; time < times; time++) {
          acts[act]();
          if (act === 'hear') downs.push(n);
        }
      });
    }
    // What is still stalled, or open at one end only, has to end for others to be told.
    timer(now += 1).subscribe(() => { roamer.link.cut(); roamer.link.restore(); });

    timer(now += SETTLED).subscribe(() => {
      expect(roamer.state.kind).toBe('joined');
      expect({ up: isIncreasing(heardUp), calls: isIncreasing(ranAtOther), served: new Set(ranAtRoamer).size }).toEqual({ up: true, calls: true, served: ranAtRoamer.length });
      for (const outcome of published) {
        expect(outcome.end).toBe(outcome.end === 'lost' ? 'lost' : 'complete');
        if (outcome.end === 'complete') expect(heardUp).toContain(outcome.n);
      }
      for (const [outcomes, ran] of [[called, ranAtOther], [served, ranAtRoamer]] as const) {
        for (const { n: call, values, end } of outcomes) {
          expect(['complete', 'lost', 'refused']).toContain(end);
          if (end === 'complete') expect({ call, values, ran: ran.filter((one) => one === call) }).toEqual({ call, values: [1, 2, 3], ran: [call] });
          else expect({ call, values }).toEqual({ call, values: [1, 2, 3].slice(0, values.length) });
        }
      }
      if (losses === 0) expect([...published, ...called].filter(({ end }) => end !== 'complete')).toEqual([]);
      expectContinuous(heardDown, downs);
      // Where nothing was lost for good there is nothing that anybody was told of.
      if (sessions.size === 1) expect([heardDown, [...published, ...called].filter(({ end }) => end !== 'complete')]).toEqual([downs, []]);
      void roamer.close();
      void other.close();
    });
    timer(now + SETTLED).subscribe(() => expect(leaksOf({ clients: router.clients, router })).toEqual([]));
  }, { seed, router: { realms: { realm1: { resume: { timeout, messages, bytes } } } } });
}

/** Every event came once and in order, or a gap stands where some did not. */
function expectContinuous(heard: readonly (number | 'gap')[], said: readonly number[]): void {
  let next = 0;
  let mayMiss = false;
  for (const one of heard) {
    if (one === 'gap') mayMiss = true;
    else {
      const at = said.indexOf(one, next);
      expect({ one, isNext: mayMiss ? at >= next : at === next }).toEqual({ one, isNext: true });
      next = at + 1;
      mayMiss = false;
    }
  }
  if (!mayMiss) expect(said.slice(next)).toEqual([]);
}

describe('a session that is resumed', () => {
  it('processes each message once and in order, or tells, whatever becomes of its connection', () => {
    fc.assert(fc.property(plan, play), { numRuns: 200 });

    expect(resumed).toBeGreaterThan(100);
  }, 60_000);
});
