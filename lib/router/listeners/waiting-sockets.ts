// [node]
import type { Socket } from 'node:net';
import { peerOf } from './request-details.ts';

/** A socket that waits, and the listener to its close: who has been served does not keep it. */
interface Waiting {
  readonly socket: Socket;
  readonly onClose: () => void;
}

/**
 * The sockets that are open and have not sent their handshake. There are never more than so many: for one more the oldest of them is cut, so that
 * who says nothing does not take all the room, and who asks at once is served while others wait.
 *
 * They are known by where they come from. With TLS a client is the same one before and after its handshake, and is counted once.
 */
export class WaitingSockets {
  readonly #most: number;
  /** Oldest first. */
  readonly #waiting = new Map<string, Waiting>();
  #unnamed = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes in a socket until it closes, and tells its key. */
  begin(socket: Socket): string {
    const key = socket.remoteAddress === undefined ? `unnamed:${++this.#unnamed}` : peerOf(socket);
    this.#put(key, socket);
    return key;
  }

  /** A socket is being served. */
  end(key: string): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    this.#waiting.delete(key);
    waiting.socket.off('close', waiting.onClose);
  }

  /** A socket that was taken in and has been served waits again, with its next request. */
  again(socket: Socket): void {
    if (!socket.destroyed) this.#put(peerOf(socket), socket);
  }

  /** Cuts them all. */
  cut(): void {
    for (const { socket } of this.#waiting.values()) socket.destroy();
  }

  #put(key: string, socket: Socket): void {
    const before = this.#waiting.get(key);
    before?.socket.off('close', before.onClose);
    if (before === undefined && this.#waiting.size >= this.#most) this.#cutOldest();
    const onClose = (): void => void this.#waiting.delete(key);
    socket.once('close', onClose);
    this.#waiting.set(key, { socket, onClose });
  }

  #cutOldest(): void {
    const [oldest] = this.#waiting;
    if (oldest === undefined) return;
    this.end(oldest[0]);
    oldest[1].socket.destroy();
  }
}
