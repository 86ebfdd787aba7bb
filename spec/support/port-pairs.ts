/** Ports and channels with both ends in this process: what is posted at one is heard at the other before `postMessage` returns. */
import { EventEmitter } from 'node:events';
import type { IpcPeer } from '../../lib/transports/ipc.ts';
import type { PortLike } from '../../lib/transports/message-port.ts';

type Copy = (message: unknown) => unknown;

/** One end of a pair, as Node has its ports, and all that was posted at it. */
export class FakePort extends EventEmitter implements PortLike {
  readonly posted: unknown[] = [];
  /** While `true`, what is posted is posted and not heard. */
  deaf = false;
  closed = false;
  peer: FakePort = this;
  readonly #copy: Copy;

  constructor(copy: Copy = structuredClone) {
    super();
    this.#copy = copy;
  }

  postMessage(message: unknown): void {
    this.posted.push(message);
    if (!this.deaf) this.peer.emit('message', this.#copy(message));
  }

  close(): void {
    this.closed = true;
    this.peer.emit('close');
  }

  /** How many listen to it, to anything. */
  get listening(): number {
    return this.eventNames().reduce((sum, name) => sum + this.listenerCount(name), 0);
  }
}

/** The two ends of a port. */
export function fakePorts(): readonly [FakePort, FakePort] {
  const [left, right] = [new FakePort(), new FakePort()];
  left.peer = right;
  right.peer = left;
  return [left, right];
}

/** One end of the channel between two processes. */
export class FakeProcess extends EventEmitter implements IpcPeer {
  peer: FakeProcess = this;
  connected = true;
  readonly #copy: Copy;

  constructor(copy: Copy) {
    super();
    this.#copy = copy;
  }

  send(message: unknown, sent: (error: Error | null) => void): boolean {
    if (!this.connected) {
      sent(new Error('channel closed'));
      return false;
    }
    const copy = this.#copy(message);
    sent(null);
    this.peer.emit('message', copy);
    return true;
  }

  /** Ends the channel from either end. */
  disconnect(): void {
    for (const end of [this, this.peer]) {
      end.connected = false;
      end.emit('disconnect');
    }
  }
}

/** A process and its child, with the channel between them as `fork` makes it. */
export function fakeProcesses(serialization: 'json' | 'advanced' = 'json'): readonly [FakeProcess, FakeProcess] {
  const copy: Copy = serialization === 'json' ? (message) => JSON.parse(JSON.stringify(message)) as unknown : structuredClone;
  const [parent, child] = [new FakeProcess(copy), new FakeProcess(copy)];
  parent.peer = child;
  child.peer = parent;
  return [parent, child];
}
