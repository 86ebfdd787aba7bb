import { describe, expect, it } from '@jest/globals';
import { MessageType, type WampList } from '../../lib/protocol/messages.ts';
import { createRouter } from '../../lib/router/index.ts';
import type { Dict } from '../../lib/types.ts';
import { dial, type RawPeer } from '../support/raw-peer.ts';
import { findVectors, multiSessionVectors, type Step } from '../support/vectors.ts';

const vectors = findVectors();
const describeVectors = vectors === undefined ? describe.skip : describe;
const samples = vectors === undefined ? [] : multiSessionVectors(vectors);

/** The attributes of a message in the order of its list, by the names of the vectors; the payload follows. */
const LAYOUT: { readonly [type: string]: readonly string[] } = {
  SUBSCRIBE: ['request_id', 'options', 'topic'],
  SUBSCRIBED: ['request_id', 'subscription_id'],
  UNSUBSCRIBE: ['request_id', 'subscription_id'],
  UNSUBSCRIBED: ['request_id'],
  PUBLISH: ['request_id', 'options', 'topic'],
  PUBLISHED: ['request_id', 'publication_id'],
  EVENT: ['subscription_id', 'publication_id', 'details'],
  CALL: ['request_id', 'options', 'procedure'],
  CANCEL: ['request_id', 'options'],
  RESULT: ['request_id', 'details'],
  REGISTER: ['request_id', 'options', 'procedure'],
  REGISTERED: ['request_id', 'registration_id'],
  UNREGISTER: ['request_id', 'registration_id'],
  UNREGISTERED: ['request_id'],
  INVOCATION: ['request_id', 'registration_id', 'details'],
  INTERRUPT: ['request_id', 'options'],
  YIELD: ['request_id', 'options'],
  ERROR: ['request_type', 'request_id', 'details', 'error'],
};

/** Ids that the router gives, by the ones the vector has in their place. Requests are numbered as the specification has it. */
class Ids {
  readonly #ours = new Map<string, unknown>();

  sent(name: string, theirs: unknown): unknown {
    return this.#ours.get(`${name} ${String(theirs)}`) ?? theirs;
  }

  met(name: string, theirs: unknown, ours: unknown): void {
    this.#ours.set(`${name} ${String(theirs)}`, ours);
  }
}

function payloadOf({ args, kwargs }: Dict): readonly unknown[] {
  if (kwargs !== undefined && kwargs !== null) return [args ?? [], kwargs];
  return args === undefined || args === null ? [] : [args];
}

function layoutOf(message: Dict): readonly string[] {
  const layout = LAYOUT[String(message['type'])];
  if (layout === undefined) throw new TypeError(`message of the vector must be one of ${Object.keys(LAYOUT).join(', ')}, got ${String(message['type'])}`);
  return layout;
}

const codeOf = (message: Dict): MessageType => MessageType[message['type'] as keyof typeof MessageType];

describeVectors('multi session vectors (../shared/vectors, skipped where that folder is absent)', () => {
  it('are there', () => expect(samples.length).toBeGreaterThan(0));

  it.each(samples.map((sample) => [sample.name, sample] as const))('%s', (_, { sessions, steps }) => {
    const router = createRouter({ realms: Object.fromEntries(sessions.map(({ realm }) => [realm, {}])) });
    const peers = new Map<string, { readonly peer: RawPeer; readonly inbox: WampList[]; requests: number }>();
    for (const { id, realm, roles } of sessions) {
      const peer = dial(router.link());
      peer.send([MessageType.HELLO, realm, { roles: Object.fromEntries(roles.map((role) => [role, {}])) }]);
      expect(peer.last?.[0]).toBe(MessageType.WELCOME);
      const inbox: WampList[] = [];
      peer.onList = (list) => inbox.push(list);
      peers.set(id, { peer, inbox, requests: 0 });
    }
    const ids = new Ids();
    const sessionOf = (id: string) => peers.get(id) ?? fail(`session ${id}`);

    function send({ from, message }: Step): void {
      const session = sessionOf(from);
      const list = layoutOf(message).map((name) => {
        if (name !== 'request_id') return ids.sent(name, message[name]);
        session.requests += 1;
        ids.met(`${from} request_id`, message[name], session.requests);
        return session.requests;
      });
      session.peer.send([codeOf(message), ...list, ...payloadOf(message)]);
    }

    function receive({ to, message }: Step): void {
      const list = sessionOf(to).inbox.shift();
      expect(list?.[0]).toBe(codeOf(message));
      layoutOf(message).forEach((name, at) => {
        const ours = list?.[at + 1];
        const theirs = message[name];
        if (name === 'request_id') expect(ours).toBe(ids.sent(`${to} request_id`, theirs));
        else if (name.endsWith('_id')) ids.met(name, theirs, ours);
        else if (name === 'details') expect(ours).toMatchObject(theirs as object);
        else expect(ours).toEqual(theirs);
      });
      expect(list?.slice(layoutOf(message).length + 1)).toEqual(payloadOf(message));
    }

    for (const step of steps) (step.from === 'router' ? receive : send)(step);

    for (const { inbox } of peers.values()) expect(inbox).toEqual([]);
  });
});

function fail(what: string): never {
  throw new TypeError(`vector must have ${what}`);
}
