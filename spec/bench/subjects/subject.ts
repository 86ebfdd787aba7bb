import type { List } from '../../../lib/types.ts';

/** The realm of every benchmark. */
export const REALM = 'bench';

/** Gets an event, a result or an invocation. */
export type Handler<T> = (payload: { readonly args: List }) => T;

/** Emits the progressive results of an invocation. */
export type StreamSource = (next: (value: unknown) => void, end: () => void) => void;

/** A client as the benchmarks use it: the same few verbs for a floor and for the library. */
export interface SubjectClient {
  subscribe(topic: string, onEvent: Handler<void>): void;
  /** Without acknowledgement. */
  publish(topic: string, args: List): void;
  call(procedure: string, args: List, onResult: Handler<void>): void;
  /** A call with progressive results. */
  stream(procedure: string, args: List, onProgress: Handler<void>, onEnd: () => void): void;
  register(procedure: string, answer: Handler<unknown>): void;
  /** A procedure with progressive results: `source` emits values by `next` until it calls `end`. */
  registerStream(procedure: string, source: StreamSource): void;
  /** Resolves when the router has read whatever was sent before. */
  settle(): Promise<void>;
}

/** Bare `ws`, JSON and a table: the least that does the work. */
export const FLOOR = 'floor';
/** The same, with the frames of one turn of the event loop written in one system call. */
export const FLOOR_CORK = 'floor-cork';
/** The library. */
export const RXWAMP = 'rxwamp';
/** The same over a RawSocket. */
export const RXWAMP_RAW = 'rxwamp-rs';
/** The same over the RawSocket of a file. */
export const RXWAMP_UNIX = 'rxwamp-unix';

/** Both floors and the subject that is held against them. */
export function besideFloors(subject: string): readonly string[] {
  return [FLOOR, FLOOR_CORK, subject];
}
