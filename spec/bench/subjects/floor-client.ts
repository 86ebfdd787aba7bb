/**
 * The floor of a client: bare `ws`, JSON.parse and JSON.stringify, one look-up for each message. It trusts the router, knows no options
 * and never reconnects: whatever a client does beyond this is what the ratios show.
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { MessageType } from '../../../lib/protocol/messages.ts';
import type { List } from '../../../lib/types.ts';
import { corkByTurn } from './cork.ts';
import { REALM, type Handler, type StreamSource, type SubjectClient } from './subject.ts';

interface PendingCall {
  readonly onResult: Handler<void>;
  readonly onProgress: Handler<void> | undefined;
}

const ROLES = {
  publisher: {},
  subscriber: {},
  caller: { features: { progressive_call_results: true } },
  callee: { features: { progressive_call_results: true, call_canceling: true } },
};
const NO_OPTIONS = {};
const PROGRESS = { progress: true };
const RECEIVE_PROGRESS = { receive_progress: true };

/** Connects a floor client; with `cork`, the frames of one turn are written in one system call. */
export async function connectFloor(url: string, { cork }: { readonly cork: boolean }): Promise<SubjectClient> {
  const socket = new WebSocket(url, ['wamp.2.json'], { perMessageDeflate: false });
  const upgrade = once(socket, 'upgrade');
  await once(socket, 'open');
  const [response] = (await upgrade) as [IncomingMessage];
  const client = new FloorClient(socket, cork ? corkByTurn(response.socket) : undefined);
  await client.joined;
  return client;
}

class FloorClient implements SubjectClient {
  readonly joined: Promise<void>;
  readonly #socket: WebSocket;
  readonly #beforeSend: (() => void) | undefined;
  readonly #calls = new Map<number, PendingCall>();
  readonly #subscribing = new Map<number, Handler<void>>();
  readonly #registering = new Map<number, Handler<unknown>>();
  readonly #registeringStreams = new Map<number, StreamSource>();
  readonly #handlers = new Map<number, Handler<void>>();
  readonly #procedures = new Map<number, Handler<unknown>>();
  readonly #streams = new Map<number, StreamSource>();
  #request = 0;

  constructor(socket: WebSocket, beforeSend: (() => void) | undefined) {
    this.#socket = socket;
    this.#beforeSend = beforeSend;
    this.joined = once(socket, 'message').then(() => {
      socket.on('message', (data: Buffer) => this.#receive(data.toString()));
    });
    this.#send([MessageType.HELLO, REALM, { roles: ROLES }]);
  }

  subscribe(topic: string, onEvent: Handler<void>): void {
    this.#subscribing.set(++this.#request, onEvent);
    this.#send([MessageType.SUBSCRIBE, this.#request, NO_OPTIONS, topic]);
  }

  publish(topic: string, args: List): void {
    this.#send([MessageType.PUBLISH, ++this.#request, NO_OPTIONS, topic, args]);
  }

  call(procedure: string, args: List, onResult: Handler<void>): void {
    this.#calls.set(++this.#request, { onResult, onProgress: undefined });
    this.#send([MessageType.CALL, this.#request, NO_OPTIONS, procedure, args]);
  }

  stream(procedure: string, args: List, onProgress: Handler<void>, onEnd: () => void): void {
    this.#calls.set(++this.#request, { onResult: onEnd, onProgress });
    this.#send([MessageType.CALL, this.#request, RECEIVE_PROGRESS, procedure, args]);
  }

  register(procedure: string, answer: Handler<unknown>): void {
    this.#registering.set(++this.#request, answer);
    this.#send([MessageType.REGISTER, this.#request, NO_OPTIONS, procedure]);
  }

  registerStream(procedure: string, source: StreamSource): void {
    this.#registeringStreams.set(++this.#request, source);
    this.#send([MessageType.REGISTER, this.#request, NO_OPTIONS, procedure]);
  }

  settle(): Promise<void> {
    // An answer, an error too, comes after whatever was asked before.
    return new Promise((resolve) => this.call('bench.nobody', [], () => resolve()));
  }

  #send(list: List): void {
    this.#beforeSend?.();
    this.#socket.send(JSON.stringify(list));
  }

  #receive(text: string): void {
    const message = JSON.parse(text);
    switch (message[0]) {
      case MessageType.EVENT:
        return this.#handlers.get(message[1])?.({ args: message[4] });
      case MessageType.RESULT: {
        const call = this.#calls.get(message[1]);
        if (message[2].progress === true) return call?.onProgress?.({ args: message[3] });
        this.#calls.delete(message[1]);
        return call?.onResult({ args: message[3] });
      }
      case MessageType.INVOCATION:
        return this.#invoke(message[1], message[2], message[4]);
      case MessageType.ERROR: {
        const call = this.#calls.get(message[2]);
        this.#calls.delete(message[2]);
        return call?.onResult({ args: [] });
      }
      case MessageType.SUBSCRIBED:
        return move(this.#subscribing, message[1], this.#handlers, message[2]);
      case MessageType.REGISTERED:
        move(this.#registering, message[1], this.#procedures, message[2]);
        return move(this.#registeringStreams, message[1], this.#streams, message[2]);
    }
  }

  #invoke(invocation: number, registration: number, args: List): void {
    const answer = this.#procedures.get(registration);
    if (answer !== undefined) return this.#send([MessageType.YIELD, invocation, NO_OPTIONS, [answer({ args })]]);
    this.#streams.get(registration)?.(
      (value) => this.#send([MessageType.YIELD, invocation, PROGRESS, [value]]),
      () => this.#send([MessageType.YIELD, invocation, NO_OPTIONS]),
    );
  }
}

function move<T>(from: Map<number, T>, request: number, to: Map<number, T>, id: number): void {
  const entry = from.get(request);
  from.delete(request);
  if (entry !== undefined) to.set(id, entry);
}
