/**
 * What went over a wire, as JSON: bytes stand in it as the JSON serializer writes them, a string of U+0000 and their base64.
 */
import type { Observable, Subscription } from 'rxjs';
import { ProtocolError, SerializationError } from '../errors.ts';
import { isDict, show } from '../protocol/fields.ts';
import { MessageType, type Message, type WampList } from '../protocol/messages.ts';
import { fromWire, toWire } from '../protocol/wire.ts';
import { fromBase64 } from '../serializers/base64.ts';
import { json } from '../serializers/json.ts';
import { MAX_DEPTH, serializing } from '../serializers/plain.ts';
import { checkCount } from '../session/checks.ts';
import type { TappedFrame } from '../session/wire.ts';
import type { Dict } from '../types.ts';

/** One message of a {@link Recording}. */
export interface RecordedFrame {
  /** Seen from the client. */
  readonly direction: 'in' | 'out';
  /** Milliseconds since the first message. */
  readonly at: number;
  /** The message as a WAMP list, as JSON. */
  readonly message: WampList;
}

/** What {@link record} gives, and `replay` takes. `JSON.stringify` writes it without loss. */
export interface Recording {
  readonly version: 1;
  readonly frames: readonly RecordedFrame[];
  /** Whether more was said than was recorded. */
  readonly truncated: boolean;
}

/** Options of {@link record}. */
export interface RecordOptions {
  /** How many messages are recorded at most. @default 10000 */
  readonly limit?: number | undefined;
  /**
   * Record the `authextra` of HELLO and WELCOME and the extra of CHALLENGE too, which may hold secrets, but without which methods that have
   * the router prove something cannot be replayed. Signatures are never recorded. @default false
   */
  readonly keepAuthextra?: boolean | undefined;
}

/** A recording under way. */
export class Recorder {
  /** Why it ended before its time: a message that JSON cannot carry, such as one with NaN in it that came as CBOR. */
  failure: SerializationError | undefined;
  readonly #limit: number;
  readonly #keepAuthextra: boolean;
  readonly #frames: RecordedFrame[] = [];
  readonly #subscription: Subscription;
  #began: number | undefined;
  #truncated = false;

  /** @internal */
  constructor(frames$: Observable<TappedFrame>, { limit = 10_000, keepAuthextra = false }: RecordOptions) {
    checkCount(limit, 'limit');
    this.#limit = limit;
    this.#keepAuthextra = keepAuthextra;
    this.#subscription = frames$.subscribe((frame) => this.#add(frame));
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

  #add({ direction, at, message }: TappedFrame): void {
    if (this.#truncated) return;
    if (this.#frames.length >= this.#limit) {
      this.#truncated = true;
      return;
    }
    this.#began ??= at;
    try {
      const list = toWire(this.#keepAuthextra ? withoutSignature(message) : withoutSecrets(message));
      this.#frames.push({ direction, at: at - this.#began, message: JSON.parse(json().encode(list) as string) as WampList });
    } catch (error) {
      if (!(error instanceof SerializationError)) throw error;
      this.#truncated = true;
      this.failure = error;
    }
  }
}

/**
 * Records what a client sends and gets, to be replayed to another one: `client.frames$`, or some of it. What comes after `limit` messages is
 * not recorded, and said to be missing (`truncated`).
 *
 * ```ts
 * const recorder = record(client.frames$);
 * client.call('com.add', [2, 3]).subscribe(() => writeFileSync('add.json', JSON.stringify(recorder.stop())));
 * ```
 */
export function record(frames$: Observable<TappedFrame>, options: RecordOptions = {}): Recorder {
  return new Recorder(frames$, options);
}

function withoutSignature(message: Message): Message {
  return message.type === MessageType.AUTHENTICATE ? { ...message, signature: '***', extra: {} } : message;
}

function withoutSecrets(message: Message): Message {
  switch (message.type) {
    case MessageType.CHALLENGE: return { ...message, extra: {} };
    case MessageType.HELLO: return { ...message, details: withoutAuthextra(message.details) };
    case MessageType.WELCOME: return { ...message, details: withoutAuthextra(message.details) };
    default: return withoutSignature(message);
  }
}

function withoutAuthextra(details: Dict): Dict {
  return Object.hasOwn(details, 'authextra') ? { ...details, authextra: {} } : details;
}

/** A frame of a recording that was read. */
export interface ReadFrame {
  readonly direction: 'in' | 'out';
  readonly at: number;
  readonly message: Message;
}

/** What a timer can wait for. */
const LONGEST_PAUSE = 2 ** 31 - 1;

/** Reads a recording from anywhere. Throws {@link SerializationError}, and nothing else, where it is none. */
export function readRecording(recording: unknown): readonly ReadFrame[] {
  return serializing('recording must be plain data', () => {
    if (!isDict(recording)) throw refuse('recording', 'an object', recording);
    const { version, frames, truncated } = recording;
    if (version !== 1) throw refuse('recording.version', '1', version);
    if (!Array.isArray(frames)) throw refuse('recording.frames', 'a list', frames);
    if (typeof truncated !== 'boolean') throw refuse('recording.truncated', 'true or false', truncated);
    const read: ReadFrame[] = [];
    for (let at = 0; at < frames.length; at++) read.push(readFrame(frames[at], `recording.frames[${at}]`, read.at(-1)?.at ?? 0));
    const [first] = read;
    if (first !== undefined && (first.direction !== 'out' || first.message.type !== MessageType.HELLO)) {
      throw new SerializationError(`recording.frames[0] must be HELLO going out, got a message of type ${first.message.type} going ${first.direction}`);
    }
    return read;
  });
}

function readFrame(frame: unknown, name: string, earliest: number): ReadFrame {
  if (!isDict(frame)) throw refuse(name, 'an object', frame);
  const { direction, at, message } = frame;
  if (direction !== 'in' && direction !== 'out') throw refuse(`${name}.direction`, "'in' or 'out'", direction);
  if (typeof at !== 'number' || !(at >= earliest && at - earliest <= LONGEST_PAUSE)) {
    throw refuse(`${name}.at`, `a number from ${earliest} to ${earliest + LONGEST_PAUSE}`, at);
  }
  const list = readValue(message, `${name}.message`);
  try {
    return { direction, at, message: fromWire(list) };
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
