import { describe, expect, it } from '@jest/globals';
import { TestScheduler } from 'rxjs/testing';
import { timer } from 'rxjs';
import { TransportLostError } from '../../../lib/errors.ts';
import { bandwidth } from '../../../lib/testing/faults/bandwidth.ts';
import { cutWhen } from '../../../lib/testing/faults/cut-when.ts';
import { latency } from '../../../lib/testing/faults/latency.ts';
import { dialled, heard } from '../../support/dialled.ts';

const marbles = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
const saying = (...chances: number[]) => (): number => chances.shift() ?? 0;

describe('latency', () => {
  it('keeps each frame and the end under way for so long, either way', () => {
    marbles().run(({ hot, expectObservable }) => {
      const { near, far } = dialled(latency(3));
      expectObservable(far).toBe(' ----a-(bc)-|');
      expectObservable(near).toBe('-----x--------|');
      hot('                        -a-(bc)-|').subscribe(near);
      hot('                        --x').subscribe((frame) => far.next(frame));
    });
  });

  it('adds what chance says, and lets no frame overtake another one', () => {
    marbles().run(({ hot, expectObservable }) => {
      const { near, far } = dialled(latency(3, { jitter: 4, random: saying(1, 0, 1) }));
      hot('                       -a-b-|').subscribe(near);
      expectObservable(far).toBe('--------(ab)|');
    });
  });

  it('lets none that would take no time overtake another one', () => {
    marbles().run(({ hot, expectObservable }) => {
      const { near, far } = dialled(latency(0, { jitter: 4, random: saying(1, 0, 0) }));
      hot('                       -a-b-c').subscribe((frame) => near.next(frame));
      expectObservable(far).toBe('-----(abc)');
    });
  });

  it('draws in whole milliseconds from none to the jitter', () => {
    marbles().run(({ expectObservable }) => {
      const { near, far } = dialled(latency(0, { jitter: 3, random: saying(0, 0.4, 0.99) }));
      for (const frame of ['a', 'b', 'c']) near.next(frame);
      expectObservable(far).toBe('ab-c');
    });
  });

  it('passes everything at once where it is 0', () => {
    const { near, far } = dialled(latency(0));
    const seen = heard(far);

    near.next('a');
    near.complete();

    expect(seen).toEqual(['a', 'complete']);
    expect(heard(near)).toEqual(['complete']);
  });

  it('delivers two links of one sender in another order than it sent, each in its own', () => {
    marbles().run(({ hot, expectObservable }) => {
      const slow = dialled(latency(1, { jitter: 6, random: saying(1, 0, 0) }));
      const fast = dialled(latency(1, { jitter: 6, random: saying(0, 1, 0) }));
      const order: string[] = [];
      slow.near.subscribe((frame) => order.push(`slow ${String(frame)}`));
      fast.near.subscribe((frame) => order.push(`fast ${String(frame)}`));
      hot('a-b-c').subscribe((frame) => {
        slow.far.next(frame);
        fast.far.next(frame);
      });
      expectObservable(timer(20)).toBe('20ms (a|)', { a: 0 });
      timer(20).subscribe(() => {
        expect(order).toEqual(['fast a', 'slow a', 'slow b', 'slow c', 'fast b', 'fast c']);
      });
    });
  });

  it('drops at this end at once and at the other one later, and loses what is under way', () => {
    marbles().run(({ hot, expectObservable }) => {
      const { near, far } = dialled(latency(3));
      const lost = expect.any(TransportLostError);
      hot('a--b-#').subscribe({ next: (frame) => near.next(frame), error: () => near.error('off') });
      hot('----x').subscribe((frame) => far.next(frame));
      expectObservable(far).toBe(' ---a----#', undefined, lost);
      expectObservable(near).toBe('-----#', undefined, lost);
    });
  });

  it('is dropped once', () => {
    marbles().run(({ hot, expectObservable }) => {
      const { near, far } = dialled(latency(3));
      hot('-x-x').subscribe(() => near.error('off'));
      expectObservable(far).toBe(' ----#', undefined, expect.any(TransportLostError));
    });
  });

  it('brings the loss of the peer behind what it had sent', () => {
    marbles().run(({ hot, expectObservable }) => {
      const { near, far } = dialled(latency(3));
      hot('-a-#').subscribe({ next: (frame) => far.next(frame), error: (error: unknown) => far.error(error) });
      expectObservable(near).toBe('----a-#', undefined, expect.any(TransportLostError));
    });
  });

  it('goes on with a drop when the transport is let go of', () => {
    marbles().run(({ expectObservable }) => {
      const { far, line } = dialled(latency(3));
      timer(2).subscribe(() => line.unsubscribe());
      expectObservable(far).toBe('-----#', undefined, expect.any(TransportLostError));
    });
  });

  it('goes on with a close when the transport is let go of', () => {
    marbles().run(({ expectObservable }) => {
      const { near, far, line } = dialled(latency(3));
      near.next('a');
      near.complete();
      timer(1).subscribe(() => line.unsubscribe());
      expectObservable(far).toBe('---(a|)');
    });
  });

  it('loses what is under way where it is cut behind it', () => {
    marbles().run(({ hot, expectObservable }) => {
      const { near, far } = dialled(latency(3), cutWhen(timer(4)));
      const lost = expect.any(TransportLostError);
      hot('a-b').subscribe((frame) => near.next(frame));
      hot('--x').subscribe((frame) => far.next(frame));
      expectObservable(far).toBe(' ---a---#', undefined, lost);
      expectObservable(near).toBe('----#', undefined, lost);
    });
  });

  it('brings what was under way where it is cut before it', () => {
    marbles().run(({ hot, expectObservable }) => {
      const { near, far } = dialled(cutWhen(timer(4)), latency(3));
      const lost = expect.any(TransportLostError);
      hot('a-b').subscribe((frame) => near.next(frame));
      hot('--x').subscribe((frame) => far.next(frame));
      expectObservable(far).toBe(' ---a#', undefined, lost);
      expectObservable(near).toBe('-----x-#', undefined, lost);
    });
  });

  it('has what left a narrow line one after the other arrive so', () => {
    marbles().run(({ hot, expectObservable }) => {
      const { near, far } = dialled(latency(3), bandwidth(1000));
      hot('                       (abc)').subscribe((frame) => near.next(frame));
      expectObservable(far).toBe('----abc');
    });
  });

  it('leaves the buffer empty: what is under way has left', () => {
    marbles().run(({ expectObservable }) => {
      const { near } = dialled(latency(1000));
      timer(1).subscribe(() => {
        near.next('x'.repeat(100_000));
        expect(near.bufferedAmount).toBe(0);
      });
      expectObservable(near.writable$).toBe('t', { t: true });
    });
  });

  it.each([[-1, 0], [NaN, 0], [1, -1], [1, Infinity]])('refuses %p with a jitter of %p', (ms, jitter) => {
    expect(() => latency(ms, { jitter })).toThrow(RangeError);
  });
});
