import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../lib/errors.ts';
import { MAX_ID } from '../../lib/protocol/ids.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { takeRequest, type NumberedRequest, type RequestOrder, type Requester } from '../../lib/router/request-order.ts';

const { CALL, PUBLISH, REGISTER, SUBSCRIBE, UNREGISTER, UNSUBSCRIBE } = MessageType;
const TYPES = [CALL, PUBLISH, REGISTER, SUBSCRIBE, UNREGISTER, UNSUBSCRIBE] as const;

const plain = (lastRequest = 0): Requester => ({ lastRequest, has: () => false });
const progressive = (lastRequest = 0): Requester => ({ lastRequest, has: (role, feature) => role === 'caller' && feature === 'progressive_call_invocations' });
const numbered = (type: (typeof TYPES)[number], request: number): NumberedRequest => ({ type, request }) as NumberedRequest;
const taken = (requester: Requester, order: RequestOrder, ...requests: readonly (readonly [(typeof TYPES)[number], number])[]): readonly boolean[] =>
  requests.map(([type, request]) => takeRequest(requester, numbered(type, request), order));

describe('takeRequest', () => {
  it('wants every request to be one above the last, whatever the types', () => {
    expect(taken(plain(), 'strict', [CALL, 1], [PUBLISH, 2], [SUBSCRIBE, 3], [UNSUBSCRIBE, 4], [REGISTER, 5], [UNREGISTER, 6], [CALL, 7])).toEqual(Array(7).fill(true));
    expect(taken(plain(MAX_ID), 'strict', [CALL, 1], [CALL, 2])).toEqual([true, true]);
  });

  it.each<[string, Requester, (typeof TYPES)[number], number, number]>([
    ['a gap', plain(3), PUBLISH, 5, 4], ['a gap in front of a CALL', progressive(3), CALL, 5, 4], ['a number again', plain(3), SUBSCRIBE, 3, 4],
    ['a number again of a caller that continues nothing', plain(3), CALL, 3, 4], ['a number again that is no CALL', progressive(3), PUBLISH, 2, 4],
    ['a beginning other than 1', plain(), CALL, 7, 1],
  ])('takes %s for a protocol error', (_, requester, type, request, expected) => {
    const name = Object.entries(MessageType).find(([, code]) => code === type)![0];

    expect(() => takeRequest(requester, numbered(type, request), 'strict')).toThrow(new ProtocolError(`${name}.Request must be ${expected}, got ${request}`));
  });

  it.each(['strict', 'lenient'] as const)('tells a CALL that belongs to one of before from a new one: %s', (order) => {
    expect(taken(progressive(), order, [CALL, 1], [CALL, 2], [CALL, 1], [CALL, 2], [CALL, 3], [CALL, 3])).toEqual([true, true, false, false, true, false]);
  });

  it('takes anything for a new request where it is lenient, but for CALLs that may belong to one of before', () => {
    expect(taken(plain(), 'lenient', [PUBLISH, 9], [CALL, 9], [CALL, 9], [CALL, 4], [UNSUBSCRIBE, 1])).toEqual([true, true, true, true, true]);
    expect(taken(progressive(), 'lenient', [PUBLISH, 90], [CALL, 9], [PUBLISH, 9], [CALL, 20], [CALL, 9], [CALL, 10])).toEqual([true, true, true, true, false, false]);
  });

  it('never takes a number twice for a new CALL of a caller that may continue', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom(...TYPES), fc.nat(12)), { maxLength: 40 }), (requests) => {
      const requester = progressive();
      const seen = new Set<number>();
      for (const [type, request] of requests) {
        const isNew = takeRequest(requester, numbered(type, request + 1), 'lenient');
        if (type !== CALL) expect(isNew).toBe(true);
        else if (isNew) expect(seen.has(request)).toBe(false);
        if (type === CALL) seen.add(request);
      }
    }));
  });
});
