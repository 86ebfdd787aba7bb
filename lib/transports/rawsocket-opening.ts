// [node]
import type { Socket } from 'node:net';
import { PREFIX_BYTES, isMagic } from '../protocol/rawsocket.ts';

/**
 * Calls back once, with the first four bytes that arrive and what came behind them, and pauses the socket. Where the first one shows that
 * this is no RawSocket it does not wait for the others.
 */
export function takeOpening(socket: Socket, onOpening: (bytes: Uint8Array, rest: Uint8Array) => void): void {
  let taken: Uint8Array = new Uint8Array(0);
  const take = (chunk: Buffer): void => {
    taken = taken.length === 0 ? chunk : Buffer.concat([taken, chunk]);
    if (taken.length < PREFIX_BYTES && isMagic(taken[0])) return;
    socket.off('data', take);
    socket.pause();
    onOpening(taken.subarray(0, PREFIX_BYTES), taken.subarray(PREFIX_BYTES));
  };
  socket.on('data', take);
}
