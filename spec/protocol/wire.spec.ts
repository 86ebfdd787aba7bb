import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../lib/errors.ts';
import { MessageType, type Message } from '../../lib/protocol/messages.ts';
import { ANY_END, CLIENT_END, fromWire, toWire } from '../../lib/protocol/wire.ts';
import { anything, message, messages } from '../support/arbitraries.ts';

/** Who sends which messages ("Message Codes and Direction"). */
const BY_SENDER = {
  ROUTER: new Set(['WELCOME', 'CHALLENGE', 'PUBLISHED', 'SUBSCRIBED', 'UNSUBSCRIBED', 'EVENT', 'RESULT', 'REGISTERED', 'UNREGISTERED', 'INVOCATION', 'INTERRUPT']),
  EITHER: new Set(['ABORT', 'GOODBYE', 'ERROR', 'ACK']),
  CLIENT: new Set(['HELLO', 'AUTHENTICATE', 'PUBLISH', 'SUBSCRIBE', 'UNSUBSCRIBE', 'EVENT_RECEIVED', 'CALL', 'CANCEL', 'REGISTER', 'UNREGISTER', 'YIELD']),
};

const refusal = (list: unknown): string => {
  try {
    fromWire(list);
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
  return 'accepted';
};

/** The message without all that may be left out. */
function bare(message: Message): Message {
  if (message.type === MessageType.UNSUBSCRIBED || message.type === MessageType.UNREGISTERED) return { ...message, details: undefined };
  return 'args' in message ? { ...message, args: undefined, kwargs: undefined, payload: undefined } : message;
}

describe('fromWire', () => {
  it.each(Object.entries<fc.Arbitrary<Message>>(messages))('reads back the %s that toWire wrote', (name, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (written) => {
        expect(written.type).toBe(MessageType[name as keyof typeof MessageType]);
        expect(fromWire(toWire(written))).toStrictEqual(written);
      }),
    );
  });

  it('throws nothing but ProtocolError, whatever stands in place of a field', () => {
    fc.assert(
      fc.property(message, fc.nat(7), anything, (valid, at, odd) => {
        const list = [...toWire(valid)];
        list[at] = odd;
        refusal(list);
      }),
      { numRuns: 3000 },
    );
  });

  it('throws nothing but ProtocolError, whatever stands in place of the list', () => {
    fc.assert(fc.property(anything, (odd) => expect(refusal(odd)).not.toBe('accepted')), { numRuns: 1000 });
  });

  it('names the field that a list which is too short lacks', () => {
    fc.assert(
      fc.property(message, fc.nat(), (valid, cut) => {
        const list = toWire(bare(valid));
        const short = list.slice(0, 1 + (cut % (list.length - 1)));
        expect(refusal(short)).toMatch(/^[A-Z_]+\.[A-Za-z]+ must be .*, got nothing$/);
      }),
    );
  });

  it.each([
    [[48, '7', {}, 'com.a'], 'CALL.Request must be an integer from 1 to 2^53, got "7"'],
    [[48, 0, {}, 'com.a'], 'CALL.Request must be an integer from 1 to 2^53, got 0'],
    [[48, 1.5, {}, 'com.a'], 'CALL.Request must be an integer from 1 to 2^53, got 1.5'],
    [[48, 2 ** 53 + 2, {}, 'com.a'], 'CALL.Request must be an integer from 1 to 2^53, got 9007199254740994'],
    [[48, 1, [], 'com.a'], 'CALL.Options must be a dictionary, got a list'],
    [[48, 1, {}, 7], 'CALL.Procedure must be a string, got 7'],
    [[48, 1, {}, 'com.a', {}], 'CALL.Arguments must be a list, got an object'],
    [[48, 1, {}, 'com.a', [], []], 'CALL.ArgumentsKw must be a dictionary, got a list'],
    [[48, 1, {}, 'com.a', new Uint8Array(1), {}], 'CALL.ArgumentsKw must be left out behind opaque bytes, got an object'],
    [[1, 'realm 1', {}], 'HELLO.Realm must be a URI, got "realm 1"'],
    [[8, 33, 1, {}, 'com.a'], 'ERROR.Type must be the type of a request, got 33'],
    [[8, 48, 0, {}, 'com.a'], 'ERROR.Request must be an integer from 1 to 2^53, got 0'],
    [[35, -1], 'UNSUBSCRIBED.Request must be an integer from 1 to 2^53, got -1'],
    [[67, 0, null], 'UNREGISTERED.Details must be a dictionary, got null'],
    [[256, -1], 'ACK.Received must be an integer from 0 up to 2^53, got -1'],
    [[256, 1.5], 'ACK.Received must be an integer from 0 up to 2^53, got 1.5'],
    [[], "message type must be one of WAMP's, got nothing"],
    [[7], "message type must be one of WAMP's, got 7"],
    [['48', 1, {}, 'com.a'], 'message type must be one of WAMP\'s, got "48"'],
    ['[48]', 'message must be a list, got "[48]"'],
  ])('refuses %j', (list, reason) => {
    expect(refusal(list)).toBe(reason);
  });

  it('keeps what it does not know in options and details', () => {
    expect(fromWire([32, 1, { match: 'exact', _mine: [1] }, 'com.a'])).toMatchObject({ options: { match: 'exact', _mine: [1] } });
  });

  it('ignores elements behind the last one it knows', () => {
    expect(fromWire([17, 1, 2, 'more'])).toStrictEqual({ type: MessageType.PUBLISHED, request: 1, publication: 2 });
    expect(toWire(fromWire([50, 1, {}, [], {}, 'more']))).toEqual([50, 1, {}, [], {}]);
  });

  it('takes null for arguments that were left out', () => {
    expect(fromWire([50, 1, {}, null, { a: 1 }])).toMatchObject({ args: undefined, kwargs: { a: 1 } });
  });

  it('reads patterns where the options may ask for them', () => {
    for (const pattern of ['', 'com.', 'com..price', '.']) {
      expect(fromWire([32, 1, {}, pattern])).toMatchObject({ topic: pattern });
      expect(fromWire([64, 1, {}, pattern])).toMatchObject({ procedure: pattern });
    }
  });

  it('reads the last id from serializers that have it as a bigint', () => {
    expect(fromWire([17, 2n ** 53n, 1])).toMatchObject({ request: 2 ** 53 });
    expect(refusal([17, 2n ** 53n + 1n, 1])).toBe('PUBLISHED.Request must be an integer from 1 to 2^53, got a bigint');
    expect(refusal([17, 1n, 1])).toBe('PUBLISHED.Request must be an integer from 1 to 2^53, got a bigint');
  });

  it('reads both codes of EVENT_RECEIVED', () => {
    expect(fromWire([37, 5])).toEqual(fromWire([337, 5]));
  });

  it('gives messages of one type the same keys, whatever was sent', () => {
    const keys = (list: unknown) => Object.keys(fromWire(list));
    expect(keys([36, 1, 2, {}, new Uint8Array(2)])).toEqual(keys([36, 1, 2, {}]));
    expect(keys([36, 1, 2, {}, [1], { a: 1 }])).toEqual(keys([36, 1, 2, {}]));
  });
});

