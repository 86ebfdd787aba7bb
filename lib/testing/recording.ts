/**
 * What went over a wire, as JSON: bytes stand in it as the JSON serializer writes them, a string of U+0000 and their base64.
 */
import type { Observable, Subscription } from 'rxjs';
import { ProtocolError, SerializationError } from '../errors.ts';
import { fromBase64 } from '../protocol/base64.ts';
import { isDict, show } from '../protocol/fields.ts';
import { MessageType, type Message, type WampList } from '../protocol/messages.ts';
import { fromWire, toWire } from '../protocol/wire.ts';
import { json } from '../serializers/json.ts';
import { MAX_DEPTH, serializing } from '../serializers/plain.ts';
import { checkCount } from '../session/checks.ts';
import { withoutSecrets } from '../session/redaction.ts';
import type { TappedConnection, WireEntry } from '../session/wire-tap.ts';
import type { Id } from '../types.ts';

/** One message of a {@link Recording}. */
export interface RecordedFrame {
  /** Seen from the client. */
  readonly direction: 'in' | 'out';
  /** Milliseconds since the beginning. */
  readonly at: number;
  /** The message as a WAMP list, as JSON. */
  readonly message: WampList;
}

/** What became of a connection, in a {@link Recording}. */
export interface RecordedConnection {
  readonly connection: TappedConnection['kind'];
  /** Milliseconds since the beginning. */
  readonly at: number;
}

/** What {@link record} gives, and `replay` takes. `JSON.stringify` writes it without loss. */
export interface Recording {
  readonly version: 1;
  readonly frames: readonly (RecordedFrame | RecordedConnection)[];
  /** Whether more was said than was recorded. */
  readonly truncated: boolean;
}

/** Options of {@link record}. */
export interface RecordOptions {
  /** How many messages and connections are recorded at most. @default 10000 */
  readonly limit?: number | undefined;
}

/** A recording under way. */
export class Recorder {
  /** Why it ended before its time: a message that JSON cannot carry, such as one with NaN in it that came as CBOR. */
  failure: SerializationError | undefined;
  readonly #limit: number;
  readonly #frames: (RecordedFrame | RecordedConnection)[] = [];
  readonly #subscription: Subscription;
  #began: number | undefined;
  #session: Id | undefined;
  /** The session that was left before the one that is being recorded. */
  #left: Id | undefined;
  #truncated = false;

  /** @internal */
  constructor(wire$: Observable<WireEntry>, { limit = 10_000 }: RecordOptions) {
    checkCount(limit, 'limit');
    this.#limit = limit;
    this.#subscription = wire$.subscribe((entry) => this.#add(entry));
  }

