import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { listening } from './listening.ts';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const DIAL_TIMEOUT_MS = 10_000;

/** Opens a WebSocket that speaks `wamp.2.json` and hands out its bare socket; frames are the caller's matter. */
export function dial(url: string): Promise<Socket> {
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const timeout = setTimeout(() => fail(new Error(`no answer from ${url}`)), DIAL_TIMEOUT_MS);
    let answer = '';

    function fail(error: Error): void {
      clearTimeout(timeout);
      socket.destroy();
      reject(error);
    }

    function read(chunk: Buffer): void {
      // The router says nothing before our HELLO: what follows the answer cannot be in this chunk.
      answer += chunk.toString('latin1');
      if (!answer.includes('\r\n\r\n')) return;
      if (!answer.startsWith('HTTP/1.1 101 ')) return fail(new Error(`${url} answered ${answer.split('\r\n', 1)[0]}`));
      clearTimeout(timeout);
      socket.off('data', read).off('error', fail).on('error', () => {});
      resolve(socket);
    }

    socket.on('error', fail).on('data', read);
    socket.write(
      [
        `GET ${pathname} HTTP/1.1`,
        `Host: ${hostname}:${port}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
        'Sec-WebSocket-Protocol: wamp.2.json',
        '',
        '',
      ].join('\r\n'),
    );
  });
}

/** Listens for WebSockets that offer this subprotocol and hands out each one's bare socket. Gives the URL. */
export async function accept(subprotocol: string, onSocket: (socket: Socket) => void): Promise<string> {
  const server = createServer();
  server.on('upgrade', ({ headers }, socket: Socket) => {
    const offered = headers['sec-websocket-protocol']?.split(/, */) ?? [];
    if (!offered.includes(subprotocol)) return void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    const key = createHash('sha1').update(`${headers['sec-websocket-key']}${GUID}`).digest('base64');
    socket.setNoDelay(true).on('error', () => {});
    socket.write(
      [
        'HTTP/1.1 101 Switching Protocols',
        'Connection: Upgrade',
        'Upgrade: websocket',
        `Sec-WebSocket-Accept: ${key}`,
        `Sec-WebSocket-Protocol: ${subprotocol}`,
        '',
        '',
      ].join('\r\n'),
    );
    onSocket(socket);
  });
  return listening(server);
}
