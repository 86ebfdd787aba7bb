import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, Subject, map } from 'rxjs';
import type { JoinOptions } from '../../lib/session/join.ts';
import { ScriptedRouter, joined } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const PROGRESS = { receive_progress: true };

/** A session whose connection has room when it is told so, with one procedure, registered as 80. */
function serving(procedure: () => unknown, options: Partial<JoinOptions> = {}): { readonly router: ScriptedRouter; readonly writable: BehaviorSubject<boolean>; readonly warnings: unknown[] } {
  const router = new ScriptedRouter();
  const writable = new BehaviorSubject(true);
  const warnings: unknown[] = [];
  const transport = router.transport.pipe(map((connection) => Object.defineProperty(connection, 'writable$', { value: writable })));
  const { session } = joined(Object.assign(router, { transport }), { log: { debug: () => {}, warn: (message) => warnings.push(message) }, ...options });
  session.register('com.p', procedure).subscribe({ error: () => {} });
  router.send(65, 1, 80);
  router.take();
  return { router, writable, warnings };
}

describe('an answer over a connection that is full', () => {
  it('is read from an AsyncIterable only when there is room again', () => tidyMarbles.async(async ({ flush }) => {
    const asked: number[] = [];
    const { router, writable, warnings } = serving(async function* () { for (let i = 1; i <= 3; i++) { asked.push(i); yield i; } });
    writable.next(false);
    router.send(68, 1, 80, PROGRESS);
    await flush();
    expect([asked, router.take()]).toEqual([[], []]);

    writable.next(true);
    await flush();

    expect([asked, router.take().length, warnings, writable.observed]).toEqual([[1, 2, 3], 4, [], false]);
  }));

  it('is not read any more once it was interrupted', () => tidyMarbles.async(async ({ flush }) => {
    const asked: number[] = [];
    const { router, writable } = serving(async function* () { asked.push(1); yield 1; });
    writable.next(false);
    router.send(68, 1, 80, PROGRESS);

    router.send(69, 1, {});
    writable.next(true);
    await flush();

    expect([asked, router.take(), writable.observed]).toEqual([[], [[8, 68, 1, {}, 'wamp.error.canceled']], false]);
  }));

  it('is sent all the same where it is an Observable, and said so once in the log', () => {
    const source = new Subject<number>();
    const { router, writable, warnings } = serving(() => source);
    router.send(68, 1, 80, PROGRESS);

    source.next(1);
    expect(warnings).toEqual([]);
    writable.next(false);
    source.next(2);
    source.next(3);

    expect(router.take().map(([, , , args]) => args)).toEqual([[1], [2], [3]]);
    expect([warnings, writable.observed]).toEqual([['com.p emits more than the connection takes: an AsyncIterable would be paused, an Observable is not'], false]);
  });

  it('is not looked at where there is no log, nor behind the end of the session', () => {
    const sources = [new Subject<number>(), new Subject<number>()] as const;
    const [quiet, told] = [serving(() => sources[0], { log: undefined }), serving(() => sources[1])];
    for (const { router } of [quiet, told]) router.send(68, 1, 80, PROGRESS);

    for (const source of sources) source.next(1);
    expect([quiet.writable.observed, told.writable.observed]).toEqual([false, true]);
    told.router.cut();

    expect(told.writable.observed).toBe(false);
  });
});
