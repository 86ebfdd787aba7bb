import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readIncoming, type Incoming } from '../../lib/core/incoming.ts';
import { ProtocolError } from '../../lib/errors.ts';
import { MessageType, type Message } from '../../lib/protocol/messages.ts';
import { fromWire, toWire } from '../../lib/protocol/wire.ts';
import type { List } from '../../lib/types.ts';
import { anything, message, messages, value } from '../support/arbitraries.ts';

/** What a router sends, and where the fields of each message stand. */
const FIELDS: { readonly [type: number]: readonly string[] } = {
  [MessageType.WELCOME]: ['session', 'details'],
  [MessageType.ABORT]: ['details', 'reason'],
  [MessageType.CHALLENGE]: ['method', 'extra'],
  [MessageType.GOODBYE]: ['details', 'reason'],
  [MessageType.ERROR]: ['requestType', 'request', 'details', 'error'],
  [MessageType.PUBLISHED]: ['request', 'publication'],
  [MessageType.SUBSCRIBED]: ['request', 'subscription'],
  [MessageType.UNSUBSCRIBED]: ['request', 'details'],
  [MessageType.EVENT]: ['subscription', 'publication', 'details'],
  [MessageType.RESULT]: ['request', 'details'],
  [MessageType.REGISTERED]: ['request', 'registration'],
  [MessageType.UNREGISTERED]: ['request', 'details'],
  [MessageType.INVOCATION]: ['request', 'registration', 'details'],
  [MessageType.INTERRUPT]: ['request', 'options'],
};

const fromRouter: fc.Arbitrary<Message> = fc.oneof(...Object.values<fc.Arbitrary<Message>>(messages)).filter(({ type }) => Object.hasOwn(FIELDS, type));

/** A message from a router in which one place, be it the type, holds something else, or behind which there is more. */
const broken: fc.Arbitrary<List> = fc.tuple(fromRouter, fc.nat({ max: 7 }), fc.oneof(value, anything)).map(([right, at, wrong]) => {
  const list = [...toWire(right)];
  list[at] = wrong;
  return list;
});

/** Lists that begin with what looks like a type. */
const begun: fc.Arbitrary<List> = fc.tuple(fc.oneof(fc.nat({ max: 80 }), fc.nat({ max: 80 }).map(String), fc.constantFrom('constructor', '__proto__', ['36'], { toString: 1 }, null)), fc.array(anything, { maxLength: 6 }))
  .map(([type, rest]) => [type, ...rest]);

/** The same by the reader of the whole library; `undefined` where there is none, or none that a router sends. */
function expected(list: List): Incoming | undefined {
  let read: Message;
  try {
    read = fromWire(list);
  } catch {
    return undefined;
  }
  const { type } = read;
  const fields = FIELDS[type];
  if (fields === undefined) return undefined;
  const { args, kwargs, payload, ...others } = { args: undefined, kwargs: undefined, payload: undefined, ...read };
  return { type, values: fields.map((name) => (others as { readonly [name: string]: unknown })[name]), args: payload === undefined ? args ?? [] : [payload], kwargs: kwargs ?? {} };
}

function taken(list: List): Incoming | undefined {
  try {
    return readIncoming(list);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return undefined;
  }
}

describe('readIncoming', () => {
  it('reads every message that a router sends, with the values of the whole library', () => {
    fc.assert(fc.property(fromRouter, (sent) => {
      const list = toWire(sent);

      expect(readIncoming(list)).toEqual(expected(list));
    }), { numRuns: 1000 });
  });

  it('takes what the whole library takes, and refuses all else with ProtocolError', () => {
    fc.assert(fc.property(fc.oneof(broken, begun, message.map(toWire), fc.array(anything, { maxLength: 7 })), (list) => {
      expect(taken(list)).toEqual(expected(list));
    }), { numRuns: 5000 });
  });

  it.each([
    ['a type that is text', ['36', 1, 2, {}]],
    ['a type that cannot be made text', [{ toString: 1 }]],
    ['a type that is a list', [[36], 1, 2, {}]],
    ['what every object has', ['constructor', 1]],
    ['an ERROR to what is no request', [8, 5, 1, {}, 'com.x']],
    ['what only clients send', [48, 1, {}, 'com.x']],
    ['nothing', []],
  ])('refuses %s', (_, list) => {
    expect(() => readIncoming(list)).toThrow(ProtocolError);
  });

  it.each([
    ['WELCOME', [2, 1, {}, 'more']],
    ['CHALLENGE', [4, 'ticket', {}, 7, 8]],
    ['SUBSCRIBED', [33, 1, 2, 'more', 3]],
    ['UNSUBSCRIBED', [35, 1, {}, 'more']],
    ['INTERRUPT', [69, 1, {}, 'more', []]],
    ['EVENT', [36, 1, 2, {}, [], {}, 'more']],
  ])('ignores what stands behind the last element of %s', (_, list) => {
    expect(readIncoming(list)).toEqual(expected(list));
    expect(readIncoming(list).args).toEqual([]);
  });
});
