/**
 * The floor of a router: bare `ws`, JSON.parse and JSON.stringify, one look-up for each message. It checks nothing, matches nothing but
 * whole URIs and keeps no order of its own: whatever a router does beyond this is what the ratios show.
 */
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { MessageType } from '../../../lib/protocol/messages.ts';
import type { List } from '../../../lib/types.ts';
import { listening } from '../wire/listening.ts';
import { corkByTurn } from './cork.ts';

interface Topic {
  readonly id: number;
  readonly peers: Set<Peer>;
}

interface Registration {
  readonly id: number;
  readonly callee: Peer;
}

interface PendingCall {
  readonly caller: Peer;
  readonly request: number;
}

const NO_DETAILS = {};
const PROGRESS = { progress: true };
const RECEIVE_PROGRESS = { receive_progress: true };
const ROLES = {
  broker: { features: {} },
  dealer: { features: { progressive_call_results: true, call_canceling: true } },
};

/** Starts a floor router; with `cork`, the frames of one turn to one peer are written in one system call. Gives its URL. */
export async function listenFloor({ cork }: { readonly cork: boolean }): Promise<string> {
  const realm = new Realm();
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: (offered) => offered.has('wamp.2.json') && 'wamp.2.json',
  });
  const server = createServer();
  server.on('upgrade', (request, stream: Duplex, head) =>
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const peer = new Peer(socket, cork ? corkByTurn(stream) : undefined);
      socket.on('message', (data: Buffer) => realm.receive(peer, data.toString()));
      socket.on('error', () => {});
    }),
  );
  return listening(server);
}

class Peer {
  readonly #socket: WebSocket;
  readonly #beforeSend: (() => void) | undefined;

  constructor(socket: WebSocket, beforeSend: (() => void) | undefined) {
    this.#socket = socket;
    this.#beforeSend = beforeSend;
  }

  send(list: List): void {
    this.sendText(JSON.stringify(list));
  }

  sendText(text: string): void {
    this.#beforeSend?.();
    this.#socket.send(text);
  }
}

class Realm {
  readonly #topics = new Map<string, Topic>();
  readonly #registrations = new Map<string, Registration>();
  readonly #calls = new Map<number, PendingCall>();
  #id = 0;

  receive(peer: Peer, text: string): void {
    const message = JSON.parse(text);
    switch (message[0]) {
      case MessageType.CALL:
        return this.#call(peer, message);
      case MessageType.YIELD:
        return this.#yield(message);
      case MessageType.PUBLISH:
        return this.#publish(peer, message);
      case MessageType.SUBSCRIBE:
        return this.#subscribe(peer, message[1], message[3]);
      case MessageType.REGISTER:
        this.#registrations.set(message[3], { id: ++this.#id, callee: peer });
        return peer.send([MessageType.REGISTERED, message[1], this.#id]);
      case MessageType.HELLO:
        return peer.send([MessageType.WELCOME, ++this.#id, { roles: ROLES }]);
    }
  }

  #call(caller: Peer, [, request, options, uri, args]: [number, number, { receive_progress?: boolean }, string, List]): void {
    const registration = this.#registrations.get(uri);
    if (registration === undefined) {
      return caller.send([MessageType.ERROR, MessageType.CALL, request, NO_DETAILS, 'wamp.error.no_such_procedure']);
    }
    this.#calls.set(++this.#id, { caller, request });
    const details = options.receive_progress === true ? RECEIVE_PROGRESS : NO_DETAILS;
    registration.callee.send([MessageType.INVOCATION, this.#id, registration.id, details, args]);
  }

  #yield([, invocation, options, args]: [number, number, { progress?: boolean }, List]): void {
    const call = this.#calls.get(invocation);
    if (options.progress === true) return call?.caller.send([MessageType.RESULT, call.request, PROGRESS, args]);
    this.#calls.delete(invocation);
    call?.caller.send([MessageType.RESULT, call.request, NO_DETAILS, args]);
  }

  #publish(publisher: Peer, [, request, options, uri, args]: [number, number, { acknowledge?: boolean }, string, List]): void {
    const publication = ++this.#id;
    const topic = this.#topics.get(uri);
    if (topic !== undefined) {
      const event = JSON.stringify([MessageType.EVENT, topic.id, publication, NO_DETAILS, args]);
      for (const peer of topic.peers) if (peer !== publisher) peer.sendText(event);
    }
    if (options.acknowledge === true) publisher.send([MessageType.PUBLISHED, request, publication]);
  }

  #subscribe(peer: Peer, request: number, uri: string): void {
    let topic = this.#topics.get(uri);
    if (topic === undefined) this.#topics.set(uri, (topic = { id: ++this.#id, peers: new Set() }));
    topic.peers.add(peer);
    peer.send([MessageType.SUBSCRIBED, request, topic.id]);
  }
}
