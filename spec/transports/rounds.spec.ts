import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VirtualTimeScheduler, config, type SchedulerLike } from 'rxjs';
import { Rounds, type Watched } from '../../lib/transports/rounds.ts';

const PERIOD = 10;

/** What is looked at, and when: `10 a`. Whoever is looked at does what `then` says. */
const logged = (scheduler: SchedulerLike, then: { readonly [name: string]: () => void } = {}) => {
  const log: string[] = [];
  const member = (name: string): Watched => ({
    look: () => {
      log.push(`${scheduler.now()} ${name}`);
      then[name]?.();
    },
  });
  return { log, member };
};

/** Runs to a time and no further: rounds have no end. */
const runTo = (scheduler: VirtualTimeScheduler, time: number): void => {
  scheduler.maxFrames = time;
  scheduler.flush();
};

describe('Rounds', () => {
  it('looks at each once in a period, counted from when it was added, until it is deleted', () => {
    const steps = fc.array(fc.record({ at: fc.nat(60), who: fc.nat(4), is: fc.constantFrom('add', 'delete') }), { maxLength: 20 });
    fc.assert(fc.property(steps, (unordered) => {
      const list = unordered.sort((a, b) => a.at - b.at);
      const scheduler = new VirtualTimeScheduler();
      const rounds = new Rounds(PERIOD, scheduler);
      const { log, member } = logged(scheduler);
      const members = Array.from({ length: 5 }, (_, who) => member(String(who)));
      for (const { at, who, is } of list) scheduler.schedule(() => rounds[is](members[who]!), at);
      runTo(scheduler, 100);

      const expected: string[] = [];
      const since = new Map<number, number>();
      const due = (who: number, until: number, to: boolean): void => {
        const from = since.get(who);
        if (from === undefined) return;
        for (let at = from + PERIOD; at < until || (to && at === until); at += PERIOD) expected.push(`${at} ${who}`);
      };
      for (const { at, who, is } of list) {
        // Steps stand before the looks of their time, since they were scheduled before.
        due(who, at, false);
        since.delete(who);
        if (is === 'add') since.set(who, at);
      }
      for (const who of since.keys()) due(who, 100, true);
      expect(log.sort()).toEqual(expected.sort());
    }));
  });

  it('has one timer for all, and none for nobody', () => {
    const scheduler = new VirtualTimeScheduler();
    const rounds = new Rounds(PERIOD, scheduler);
    const { member } = logged(scheduler);
    const members = Array.from({ length: 100 }, (_, i) => member(String(i)));
    const open = (): number => scheduler.actions.filter(({ closed }) => !closed).length;

    for (const one of members) rounds.add(one);
    const whileFull = open();
    for (const one of members) rounds.delete(one);
    const none = [open(), rounds.size];
    new Rounds(0, scheduler).add(member('never'));

    expect([whileFull, ...none, open()]).toEqual([1, 0, 0, 0]);
  });

  it('goes on where those who are looked at leave, come and throw', async () => {
    const scheduler = new VirtualTimeScheduler();
    const rounds = new Rounds(PERIOD, scheduler);
    const { log, member } = logged(scheduler, {
      a: () => {
        for (const one of [a, b, c]) rounds.delete(one);
        rounds.add(d);
        rounds.add(e);
      },
      d: () => { throw new Error('d'); },
    });
    const [a, b, c, d, e] = [member('a'), member('b'), member('c'), member('d'), member('e')];
    rounds.add(a);
    scheduler.schedule(() => { rounds.add(b); rounds.add(c); }, 4);
    const reported = new Promise((resolve) => { config.onUnhandledError = resolve; });
    try {
      runTo(scheduler, 25);

      expect(log).toEqual(['10 a', '20 d', '20 e']);
      expect(await reported).toEqual(new Error('d'));
    } finally {
      config.onUnhandledError = null;
    }
  });

  it('is late by no more than a period where the clock is set', () => {
    fc.assert(fc.property(fc.integer({ min: -100_000, max: 100_000 }), (offset) => {
      const timers = new VirtualTimeScheduler();
      let by = 0;
      const clock: SchedulerLike = { now: () => timers.now() + by, schedule: timers.schedule.bind(timers) };
      const rounds = new Rounds(PERIOD, clock);
      const { log, member } = logged(timers);
      rounds.add(member('a'));
      timers.schedule(() => rounds.add(member('b')), 3);
      timers.schedule(() => { by = offset; }, 15);
      runTo(timers, 100);

      for (const name of ['a', 'b']) {
        const times = log.filter((line) => line.endsWith(name)).map((line) => parseInt(line, 10));
        const gaps = times.map((time, i) => time - (times[i - 1] ?? 0));
        expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * PERIOD);
        expect(times.length).toBeGreaterThanOrEqual(7);
        expect(times.length).toBeLessThanOrEqual(11);
      }
    }));
  });
});
