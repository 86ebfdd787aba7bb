// [node]
import type { Socket } from 'node:net';
import { peerOf } from './request-details.ts';

/**
 * The sockets that are open and have not sent their handshake. There are never more than so many: for one more the oldest of them is cut, so that
 * who says nothing does not take all the room, and who asks at once is served while others wait.
 *
 * They are known by where they come from. With TLS a client is the same one before and after its handshake, and is counted once.
 */
export class WaitingSockets {
  readonly #most: number;
  /** Oldest first. */
  readonly #sockets = new Map<string, Socket>();
  #unnamed = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes in a socket until it closes, and tells its key. */
  begin(socket: Socket): string {
    const key = socket.remoteAddress === undefined ? `unnamed:${++this.#unnamed}` : peerOf(socket);
    this.#put(key, socket);
    socket.once('close', () => {
      if (this.#sockets.get(key) === socket) this.#sockets.delete(key);
    });
    return key;
  }

  /** A socket is being served. */
  end(key: string): void {
    this.#sockets.delete(key);
  }

  /** A socket that was taken in and has been served waits again, with its next request. */
  again(socket: Socket): void {
    if (!socket.destroyed) this.#put(peerOf(socket), socket);
  }

  /** Cuts them all. */
  cut(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  #put(key: string, socket: Socket): void {
    const [oldest] = this.#sockets;
    if (oldest !== undefined && this.#sockets.size >= this.#most && !this.#sockets.has(key)) {
      this.#sockets.delete(oldest[0]);
      oldest[1].destroy();
    }
    this.#sockets.set(key, socket);
  }
}
