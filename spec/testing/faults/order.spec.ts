import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BehaviorSubject, Subject, timer, type MonoTypeOperatorFunction } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { bandwidth } from '../../../lib/testing/faults/bandwidth.ts';
import { cutWhen } from '../../../lib/testing/faults/cut-when.ts';
import { latency } from '../../../lib/testing/faults/latency.ts';
import { stallWhile } from '../../../lib/testing/faults/stall-while.ts';
import type { Connection } from '../../../lib/transports/transport.ts';
import { dialled, heard } from '../../support/dialled.ts';

/** What a fault is made of, so that each run makes its own. */
type Making =
  | { readonly kind: 'latency'; readonly ms: number; readonly jitter: number }
  | { readonly kind: 'bandwidth'; readonly bytes: number }
  | { readonly kind: 'stall' };

interface Send {
  readonly at: number;
  readonly end: 'near' | 'far';
  readonly padding: number;
}

/** What happens on a line: sends, and the times at which a stall begins or ends. */
interface Traffic {
  readonly faults: readonly Making[];
  readonly sends: readonly Send[];
  readonly turns: readonly number[];
  readonly seed: number;
}

const END = 200;

const making: fc.Arbitrary<Making> = fc.oneof(
  fc.record({ kind: fc.constant('latency' as const), ms: fc.nat(40), jitter: fc.nat(40) }),
  fc.record({ kind: fc.constant('bandwidth' as const), bytes: fc.integer({ min: 500, max: 20_000 }) }),
  fc.record({ kind: fc.constant('stall' as const) }),
);

const traffic: fc.Arbitrary<Traffic> = fc.record({
  faults: fc.array(making, { minLength: 1, maxLength: 4 }),
  sends: fc.array(fc.record({ at: fc.nat(END - 1), end: fc.constantFrom('near' as const, 'far' as const), padding: fc.nat(20) }), { maxLength: 30 }),
  turns: fc.array(fc.nat(END), { maxLength: 6 }),
  seed: fc.integer(),
});

/** Plays traffic in virtual time until nothing is left to happen: what each end sent and heard. */
function play({ faults, sends, turns, seed }: Traffic, end: (near: Connection, cuts: Subject<void>) => void): Record<'near' | 'far', { sent: unknown[]; seen: unknown[] }> {
  const random = chance(seed);
  const stalled = new BehaviorSubject(false);
  const cuts = new Subject<void>();
  const operators: { readonly [K in Making['kind']]: (fault: never) => MonoTypeOperatorFunction<Connection> } = {
    latency: ({ ms, jitter }: Extract<Making, { kind: 'latency' }>) => latency(ms, { jitter, random }),
    bandwidth: ({ bytes }: Extract<Making, { kind: 'bandwidth' }>) => bandwidth(bytes),
    stall: () => stallWhile(stalled),
  };
  let result = { near: { sent: [] as unknown[], seen: [] as unknown[] }, far: { sent: [] as unknown[], seen: [] as unknown[] } };
  new TestScheduler(() => {}).run(({ flush }) => {
    const { near, far } = dialled(...faults.map((fault) => operators[fault.kind](fault as never)), cutWhen(cuts));
    result = { near: { sent: [], seen: heard(near) }, far: { sent: [], seen: heard(far) } };
    sends.forEach(({ at, end: from, padding }, number) => {
      timer(at).subscribe(() => {
        const frame = `${number} ${'é'.repeat(padding)}`;
        result[from].sent.push(frame);
        (from === 'near' ? near : far).next(frame);
      });
    });
    for (const at of turns) timer(at).subscribe(() => stalled.next(!stalled.value));
    timer(END).subscribe(() => stalled.next(false));
    end(near, cuts);
    flush();
  });
  return result;
}

function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (state * 1_664_525 + 1_013_904_223) >>> 0) / 2 ** 32;
}

describe('latency, bandwidth and stalls, one behind the other', () => {
  it('deliver exactly what was sent, in order and once', () => {
    fc.assert(fc.property(traffic, (drawn) => {
      const { near, far } = play(drawn, () => {});
      expect(far.seen).toEqual(near.sent);
      expect(near.seen).toEqual(far.sent);
    }));
  });

  it('bring the close behind all that was sent', () => {
    fc.assert(fc.property(traffic, (drawn) => {
      const sends = drawn.sends.filter(({ end }) => end === 'near');
      const { near, far } = play({ ...drawn, sends }, (connection) => timer(END).subscribe(() => connection.complete()));
      expect(far.seen).toEqual([...near.sent, 'complete']);
      expect(near.seen).toEqual(['complete']);
    }));
  });

  it('deliver a beginning of what was sent where they are cut, and then the loss', () => {
    fc.assert(fc.property(traffic, fc.nat(END), (drawn, at) => {
      const { near, far } = play(drawn, (_, cuts) => timer(at).subscribe(() => cuts.next()));
      for (const [seen, sent] of [[far.seen, near.sent], [near.seen, far.sent]] as const) {
        expect(seen.at(-1)).toBe('TransportLostError');
        expect(seen.slice(0, -1)).toEqual(sent.slice(0, seen.length - 1));
      }
    }));
  });
});
