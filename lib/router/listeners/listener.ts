// [node]
import type { ListenOptions as Address, Server } from 'node:net';
import { Server as TlsServer, type SecureContextOptions } from 'node:tls';
import type { SchedulerLike } from 'rxjs';
import type { Connection } from '../../transports/transport.ts';
import type { Dict } from '../../types.ts';

/** Options of every listener. */
export interface ListenerOptions {
  /** Takes a connection that a client opened, and what is known of the way it came: `type`, `protocol`, `peer`, and `tls` where there is one. */
  readonly accept: (connection: Connection, transport: Dict) => void;
  /** Serializers that are spoken, by their WebSocket names, best first. */
  readonly subprotocols: readonly string[];
  /** Longest message that is taken, in bytes. @default 16777216 */
  readonly maxPayload?: number | undefined;
  /** Milliseconds in which a client must have sent its handshake. @default 10000 */
  readonly handshakeTimeout?: number | undefined;
  /**
   * Milliseconds of silence after which a ping is sent; after two without an answer the connection is lost. `0` sends none.
   *
   * @default 10000
   */
  readonly pingInterval?: number | undefined;
  /** Bytes of unsent data above which `writable$` of a connection turns `false`. @default 65536 */
  readonly highWaterMark?: number | undefined;
  /** Sockets that may be open at a time and have not sent their handshake; for one more the oldest of them is cut. @default 1000 */
  readonly maxHandshakes?: number | undefined;
  /** Open connections above which no other is accepted. @default 2147483647 */
  readonly maxConnections?: number | undefined;
  /** Where the pings and timeouts run. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** What takes connections at an address. */
export interface Listener {
  /** Where it listens, with the port that was bound. */
  readonly url: string;
  /**
   * Stops listening, and resolves when the last connection is gone. Connections are for their owner to close; one that is still open after
   * five seconds is cut.
   */
  close(): Promise<void>;
  /**
   * Has the next connections find another certificate, as tls.Server.setSecureContext() does; those that are open stay. Throws TypeError where the listener
   * has no TLS, or shares a server that is not its own.
   */
  setSecureContext(options: SecureContextOptions): void;
}

/** A {@link Listener} as the router has it. */
export interface BoundListener extends Listener {
  /** Stops listening; connections that are open stay. */
  stop(): void;
}

/** Milliseconds after which connections that nobody closes are cut. */
export const CLOSE_GRACE_MS = 5000;

/** Has a server listen. Rejects with an Error that names `label`, and has the code of Node: a program may have another port in mind for EADDRINUSE. */
export async function bind(server: Server, at: Address, label: string): Promise<void> {
  try {
    await listening(server, at);
  } catch (cause) {
    const { message, code } = cause as NodeJS.ErrnoException;
    throw Object.assign(new Error(`cannot listen on ${label}: ${message}`, { cause }), { code });
  }
  server.on('error', () => {}); // no descriptor left for one more connection: the client will try again
}

/** Gives a server with TLS another certificate. Throws TypeError where it has none. */
export function setSecureContext(server: Server, options: SecureContextOptions): void {
  if (!(server instanceof TlsServer)) throw new TypeError('listener must have TLS to be given another certificate');
  server.setSecureContext(options);
}

function listening(server: Server, at: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
