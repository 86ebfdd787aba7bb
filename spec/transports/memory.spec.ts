import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { TransportLostError } from '../../lib/errors.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import type { Connection } from '../../lib/transports/transport.ts';

const marbles = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

function read(connection: Connection, seen: unknown[] = []): unknown[] {
  connection.subscribe({
    next: (frame) => seen.push(frame),
    complete: () => seen.push('complete'),
    error: (error: unknown) => seen.push(error),
  });
  return seen;
}

describe('memoryLink', () => {
  it('delivers before next() returns', () => {
    const [left, right] = memoryLink();
    const seen = read(right);
    const bytes = new Uint8Array([1, 2]);

    left.next('[1]');
    left.next(bytes);

    expect(seen).toEqual(['[1]', bytes]);
    expect(seen[1]).toBe(bytes);
  });

  it('never delivers a frame inside the handling of another on the same end', () => {
    const [left, right] = memoryLink();
    const order: string[] = [];
    right.subscribe((frame) => right.next(`re ${String(frame)}`));
    left.subscribe((frame) => {
      order.push(`<${String(frame)}`);
      if (frame === 're a') left.next('b');
      order.push(`${String(frame)}>`);
    });

    left.next('a');

    expect(order).toEqual(['<re a', 're a>', '<re b', 're b>']);
  });

  it('survives a conversation of any length', () => {
    const [left, right] = memoryLink();
    right.subscribe((frame) => right.next(frame));
    let turns = 0;
    left.subscribe((frame) => { if (++turns < 100_000) left.next(frame); });
    left.next('x');

    expect(turns).toBe(100_000);
  });

  it('completes both ends where one completes, and carries nothing afterwards', () => {
    const [left, right] = memoryLink();
    const seen = { left: read(left), right: read(right) };

    left.next('last');
    left.complete();
    left.next('late');
    right.next('late');

    expect(seen).toEqual({ left: ['complete'], right: ['last', 'complete'] });
  });

  it('errors both ends where one errors', () => {
    const [left, right] = memoryLink();
    const seen = { left: read(left), right: read(right) };
    const cause = new Error('why');

    left.error(cause);
    left.next('late');
    right.next('late');

    expect(seen.left).toEqual([expect.any(TransportLostError)]);
    expect(seen.left).toEqual([expect.objectContaining({ cause })]);
    expect(seen.right).toEqual([expect.any(TransportLostError)]);
  });

  it('takes its latency for each frame and for the close, in order', () => {
    marbles().run(({ hot, expectObservable }) => {
      const [left, right] = memoryLink({ latency: 3 });
      const sent = '      -a-(bc)-d|';
      const received = '  ----a-(bc)-d|';
      const answered = '  ---------------|';

      expectObservable(right).toBe(received);
      expectObservable(left).toBe(answered);
      hot(sent).subscribe(left);
    });
  });

  it('lets what the other end had sent arrive before it completes', () => {
    marbles().run(({ hot, expectObservable }) => {
      const [left, right] = memoryLink({ latency: 3 });
      hot('               -|').subscribe(left);
      hot('               ---x--y').subscribe((frame) => right.next(frame));
      expectObservable(left).toBe('------x|');
      expectObservable(right).toBe('----|');
    });
  });

  it('loses what is under way where one end errors', () => {
    marbles().run(({ hot, expectObservable }) => {
      const [left, right] = memoryLink({ latency: 3 });
      const lost = { '#': expect.any(TransportLostError) };
      hot('           a--b-#').subscribe({ next: (frame) => left.next(frame), error: () => left.error('off') });
      hot('           ----x').subscribe((frame) => right.next(frame));
      expectObservable(right).toBe('---a----#', undefined, lost['#']);
      expectObservable(left).toBe(' -----#', undefined, lost['#']);
    });
  });

  it('is always writable, and of the subprotocol it was given', () => {
    const [left, right] = memoryLink({ subprotocol: 'wamp.2.cbor' });
    const seen: boolean[] = [];
    left.writable$.pipe(map(Boolean)).subscribe((writable) => seen.push(writable));

    expect(seen).toEqual([true]);
    expect([left.subprotocol, right.subprotocol, left.bufferedAmount]).toEqual(['wamp.2.cbor', 'wamp.2.cbor', 0]);
  });

  it.each([-1, NaN, Infinity])('refuses a latency of %p', (latency) => {
    expect(() => memoryLink({ latency })).toThrow(new RangeError(`latency must be a number from 0 to 2147483647, got ${latency}`));
  });
});
