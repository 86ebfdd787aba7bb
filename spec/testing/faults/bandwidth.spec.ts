import { describe, expect, it } from '@jest/globals';
import { TestScheduler } from 'rxjs/testing';
import { asyncScheduler, timer } from 'rxjs';
import { TransportLostError } from '../../../lib/errors.ts';
import { bandwidth } from '../../../lib/testing/faults/bandwidth.ts';
import { dialled, heard } from '../../support/dialled.ts';

const marbles = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

describe('bandwidth', () => {
  it('lets frames leave one after the other, and the end behind them', () => {
    marbles().run(({ hot, expectObservable }) => {
      const { near, far } = dialled(bandwidth(1000));
      const frames = { a: 'aaa', b: 'bb', c: 'c' };
      hot('                       -(abc)--|', frames).subscribe(near);
      expectObservable(far).toBe('----a-bc|', frames);
    });
  });

  it('closes behind what still waits', () => {
    marbles().run(({ expectObservable }) => {
      const { near, far } = dialled(bandwidth(1000));
      near.next('aaa');
      near.complete();
      expectObservable(far).toBe(' ---(a|)', { a: 'aaa' });
      expectObservable(near).toBe('---|');
    });
  });

  it('counts the bytes of a text as UTF-8', () => {
    marbles().run(({ expectObservable }) => {
      const { near, far } = dialled(bandwidth(1000));
      const frames = { a: 'é', b: '€', c: '😀' };
      for (const frame of Object.values(frames)) near.next(frame);
      expectObservable(far).toBe('--a--b---c', frames);
    });
  });

  it('gives each direction its own', () => {
    marbles().run(({ hot, expectObservable }) => {
      const { near, far } = dialled(bandwidth(500));
      hot('a').subscribe((frame) => { near.next(frame); far.next(frame); });
      expectObservable(near).toBe('--a');
      expectObservable(far).toBe(' --a');
    });
  });

  it('loses nothing to the rounding of times', () => {
    marbles().run(({ expectObservable }) => {
      const { near, far } = dialled(bandwidth(3000));
      const seen: number[] = [];
      const frames = 10;
      far.subscribe(() => seen.push(asyncScheduler.now()));
      for (let at = 0; at < frames; at++) near.next('abcd');
      expectObservable(timer(30)).toBe('30ms (a|)', { a: 0 });
      timer(30).subscribe(() => expect(seen).toEqual([1, 3, 4, 5, 7, 8, 9, 11, 12, 13]));
    });
  });

  it('tells what waits, and whether that is too much', () => {
    marbles().run(({ expectObservable }) => {
      const { near } = dialled(bandwidth(1_000_000));
      expect(near.bufferedAmount).toBe(0);
      timer(1).subscribe(() => {
        near.next('x'.repeat(40_000));
        near.next('é'.repeat(20_000));
        expect(near.bufferedAmount).toBe(80_000);
      });
      timer(42).subscribe(() => expect(near.bufferedAmount).toBe(40_000));
      timer(82).subscribe(() => expect(near.bufferedAmount).toBe(0));
      expectObservable(near.writable$).toBe('tf 39ms t', { t: true, f: false });
    });
  });

  it('is not overtaken by what is sent on hearing that there is room', () => {
    marbles().run(({ expectObservable }) => {
      const { near, far } = dialled(bandwidth(70_000_000));
      const big = 'x'.repeat(70_000);
      let sent = false;
      near.writable$.subscribe((writable) => {
        if (writable && sent) near.next('late');
      });
      near.next(big);
      sent = true;
      expectObservable(far).toBe('-(xl)', { x: big, l: 'late' });
    });
  });

  it('drops at once, whatever waits', () => {
    marbles().run(({ expectObservable }) => {
      const { near, far } = dialled(bandwidth(1000));
      near.next('x'.repeat(5000));
      timer(2).subscribe(() => near.error('off'));
      expectObservable(far).toBe('--#', undefined, expect.any(TransportLostError));
    });
  });

  it('drops the connection where more than 32 MiB wait', () => {
    const { near, far } = dialled(bandwidth(1));
    const seen = heard(far);
    const failures: unknown[] = [];
    near.subscribe({ error: (error: unknown) => failures.push(error) });

    for (let sent = 0; sent < 5; sent++) near.next(new Uint8Array(8 * 1024 * 1024));

    expect(seen).toEqual(['TransportLostError']);
    expect(failures).toEqual([expect.objectContaining({ name: 'TransportLostError', cause: expect.objectContaining({ name: 'OverflowError' }) })]);
  });

  it.each([0, -1, NaN, Infinity])('refuses %p bytes', (bytes) => {
    expect(() => bandwidth(bytes)).toThrow(RangeError);
  });
});