describe('toWire', () => {
  const result = { type: MessageType.RESULT, request: 1, details: {} } as const;

  it('leaves out what is absent at the end', () => {
    expect(toWire({ ...result, args: undefined, kwargs: undefined })).toEqual([50, 1, {}]);
    expect(toWire({ ...result, args: [1], kwargs: undefined })).toEqual([50, 1, {}, [1]]);
    expect(toWire({ type: MessageType.UNSUBSCRIBED, request: 1, details: undefined })).toEqual([35, 1]);
  });

  it('puts an empty list where only keyword arguments are given', () => {
    const cargo = { args: undefined, kwargs: { a: 1 } };
    expect(toWire({ ...result, ...cargo })).toEqual([50, 1, {}, [], { a: 1 }]);
    expect(toWire({ type: MessageType.CALL, request: 1, options: {}, procedure: 'a', ...cargo })).toEqual([48, 1, {}, 'a', [], { a: 1 }]);
  });

  it('keeps arguments that are there and empty', () => {
    expect(toWire({ ...result, args: [], kwargs: undefined })).toEqual([50, 1, {}, []]);
    expect(toWire({ ...result, args: [], kwargs: {} })).toEqual([50, 1, {}, [], {}]);
  });

  it('writes opaque bytes in the place of the arguments', () => {
    const payload = new Uint8Array([1, 2]);
    expect(toWire({ ...result, args: undefined, kwargs: undefined, payload })).toEqual([50, 1, {}, payload]);
  });

  it('writes the code of EVENT_RECEIVED that is in use', () => {
    expect(toWire({ type: MessageType.EVENT_RECEIVED, publication: 5 })).toEqual([337, 5]);
  });

  it('refuses what is not a message', () => {
    expect(() => toWire({ type: 7 } as unknown as Message)).toThrow(TypeError);
  });
});

describe('CLIENT_END', () => {
  const { ROUTER, EITHER, CLIENT } = BY_SENDER;

  it.each(Object.entries<fc.Arbitrary<Message>>(messages))('reads %s as ANY_END does, or not at all where only clients send it', (name, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (one) => {
        const list = toWire(one);
        if (CLIENT.has(name)) expect(() => CLIENT_END.fromWire(list)).toThrow(new ProtocolError(`message type must be one that a router sends, got ${String(list[0])}`));
        else expect(CLIENT_END.fromWire(list)).toStrictEqual(ANY_END.fromWire(list));
      }),
    );
  });

  it.each(Object.entries<fc.Arbitrary<Message>>(messages))('writes %s as ANY_END does, or not at all where only routers send it', (name, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (one) => {
        if (ROUTER.has(name)) expect(() => CLIENT_END.toWire(one)).toThrow(TypeError);
        else expect(CLIENT_END.toWire(one)).toEqual(ANY_END.toWire(one));
      }),
    );
  });

  it('knows the sender of every message', () => {
    expect([...ROUTER, ...EITHER, ...CLIENT].sort()).toEqual(Object.keys(messages).sort());
  });

  it('refuses what is no list, and what is no message', () => {
    expect(() => CLIENT_END.fromWire('[36]')).toThrow(new ProtocolError('message must be a list, got "[36]"'));
    expect(() => CLIENT_END.fromWire([7])).toThrow(new ProtocolError('message type must be one that a router sends, got 7'));
  });
});
