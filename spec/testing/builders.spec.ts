import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MessageType, type Message } from '../../lib/protocol/messages.ts';
import { fromWire, toWire } from '../../lib/protocol/wire.ts';
import {
  ABORT, ACK, AUTHENTICATE, CALL, CANCEL, CHALLENGE, ERROR, EVENT, EVENT_RECEIVED, GOODBYE, HELLO, INTERRUPT, INVOCATION, PUBLISH, PUBLISHED,
  REGISTER, REGISTERED, RESULT, SUBSCRIBE, SUBSCRIBED, UNREGISTER, UNREGISTERED, UNSUBSCRIBE, UNSUBSCRIBED, WELCOME, YIELD,
  complete, matchesMessage, type MessagePattern,
} from '../../lib/testing/builders.ts';
import type { PayloadInput } from '../../lib/types.ts';
import { message } from '../support/arbitraries.ts';

const BUILDERS: { readonly [N in keyof typeof MessageType]: () => MessagePattern } = {
  ABORT, ACK, AUTHENTICATE, CALL, CANCEL, CHALLENGE, ERROR, EVENT, EVENT_RECEIVED, GOODBYE, HELLO, INTERRUPT, INVOCATION, PUBLISH, PUBLISHED,
  REGISTER, REGISTERED, RESULT, SUBSCRIBE, SUBSCRIBED, UNREGISTER, UNREGISTERED, UNSUBSCRIBE, UNSUBSCRIBED, WELCOME, YIELD,
};
const NAMES = Object.keys(MessageType) as (keyof typeof MessageType)[];

const call = (args?: readonly unknown[], kwargs?: { readonly [key: string]: unknown }): Message =>
  ({ type: MessageType.CALL, request: 7, options: { timeout: 5, receive_progress: true }, procedure: 'com.add', args, kwargs });

describe('builders', () => {
  it.each(NAMES)('%s makes a pattern that any message of its type matches, and no other', (name) => {
    const any = BUILDERS[name]();

    fc.assert(fc.property(message, (one) => {
      expect(matchesMessage(one, any)).toBe(one.type === MessageType[name]);
    }));
  });

  it.each<readonly [MessagePattern, object]>([
    [HELLO('realm1'), { type: 1, realm: 'realm1' }],
    [SUBSCRIBE('com.x', { options: { match: 'prefix' } }), { type: 32, topic: 'com.x', options: { match: 'prefix' } }],
    [CALL('com.add', [2, 3]), { type: 48, procedure: 'com.add', args: [2, 3] }],
    [CALL('com.add', { kwargs: { a: 1 } }, { request: 7 }), { type: 48, procedure: 'com.add', kwargs: { a: 1 }, request: 7 }],
    [CALL('com.add', []), { type: 48, procedure: 'com.add', args: [] }],
    [CALL('com.add', { args: [], kwargs: {} }), { type: 48, procedure: 'com.add', args: [], kwargs: {} }],
    [EVENT(['a'], { details: { topic: 'com.x' } }), { type: 36, args: ['a'], details: { topic: 'com.x' } }],
    [ERROR('com.sold_out', ['left: 0']), { type: 8, error: 'com.sold_out', args: ['left: 0'] }],
    [CANCEL({ options: { mode: 'kill' } }), { type: 49, options: { mode: 'kill' } }],
  ])('make %j', (pattern, fields) => {
    expect(pattern).toEqual(fields);
  });

  const bare = { a: 1 } as unknown as PayloadInput;
  it.each<readonly [string, () => MessagePattern]>([
    ['ERROR', () => ERROR('com.x', bare)],
    ['PUBLISH', () => PUBLISH('com.x', bare)],
    ['CALL', () => CALL('com.x', bare)],
    ['EVENT', () => EVENT(bare)],
    ['RESULT', () => RESULT(bare)],
    ['INVOCATION', () => INVOCATION(bare)],
    ['YIELD', () => YIELD(bare)],
  ])('%s refuses a bare dictionary as payload', (_, build) => {
    expect(build).toThrow(new TypeError('payload must be a list or an object with args or kwargs, got an object'));
  });
});

