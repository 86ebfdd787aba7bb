// How a peer written in JavaScript is told what to do: one JSON object a line on stdin, one for each of them on stdout.
import { createInterface } from 'node:readline';

/** What a library has no way to do: the scenario is not played with it. */
export class Cannot extends Error {}

/** What a call, a publication or a join ended with, that is no mistake of the program. */
export class Refusal extends Error {
  constructor(uri, args = [], kwargs = {}) {
    super(uri);
    Object.assign(this, { uri, args, kwargs });
  }
}

/**
 * Reads commands until stdin ends. `join(command)` gives an object with a method for each other command, which is called with the command
 * and gives the answer.
 */
export function serve(join) {
  const sessions = new Map();
  const answer = (id, said) => console.log(JSON.stringify({ id, ...said }, write));
  createInterface({ input: process.stdin }).on('line', async (line) => {
    const command = JSON.parse(line, read);
    const { id, session, what } = command;
    try {
      if (what === 'join') {
        const joined = await join(command);
        sessions.set(session, joined);
        answer(id, { value: joined.details });
      } else {
        answer(id, { value: await sessions.get(session)[what](command) });
      }
    } catch (error) {
      if (error instanceof Cannot) answer(id, { cannot: error.message });
      else if (error instanceof Refusal) answer(id, { refusal: { uri: error.uri, args: error.args, kwargs: error.kwargs } });
      else answer(id, { failure: String(error?.stack ?? JSON.stringify(error)) });
    }
  }).on('close', () => process.exit());
}

// Bytes stand as { $bytes: hex } in the lines. A function, since Buffers have written themselves before a replacer sees them.
function write(key) {
  const value = this[key];
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Uint8Array ? { $bytes: Buffer.from(value).toString('hex') } : value;
}

function read(_, value) {
  return value?.$bytes === undefined ? value : Uint8Array.from(Buffer.from(value.$bytes, 'hex'));
}

/** Whether bytes are anywhere in it. */
export function hasBytes(payload) {
  return JSON.stringify(payload, write).includes('$bytes');
}

/** Events of one session by topic, and those who wait for so many of them. */
export class Events {
  #lists = new Map();
  #waiting = [];

  add(topic, event) {
    this.#of(topic).push(event);
    this.#waiting = this.#waiting.filter((check) => !check());
  }

  /** The events, once there are so many. */
  first({ topic, count }) {
    const list = this.#of(topic);
    return new Promise((resolve) => {
      const check = () => list.length >= count && (resolve([...list]), true);
      if (!check()) this.#waiting.push(check);
    });
  }

  #of(topic) {
    if (!this.#lists.has(topic)) this.#lists.set(topic, []);
    return this.#lists.get(topic);
  }
}
