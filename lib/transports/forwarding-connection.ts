import { Observable, type Subscriber, type TeardownLogic } from 'rxjs';
import type { ChannelBinding } from '../types.ts';
import type { Connection, Frame } from './transport.ts';

/**
 * A connection in front of another one, for those that change a part of it: all that they do not change is the inner one's own, the members
 * that not every connection has among it.
 */
export abstract class ForwardingConnection extends Observable<Frame> implements Connection {
  readonly #inner: Connection;

  /** `read` brings a reader what arrives at the inner connection. */
  constructor(inner: Connection, read: (subscriber: Subscriber<Frame>) => TeardownLogic) {
    super(read);
    this.#inner = inner;
  }

  get subprotocol(): string {
    return this.#inner.subprotocol;
  }

  get writable$(): Observable<boolean> {
    return this.#inner.writable$;
  }

  get bufferedAmount(): number {
    return this.#inner.bufferedAmount;
  }

  get maxLength(): number | undefined {
    return this.#inner.maxLength;
  }

  channelId(type: ChannelBinding): Uint8Array | undefined {
    return this.#inner.channelId?.(type);
  }

  next(frame: Frame): void {
    this.#inner.next(frame);
  }

  error(error: unknown): void {
    this.#inner.error(error);
  }

  complete(): void {
    this.#inner.complete();
  }
}
