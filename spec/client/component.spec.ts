import { describe, expect, it } from '@jest/globals';
import { NEVER, Observable, Subject, concat, ignoreElements, map, merge, take, takeUntil, tap, throwError, timer } from 'rxjs';
import { component, type ComponentEnd, type ComponentWork } from '../../lib/client/component.ts';
import { Registry } from '../../lib/registry/registry.ts';
import type { LinkedClient, MarbleHelpers } from '../../lib/testing/index.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

/** How a component of two clients ends, and when. */
function ended(helpers: Pick<MarbleHelpers, 'client'>, main: (clients: readonly [LinkedClient, LinkedClient]) => ComponentWork, stop$: Observable<number> = NEVER, timeout?: number): Observable<ComponentEnd> {
  const clients = [helpers.client(), helpers.client()] as const;
  return component({ clients, main: () => main(clients), stop$, timeout });
}

describe('component', () => {
  it('ends with its main, behind the last value of it, and closes its clients', () => {
    tidyMarbles((helpers) => {
      const clients: LinkedClient[] = [];

      helpers.expectObservable(ended(helpers, (both) => { clients.push(...both); return timer(5); })).toBe('-----(o|)', { o: { code: 0 } });
      helpers.at(10, () => expect(clients.map(({ state }) => state.kind)).toEqual(['closed', 'closed']));
    });
  });

  it.each<[string, () => ComponentWork]>([
    ['throws', () => { throw new Error('broken'); }],
    ['errors', () => throwError(() => new Error('broken'))],
  ])('ends with 1 where its main %s', (_what, main) => {
    tidyMarbles((helpers) => {
      helpers.expectObservable(ended(helpers, main)).toBe('(o|)', { o: { code: 1, error: new Error('broken') } });
    });
  });

  it('takes a promise and an AsyncIterable for its work', async () => {
    await tidyMarbles.async((helpers) => {
      helpers.expectObservable(ended(helpers, () => Promise.resolve(5))).toBe('(o|)', { o: { code: 0 } });
      helpers.expectObservable(ended(helpers, () => Promise.reject(new Error('broken')))).toBe('(o|)', { o: { code: 1, error: new Error('broken') } });
      helpers.expectObservable(ended(helpers, async function* () { yield 1; })).toBe('(o|)', { o: { code: 0 } });
    });
  });

  it('runs until it is told to stop where its main gives nothing', () => {
    tidyMarbles((helpers) => {
      helpers.expectObservable(ended(helpers, () => {}, timer(5).pipe(map(() => 143)))).toBe('-----(o|)', { o: { code: 143 } });
    });
  });

  it('begins once, when all clients are joined, also behind a reconnect', () => {
    tidyMarbles((helpers) => {
      const begun: number[] = [];
      const slow = helpers.client();
      const fast = helpers.client();
      slow.link.cut();
      helpers.at(3, () => slow.link.restore());
      helpers.at(5_000, () => fast.link.cut());
      helpers.at(5_001, () => fast.link.restore());
      const stop$ = timer(9_000).pipe(map(() => 130));

      component({ clients: [slow, fast], main: () => { begun.push(helpers.at.now()); }, stop$ }).subscribe();

      helpers.at(8_000, () => expect(begun).toEqual([500]));
    });
  });

  it('ends with 1 where a client gives up, before or behind the beginning', () => {
    tidyMarbles((helpers) => {
      const failing = (): LinkedClient => helpers.client({ retry: { maxAttempts: 1 } });
      const one = failing();
      one.link.cut();
      const two = failing();
      helpers.at(5_000, () => two.link.cut());
      const codeOf = (client: LinkedClient): Observable<unknown> => component({ clients: [client, helpers.client()], main: () => {}, stop$: NEVER }).pipe(map(({ code, error }) => [code, error instanceof Error]));

      helpers.expectObservable(codeOf(one)).toBe('500ms (o|)', { o: [1, true] });
      helpers.expectObservable(codeOf(two)).toBe('5500ms (o|)', { o: [1, true] });
    });
  });

  it('ends with 0 where its main has closed all clients, and not before', () => {
    tidyMarbles((helpers) => {
      const main = ([one, two]: readonly [LinkedClient, LinkedClient]): void => {
        helpers.at(3, () => { void one.close(); });
        helpers.at(6, () => { void two.close(); });
      };

      helpers.expectObservable(ended(helpers, main)).toBe('------(o|)', { o: { code: 0 } });
    });
  });

  it('stops in order: procedures and topics, what runs, and then its main', () => {
    tidyMarbles((helpers) => {
      const log: unknown[] = [];
      const answer = new Subject<number>();
      const registry = new Registry()
        .procedure('com.p', () => answer.pipe(take(1)))
        .subscriber('com.t', () => timer(30).pipe(tap({ complete: () => log.push('handled') })));
      const other = helpers.client();
      const stop$ = timer(10).pipe(map(() => 143));
      const main = ([one, two]: readonly [LinkedClient, LinkedClient]): ComponentWork => {
        one.state$.subscribe(({ kind }) => log.push(`one ${kind}`));
        two.state$.subscribe(({ kind }) => log.push(`two ${kind}`));
        return merge(one.serve(registry).pipe(tap({ complete: () => log.push('unserved') })), new Observable(() => () => log.push('main stopped')));
      };
      helpers.at(5, () => {
        other.call('com.p').subscribe(({ args: [value] }) => log.push(`answer ${String(value)}`));
        other.publish('com.t').subscribe();
      });
      helpers.at(20, () => answer.next(7));

      helpers.expectObservable(ended(helpers, main, stop$).pipe(tap(() => log.push('ended')))).toBe('35ms (o|)', { o: { code: 143 } });
      helpers.at(50, () => expect(log).toEqual(['one joined', 'two joined', 'one draining', 'two draining', 'two closed', 'answer 7', 'handled', 'unserved', 'one closed', 'main stopped', 'ended']));
    });
  });

  it('gives those who do not end no more than their time', () => {
    tidyMarbles((helpers) => {
      const main = ([one]: readonly [LinkedClient, LinkedClient]): ComponentWork => one.serve(new Registry().subscriber('com.t', () => NEVER));
      const other = helpers.client();
      helpers.at(5, () => { other.publish('com.t').subscribe(); });

      helpers.expectObservable(ended(helpers, main, timer(10).pipe(map(() => 143)), 50)).toBe('60ms (o|)', { o: { code: 143 } });
    });
  });

  it('ends at once at the second request', () => {
    tidyMarbles((helpers) => {
      const main = ([one]: readonly [LinkedClient, LinkedClient]): ComponentWork => one.serve(new Registry().subscriber('com.t', () => timer(1_000)));
      const other = helpers.client();
      helpers.at(5, () => { other.publish('com.t').subscribe(); });
      const stop$ = concat(timer(10).pipe(map(() => 143)), timer(5).pipe(map(() => 130)));

      helpers.expectObservable(ended(helpers, main, stop$)).toBe('15ms (o|)', { o: { code: 130 } });
    });
  });

  it('takes no failure for one once it ends', () => {
    tidyMarbles((helpers) => {
      const main = ([one]: readonly [LinkedClient, LinkedClient]): ComponentWork => concat(one.topic('com.t').pipe(ignoreElements()), throwError(() => new Error('behind the end')));

      helpers.expectObservable(ended(helpers, main, timer(10).pipe(map(() => 143)))).toBe('10ms (o|)', { o: { code: 143 } });
    });
  });

  it('closes its clients where it is unsubscribed from', () => {
    tidyMarbles((helpers) => {
      const clients: LinkedClient[] = [];
      ended(helpers, (both) => { clients.push(...both); return both[0].topic('com.t'); }).pipe(takeUntil(timer(5))).subscribe();

      helpers.at(10, () => expect(clients.map(({ state }) => state.kind)).toEqual(['closed', 'closed']));
    });
  });
});
