// [node]
import { createHash } from 'node:crypto';
import type { Duplex as Socket } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { ChannelBinding } from '../types.ts';

const EXPORTER_LABEL = 'EXPORTER-Channel-Binding';

/**
 * What a TLS connection can be told from others by: the keying material of RFC 9266 under TLS 1.3; under TLS 1.2 the first Finished message of
 * the handshake (RFC 5929, 3.1), hashed by SHA-256, as Autobahn makes 32 bytes of its twelve. `undefined` for the other version, without TLS, and once
 * the socket is closed.
 */
export function channelIdOf(socket: Socket | undefined, type: ChannelBinding, isClient: boolean): Uint8Array | undefined {
  if (!(socket instanceof TLSSocket) || socket.destroyed) return undefined;
  const version = socket.getProtocol();
  if (type === 'tls-exporter') return version === 'TLSv1.3' ? plain(socket.exportKeyingMaterial(32, EXPORTER_LABEL, Buffer.alloc(0))) : undefined;
  const finished = version === 'TLSv1.2' ? firstFinished(socket, isClient) : undefined;
  return finished && plain(createHash('sha256').update(finished).digest());
}

// The client's, or the server's where a session was resumed.
function firstFinished(socket: TLSSocket, isClient: boolean): Buffer | undefined {
  return socket.isSessionReused() === isClient ? socket.getPeerFinished() : socket.getFinished();
}

function plain(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes);
}
