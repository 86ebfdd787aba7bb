import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MessageType, type Message } from '../../lib/protocol/messages.ts';
import {
  ABORT, AUTHENTICATE, CALL, CANCEL, CHALLENGE, ERROR, EVENT, EVENT_RECEIVED, GOODBYE, HELLO, INTERRUPT, INVOCATION, REGISTER, RESULT,
  SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBED, WELCOME, YIELD, complete, type MessagePattern,
} from '../../lib/testing/builders.ts';
import { showMessage } from '../../lib/testing/show-message.ts';
import { anything, message } from '../support/arbitraries.ts';

const cyclic: unknown[] = [];
cyclic.push(cyclic);
const throwing = { get a(): never { throw new Error('no'); } };

describe('showMessage', () => {
  it.each<readonly [string, Message | MessagePattern]>([
    ['CALL 7 com.add [2,3] {"receive_progress":true}', complete(CALL('com.add', [2, 3], { request: 7, options: { receive_progress: true } }))],
    ['CALL com.add kwargs={"a":1}', CALL('com.add', { kwargs: { a: 1 } })],
    ['CALL', CALL()],
    ['HELLO realm1', HELLO('realm1')],
    ['WELCOME session=5 {"authid":"joe"}', WELCOME(5, { details: { authid: 'joe' } })],
    ['WELCOME {"roles":{"broker":…}}', WELCOME(undefined, { details: { roles: { broker: { features: { event_history: true } } } } })],
    ['ABORT wamp.error.no_such_realm {"message":"x"}', ABORT('wamp.error.no_such_realm', { details: { message: 'x' } })],
    ['CHALLENGE ticket {"a":1}', CHALLENGE('ticket', { extra: { a: 1 } })],
    ['GOODBYE wamp.close.normal', complete(GOODBYE('wamp.close.normal'))],
    ['ERROR CALL 7 com.shop.sold_out ["left: 0"]', complete(ERROR('com.shop.sold_out', ['left: 0']), { request: 7 })],
    ['SUBSCRIBE 1 com..x {"match":"wildcard"}', complete(SUBSCRIBE('com..x', { options: { match: 'wildcard' } }))],
    ['SUBSCRIBE "a b\\n"', SUBSCRIBE('a b\n')],
    ['SUBSCRIBE ""', SUBSCRIBE('')],
    ['SUBSCRIBED 3 subscription=9', SUBSCRIBED(9, { request: 3 })],
    ['UNSUBSCRIBED 0 {"subscription":9}', UNSUBSCRIBED({ request: 0, details: { subscription: 9 } })],
    ['EVENT subscription=1 publication=2 ["a"] kwargs={"b":2} {"topic":"com.x"}', complete(EVENT({ args: ['a'], kwargs: { b: 2 } }, { publication: 2, details: { topic: 'com.x' } }))],
    ['EVENT_RECEIVED publication=2', EVENT_RECEIVED(2)],
    ['CANCEL 1 {"mode":"kill"}', complete(CANCEL({ options: { mode: 'kill' } }))],
    ['REGISTER com.p', REGISTER('com.p')],
    ['INVOCATION 1 registration=1 []', complete(INVOCATION([]))],
    ['INTERRUPT 4', INTERRUPT({ request: 4 })],
    ['YIELD payload=<3 bytes>', YIELD(undefined, { payload: new Uint8Array(3) })],
    ['RESULT [12345678901234567890,<2 bytes>,null,nothing,NaN]', RESULT([12345678901234567890n, new Uint8Array(2), null, undefined, NaN])],
    ['RESULT [1,2,3,4,5,6,7,8,9,10,11,12,… 3 more]', RESULT([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])],
    [`RESULT ["${'x'.repeat(59)}…"]`, RESULT(['x'.repeat(100)])],
    ['RESULT [[[[[…]]]]]', RESULT([cyclic])],
    ['RESULT [Any<Number>]', RESULT([expect.any(Number)])],
    ['RESULT [a matcher]', RESULT([{ asymmetricMatch: () => true }])],
    ['a message that cannot be shown', RESULT([throwing])],
    ['a message of type 99', { type: 99 } as unknown as MessagePattern],
    ['a message that cannot be shown', null as unknown as MessagePattern],
  ])('says %s', (line, one) => {
    expect(showMessage(one)).toBe(line);
  });

  it('hides what AUTHENTICATE carries', () => {
    expect(showMessage(AUTHENTICATE())).toBe('AUTHENTICATE');
    expect(showMessage(complete(AUTHENTICATE('secret', { extra: { proof: 'secret' } })))).toBe('AUTHENTICATE ***');
  });

  it('is one line of at most 300 characters, whatever stands in the message', () => {
    fc.assert(fc.property(message, fc.constantFrom('args', 'kwargs', 'options', 'topic', 'request', 'type', 'requestType'), anything, (one, field, value) => {
      const line = showMessage({ ...one, [field]: value } as Message);

      expect(line.length).toBeLessThanOrEqual(300);
      expect(line).not.toMatch(/[\n\r]/);
    }), { numRuns: 1000 });
  });

  it('stays short with a large message', () => {
    const large = Array.from({ length: 100_000 }, (_, at) => ({ [`key${at}`]: 'x'.repeat(1000) }));

    expect(showMessage({ type: MessageType.RESULT, args: [large, large, large] } as MessagePattern)).toHaveLength(300);
  });
});
