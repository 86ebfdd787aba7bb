import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { section } from '../support/section.ts';

const LONG = 'x'.repeat(3000);

section('Basic Profile, Basic Profile URIs', (bench) => {
  // "A message could not be delivered due to transport payload size limits."
  it('aborts with payload_size_exceeded who sends more than the realm takes, and leaves the others alone', async () => {
    const [peer, other] = [await bench.join(), await bench.join()];
    await other.subscribe('com.topic');

    peer.send([16, 1, {}, 'com.topic', [LONG]]);

    await peer.aborted('wamp.error.payload_size_exceeded');
    await other.silence();
  });

  // What is more than any realm takes is not read by the transport: "message too big" of WebSocket.
  it('drops the connection of who sends more than is ever read', async () => {
    const socket = new WebSocket(bench.url, [bench.format.subprotocol]);
    await once(socket, 'open');

    socket.send(bench.format.encode([1, 'realm1', { roles: { caller: {} }, more: LONG.repeat(10) }]));

    const [code] = await once(socket, 'close') as [number];
    expect(code).toBe(1009);
  });
}, { realms: { realm1: { limits: { messageSize: 2000 } } }, limits: { messageSize: 20_000 } });
