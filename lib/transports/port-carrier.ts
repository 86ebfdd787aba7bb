import { Subscription } from 'rxjs';
import { show } from '../protocol/show.ts';
import type { Carrier, CarrierListener } from './port-line.ts';
import type { PortList } from './port-message.ts';
import { ownLock, whenReleased } from './web-locks.ts';

/** Whatever one can post to and hear from: a MessagePort, a Worker or the inside of one, a BroadcastChannel; those of browsers and those of Node. */
export interface PortLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
}

type Listener = (event: unknown) => void;

interface Listenable {
  addEventListener?(event: string, listener: Listener): void;
  removeEventListener?(event: string, listener: Listener): void;
}

/** What ports have besides, in one runtime or the other. */
interface AnyPort extends PortLike, Listenable {
  on?(event: string, listener: Listener): unknown;
  off?(event: string, listener: Listener): unknown;
  start?(): void;
  close?(): void;
}

/** Options of {@link portCarrier}. */
interface PortCarrierOptions {
  /** Whether it is to be closed after its connection. */
  readonly owned?: boolean;
  /** Whose event `error` says that the script of a worker cannot be run. @default the port */
  readonly worker?: Listenable | undefined;
  /** Whether both ends are of one origin for certain, and see each other's Web Locks. @default of a BroadcastChannel, and of no other port */
  readonly sameOrigin?: boolean | undefined;
}

/** A port as a carrier. Throws TypeError where it is none. */
export function portCarrier(given: PortLike, { owned = false, worker, sameOrigin }: PortCarrierOptions = {}): Carrier {
  const port: AnyPort = given;
  if (typeof port?.postMessage !== 'function') throw new TypeError(`port must have postMessage, got ${show(port)}`);
  const isNode = typeof port.on === 'function';
  const isShared = Object.prototype.toString.call(port) === '[object BroadcastChannel]';
  return {
    label: 'the other end of the port',
    post: (message) => post(port, message),
    listen: (listener) => (isNode ? listenInNode(port, listener) : listenInBrowser(port, worker, listener)),
    isShared,
    // There the port itself tells.
    ...(!isNode && { presence: { own: ownLock, gone: (lock) => whenReleased(lock, sameOrigin ?? isShared) } }),
    ...(owned && { close: () => port.close?.() }),
  };
}

// A frame may be a view into a store of many, and may be sent to others as well.
function post(port: PortLike, message: PortList): void {
  const [mark, connection, kind, frame] = message;
  if (!(frame instanceof Uint8Array)) return port.postMessage(message, []);
  const copy = new Uint8Array(frame);
  port.postMessage([mark, connection, kind, copy], [copy.buffer]);
}

function listenInNode(port: AnyPort, { message, gone, failed }: CarrierListener): Subscription {
  const listeners: { readonly [event: string]: Listener } = {
    message,
    close: () => gone('the port was closed'),
    exit: (code) => gone(`the thread ended with code ${String(code)}`),
    error: (cause) => failed('the thread failed', cause),
    messageerror: (cause) => gone('a message cannot be read', cause),
  };
  for (const [event, listener] of Object.entries(listeners)) port.on?.(event, listener);
  return new Subscription(() => {
    for (const [event, listener] of Object.entries(listeners)) port.off?.(event, listener);
  });
}

function listenInBrowser(port: AnyPort, worker: Listenable = port, { message, gone, failed }: CarrierListener): Subscription {
  const heard: Listener = (event) => message((event as MessageEvent<unknown>).data);
  const closed = (): void => gone('the port was closed');
  const unread = (): void => gone('a message cannot be read');
  const broken: Listener = (cause) => failed('the script of the worker cannot be run', cause);
  port.addEventListener?.('message', heard);
  port.addEventListener?.('messageerror', unread);
  port.addEventListener?.('close', closed);
  worker.addEventListener?.('error', broken);
  port.start?.();
  return new Subscription(() => {
    port.removeEventListener?.('message', heard);
    port.removeEventListener?.('messageerror', unread);
    port.removeEventListener?.('close', closed);
    worker.removeEventListener?.('error', broken);
  });
}
