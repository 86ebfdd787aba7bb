import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject } from 'rxjs';
import { AsyncSource } from '../../lib/session/async-source.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

/** Pulls from an iterator and notes what comes of it. */
function pulling(iterator: AsyncIterator<unknown>, writable = new BehaviorSubject(true)): { readonly log: unknown[]; readonly source: AsyncSource; readonly writable: BehaviorSubject<boolean> } {
  const log: unknown[] = [];
  const source = new AsyncSource(iterator, {
    next: (value) => log.push(value), complete: (value) => log.push(['complete', value]), error: (error) => log.push(['error', error]), report: (error) => log.push(['report', error]),
  });
  source.start(writable);
  return { log, source, writable };
}

async function* counting(asked: number[] = []): AsyncGenerator<number, string> {
  for (let i = 1; i <= 3; i++) {
    asked.push(i);
    yield i;
  }
  return 'end';
}

describe('AsyncSource', () => {
  it('gives what is yielded, and what is returned', () => tidyMarbles.async(async ({ flush }) => {
    const { log, writable } = pulling(counting());
    await flush();

    expect([log, writable.observed]).toEqual([[1, 2, 3, ['complete', 'end']], false]);
  }));

  it('asks for nothing while there is no room to send, and goes on when there is', () => tidyMarbles.async(async ({ flush }) => {
    const asked: number[] = [];
    const { log, writable } = pulling(counting(asked), new BehaviorSubject(false));
    await flush();
    expect(asked).toEqual([]);

    writable.next(true);
    writable.next(false);
    await flush();
    expect([asked, log]).toEqual([[1], [1]]);
    writable.next(true);
    writable.next(true);
    await flush();

    expect([asked, log]).toEqual([[1, 2, 3], [1, 2, 3, ['complete', 'end']]]);
  }));

  it('asks for one at a time', () => {
    let asked = 0;
    const { writable } = pulling({ next: () => new Promise(() => { asked += 1; }) });

    writable.next(false);
    writable.next(true);

    expect(asked).toBe(1);
  });

  it('goes on where the connection ends: there is nothing to wait for', () => tidyMarbles.async(async ({ flush }) => {
    const { log, writable } = pulling(counting(), new BehaviorSubject(false));

    writable.complete();
    await flush();

    expect(log).toEqual([1, 2, 3, ['complete', 'end']]);
  }));

  it.each<[string, () => Promise<never>]>([
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['throws', () => { throw new Error('broken'); }],
  ])('errors where its iterator %s', (_, next) => tidyMarbles.async(async ({ flush }) => {
    const { log, writable } = pulling({ next });
    await flush();

    expect([log, writable.observed]).toEqual([[['error', new Error('broken')]], false]);
  }));

  it('ends the generator when it is unsubscribed from, and asks no more', () => tidyMarbles.async(async ({ flush, wait }) => {
    const ended: string[] = [];
    const { log, source, writable } = pulling((async function* () {
      try {
        for (let i = 1; ; i++) {
          yield i;
          await wait(10);
        }
      } finally {
        ended.push('finally');
      }
    })());
    await wait(5);

    source.unsubscribe();
    source.unsubscribe();
    await flush();

    expect([log, ended, writable.observed]).toEqual([[1], ['finally'], false]);
  }));

  it('reports what fails to stop', () => tidyMarbles.async(async ({ flush }) => {
    const { log, source } = pulling({ next: () => new Promise(() => {}), return: () => Promise.reject(new Error('broken')) });

    source.unsubscribe();
    await flush();

    expect(log).toEqual([['report', new Error('broken')]]);
  }));
});
