import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../lib/errors.ts';
import { batchedForm, isBatched, isText, mediaTypeOf, plainForm, readOpenRequest, readOpened } from '../../lib/protocol/long-poll.ts';
import { ROUTER_SERIALIZERS } from '../../lib/serializers/all.ts';
import { flatbuffers } from '../../lib/serializers/flatbuffers.ts';

const bodies = fc.oneof(fc.json(), fc.string(), fc.json().map((value) => `{"protocols":${value}}`), fc.tuple(fc.json(), fc.json()).map(([a, b]) => `{"protocol":${a},"transport":${b}}`));

describe('readOpenRequest', () => {
  it('reads the names that are offered', () => {
    expect(readOpenRequest('{"protocols":["wamp.2.json.batched","wamp.2.json"],"more":1}')).toEqual(['wamp.2.json.batched', 'wamp.2.json']);
  });

  it.each<[string, string]>([
    ['', 'body must be JSON, got ""'],
    ['[]', 'body must be a JSON object, got a list'],
    ['null', 'body must be a JSON object, got null'],
    ['{}', 'open.protocols must be a list of names, got nothing'],
    ['{"protocols":"wamp.2.json"}', 'open.protocols must be a list of names, got "wamp.2.json"'],
    ['{"protocols":[1]}', 'open.protocols must be a list of names, got a list'],
    ['{"__proto__":{"protocols":[]}}', 'open.protocols must be a list of names, got nothing'],
  ])('refuses %j', (body, message) => {
    expect(() => readOpenRequest(body)).toThrow(new ProtocolError(message));
  });

  it('gives names or throws ProtocolError', () => {
    fc.assert(fc.property(bodies, (body) => {
      try {
        expect(readOpenRequest(body).every((name) => typeof name === 'string')).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }));
  });
});

describe('readOpened', () => {
  it('reads the protocol and the transport', () => {
    expect(readOpened('{"protocol":"wamp.2.json","transport":"kjmd3sBLOUnb3Fyr"}')).toEqual({ protocol: 'wamp.2.json', transport: 'kjmd3sBLOUnb3Fyr' });
  });

  it.each(['', '.', '..', 'x'.repeat(257), 1, null])('refuses the transport %j, which would lead elsewhere or nowhere', (transport) => {
    expect(() => readOpened(JSON.stringify({ protocol: 'wamp.2.json', transport }))).toThrow(ProtocolError);
  });

  it('refuses a protocol that is no text', () => {
    expect(() => readOpened('{"transport":"x"}')).toThrow(new ProtocolError('opened.protocol must be a name, got nothing'));
  });

  it('gives two names or throws ProtocolError', () => {
    fc.assert(fc.property(bodies, (body) => {
      try {
        const { protocol, transport } = readOpened(body);
        expect([typeof protocol, typeof transport]).toEqual(['string', 'string']);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }));
  });
});

describe('the names of serializers', () => {
  it.each([...ROUTER_SERIALIZERS, flatbuffers()].map(({ subprotocol, binary }) => [subprotocol, binary] as const))('say of %s what its bodies are', (subprotocol, binary) => {
    expect(isText(subprotocol)).toBe(!binary);
    expect(mediaTypeOf(subprotocol)).toMatch(binary ? /^application\/(?!json|octet-stream)/ : /^application\/json$/);
  });

  it('tell batches', () => {
    expect(batchedForm('wamp.2.json')).toBe('wamp.2.json.batched');
    expect([plainForm('wamp.2.json.batched'), plainForm('wamp.2.json')]).toEqual(['wamp.2.json', 'wamp.2.json']);
    expect([isBatched('wamp.2.json.batched'), isBatched('wamp.2.json')]).toEqual([true, false]);
    expect(mediaTypeOf('com.example.own')).toBe('application/octet-stream');
  });
});
