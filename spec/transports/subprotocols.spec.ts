import { describe, expect, it } from '@jest/globals';
import { Observable } from 'rxjs';
import { assertSubprotocols, offering } from '../../lib/transports/subprotocols.ts';
import type { Connection, Transport } from '../../lib/transports/transport.ts';

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

describe('offering', () => {
  /** Transports that it asked for, by what they offer. */
  function asking(given: readonly string[] | undefined): { readonly asked: readonly (readonly string[])[]; readonly transport: Transport } {
    const asked: (readonly string[])[] = [];
    const dial = (subprotocols: readonly string[]): Observable<Connection> => {
      if (subprotocols.includes('wamp.2.smoke')) throw new TypeError('no smoke');
      asked.push(subprotocols);
      return new Observable(() => {});
    };
    return { asked, transport: offering(given, dial) };
  }

  it('offers what is given, and nothing else', () => {
    const { asked, transport } = asking(['wamp.2.cbor']);

    expect(transport.offering).toBeUndefined();
    expect(asked).toEqual([['wamp.2.cbor']]);
  });

  it('offers JSON where nothing is given, or what it is asked to', () => {
    const { asked, transport } = asking(undefined);

    const other = transport.offering?.(['wamp.2.cbor', 'wamp.2.json']);

    expect(asked).toEqual([['wamp.2.json'], ['wamp.2.cbor', 'wamp.2.json']]);
    expect(other).not.toBe(transport);
  });

  it.each([[['wamp.2.smoke'], 'no smoke'], [[], 'subprotocols must have at least one name, got none'], [['a b'], 'a subprotocol must be a name like wamp.2.json, got "a b"']])('refuses %j, given or asked for', (names, message) => {
    expect(() => asking(names)).toThrow(new TypeError(message));
    expect(() => asking(undefined).transport.offering?.(names)).toThrow(new TypeError(message));
  });
});
