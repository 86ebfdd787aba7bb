import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError, SerializationError } from '../../lib/errors.ts';
import { MessageType, type Cargo, type EventMessage, type Invocation, type Message } from '../../lib/protocol/messages.ts';
import { fromWire, toWire } from '../../lib/protocol/wire.ts';
import { codec } from '../../lib/serializers/codec.ts';
import { json } from '../../lib/serializers/json.ts';
import { message, messages } from '../support/arbitraries.ts';

const client = codec(json());
const router = codec(json(), { keepSource: true });
const published = fc.oneof<fc.Arbitrary<Message & Cargo>[]>(messages.PUBLISH, messages.CALL, messages.YIELD, messages.ERROR);

/** What a router makes of a message that it passes on, once with the text it came in and once from its parts. */
function relay(passed: Message & Cargo): readonly (readonly [Message, Message])[] {
  const { args, kwargs, payload, source } = passed;
  const details = {};
  const heads = [
    { type: MessageType.EVENT, subscription: 1, publication: 2, details },
    { type: MessageType.EVENT, subscription: 3, publication: 2, details: { topic: 'a.b' } },
    { type: MessageType.INVOCATION, request: 4, registration: 5, details },
    { type: MessageType.RESULT, request: 6, details: { progress: true } },
    { type: MessageType.ERROR, requestType: MessageType.CALL, request: 7, details, error: 'com.error' },
  ] as const;
  return heads.map((head) => [{ ...head, args, kwargs, payload, source }, { ...head, args, kwargs, payload, source: undefined }]);
}

/** What `JSON.stringify` writes of a list; bytes as the serializer does. */
const written = (list: readonly unknown[]): unknown => JSON.parse(json().encode(list) as string);

