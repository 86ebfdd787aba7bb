import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BehaviorSubject, VirtualTimeScheduler } from 'rxjs';
import { MessageType, type EventMessage, type Message } from '../../lib/protocol/messages.ts';
import { Backlog } from '../../lib/router/backlog.ts';
import { codec } from '../../lib/serializers/codec.ts';
import { json } from '../../lib/serializers/json.ts';
import type { Frame } from '../../lib/transports/transport.ts';

const CODEC = codec(json());
/** What a waiting frame counts besides its length. */
const OVERHEAD = 256;

const eventOf = (subscription: number, n: number): EventMessage => ({
  type: MessageType.EVENT, subscription, publication: n, details: {}, args: [n], kwargs: undefined, payload: undefined, source: undefined,
});
const answerOf = (request: number): Message => ({ type: MessageType.SUBSCRIBED, request, subscription: 1 });

/** A connection that takes what it has room for, and leaves it when it is told to. */
class Line {
  readonly codec = CODEC;
  readonly writable$ = new BehaviorSubject(true);
  readonly sent: Message[] = [];
  isOpen = true;
  bufferedAmount = 0;
  /** Called within each write, as a socket may tell that there is room in the middle of one. */
  onWrite: () => void = () => {};

  write(frame: Frame): void {
    this.onWrite();
    this.bufferedAmount += frame.length;
    this.sent.push(CODEC.decode(frame));
  }

  leave(bytes: number): void {
    this.bufferedAmount = Math.max(0, this.bufferedAmount - bytes);
  }
}

function backlog(bytes: number) {
  const line = new Line();
  const scheduler = new VirtualTimeScheduler(undefined, 1_000_000);
  const told = { dropped: 0, full: 0, idle: 0 };
  const made = new Backlog({
    channel: line, bytes, scheduler,
    onDrop: (count) => { told.dropped = count; }, onFull: () => { told.full += 1; }, onIdle: () => { told.idle += 1; },
  });
  return { line, scheduler, told, backlog: made, write: (message: Message) => made.write(CODEC.encode(message), message) };
}

const droppedIn = ({ details }: EventMessage): number => (details['_dropped'] as number | undefined) ?? 0;

