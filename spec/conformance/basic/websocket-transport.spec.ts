import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { roles, section } from '../support/section.ts';

section('Basic Profile, WebSocket Transport', (bench) => {
  // "MUST BE negotiated during the WebSocket opening handshake [...] using the WebSocket subprotocol negotiation mechanism".
  it('takes the subprotocol that the client offers', async () => {
    const socket = new WebSocket(bench.url, ['com.unknown', bench.format.subprotocol]);
    await once(socket, 'open');

    expect(socket.protocol).toBe(bench.format.subprotocol);
    socket.send(bench.format.encode([3, {}, 'wamp.close.close_realm']));
    await once(socket, 'close');
  });

  it.each<readonly [string, readonly string[]]>([['none', []], ['none that is WAMP', ['chat', 'wamp.1.json']]])('refuses a client that offers %s', async (_, offered) => {
    const socket = new WebSocket(bench.url, [...offered]);

    const [error] = await once(socket, 'error') as [Error];

    expect(error.message).toMatch(/400|subprotocol/u);
  });

  // "all WebSocket messages MUST BE of type text" with JSON, and "of type binary" with the others.
  it('aborts who sends the other type of message', async () => {
    const peer = await bench.join();

    peer.sendFrame(JSON.stringify([32, 1, {}, 'com.topic']), !peer.format.isBinary);

    await peer.aborted('wamp.error.protocol_violation');
  });

  // "each WAMP message is transmitted as a separate WebSocket message (not WebSocket frame)".
  it('reads a message that comes in fragments', async () => {
    const socket = new WebSocket(bench.url, [bench.format.subprotocol]);
    await once(socket, 'open');
    const hello = Buffer.from(bench.format.encode([1, 'realm1', { roles: roles() }]));

    for (let at = 0; at < hello.length; at += 5) {
      socket.send(hello.subarray(at, at + 5), { binary: bench.format.isBinary, fin: at + 5 >= hello.length });
    }

    const [frame, isBinary] = await once(socket, 'message') as [Buffer, boolean];
    expect(isBinary).toBe(bench.format.isBinary);
    expect(bench.format.decode(frame)[0]).toBe(2);
    socket.send(bench.format.encode([3, {}, 'wamp.close.close_realm']));
    await once(socket, 'close');
  });
});
