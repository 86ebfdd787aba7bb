import type { Observable, SchedulerLike } from 'rxjs';
import type { RawSocketOptions } from '../transports/rawsocket.ts';
import type { Transport } from '../transports/transport.ts';
import type { WsOptions } from '../transports/ws-options.ts';

/** Where a command writes. */
export interface Output {
  readonly isTTY: boolean;
  /** Of the terminal; changes with it. */
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
}

/** Where a command reads. */
export interface Input {
  readonly isTTY: boolean;
  /** What comes, in pieces of any size, until its end. Reads while it is subscribed to and not paused. */
  readonly text$: Observable<string>;
  pause(): void;
  resume(): void;
  /** Has a line typed that is not shown. */
  secret(prompt: string): Observable<string>;
}

/** The world of a command: all that it reads, writes, hears of, and takes its time from. A spec makes one of its own. */
export interface Io {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: { readonly [name: string]: string | undefined };
  /** The folder it is started in. */
  readonly folder: string;
  /** Emits when the terminal has another size. */
  readonly resized$: Observable<unknown>;
  /** Emits when nobody reads stdout any more. */
  readonly hungUp$: Observable<unknown>;
  /** Emits signals. While it is subscribed to they do not end the process. */
  signals(...names: readonly NodeJS.Signals[]): Observable<NodeJS.Signals>;
  readonly scheduler: SchedulerLike;
  /** Milliseconds, with as many decimals as there are, for measuring. */
  clock(): number;
  dial(url: string, options: WsOptions & RawSocketOptions): Transport;
}
