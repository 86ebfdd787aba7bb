import { describe, expect, it } from '@jest/globals';
import { timer } from 'rxjs';
import { wampMarbles } from '../../lib/testing/index.ts';

const SECONDS = 1000;
const VALUES = 10_000;

interface Scenario {
  readonly ms: number;
  readonly values: number;
  readonly dials: number;
  readonly joins: number;
}

/** Ten thousand values in a thousand seconds, over a line of 5 ms that is cut ten times, and down for six seconds each time. */
function play(): Scenario {
  let values = 0;
  let dials = 0;
  let joins = 0;
  const begin = performance.now();
  wampMarbles(({ client, publishes, expectLeaks }) => {
    const shop = client();
    shop.link.latency(5);
    publishes('com.shop.price', '99ms a '.repeat(VALUES));
    shop.link.marbles('84s x 6s o '.repeat(10));
    const watching = shop.topic('com.shop.price').subscribe(() => { values += 1; });
    watching.add(shop.state$.subscribe(({ kind }) => { joins += kind === 'joined' ? 1 : 0; }));
    timer(SECONDS * 1000).subscribe(() => {
      dials = shop.link.dials;
      watching.unsubscribe();
    });
    expectLeaks().toBeEmpty();
  });
  return { ms: performance.now() - begin, values, dials, joins };
}

describe('wampMarbles', () => {
  it('plays a thousand seconds with ten cuts, forty dials and ten thousand values', () => {
    // The first run is that of a cold engine.
    const runs = [play(), play(), play()];
    const times = runs.map(({ ms }) => ms).sort((a, b) => a - b);
    const { values, dials, joins } = runs[0]!;

    process.stdout.write(`${SECONDS} virtual seconds, 10 cuts, ${dials} dials, ${values} of ${VALUES} values: ${times.map((ms) => `${ms.toFixed(0)} ms`).join(', ')}\n`);

    expect(runs.map((run) => [run.values, run.dials, run.joins])).toEqual(runs.map(() => [values, dials, joins]));
    // 500, 1000 and 2000 ms find nobody, 4000 ms does: four dials for each cut, and 7.5 s of values missed.
    expect([dials, joins]).toEqual([41, 11]);
    expect(values).toBeGreaterThan(VALUES - 10 * 80);
    expect(values).toBeLessThan(VALUES - 10 * 70);
  });
});
