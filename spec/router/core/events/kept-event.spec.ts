import { describe, expect, it } from '@jest/globals';
import { MessageType, type Publish } from '../../../../lib/protocol/messages.ts';
import { isKeepable, keptEvent, settle } from '../../../../lib/router/core/events/kept-event.ts';
import type { Dict } from '../../../../lib/types.ts';

const message = (cargo: Partial<Publish> = {}): Publish => ({ type: MessageType.PUBLISH, request: 1, options: {}, topic: 'com.a', args: undefined, kwargs: undefined, ...cargo });

describe('isKeepable', () => {
  it('is not true of what is for sessions by their id', () => {
    expect(isKeepable({ exclude: [] })).toBe(false);
    expect(isKeepable({ eligible: [1] })).toBe(false);
    expect(isKeepable({ excludeAuthid: ['a'], eligibleAuthrole: ['b'], excludeMe: true })).toBe(true);
  });
});

describe('keptEvent', () => {
  it('keeps what makes the event, and nothing of the frame', () => {
    const source = { subprotocol: 'wamp.2.json', elements: '' };

    const event = keptEvent(message({ args: [1], kwargs: { b: 2 }, source }), { eligibleAuthid: ['a'], acknowledge: true, rkey: 'k' }, 7, 8, { x: 1 });

    expect(event).toEqual({
      publication: 7, topic: 'com.a', time: 8, details: { x: 1 }, args: [1], kwargs: { b: 2 }, payload: undefined, lists: { eligibleAuthid: ['a'] },
      rkey: 'k', size: expect.any(Number),
    });
  });

  it('copies bytes that are a view of the frame, wherever they are', () => {
    const frame = Uint8Array.from({ length: 1000 }, (_, at) => at % 256);
    const view = (): Uint8Array => frame.subarray(3, 5);

    const { args, kwargs, payload } = keptEvent(message({ args: [[view()]], kwargs: { deep: { bytes: view() } }, payload: view() }), {}, 1, 1, {});

    const copies = [(args as readonly Uint8Array[][])[0]?.[0], (kwargs as { readonly deep: Dict }).deep['bytes'], payload] as readonly Uint8Array[];
    expect(copies).toEqual([view(), view(), view()]);
    for (const { buffer } of copies) expect(buffer.byteLength).toBe(2);
  });
});

describe('settle', () => {
  it('counts what takes up room', () => {
    expect(settle('x'.repeat(1000))).toBeGreaterThanOrEqual(1000);
    expect(settle(new Uint8Array(1000))).toBeGreaterThanOrEqual(1000);
    expect(settle({ ['k'.repeat(1000)]: null })).toBeGreaterThanOrEqual(1000);
    expect(settle(Array.from({ length: 1000 }, () => []))).toBeGreaterThanOrEqual(16_000);
  });

  it('reaches no prototype', () => {
    const hostile = JSON.parse('{"__proto__":{}}') as { [key: string]: { [key: string]: unknown } };
    Object.defineProperty(hostile, '__proto__', { value: { bytes: new Uint8Array(9).subarray(2) }, enumerable: true, writable: true, configurable: true });

    settle(hostile);

    expect(Object.getPrototypeOf(hostile)).toBe(Object.prototype);
    expect((Object.getOwnPropertyDescriptor(hostile, '__proto__')!.value as { readonly bytes: Uint8Array }).bytes.buffer.byteLength).toBe(7);
  });
});
