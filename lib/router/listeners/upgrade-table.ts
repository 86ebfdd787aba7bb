// [node]
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { show } from '../../protocol/show.ts';
import type { WebServer } from './web-server.ts';
import { refuseUpgrade, type WebSocketUpgrades } from './websocket-upgrades.ts';
import { pathOf } from './request-path.ts';

const tables = new WeakMap<WebServer, UpgradeTable>();

/**
 * Gives the upgrades of a server at some paths to `upgrades`, until the function that is returned is called. Those at paths that nobody has get 404, unless
 * somebody else listens to the upgrades of the server too: then they are left alone. Throws TypeError where a path is taken.
 *
 * @param asked called with the socket of each request by whoever made the server
 */
export function takeUpgrades(server: WebServer, upgrades: WebSocketUpgrades, asked?: (socket: Duplex) => void): () => void {
  const table = tables.get(server) ?? new UpgradeTable(server, asked);
  tables.set(server, table);
  return table.add(upgrades);
}

class UpgradeTable {
  readonly #server: WebServer;
  readonly #asked: ((socket: Duplex) => void) | undefined;
  readonly #paths = new Map<string, WebSocketUpgrades>();

  constructor(server: WebServer, asked: ((socket: Duplex) => void) | undefined) {
    this.#server = server;
    this.#asked = asked;
  }

  add(upgrades: WebSocketUpgrades): () => void {
    const taken = upgrades.paths.find((path) => this.#paths.has(path));
    if (taken !== undefined) throw new TypeError(`path must be one that no router has on this server, got ${show(taken)}`);
    if (this.#paths.size === 0) this.#server.on('upgrade', this.#upgrade);
    for (const path of upgrades.paths) this.#paths.set(path, upgrades);
    return () => {
      for (const path of upgrades.paths) if (this.#paths.get(path) === upgrades) this.#paths.delete(path);
      if (this.#paths.size === 0) this.#server.off('upgrade', this.#upgrade);
    };
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    this.#asked?.(socket);
    const found = this.#paths.get(pathOf(request));
    if (found !== undefined) found.take(request, socket, head);
    else if (this.#server.listenerCount('upgrade') === 1) refuseUpgrade(socket, 404, `no WebSocket at ${show(pathOf(request))}`);
  };
}
