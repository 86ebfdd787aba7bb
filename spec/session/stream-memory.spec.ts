/** How much of a stream waits, and where, while its consumer is a thousand times slower than its producer. */
import { describe, expect, it, jest } from '@jest/globals';
import { filter, ignoreElements, interval, tap, timer } from 'rxjs';
import type { Message } from '../../lib/protocol/messages.ts';
import type { RegisterOptions } from '../../lib/session/options.ts';
import { RESULT, YIELD, type LinkedClient, type MessagePattern } from '../../lib/testing/index.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

// Tens of thousands of frames, each of which lets promises settle: seconds on a slow machine.
jest.setTimeout(60_000);

const CREDIT = 32;
const LIMIT = 64;
const SECONDS = 25;

/** Where values are between the procedure and whoever consumes them. */
interface Places {
  /** At the callee, without credit. */
  readonly outflow: number;
  /** In the router, and on the lines to and from it. */
  readonly router: number;
  /** At the caller, with the one that is being processed. */
  readonly caller: number;
}

/** What a stream did: how many values were made and taken, and what waited where, in every second. */
interface Course {
  made: number;
  taken: number;
  readonly waited: Places[];
}

const ofType = ({ type }: MessagePattern) => filter((message: Message) => message.type === type);

/** A stream whose procedure makes a value each millisecond, or whenever it is asked, and whose consumer takes one each second. */
async function slowly(procedure: (made: () => void) => () => unknown, options: RegisterOptions = {}): Promise<Course> {
  const course: Course = { made: 0, taken: 0, waited: [] };
  await tidyMarbles.async(({ client, at, expectObservable }) => {
    const [db, user] = [client(), client()];
    for (const { link } of [db, user]) link.latency(5);
    let [yielded, arrived] = [0, 0];
    const watch = (one: LinkedClient['link']['sent$'], pattern: MessagePattern, count: () => void): void => {
      expectObservable(one.pipe(ofType(pattern), tap(count), ignoreElements()), `^ ${SECONDS}s !`).toBe('');
    };
    watch(db.link.sent$, YIELD(), () => { yielded += 1; });
    watch(user.link.received$, RESULT(), () => { arrived += 1; });
    for (let second = 1; second < SECONDS; second += 1) {
      at(second * 1000 + 500, () => course.waited.push({ outflow: db.census()['waiting results'] ?? 0, router: yielded - arrived, caller: arrived - course.taken }));
    }

    expectObservable(db.register('com.rows', procedure(() => { course.made += 1; }), options).pipe(ignoreElements()), `^ ${SECONDS + 1}s !`).toBe('');
    const rows$ = user.callStream('com.rows', [], { credit: CREDIT, process: () => timer(1000) }).pipe(tap(() => { course.taken += 1; }), ignoreElements());
    expectObservable(rows$, `20ms ^ ${SECONDS}s !`).toBe('');
  });
  return course;
}

/** The most that ever waited at each place. */
const most = ({ waited }: Course): Places => ({
  outflow: Math.max(...waited.map(({ outflow }) => outflow)),
  router: Math.max(...waited.map(({ router }) => router)),
  caller: Math.max(...waited.map(({ caller }) => caller)),
});

describe('the memory of a stream with credit', () => {
  it('is flat where an AsyncIterable makes the values: it is paused, and none is made that there is no credit for', async () => {
    const course = await slowly((made) => async function* () {
      for (;;) {
        made();
        yield 'row';
      }
    });

    expect(most(course)).toEqual({ outflow: 0, router: 0, caller: CREDIT });
    expect([course.taken, course.made <= course.taken + CREDIT]).toEqual([SECONDS - 1, true]);
  });

  it('is flat where an Observable makes them: what the rule lets wait is all that waits', async () => {
    let dropped = 0;
    const course = await slowly((made) => () => interval(1).pipe(tap(made)), { output: { limit: LIMIT, overflow: 'dropOldest', report: () => { dropped += 1; } } });

    expect(most(course)).toEqual({ outflow: LIMIT, router: 0, caller: CREDIT });
    // Each value was taken, is on its way, waits, or was reported.
    expect(course.made).toBeGreaterThan(course.taken * 1000 - 1000);
    expect(course.made - dropped - course.taken).toBeLessThanOrEqual(CREDIT + LIMIT);
  });
});
