import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BodyQueue } from '../../lib/transports/body-queue.ts';
import type { Frame } from '../../lib/transports/transport.ts';

function take(queue: BodyQueue): Frame[] {
  const bodies: Frame[] = [];
  for (let body = queue.take(); body !== undefined; body = queue.take()) bodies.push(body);
  return bodies;
}

describe('BodyQueue', () => {
  it('takes frames one by one, or as one body', () => {
    const [plain, batched] = [false, true].map((isBatched) => new BodyQueue({ batched: isBatched, highWaterMark: 10 })) as [BodyQueue, BodyQueue];
    for (const queue of [plain, batched]) for (const frame of ['a', 'b', 'c']) queue.push(frame);

    expect(take(plain)).toEqual(['a', 'b', 'c']);
    expect(take(batched)).toEqual(['abc']);
    expect(batched.isEmpty).toBe(true);
  });

  it('takes bytes as bytes', () => {
    const queue = new BodyQueue({ batched: true, highWaterMark: 10 });
    queue.push(new Uint8Array([1, 2]));
    queue.push(new Uint8Array([3]));

    expect(queue.take()).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('counts what was taken until it is written', () => {
    const writable: boolean[] = [];
    const queue = new BodyQueue({ batched: true, highWaterMark: 3 });
    queue.writable$.subscribe({ next: (value) => writable.push(value), complete: () => writable.push(false) });
    queue.push('abcd');
    queue.take();
    expect(queue.bufferedAmount).toBe(4);

    queue.written();
    expect(queue.bufferedAmount).toBe(0);
    expect(writable).toEqual([true, false, true]);

    queue.push('x');
    queue.end();
    expect([queue.bufferedAmount, queue.isEmpty, queue.take()]).toEqual([0, true, undefined]);
    expect(writable).toEqual([true, false, true, false]);
  });

  it('loses nothing, changes no order, and makes no long body of several frames', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(1, 10, 20_000, 65_535, 65_536, 100_000), { maxLength: 20 }), (lengths) => {
      const queue = new BodyQueue({ batched: true, highWaterMark: 0 });
      const frames = lengths.map((length, n) => String.fromCharCode(97 + n).repeat(length));
      for (const frame of frames) queue.push(frame);
      const bodies = take(queue) as string[];

      expect(bodies.join('') === frames.join('')).toBe(true);
      expect(bodies.every((body) => body.length <= 65_536 || frames.includes(body))).toBe(true);
    }));
  });
});
