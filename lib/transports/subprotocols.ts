import type { Observable } from 'rxjs';
import { show } from '../protocol/show.ts';
import type { Connection, Transport } from './transport.ts';

/** What is offered where nothing is said. */
export const DEFAULT_SUBPROTOCOLS: readonly string[] = ['wamp.2.json'];

// RFC 6455, 4.1: a subprotocol is a token as HTTP defines it.
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Throws TypeError where the names cannot stand in the handshake of a WebSocket: none, one twice, or one that is no token. */
export function assertSubprotocols(subprotocols: readonly string[]): void {
  if (!Array.isArray(subprotocols)) throw new TypeError(`subprotocols must be a list of names, got ${show(subprotocols)}`);
  if (subprotocols.length === 0) throw new TypeError('subprotocols must have at least one name, got none');
  for (const name of subprotocols as readonly unknown[]) {
    if (typeof name === 'string' && TOKEN.test(name)) continue;
    throw new TypeError(`a subprotocol must be a name like wamp.2.json, got ${show(name)}`);
  }
  if (new Set(subprotocols).size < subprotocols.length) throw new TypeError('subprotocols must differ from each other, got one twice');
}

/**
 * A transport that offers `given`. Where that is nothing, it offers JSON, or what whoever joins over it asks it to. Throws TypeError where the names cannot be
 * offered.
 *
 * @param dial - makes the transport with its names; throws where none of them means anything to it
 */
export function offering(given: readonly string[] | undefined, dial: (subprotocols: readonly string[]) => Observable<Connection>): Transport {
  const dialling = (subprotocols: readonly string[]): Observable<Connection> => {
    assertSubprotocols(subprotocols);
    return dial(subprotocols);
  };
  return given === undefined ? Object.assign(dialling(DEFAULT_SUBPROTOCOLS), { offering: dialling }) : dialling(given);
}