  /** What was recorded so far. */
  get recording(): Recording {
    return { version: 1, frames: [...this.#frames], truncated: this.#truncated };
  }

  /** Ends the recording, and gives it. */
  stop(): Recording {
    this.#subscription.unsubscribe();
    return this.recording;
  }

  #add(entry: WireEntry): void {
    if (this.#truncated || this.#isOfTheLast(entry)) return;
    if (this.#frames.length >= this.#limit) {
      this.#truncated = true;
      return;
    }
    this.#began ??= entry.at;
    const at = entry.at - this.#began;
    if (entry.kind !== 'frame') {
      this.#frames.push({ connection: entry.kind, at });
      return;
    }
    try {
      const list = toWire(withoutSecrets(entry.message));
      this.#frames.push({ direction: entry.direction, at, message: JSON.parse(json().encode(list) as string) as WampList });
    } catch (error) {
      if (!(error instanceof SerializationError)) throw error;
      this.#truncated = true;
      this.failure = error;
    }
  }

  // A client that has said GOODBYE may be in the next session before the router has answered it.
  #isOfTheLast(entry: WireEntry): boolean {
    if (entry.kind === 'frame' && entry.message.type === MessageType.HELLO) this.#left = this.#session;
    // It was not left, and goes on.
    if (entry.kind === 'frame' && entry.message.type === MessageType.WELCOME && entry.message.session === this.#left) this.#left = undefined;
    if (entry.session === undefined) return false;
    if (entry.session === this.#left) return true;
    this.#session = entry.session;
    return false;
  }
}

/**
 * Records what a client sends and gets, and what becomes of its connections, to be replayed to another one: `client.wire$`, or some of it.
 * Of `client.frames$` connections are not recorded. What comes after `limit` entries is not recorded, and said to be missing (`truncated`). What
 * a router still says to a session that was left, once there is the next one, is not recorded either.
 *
 * What proves who somebody is (see `TappedFrame.message`) is not in it. A client that a replayed session asks for such a proof needs an
 * authenticator that makes none: `{ method: 'wampcra', answer: () => ({ signature: '' }) }`.
 *
 * ```ts
 * const recorder = record(client.wire$);
 * client.call('com.add', [2, 3]).subscribe(() => writeFileSync('add.json', JSON.stringify(recorder.stop())));
 * ```
 */
export function record(wire$: Observable<WireEntry>, options: RecordOptions = {}): Recorder {
  return new Recorder(wire$, options);
}

/** A message of a recording that was read. */
export interface ReadFrame {
  readonly kind: 'frame';
  readonly direction: 'in' | 'out';
  readonly at: number;
  readonly message: Message;
}

/** What became of a connection, in a recording that was read. */
export type ReadConnection = Pick<TappedConnection, 'kind' | 'at'>;

const CONNECTION: readonly unknown[] = ['dial', 'open', 'refused', 'lost', 'closed'] satisfies readonly TappedConnection['kind'][];

/** What a timer can wait for. */
const LONGEST_PAUSE = 2 ** 31 - 1;

/** Reads a recording from anywhere. Throws {@link SerializationError}, and nothing else, where it is none. */
export function readRecording(recording: unknown): readonly (ReadFrame | ReadConnection)[] {
  return serializing('recording must be plain data', () => {
    if (!isDict(recording)) throw refuse('recording', 'an object', recording);
    const { version, frames, truncated } = recording;
    if (version !== 1) throw refuse('recording.version', '1', version);
    if (!Array.isArray(frames)) throw refuse('recording.frames', 'a list', frames);
    if (typeof truncated !== 'boolean') throw refuse('recording.truncated', 'true or false', truncated);
    const read: (ReadFrame | ReadConnection)[] = [];
    for (let at = 0; at < frames.length; at++) read.push(readEntry(frames[at], `recording.frames[${at}]`, read.at(-1)?.at ?? 0));
    const index = read.findIndex(({ kind }) => kind === 'frame');
    const first = read[index];
    if (first?.kind === 'frame' && (first.direction !== 'out' || first.message.type !== MessageType.HELLO)) {
      throw new SerializationError(`recording.frames[${index}] must be HELLO going out, got a message of type ${first.message.type} going ${first.direction}`);
    }
    return read;
  });
}

function readEntry(entry: unknown, name: string, earliest: number): ReadFrame | ReadConnection {
  if (!isDict(entry)) throw refuse(name, 'an object', entry);
  const { connection, direction, at, message } = entry;
  if (connection !== undefined && !isConnection(connection)) throw refuse(`${name}.connection`, `one of ${CONNECTION.join(', ')}`, connection);
  if (connection === undefined && direction !== 'in' && direction !== 'out') throw refuse(`${name}.direction`, "'in' or 'out'", direction);
  if (typeof at !== 'number' || !(at >= earliest && at - earliest <= LONGEST_PAUSE)) {
    throw refuse(`${name}.at`, `a number from ${earliest} to ${earliest + LONGEST_PAUSE}`, at);
  }
  return connection === undefined ? { kind: 'frame', direction: direction as 'in' | 'out', at, message: readMessage(message, name) } : { kind: connection, at };
}

function isConnection(value: unknown): value is TappedConnection['kind'] {
  return CONNECTION.includes(value);
}

function readMessage(message: unknown, name: string): Message {
  const list = readValue(message, `${name}.message`);
  try {
    return fromWire(list);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new SerializationError(`${name}: ${cause.message}`, { cause });
  }
}

// A copy, so that the recording stays as it is.
function readValue(value: unknown, name: string, depth = 1): unknown {
  if (typeof value === 'string') return readText(value, name);
  if (value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (depth > MAX_DEPTH) throw new SerializationError(`${name} must be at most ${MAX_DEPTH} levels deep`);
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    for (let at = 0; at < value.length; at++) list.push(readValue(value[at], name, depth + 1));
    return list;
  }
  if (!isDict(value)) throw refuse(name, 'JSON', value);
  // Makes own properties of them all, `__proto__` too.
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, readValue(member, name, depth + 1)]));
}

function readText(text: string, name: string): string | Uint8Array {
  if (!text.startsWith('\0')) return text;
  const bytes = fromBase64(text, 1);
  if (bytes === undefined) throw new SerializationError(`${name}: text that starts with U+0000 must go on in base64, got ${show(text)}`);
  return bytes;
}

function refuse(name: string, expected: string, value: unknown): SerializationError {
  return new SerializationError(`${name} must be ${expected}, got ${show(value)}`);
}
