/** A line between a client and a router that can be cut like a real one: it relays bytes, and knows nothing of what they mean. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { defer, finalize, ignoreElements, timer, type Observable } from 'rxjs';

export class Line {
  readonly #to: URL;
  readonly #server = createServer((near) => this.#relay(near));
  readonly #sockets = new Set<Socket>();
  #broken = false;

  /** A line that leads to `url`. */
  constructor(url: string) {
    this.#to = new URL(url);
  }

  /** Opens its near end on a free port of 127.0.0.1, and resolves to the URL that a client uses in the place of the router's. */
  async open(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const { port } = this.#server.address() as AddressInfo;
    return `ws://127.0.0.1:${port}${this.#to.pathname}`;
  }

  /** Destroys every connection without a word and refuses new ones for `ms`; then completes. */
  cut(ms: number): Observable<never> {
    return defer(() => {
      this.#broken = true;
      this.#destroyAll();
      return timer(ms);
    }).pipe(ignoreElements(), finalize(() => { this.#broken = false; }));
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#destroyAll();
    await once(this.#server, 'close');
  }

  #relay(near: Socket): void {
    if (this.#broken) return void near.resetAndDestroy();
    const far = connect(Number(this.#to.port), this.#to.hostname);
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      this.#sockets.add(socket);
      // Either end may go away at any time, and takes the other one with it.
      socket.setNoDelay(true).on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }

  #destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