describe('codec of json', () => {
  it('writes each message as the list that it is', () => {
    fc.assert(fc.property(message, (sent) => {
      expect(JSON.parse(client.encode(sent) as string)).toEqual(written(toWire(sent)));
    }), { numRuns: 500 });
  });

  it('reads back what it wrote', () => {
    fc.assert(fc.property(message, (sent) => {
      expect(client.decode(client.encode(sent))).toEqual(fromWire(json().decode(json().encode(toWire(sent)))));
    }), { numRuns: 500 });
  });

  it('passes a payload on as if it had parsed and written it again', () => {
    const spaces = fc.constantFrom(undefined, 1, '\t');
    fc.assert(fc.property(published, spaces, (sent, space) => {
      const text = JSON.stringify(JSON.parse(client.encode(sent) as string), small, space);
      const passed = router.decode(text) as Message & Cargo;
      for (const [relayed, made] of relay(passed)) {
        expect(client.decode(client.encode(relayed))).toEqual(client.decode(client.encode(made)));
      }
    }), { numRuns: 500 });
    // What JSON.stringify would write as an integer beyond 2^53 is read, but not written again.
    function small(_key: string, item: unknown): unknown {
      return typeof item === 'number' && Math.abs(item) > 2 ** 53 ? 0.5 : item;
    }
  });

  it('leaves the text of a payload as it was', () => {
    const passed = router.decode('[16, 7, {}, "a.b" , [ 1.0, 12345678901234567890, "\\u00e9" ],{"a" : "]"} ] ') as Message & Cargo;

    expect(relay(passed).map(([relayed]) => client.encode(relayed))).toEqual([
      '[36,1,2,{}, [ 1.0, 12345678901234567890, "\\u00e9" ],{"a" : "]"} ]',
      '[36,3,2,{"topic":"a.b"}, [ 1.0, 12345678901234567890, "\\u00e9" ],{"a" : "]"} ]',
      '[68,4,5,{}, [ 1.0, 12345678901234567890, "\\u00e9" ],{"a" : "]"} ]',
      '[50,6,{"progress":true}, [ 1.0, 12345678901234567890, "\\u00e9" ],{"a" : "]"} ]',
      '[8,48,7,{},"com.error", [ 1.0, 12345678901234567890, "\\u00e9" ],{"a" : "]"} ]',
    ]);
  });

  it.each([
    ['no payload', '[16,7,{},"a.b"]', '[36,1,2,{}]'],
    ['elements behind the payload', '[16,7,{},"a.b",[1],{"a":1},"more"]', '[36,1,2,{},[1],{"a":1}]'],
    ['null in the place of the arguments', '[16,7,{},"a.b",null,{"a":1}]', '[36,1,2,{},[],{"a":1}]'],
    ['null in the place of the keyword arguments', '[16,7,{},"a.b",[1],null]', '[36,1,2,{},[1]]'],
    ['opaque bytes', '[16,7,{},"a.b","\\u0000AAAA"]', '[36,1,2,{},"\\u0000AAAA"]'],
  ])('passes on %s as the messages say', (_name, frame, event) => {
    const [[relayed, made] = []] = relay(router.decode(frame) as Message & Cargo);

    expect(client.encode(relayed!)).toBe(event);
    expect(client.encode(made!)).toBe(event);
  });

  it('keeps the source only where it is told to, and of messages that are passed on', () => {
    const frame = '[48,1,{},"a.b",[1]]';

    expect(client.decode(frame)).toMatchObject({ source: undefined });
    expect(router.decode(frame)).toMatchObject({ source: { subprotocol: 'wamp.2.json', elements: '[1]' } });
    expect(router.decode('[70,1,{},[2]]')).toMatchObject({ source: { elements: '[2]' } });
    expect(router.decode('[8,48,1,{},"a.b",[3],{ }]')).toMatchObject({ source: { elements: '[3],{ }' } });
    expect(router.decode('[36,1,2,{},[1]]')).toMatchObject({ source: undefined });
  });

  it('writes the parts where another serializer wrote the source', () => {
    const source = { subprotocol: 'wamp.2.cbor', elements: '' };
    const event: EventMessage = {
      type: MessageType.EVENT, subscription: 1, publication: 2, details: {}, args: [1], kwargs: undefined, payload: undefined, source,
    };

    expect(client.encode(event)).toBe('[36,1,2,{},[1]]');
  });

  it('does not mix up payloads that take turns', () => {
    const frames = ['[16,1,{},"a.b",["one"]]', '[16,1,{},"a.b",["two"]]'];
    const events = frames.map((frame) => relay(router.decode(frame) as Message & Cargo)[0]![0]);

    expect([0, 1, 0, 0, 1].map((at) => client.encode(events[at]!))).toEqual(
      ['one', 'two', 'one', 'one', 'two'].map((text) => `[36,1,2,{},["${text}"]]`),
    );
  });

  it('writes many URIs, long ones and odd ones', () => {
    const call = (procedure: string): Message =>
      ({ type: MessageType.CALL, request: 1, options: {}, procedure, args: undefined, kwargs: undefined });
    for (let n = 0; n < 2500; n++) {
      const uri = n % 2 === 0 ? `com.shop.${n}` : `"\\${'x'.repeat(n)}`;
      if (JSON.stringify([48, 1, {}, uri]) !== client.encode(call(uri))) throw new Error(`wrote ${uri} otherwise`);
    }
  });

  it('refuses a payload that JSON cannot carry, before it is written', () => {
    const invocation: Invocation = {
      type: MessageType.INVOCATION, request: 1, registration: 2, details: {}, args: [NaN], kwargs: undefined,
    };

    expect(() => client.encode(invocation)).toThrow(SerializationError);
    expect(() => client.encode({ ...invocation, args: [], kwargs: { a: Symbol('a') } })).toThrow(SerializationError);
    expect(() => client.encode({ ...invocation, args: [], details: { a: 1n << 60n } })).toThrow(SerializationError);
  });

  it('throws nothing but SerializationError and ProtocolError at any text', () => {
    const publish = fc.array(fc.jsonValue()).map((list) => JSON.stringify([16, ...list]));
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), publish), (frame) => {
      try {
        router.decode(frame);
      } catch (error) {
        if (!(error instanceof SerializationError || error instanceof ProtocolError)) throw error;
      }
    }), { numRuns: 1000 });
  });
});
