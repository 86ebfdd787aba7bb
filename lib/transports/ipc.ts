// [node]
/** The entry `rxwamp/transports/ipc`: sessions between a process and those it has forked. */
import { Subscription, type Observable } from 'rxjs';
import { show } from '../protocol/show.ts';
import { acceptPorts, dialPort, type Carrier, type CarrierListener } from './port-line.ts';
import { readPortDialOptions, readPortOptions, type MessagePortOptions, type PortOptions } from './port-options.ts';
import { offering } from './subprotocols.ts';
import type { Connection, Transport } from './transport.ts';

export type { MessagePortOptions, PortOptions } from './port-options.ts';

/** A process that has a channel: what `fork()` gives, a worker of the cluster, or `process` in those. */
export interface IpcPeer {
  send?(message: unknown, sent: (error: Error | null) => void): boolean;
  on(event: string, listener: (value: unknown) => void): unknown;
  off(event: string, listener: (value: unknown) => void): unknown;
}

/**
 * A transport over the channel between a process and one that it has forked, from either of them: `ipc(fork('worker.js'))`, and in the child `ipc(process)`. At
 * its other end is {@link acceptIpc}.
 *
 * Each subscription asks for a connection of its own; several can share the channel, with each other and with messages of your own. With
 * `serialization: 'advanced'` bytes go as they are; with `'json'`, Node's default, as Base64, which costs a third more: there `wamp.2.json` is the better
 * choice. `bufferedAmount` is what the other process has not read: see `messagePort`.
 *
 * A process that ends, or disconnects, is a connection that is lost. A channel never comes back: who is to end with it has the client give up, which would
 * otherwise try again for ever, and keep the process alive.
 *
 * ```ts
 * createClient({ transport: ipc(process), realm: 'realm1', retry: { shouldReconnect: () => (process.connected ? undefined : false) } });
 * ```
 *
 * Errors with ConnectFailedError where the other end does not open in time, speaks none of the subprotocols, or is gone. Throws TypeError or RangeError at
 * once where an option is none, or there is no channel.
 */
export function ipc(peer: IpcPeer, options: MessagePortOptions = {}): Transport {
  const settings = readPortDialOptions(options);
  assertPeer(peer);
  return offering(options.subprotocols, (subprotocols) => dialPort(() => ipcCarrier(peer), { ...settings, subprotocols }));
}

/**
 * The connections that {@link ipc} asks for at the other end of the channel, such as for a router:
 *
 * ```ts
 * acceptIpc(fork('worker.js'), { subprotocols: router.subprotocols }).subscribe((connection) => router.attach(connection, { type: 'ipc' }));
 * ```
 *
 * Cold: the channel is listened to while somebody subscribes. Completes when the other process is gone; unsubscribing drops the connections.
 */
export function acceptIpc(peer: IpcPeer, options: PortOptions = {}): Observable<Connection> {
  assertPeer(peer);
  return acceptPorts(ipcCarrier(peer), readPortOptions(options));
}

function assertPeer(peer: IpcPeer): void {
  if (typeof peer?.send !== 'function') throw new TypeError(`process must have a channel, as one that was forked, got ${show(peer)} without`);
}

function ipcCarrier(peer: IpcPeer): Carrier {
  const listeners = new Set<CarrierListener>();
  const gone = (reason: string, cause?: unknown): void => {
    for (const listener of [...listeners]) listener.gone(reason, cause);
  };
  return {
    label: 'the other process',
    post: (message) => {
      // Without a channel Node tells so in the callback, and would throw without one.
      peer.send?.(message, (error) => {
        if (error !== null && error !== undefined) gone('it does not listen any more', error);
      });
    },
    listen: (listener) => {
      const disconnected = (): void => listener.gone('it has ended, or disconnected');
      listeners.add(listener);
      peer.on('message', listener.message);
      peer.on('disconnect', disconnected);
      return new Subscription(() => {
        listeners.delete(listener);
        peer.off('message', listener.message);
        peer.off('disconnect', disconnected);
      });
    },
  };
}
