import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Dict, Id, List, Uri } from '../../lib/types.ts';

/** A library, and how its program in peers/ is started. */
export interface Library {
  readonly name: string;
  readonly command: string;
  readonly program: string;
  /** Those that it is played with. */
  readonly serializers: readonly SerializerName[];
  /** Which of the router's URLs it dials. @default ws */
  readonly road?: 'ws' | 'rs' | 'rs+unix' | 'http';
}

/** Serializers that every library has. */
export const SERIALIZERS: readonly SerializerName[] = ['json', 'msgpack', 'cbor'];

type SingleName = 'json' | 'msgpack' | 'cbor' | 'ubjson' | 'flatbuffers';

/** As their libraries call them. */
export type SerializerName = SingleName | `${SingleName}.batched`;

/** Who joins, where it is not anybody. */
export interface Login {
  readonly method: 'ticket' | 'wampcra' | 'scram' | 'cryptosign';
  readonly authid: string;
  /** The private key of cryptosign in hexadecimal, and what the other methods take as it is. */
  readonly secret: string;
}

/**
 * What a procedure does: `echo` answers with its arguments; `count` tells progress from 1 to its argument and answers `done`; `fail` answers ERROR
 * `interop.failed` with its arguments; `hang` never answers; `name` answers its name; `details` answers who called it as what.
 */
export type Behaviour = 'echo' | 'count' | 'fail' | 'hang' | 'name' | 'details';

/** What WELCOME said. */
export interface JoinDetails {
  readonly id: Id;
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
}

/** What a call gave. */
export interface CallOutcome {
  readonly args: List;
  readonly kwargs: Dict;
  /** The arguments of its progressive results. */
  readonly progress: readonly List[];
}

/** What came to a subscription. */
export interface HeardEvent {
  readonly args: List;
  readonly kwargs: Dict;
  readonly topic: Uri;
  readonly publisher?: Id | null | undefined;
  readonly authid?: string | null | undefined;
  readonly retained?: boolean | null | undefined;
}

/** How a call is cancelled. Without one the library's own way is taken. */
export type CancelMode = 'skip' | 'kill' | 'killnowait';

/** A call under way. */
export interface RunningCall {
  readonly outcome: Promise<CallOutcome>;
  cancel(): Promise<void>;
}

/** The library has no way to do what the scenario asks for. */
export class Cannot extends Error {}

/** The router, or the peer at the other end, has refused with an error of WAMP. */
export class Refusal extends Error {
  readonly uri: Uri;
  readonly args: List;
  readonly kwargs: Dict;

  constructor({ uri, args, kwargs }: Pick<Refusal, 'uri' | 'args' | 'kwargs'>) {
    super(uri);
    this.uri = uri;
    this.args = args ?? [];
    this.kwargs = kwargs ?? {};
  }
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly cannot?: string;
  readonly refusal?: Refusal;
  readonly failure?: string;
}

// The programs are not compiled: they lie beside the source of this file.
const PROGRAMS = join(import.meta.dirname, '../../../spec/interop/peers');

/** A program that is a client of the router, with one library and one serializer and any number of sessions. It does what it is told. */
export class Peer {
  readonly library: Library;
  readonly serializer: SerializerName;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  #said = '';
  #ended: Error | undefined;
  #commands = 0;
  #sessions = 0;

