import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Subscriber, Subscription, config, take } from 'rxjs';
import { OverflowError, TransportLostError, type WampError } from '../../lib/errors.ts';
import { Inbox } from '../../lib/transports/inbox.ts';
import type { Frame } from '../../lib/transports/transport.ts';

/** An inbox whose other half is the spec. */
class OpenInbox extends Inbox {
  readonly causes: unknown[] = [];
  arrive(frame: Frame): void { this.receive(frame); }
  finish(failure?: WampError): void { this.end(failure); }
  cut(failure: WampError): void { this.drop(failure); }
  error(cause: unknown): void {
    this.causes.push(cause);
    this.drop(new TransportLostError('dropped', { cause }));
  }
}

/** What a reader saw: frames, then 'complete' or the error. */
function read(inbox: Inbox, seen: unknown[] = []): unknown[] {
  inbox.subscribe({
    next: (frame) => seen.push(frame),
    complete: () => seen.push('complete'),
    error: (error: unknown) => seen.push(error),
  });
  return seen;
}

describe('Inbox', () => {
  it('keeps frames, and the end, for the first reader', () => {
    const inbox = new OpenInbox();
    inbox.arrive('a');
    inbox.arrive('b');
    inbox.finish();

    expect(read(inbox)).toEqual(['a', 'b', 'complete']);
  });

  it('delivers what arrives inside the handling of a frame after it, the end included', () => {
    const inbox = new OpenInbox();
    const seen: string[] = [];
    inbox.subscribe({
      next: (frame) => {
        seen.push(`<${String(frame)}`);
        if (frame === 'a') {
          inbox.arrive('b');
          inbox.arrive('c');
          inbox.finish();
          inbox.arrive('late');
        }
        seen.push(`${String(frame)}>`);
      },
      complete: () => seen.push('complete'),
    });

    inbox.arrive('a');

    expect(seen).toEqual(['<a', 'a>', '<b', 'b>', '<c', 'c>', 'complete']);
  });

  it('ends once and takes nothing afterwards', () => {
    const inbox = new OpenInbox();
    const failure = new TransportLostError('lost');
    const seen = read(inbox);

    inbox.finish(failure);
    inbox.finish();
    inbox.arrive('late');

    expect(seen).toEqual([failure]);
    expect(read(inbox)).toEqual([failure]);
  });

  it('forgets what was not delivered where it is cut', () => {
    const inbox = new OpenInbox();
    const failure = new TransportLostError('lost');
    inbox.arrive('a');
    inbox.cut(failure);

    expect(read(inbox)).toEqual([failure]);
  });

  it('hands over from one reader to the next between two frames, and refuses a second one beside the first', () => {
    const inbox = new OpenInbox();
    inbox.arrive('a');
    inbox.arrive('b');
    const first: unknown[] = [];
    inbox.pipe(take(1)).subscribe((frame) => first.push(frame));
    const second = read(inbox);
    const third = read(inbox);
    inbox.arrive('c');

    expect(first).toEqual(['a']);
    expect(second).toEqual(['b', 'c']);
    expect(third).toEqual([new Error('a connection has one reader at a time, and this one is being read')]);
  });

  it('tells of the end after the reader, and at once where there is none', () => {
    const order: string[] = [];
    const watched = new OpenInbox(() => order.push('over'));
    watched.subscribe({ next: () => watched.finish(), complete: () => order.push('complete') });
    watched.arrive('a');
    expect(order).toEqual(['complete', 'over']);

    order.length = 0;
    const alone = new OpenInbox(() => order.push('over'));
    alone.arrive('a');
    alone.finish();
    expect(order).toEqual(['over']);
    expect(read(alone)).toEqual(['a', 'complete']);
    expect(order).toEqual(['over']);
  });

  it('tells of the end where the reader leaves while it is on its way', () => {
    const order: string[] = [];
    const inbox = new OpenInbox(() => order.push('over'));
    const reading = new Subscription();
    reading.add(inbox.subscribe(() => {
      inbox.arrive('b');
      inbox.finish();
      reading.unsubscribe();
    }));
    inbox.arrive('a');

    expect(order).toEqual(['over']);
    expect(read(inbox)).toEqual(['b', 'complete']);
  });

  it.each([
    ['long', 'x'.repeat(300_000), 4],
    ['empty', '', 16_385],
  ])('drops the connection where too many %s frames wait', (_, frame, count) => {
    const inbox = new OpenInbox();
    for (let i = 1; i < count; i++) inbox.arrive(frame);
    expect(inbox.causes).toEqual([]);

    inbox.arrive(frame);

    expect(inbox.causes).toEqual([expect.any(OverflowError)]);
    expect(read(inbox)).toEqual([expect.any(TransportLostError)]);
  });

  it('lets any number wait for a reader that is busy', () => {
    const inbox = new OpenInbox();
    let count = 0;
    inbox.subscribe((frame) => {
      count++;
      if (frame === 'first') for (let i = 0; i < 50_000; i++) inbox.arrive('x');
    });
    inbox.arrive('first');

    expect(count).toBe(50_001);
    expect(inbox.causes).toEqual([]);
  });

  it('goes on after a reader that throws, and has the error reported', async () => {
    const reported = new Promise((resolve) => { config.onUnhandledError = resolve; });
    const inbox = new OpenInbox();
    const seen: Frame[] = [];
    class Thrower extends Subscriber<Frame> {
      override next(frame: Frame): void {
        seen.push(frame);
        if (frame === 'a') throw new Error('mine');
      }
    }
    inbox.subscribe(new Thrower());
    inbox.arrive('a');
    inbox.arrive('b');

    expect(seen).toEqual(['a', 'b']);
    expect(await reported).toEqual(new Error('mine'));
    config.onUnhandledError = null;
  });

  it('delivers each frame once, in order and never inside another, whatever readers do', () => {
    const step = fc.constantFrom('arrive', 'arrive twice inside', 'read', 'leave', 'leave inside');
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const inbox = new OpenInbox();
      const seen: Frame[] = [];
      let sent = 0;
      let inside = false;
      let burst = 0;
      let leaving = false;
      let reading = Subscription.EMPTY;
      const send = (): void => inbox.arrive(String(sent++));
      const onFrame = (frame: Frame): void => {
        expect(inside).toBe(false);
        inside = true;
        seen.push(frame);
        for (; burst > 0; burst--) send();
        if (leaving) reading.unsubscribe();
        leaving = false;
        inside = false;
      };
      const subscribe = (): void => {
        if (!reading.closed) return;
        // Frames may come before subscribe() returns.
        const subscriber = new Subscription();
        reading = subscriber;
        subscriber.add(inbox.subscribe(onFrame));
      };
      for (const action of steps) {
        if (action === 'arrive twice inside') burst = 2;
        if (action === 'leave inside') leaving = true;
        if (action === 'arrive' || action === 'arrive twice inside') send();
        if (action === 'read') subscribe();
        if (action === 'leave') reading.unsubscribe();
      }
      for (let i = 0; i < 3; i++) subscribe();

      expect(seen).toEqual(Array.from({ length: sent }, (_, i) => String(i)));
    }));
  });
});
