import { describe, expect, it } from '@jest/globals';
import { assertSubprotocols } from '../../lib/transports/subprotocols.ts';

describe('assertSubprotocols', () => {
  it('takes names that HTTP calls tokens', () => {
    expect(() => assertSubprotocols(['wamp.2.json', 'wamp.2.cbor.batched', "!#$%&'*+-.^_`|~"])).not.toThrow();
  });

  it.each([
    ['wamp.2.json', 'subprotocols must be a list of names, got "wamp.2.json"'],
    [[], 'subprotocols must have at least one name, got none'],
    [['a', 'a'], 'subprotocols must differ from each other, got one twice'],
    [['a b'], 'a subprotocol must be a name like wamp.2.json, got "a b"'],
    [['a,b'], 'a subprotocol must be a name like wamp.2.json, got "a,b"'],
    [['a\r\nX: y'], 'a subprotocol must be a name like wamp.2.json, got "a\\r\\nX: y"'],
    [[''], 'a subprotocol must be a name like wamp.2.json, got ""'],
    [[1], 'a subprotocol must be a name like wamp.2.json, got 1'],
  ])('refuses %p', (subprotocols, message) => {
    expect(() => assertSubprotocols(subprotocols as string[])).toThrow(new TypeError(message));
  });
});
