import type { Writable } from 'node:stream';

/** Gives a function to call before each send: what is sent in one turn of the event loop is then one system call. */
export function corkByTurn(socket: Writable): () => void {
  let corked = false;
  const uncork = (): void => {
    corked = false;
    socket.uncork();
  };
  return () => {
    if (corked) return;
    corked = true;
    socket.cork();
    setImmediate(uncork);
  };
}
