import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FailedLogins } from '../../lib/router/failed-logins.ts';

const step = fc.record({
  do: fc.constantFrom('fail', 'fail', 'fail', 'pass', 'wait'),
  peer: fc.constantFrom('192.0.2.1', '192.0.2.2'),
  authid: fc.constantFrom('joe', 'jane', '__proto__', undefined),
  time: fc.integer({ min: 1, max: 60 }),
});

/** The failures that are remembered of one key, as a list of nothing but their number and the time of the first. */
class Model {
  readonly #counts = new Map<string, { count: number; readonly since: number }>();

  fail(key: string, now: number, period: number): number {
    const known = this.#counts.get(key);
    if (known !== undefined && known.since + period > now) return (known.count += 1);
    this.#counts.set(key, { count: 1, since: now });
    return 1;
  }

  forget(key: string): void {
    this.#counts.delete(key);
  }

  wait(key: string, most: number, now: number, period: number): number {
    const known = this.#counts.get(key);
    return known === undefined || known.count < most ? 0 : Math.max(0, known.since + period - now);
  }
}

describe('FailedLogins', () => {
  it('blocks a name at an address, and an address, from so many failures on until the period is over', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 8 }), (steps, perAuthid, perPeer) => {
      const period = 100;
      let now = 0;
      const logins = new FailedLogins({ perAuthid, perPeer, period }, () => now);
      const [names, peers] = [new Model(), new Model()];
      for (const { do: what, peer, authid, time } of steps) {
        const key = JSON.stringify([peer, authid]);
        if (what === 'wait') now += time;
        if (what === 'pass') {
          logins.passed(peer, authid);
          names.forget(key);
        }
        if (what === 'fail') {
          const ofName = authid === undefined ? 0 : names.fail(key, now, period);
          const ofPeer = peers.fail(peer, now, period);
          expect(logins.failed(peer, authid)).toBe(ofName === perAuthid || ofPeer === perPeer);
        }
        expect(logins.wait(peer, authid)).toBe(Math.max(names.wait(key, perAuthid, now, period), peers.wait(peer, perPeer, now, period)));
      }
    }));
  });

  it('keeps nothing for a limit that is not set, and no more than so many of others', () => {
    const [names, peers] = [new FailedLogins({ perAuthid: 1, perPeer: Infinity, period: 100 }, () => 0), new FailedLogins({ perAuthid: Infinity, perPeer: 1, period: 100 }, () => 0)];
    names.failed('192.0.2.1', 'joe');
    peers.failed('192.0.2.1', 'joe');
    expect([names.size, peers.size, names.wait('192.0.2.1', 'jane'), peers.wait('192.0.2.1', 'jane')]).toEqual([1, 1, 0, 100]);

    for (let each = 0; each < 20_000; each++) names.failed('192.0.2.1', `user-${each}`);

    expect(names.size).toBe(10_000);
    expect([names.wait('192.0.2.1', 'joe'), names.wait('192.0.2.1', 'user-19999')]).toEqual([0, 100]);
  });

  it('forgets what is over with the next failure', () => {
    let now = 0;
    const logins = new FailedLogins({ perAuthid: 5, perPeer: 5, period: 100 }, () => now);
    for (let each = 0; each < 50; each++) logins.failed(`192.0.2.${each}`, 'joe');

    now = 100;
    logins.failed('192.0.2.1', 'jane');

    expect(logins.size).toBe(2);
  });

  it('looks at the beginning of long names alone', () => {
    const logins = new FailedLogins({ perAuthid: 1, perPeer: 5, period: 100 }, () => 0);

    logins.failed('192.0.2.1', `${'x'.repeat(100_000)}1`);

    expect(logins.wait('192.0.2.1', `${'x'.repeat(100_000)}2`)).toBe(100);
  });
});
