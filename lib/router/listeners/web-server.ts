// [node]
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { peerOf } from './request-details.ts';
import { WaitingSockets } from './waiting-sockets.ts';

/** A server of HTTP, with TLS or without. */
export type WebServer = Server | HttpsServer;

/** Answers a request, or says that it is none of its own. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Options of {@link webServer}. */
export interface WebServerOptions {
  /** Milliseconds in which a client must have sent its request, and those of TLS before it. */
  readonly handshakeTimeout: number;
  /** Where the sockets are that wait for no answer. */
  readonly waiting: WaitingSockets;
  /** Makes it one of https. */
  readonly tls: TlsOptions | undefined;
}

/** How often Node looks for requests that take too long. */
const CHECK_MS = 1000;

/** A server that does not wait for ever for a request, nor with any number of clients. */
export function webServer({ handshakeTimeout, waiting, tls }: WebServerOptions): WebServer {
  const timeouts: ServerOptions = { headersTimeout: handshakeTimeout, requestTimeout: handshakeTimeout, connectionsCheckingInterval: CHECK_MS };
  const server = tls === undefined ? createServer(timeouts) : createHttpsServer({ ...tls, ...timeouts, handshakeTimeout });
  const begin = (socket: Socket): void => void waiting.begin(socket);
  server.on('connection', begin).on('secureConnection', begin);
  server.on('request', ({ socket }, response) => {
    waiting.end(peerOf(socket));
    response.once('close', () => waiting.again(socket));
  });
  return server;
}

/** Answers requests by the first of `answers` that has one; where none has, with 426. */
export function answering(answers: readonly Answer[]): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    if (answers.some((answer) => answer(request, response))) return;
    response.writeHead(426, { Connection: 'close, Upgrade', Upgrade: 'websocket', 'Content-Type': 'text/plain' });
    response.end('this is a WAMP router: connect with a WebSocket\n');
  };
}

/** Has a server listen no more, and cuts what is left of it in HTTP; a WebSocket is none any more. Resolves when its last socket is gone. */
export function closeServer(server: WebServer): Promise<unknown> {
  return new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}
