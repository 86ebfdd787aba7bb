import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Observable, Subject, type Subscriber } from 'rxjs';
import { ApplicationError, OverflowError, PublicationError, TransportLostError } from '../../lib/errors.ts';
import type { Overflow } from '../../lib/operators/bounded-queue.ts';
import { publishTo, type PublishToOptions } from '../../lib/operators/publish-to.ts';

/** What can happen: a value comes, one of the open publications is answered or refused, the connection is lost, the source ends. */
interface Step {
  readonly kind: 'value' | 'answer' | 'refuse' | 'lose' | 'complete';
  readonly which: number;
}

interface Setting {
  readonly window: number;
  readonly limit: number;
  readonly overflow: Overflow;
  readonly resend: boolean;
  /** The observer of the publications emits a value at each of the first so many. */
  readonly echoes: number;
  /** Publications that are answered while they are begun: every so many. */
  readonly atOnce: number;
}

/** A source of the values 0, 1, 2, …, a broker that waits for orders, and a record of what becomes of each value. */
class World {
  readonly sent: number[] = [];
  readonly published: number[] = [];
  readonly dropped: number[] = [];
  values = 0;
  mostOpen = 0;
  end: 'complete' | PublicationError | undefined;
  readonly #source = new Subject<[number]>();
  readonly #open = new Map<number, Subscriber<number>>();
  #over = false;

  constructor({ window, limit, overflow, resend, echoes, atOnce }: Setting) {
    let echoed = 0;
    const options: PublishToOptions<[number]> = { window, limit, overflow, acknowledge: true, resend, report: ({ value }) => this.dropped.push(value[0]) };
    const publish = (payload: readonly [number]): Observable<number> => new Observable((subscriber) => {
      const [value] = payload;
      this.sent.push(value);
      this.#open.set(value, subscriber);
      subscriber.add(() => { if (this.#open.get(value) === subscriber) this.#open.delete(value); });
      this.mostOpen = Math.max(this.mostOpen, this.#open.size);
      if (value % atOnce === 0) this.#answer(value);
    });
    this.#source.pipe(publishTo({ publish: (_, payload) => publish(payload as readonly [number]) }, 'com.x', options)).subscribe({
      next: (value) => { this.published.push(value); if (echoed++ < echoes) this.step({ kind: 'value', which: 0 }); },
      error: (error: PublicationError) => { this.end = error; },
      complete: () => { this.end = 'complete'; },
    });
  }

  step(step: Step): void {
    const open = [...this.#open.keys()];
    switch (step.kind) {
      case 'value': if (!this.#over && this.end === undefined) this.#source.next([this.values++]); break;
      case 'complete': this.#over = true; this.#source.complete(); break;
      case 'lose': for (const value of open) this.#open.get(value)?.error(new TransportLostError('lost', { sent: true })); break;
      case 'answer': this.#answer(open[step.which % open.length]); break;
      case 'refuse': this.#open.get(open[step.which % open.length] ?? -1)?.error(new ApplicationError('com.refused')); break;
    }
  }

  settle(): void {
    this.step({ kind: 'complete', which: 0 });
    while (this.#open.size > 0) this.step({ kind: 'answer', which: 0 });
  }

  #answer(value: number | undefined): void {
    const subscriber = value === undefined ? undefined : this.#open.get(value);
    if (value === undefined || subscriber === undefined) return;
    this.#open.delete(value);
    subscriber.next(value);
    subscriber.complete();
  }
}

const settings = fc.record<Setting>({
  window: fc.integer({ min: 1, max: 4 }), limit: fc.integer({ min: 0, max: 4 }), overflow: fc.constantFrom('error', 'dropOldest', 'dropNewest', 'latest'),
  resend: fc.boolean(), echoes: fc.integer({ min: 0, max: 5 }), atOnce: fc.integer({ min: 1, max: 5 }),
});
const steps = fc.array(fc.record<Step>({
  kind: fc.constantFrom('value', 'value', 'value', 'value', 'value', 'value', 'answer', 'answer', 'answer', 'answer', 'refuse', 'lose', 'complete'),
  which: fc.nat(5),
}), { maxLength: 60 });

const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);
const upTo = (end: number): readonly number[] => Array.from({ length: end }, (_, index) => index);

function played(setting: Setting, drawn: readonly Step[]): World {
  const world = new World(setting);
  for (const step of drawn) world.step(step);
  world.settle();
  return world;
}

describe('publishTo, by model', () => {
  it('never has more on their way than the window', () => {
    fc.assert(fc.property(settings, steps, (setting, drawn) => {
      expect(played(setting, drawn).mostOpen).toBeLessThanOrEqual(setting.window);
    }), { numRuns: 500 });
  });

  it('begins the values in their order, each once unless it was lost, and emits in their order', () => {
    fc.assert(fc.property(settings, steps, (setting, drawn) => {
      const { sent, published } = played(setting, drawn);

      expect(published).toEqual(sorted([...new Set(published)]));
      const first = [...new Set(sent)];
      expect(first).toEqual(sorted(first));
      if (!setting.resend) expect(sent).toEqual(first);
    }), { numRuns: 500 });
  });

  it('answers for each value exactly once', () => {
    fc.assert(fc.property(settings, steps, (setting, drawn) => {
      const { values, published, dropped, sent, end } = played(setting, drawn);
      const answered = sorted([...published, ...dropped]);

      expect(answered).toEqual(sorted([...new Set(answered)]));
      if (end === 'complete') expect(answered).toEqual(upTo(values));
      else if (end!.cause instanceof OverflowError) {
        // All that was not dropped is on its way.
        expect(upTo(values).filter((value) => !answered.includes(value) && !sent.includes(value))).toEqual([]);
        expect(dropped).toContain(end!.index);
      } else {
        expect(answered).not.toContain(end!.index);
        expect(sent).toContain(end!.index);
        expect(upTo(end!.index).filter((value) => !answered.includes(value))).toEqual([]);
        expect(upTo(values).filter((value) => value > end!.index && !dropped.includes(value) && !sent.includes(value))).toEqual([]);
      }
    }), { numRuns: 1000 });
  });
});