  constructor(library: Library, serializer: SerializerName) {
    this.library = library;
    this.serializer = serializer;
    this.#process = spawn(library.command, [join(PROGRAMS, library.program), serializer], { stdio: 'pipe' });
    createInterface({ input: this.#process.stdout! }).on('line', (line) => this.#hear(line));
    this.#process.stderr!.on('data', (data: Buffer) => { this.#said = (this.#said + data.toString()).slice(-2000); });
    this.#process.stdin!.on('error', () => {});
    this.#process.once('error', (error) => this.#fail(error));
    this.#process.once('exit', () => this.#fail(new Error(`${library.program} has ended: ${this.#said}`)));
  }

  get name(): string {
    return `${this.library.name}, ${this.serializer}`;
  }

  /** Joins a realm. Rejects with {@link Refusal} where the router does not let it in. */
  async join(url: string, realm: Uri, login?: Login): Promise<Session> {
    const name = `${++this.#sessions}`;
    const details = await this.tell(name, 'join', { url, realm, login }).answer;
    return new Session(this, name, details as JoinDetails);
  }

  /** Has the program do something in one of its sessions. */
  tell(session: string, what: string, command: object = {}): { readonly id: number; readonly answer: Promise<unknown> } {
    const id = ++this.#commands;
    const answer = new Promise((resolve, reject) => {
      if (this.#ended === undefined) this.#waiting.set(id, { resolve, reject });
      else reject(this.#ended);
    });
    this.#process.stdin!.write(`${JSON.stringify({ ...command, id, session, what }, bytesOut)}\n`);
    return { id, answer };
  }

  /** Ends the program. */
  end(): void {
    this.#process.stdin!.end();
    this.#process.kill();
  }

  #hear(line: string): void {
    const { id, value, cannot, refusal, failure } = JSON.parse(line, bytesIn) as Answer;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (cannot !== undefined) waiting?.reject(new Cannot(cannot));
    else if (refusal !== undefined) waiting?.reject(new Refusal(refusal));
    else if (failure !== undefined) waiting?.reject(new Error(`${this.name}: ${failure}`));
    else waiting?.resolve(value);
  }

  #fail(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** One session of a peer. */
export class Session {
  readonly details: JoinDetails;
  readonly #peer: Peer;
  readonly #name: string;

  constructor(peer: Peer, name: string, details: JoinDetails) {
    this.details = details;
    this.#peer = peer;
    this.#name = name;
  }

  /** Encrypts with keys of cryptobox for all URIs that begin so: `originator_priv` and the others in base64. Only Autobahn|Python can. */
  async encrypt(uri: Uri, keys: { readonly [name: string]: string }): Promise<void> {
    await this.#tell('encrypt', { uri, keys });
  }

  /** Registers a procedure. `options` are those of REGISTER. */
  async register(procedure: Uri, does: Behaviour, { name, ...options }: Dict = {}): Promise<void> {
    await this.#tell('register', { procedure, does, ...(name !== undefined && { name }), options });
  }

  async unregister(procedure: Uri): Promise<void> {
    await this.#tell('unregister', { procedure });
  }

  /** Calls, and gives what it has come to. `options` are those of CALL. */
  call(procedure: Uri, args: List = [], kwargs: Dict = {}, options: Dict = {}): Promise<CallOutcome> {
    return this.start(procedure, { args, kwargs, options }).outcome;
  }

  /** Calls. */
  start(procedure: Uri, { args = [], kwargs = {}, options = {}, mode }: { args?: List; kwargs?: Dict; options?: Dict; mode?: CancelMode | undefined } = {}): RunningCall {
    const { id, answer } = this.#peer.tell(this.#name, 'call', { procedure, args, kwargs, options, mode });
    const cancel = async (): Promise<void> => { await this.#tell('cancel', { call: id, mode }); };
    return { outcome: answer as Promise<CallOutcome>, cancel };
  }

  /** Waits until so many invocations have been interrupted. `null` where the library does not hear of that. */
  async interruptions(count: number): Promise<number | null> {
    return (await this.#tell('interruptions', { count })) as number | null;
  }

  /** Subscribes. `options` are those of SUBSCRIBE. */
  async subscribe(topic: Uri, options: Dict = {}): Promise<void> {
    await this.#tell('subscribe', { topic, options });
  }

  async unsubscribe(topic: Uri): Promise<void> {
    await this.#tell('unsubscribe', { topic });
  }

  /** The events of a subscription, once there are so many. */
  async events(topic: Uri, count: number): Promise<readonly HeardEvent[]> {
    return (await this.#tell('events', { topic, count })) as readonly HeardEvent[];
  }

  /** Publishes, and tells whether it was acknowledged. `options` are those of PUBLISH. */
  async publish(topic: Uri, args: List = [], kwargs: Dict = {}, options: Dict = { acknowledge: true }): Promise<boolean> {
    return (await this.#tell('publish', { topic, args, kwargs, options })) as boolean;
  }

  /** Leaves, and gives the reason of the router's GOODBYE; `null` where the library does not tell it. */
  async leave(): Promise<Uri | null> {
    return (await this.#tell('leave')) as Uri | null;
  }

  #tell(what: string, command?: object): Promise<unknown> {
    return this.#peer.tell(this.#name, what, command).answer;
  }
}

/** Bytes on the way to a program, and back. */
function bytesOut(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { $bytes: Buffer.from(value).toString('hex') } : value;
}

function bytesIn(_key: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && '$bytes' in value ? Uint8Array.from(Buffer.from(value.$bytes as string, 'hex')) : value;
}
