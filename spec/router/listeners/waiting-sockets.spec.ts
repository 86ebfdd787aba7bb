import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WaitingSockets } from '../../../lib/router/listeners/waiting-sockets.ts';

/** As much of a socket as is looked at. */
class FakeSocket extends EventEmitter {
  readonly remoteFamily = 'IPv4';
  readonly remoteAddress: string | undefined;
  readonly remotePort: number;
  destroyed = false;

  constructor(port: number, address: string | undefined = '127.0.0.1') {
    super();
    this.remotePort = port;
    this.remoteAddress = address;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

const asSocket = (socket: FakeSocket): Socket => socket as unknown as Socket;

describe('WaitingSockets', () => {
  it('cuts the oldest for each that is one too many, and no other', () => {
    const steps = fc.array(fc.record({ what: fc.constantFrom('begin', 'end', 'close', 'again'), which: fc.nat(20) }), { maxLength: 60 });
    fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), steps, (most, list) => {
      const waiting = new WaitingSockets(most);
      const sockets: { socket: FakeSocket; key: string }[] = [];
      let model: FakeSocket[] = [];
      const put = (socket: FakeSocket): void => {
        if (model.includes(socket)) return;
        const cut = model.length >= most ? model.shift() : undefined;
        model.push(socket);
        if (cut !== undefined) expected.add(cut);
      };
      const expected = new Set<FakeSocket>();
      for (const { what, which } of list) {
        const known = sockets[which % Math.max(1, sockets.length)];
        if (what === 'begin' || known === undefined) {
          const socket = new FakeSocket(sockets.length + 1);
          sockets.push({ socket, key: waiting.begin(asSocket(socket)) });
          put(socket);
        } else if (what === 'end') {
          waiting.end(known.key);
          model = model.filter((each) => each !== known.socket);
        } else if (what === 'close') {
          known.socket.destroy();
          expected.add(known.socket);
          model = model.filter((each) => each !== known.socket);
        } else {
          waiting.again(asSocket(known.socket));
          if (!known.socket.destroyed) put(known.socket);
        }

        expect(sockets.filter(({ socket }) => socket.destroyed).map(({ socket }) => socket.remotePort)).toEqual([...expected].map(({ remotePort }) => remotePort).sort((a, b) => a - b));
      }
      waiting.cut();

      expect(model.every(({ destroyed }) => destroyed)).toBe(true);
    }));
  });

  it('counts a client with TLS once, and sockets without an address each for itself', () => {
    const waiting = new WaitingSockets(2);
    const [before, after, other] = [new FakeSocket(1), new FakeSocket(1), new FakeSocket(2)];
    for (const each of [before, after, other]) waiting.begin(asSocket(each));
    before.destroy();
    expect([after.destroyed, other.destroyed]).toEqual([false, false]);

    const unnamed = [new FakeSocket(0, ''), new FakeSocket(0, '')].map((socket) => Object.assign(socket, { remoteAddress: undefined }));
    for (const each of unnamed) waiting.begin(asSocket(each));

    expect([after.destroyed, other.destroyed, ...unnamed.map(({ destroyed }) => destroyed)]).toEqual([true, true, false, false]);
  });

  it('leaves nothing at a socket that is served', () => {
    const waiting = new WaitingSockets(2);
    const [socket, afterTls, other] = [new FakeSocket(1), new FakeSocket(1), new FakeSocket(2)];
    const listeners = (): number[] => [socket, afterTls, other].map((each) => each.listenerCount('close'));

    const key = waiting.begin(asSocket(socket));
    waiting.begin(asSocket(afterTls));
    waiting.begin(asSocket(other));
    waiting.again(asSocket(other));
    const whileWaiting = listeners();
    waiting.end(key);
    waiting.end(key);

    expect(whileWaiting).toEqual([0, 1, 1]);
    expect(listeners()).toEqual([0, 0, 1]);
  });
});