describe('Backlog', () => {
  it('sends what waits as soon as the connection says that there is room', () => {
    const { line, write, told } = backlog(1_000);
    line.bufferedAmount = 2_000;
    write(eventOf(1, 1));
    write(answerOf(2));
    expect(line.sent).toEqual([]);

    line.bufferedAmount = 0;
    line.writable$.next(true);

    expect(line.sent).toMatchObject([{ publication: 1, details: {} }, { request: 2 }]);
    expect(told).toEqual({ dropped: 0, full: 0, idle: 1 });
  });

  it('finds out by itself where the connection does not say so', () => {
    const { line, write, scheduler, backlog: { census: _ }, told } = backlog(1_000);
    line.bufferedAmount = 2_000;
    scheduler.schedule(() => line.leave(2_000), 250);
    write(answerOf(1));

    scheduler.flush();

    expect(line.sent).toHaveLength(1);
    expect(scheduler.frame).toBe(300);
    expect(told.idle).toBe(1);
  });

  it('drops the oldest events, and says so in the next one of each subscription', () => {
    const { line, write, backlog: made } = backlog(3 * 300);
    line.bufferedAmount = 2_000;

    for (const [n, subscription] of [1, 2, 1, 3, 1, 1].entries()) write(eventOf(subscription, n));
    line.bufferedAmount = 0;
    line.writable$.next(true);

    expect(line.sent).toMatchObject([{ subscription: 3, details: {} }, { subscription: 1, details: { _dropped: 2 } }, { subscription: 1, details: {} }]);
    expect(made.census()).toEqual({ 'waiting frames': 0, 'untold losses': 1, 'looks for room': 0 });
    write(eventOf(2, 7));
    expect(line.sent.at(-1)).toMatchObject({ publication: 7, details: { _dropped: 1 } });
    expect(made.census()).toMatchObject({ 'untold losses': 0 });
  });

  it('never drops an answer, and says where answers alone are too much', () => {
    const { line, write, told } = backlog(1_000);
    line.bufferedAmount = 2_000;

    for (let n = 1; n <= 3; n++) write(answerOf(n));
    write(eventOf(1, 1));
    expect(told).toEqual({ dropped: 1, full: 0, idle: 0 });
    write(answerOf(4));

    expect(told).toEqual({ dropped: 1, full: 1, idle: 0 });
  });

  it('keeps the order where room is told in the middle of a write', () => {
    const { line, write } = backlog(1_000);
    line.bufferedAmount = 2_000;
    for (let n = 1; n <= 3; n++) write(eventOf(1, n));

    line.onWrite = () => line.writable$.next(true);
    line.bufferedAmount = 0;
    line.writable$.next(true);

    expect(line.sent).toMatchObject([{ publication: 1 }, { publication: 2 }, { publication: 3 }]);
  });

  it('sends nothing where the connection is closed in the middle', () => {
    const { line, write, backlog: made } = backlog(1_000);
    line.bufferedAmount = 2_000;
    for (let n = 1; n <= 3; n++) write(eventOf(1, n));

    line.onWrite = () => { line.isOpen = false; };
    line.bufferedAmount = 0;
    line.writable$.next(true);
    made.stop();

    expect(line.sent).toHaveLength(1);
    expect(made.census()).toEqual({ 'waiting frames': 0, 'untold losses': 0, 'looks for room': 0 });
  });

  it('is bounded, keeps the order, and accounts for every event, whatever is sent and however it is read', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('event' as const), subscription: fc.integer({ min: 1, max: 4 }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('answer' as const) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), bytes: fc.nat(2_000) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('tell' as const) }) },
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 0, max: 2_000 }), (steps, bytes) => {
      const { line, told, write, backlog: made } = backlog(bytes);
      const written: Message[] = [];
      for (const [n, one] of steps.entries()) {
        if (one.do === 'read') line.leave(one.bytes);
        else if (one.do === 'tell') line.writable$.next(true);
        else {
          const message = one.do === 'event' ? eventOf(one.subscription, n + 1) : answerOf(n + 1);
          written.push(message);
          write(message);
          if (told.full > 0) break;
        }
        const { 'waiting frames': waiting = 0 } = made.census();
        expect(waiting * OVERHEAD).toBeLessThanOrEqual(bytes);
        expect(line.bufferedAmount).toBeLessThanOrEqual(bytes + 100);
      }
      if (told.full > 0) {
        const { 'waiting frames': waiting = 0 } = made.census();
        // Answers alone, and one that is too much.
        expect(written.filter(({ type }) => type !== MessageType.EVENT).length).toBeGreaterThanOrEqual(waiting);
        return made.stop();
      }
      made.flush();

      expectAccounted(written, line.sent, told.dropped);
    }), { numRuns: 500 });
  });
});

/** What was sent is what was written, in order, but for events that were dropped: those are counted in the next one of their subscription. */
function expectAccounted(written: readonly Message[], sent: readonly Message[], dropped: number): void {
  const keyOf = (message: Message): string => (message.type === MessageType.EVENT ? `event ${message.publication}` : `answer ${(message as { request: number }).request}`);
  const arrived = new Set(sent.map(keyOf));
  expect(sent.map(keyOf)).toEqual(written.map(keyOf).filter((key) => arrived.has(key)));
  expect(written.filter((message) => message.type !== MessageType.EVENT && !arrived.has(keyOf(message)))).toEqual([]);
  expect(written.length - sent.length).toBe(dropped);
  for (const subscription of [1, 2, 3, 4]) {
    const isOurs = (message: Message): message is EventMessage => message.type === MessageType.EVENT && message.subscription === subscription;
    let missing = 0;
    const told = sent.filter(isOurs).map(droppedIn);
    const expected: number[] = [];
    for (const event of written.filter(isOurs)) {
      if (!arrived.has(keyOf(event))) missing += 1;
      else {
        expected.push(missing);
        missing = 0;
      }
    }
    expect(told.reduce((sum, count) => sum + count, 0) + missing).toBe(expected.reduce((sum, count) => sum + count, 0) + missing);
    expect(told).toEqual(expected);
  }
}
