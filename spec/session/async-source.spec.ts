import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject } from 'rxjs';
import { AsyncSource } from '../../lib/session/async-source.ts';
import { settled } from '../support/scripted-router.ts';

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
  it('gives what is yielded, and what is returned', async () => {
    const { log, writable } = pulling(counting());
    await settled();

    expect([log, writable.observed]).toEqual([[1, 2, 3, ['complete', 'end']], false]);
  });

  it('asks for nothing while there is no room to send, and goes on when there is', async () => {
    const asked: number[] = [];
    const { log, writable } = pulling(counting(asked), new BehaviorSubject(false));
    await settled();
    expect(asked).toEqual([]);

    writable.next(true);
    writable.next(false);
    await settled();
    expect([asked, log]).toEqual([[1], [1]]);
    writable.next(true);
    writable.next(true);
    await settled();

    expect([asked, log]).toEqual([[1, 2, 3], [1, 2, 3, ['complete', 'end']]]);
  });

  it('asks for one at a time', () => {
    let asked = 0;
    const { writable } = pulling({ next: () => new Promise(() => { asked += 1; }) });

    writable.next(false);
    writable.next(true);

    expect(asked).toBe(1);
  });

  it('goes on where the connection ends: there is nothing to wait for', async () => {
    const { log, writable } = pulling(counting(), new BehaviorSubject(false));

    writable.complete();
    await settled();

    expect(log).toEqual([1, 2, 3, ['complete', 'end']]);
  });

  it.each<[string, () => Promise<never>]>([
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['throws', () => { throw new Error('broken'); }],
  ])('errors where its iterator %s', async (_, next) => {
    const { log, writable } = pulling({ next });
    await settled();

    expect([log, writable.observed]).toEqual([[['error', new Error('broken')]], false]);
  });

  it('ends the generator when it is unsubscribed from, and asks no more', async () => {
    const ended: string[] = [];
    const { log, source, writable } = pulling((async function* () {
      try {
        for (let i = 1; ; i++) {
          yield i;
          await settled();
        }
      } finally {
        ended.push('finally');
      }
    })());
    await settled();

    source.unsubscribe();
    source.unsubscribe();
    for (let i = 0; i < 3; i++) await settled();

    expect([log, ended, writable.observed]).toEqual([[1], ['finally'], false]);
  });

  it('reports what fails to stop', async () => {
    const { log, source } = pulling({ next: () => new Promise(() => {}), return: () => Promise.reject(new Error('broken')) });

    source.unsubscribe();
    await settled();

    expect(log).toEqual([['report', new Error('broken')]]);
  });
});
