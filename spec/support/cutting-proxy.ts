import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/** Where a connection through a {@link CuttingProxy} is cut. */
export interface Cut {
  /** Which of the two streams is counted. */
  readonly stream: 'client to router' | 'router to client';
  /** So many bytes of it pass. */
  readonly after: number;
}

/** A way to a port of this machine, or to the file of a Unix socket, on which the first connections are cut after so many bytes each; all others pass. */
export class CuttingProxy {
  /** Bytes that passed through the first connection. */
  readonly passed = { 'client to router': 0, 'router to client': 0 };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #connections = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Opens one in front of a port, or of a file: then the way is that file with `.cut` behind its name. */
  static async open(target: number | string, cuts: readonly Cut[] = []): Promise<CuttingProxy> {
    const server = createServer();
    const proxy = new CuttingProxy(server);
    const toTarget = (): Socket => (typeof target === 'string' ? connect(target) : connect(target, '127.0.0.1'));
    server.on('connection', (client) => proxy.#connect(client, toTarget(), cuts[proxy.#connections]));
    await new Promise<void>((resolve) => (typeof target === 'string' ? server.listen(`${target}.cut`, resolve) : server.listen(0, '127.0.0.1', resolve)));
    return proxy;
  }

  get port(): number { return (this.#server.address() as AddressInfo).port; }

  /** How often somebody connected. */
  get connections(): number { return this.#connections; }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #connect(client: Socket, router: Socket, cut: Cut | undefined): void {
    this.#connections += 1;
    const isFirst = this.#connections === 1;
    const destroy = (): void => { client.destroy(); router.destroy(); };
    for (const socket of [client, router]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', destroy);
      socket.on('close', () => { this.#sockets.delete(socket); destroy(); });
    }
    const pass = (stream: Cut['stream'], from: Socket, to: Socket): void => {
      const limit = cut?.stream === stream ? cut.after : Infinity;
      if (limit === 0) return destroy();
      let passed = 0;
      from.on('data', (bytes) => {
        const some = bytes.subarray(0, limit - passed);
        passed += some.length;
        if (isFirst) this.passed[stream] = passed;
        to.write(some, () => { if (passed >= limit) destroy(); });
      });
      from.on('end', () => to.end());
    };
    pass('client to router', client, router);
    pass('router to client', router, client);
  }
}