describe('matchesMessage', () => {
  it.each<readonly [MessagePattern, Message, boolean]>([
    [CALL('com.add'), call([1], { a: 1 }), true],
    [CALL('com.sub'), call(), false],
    [CALL('com.add', [2, 3]), call([2, 3]), true],
    [CALL('com.add', [2, 3]), call([2, 3], { a: 1 }), true],
    [CALL('com.add', [2, 3]), call([2, 3, 4]), false],
    [CALL('com.add', [2, 3]), call(), false],
    [CALL('com.add', { args: [1], kwargs: {} }), call([1], { a: 1 }), false],
    [CALL('com.add', { kwargs: { a: 1 } }), call([1], { a: 1 }), true],
    [CALL('com.add', { kwargs: { a: 1 } }), call([], { a: 1, b: 2 }), false],
    [CALL('com.add', []), call(), true],
    [CALL('com.add', []), call([1]), false],
    [CALL('com.add', { kwargs: {} }), call(), true],
    [CALL(undefined, undefined, { options: { timeout: 5 } }), call(), true],
    [CALL(undefined, undefined, { options: { timeout: 6 } }), call(), false],
    [CALL(undefined, undefined, { options: { progress: undefined } }), call(), false],
    [CALL(undefined, undefined, { options: { toString: Object.prototype.toString } }), call(), false],
    [CALL(undefined, undefined, { request: 8 }), call(), false],
    [CALL('com.add', [expect.any(Number)]), call([2]), true],
    [CALL('com.add', [expect.any(Number)]), call(['2']), false],
    [CALL(undefined, undefined, { options: expect.objectContaining({ timeout: 5 }) }), call(), true],
    [UNSUBSCRIBED({ details: {} }), { type: MessageType.UNSUBSCRIBED, request: 1, details: undefined }, true],
    [UNSUBSCRIBED({ details: { subscription: 1 } }), { type: MessageType.UNSUBSCRIBED, request: 1, details: undefined }, false],
    [CHALLENGE('ticket', { extra: { a: 1 } }), { type: MessageType.CHALLENGE, method: 'ticket', extra: { a: 1, b: 2 } }, true],
    [CALL(undefined, undefined, { payload: new Uint8Array([1]) }), { ...call(), payload: new Uint8Array([1]) } as Message, true],
    [CALL(undefined, undefined, { payload: new Uint8Array([1]) }), { ...call(), payload: new Uint8Array([2]) } as Message, false],
  ])('%#: %j', (pattern, one, matches) => {
    expect(matchesMessage(one, pattern)).toBe(matches);
  });

  it('finds every message like itself, as it was sent and as it arrives', () => {
    fc.assert(fc.property(message, (one) => {
      expect(matchesMessage(one, one)).toBe(true);
      expect(matchesMessage(fromWire(toWire(one)), one)).toBe(true);
    }));
  });
});

describe('complete', () => {
  it.each(NAMES)('makes a valid message of %s()', (name) => {
    const whole = complete(BUILDERS[name]());

    expect(matchesMessage(fromWire(toWire(whole)), whole)).toBe(true);
    expect(whole.type).toBe(MessageType[name]);
  });

  it('leaves what is written as it is', () => {
    fc.assert(fc.property(message, (one) => {
      expect(toWire(complete(one, { request: 1234, realm: 'other', session: 1234, subscription: 1234, registration: 1234, publication: 1234, requestType: 64 }))).toEqual(toWire(one));
    }));
  });

  it('takes what is known where the message has such a field', () => {
    expect(toWire(complete(RESULT([5]), { request: 7, subscription: 8 }))).toEqual([50, 7, {}, [5]]);
    expect(toWire(complete(EVENT({ kwargs: { a: 1 } }), { request: 7, subscription: 8 }))).toEqual([36, 8, 1, {}, [], { a: 1 }]);
    expect(toWire(complete(ERROR(), { request: 7, requestType: MessageType.SUBSCRIBE }))).toEqual([8, 32, 7, {}, 'wamp.error.runtime_error']);
    expect(toWire(complete(WELCOME(5)))).toEqual([2, 5, { roles: { broker: {}, dealer: {} } }]);
  });

  it('keeps opaque bytes', () => {
    expect(toWire(complete(RESULT(undefined, { payload: new Uint8Array([1]) })))).toEqual([50, 1, {}, new Uint8Array([1])]);
  });

  it('refuses a type that is none', () => {
    expect(() => complete({ type: 99 } as unknown as MessagePattern)).toThrow(new TypeError("message type must be one of WAMP's, got 99"));
  });
});
