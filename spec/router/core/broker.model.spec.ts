import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MessageType } from '../../../lib/protocol/messages.ts';
import { matches, type MatchPolicy } from '../../../lib/protocol/uri.ts';
import { Broker } from '../../../lib/router/core/broker.ts';
import { memoryStore } from '../../../lib/router/core/events/memory-store.ts';
import type { Member, Outbound } from '../../../lib/router/core/outbound.ts';
import { hash, nodeOf } from '../../../lib/router/core/rendezvous.ts';
import type { Dict } from '../../../lib/types.ts';
import { member } from '../../support/members.ts';

const MEMBERS = 5;
const TOPICS = ['a', 'a.b', 'a.b.c', 'ab', 'b.b'];
const PATTERNS: readonly (readonly [string, MatchPolicy])[] = [
  ['a', 'exact'], ['a.b', 'exact'], ['a', 'prefix'], ['', 'prefix'], ['a.b', 'prefix'], ['a.', 'wildcard'], ['.b', 'wildcard'],
  ['..c', 'wildcard'],
];

/** Those that have a history. */
const KEPT = [{ uri: 'a', match: 'prefix', limit: 1000, bytes: Infinity }, { uri: 'a.b', match: 'exact', limit: 3, bytes: Infinity }] as const;
const RETAINED = { limit: TOPICS.length, bytes: Infinity };
/** Retained events for some that are kept beside the one for all. */
const MOST_BESIDE = 16;

const key = fc.constantFrom(undefined, undefined, 'x', 'y', 'z');
const who = fc.nat(MEMBERS - 1);
const some = <T>(...values: T[]): fc.Arbitrary<T[] | undefined> => fc.option(fc.subarray(values), { nil: undefined, freq: 2 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('subscribe' as const), who, pattern: fc.constantFrom(...PATTERNS), nkey: key, getRetained: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unsubscribe' as const), who, id: fc.integer({ min: 100, max: 110 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('publish' as const), who, topic: fc.constantFrom(...TOPICS), acknowledge: fc.boolean(), excludeMe: fc.boolean(),
      exclude: some(1, 2, 3), eligible: some(1, 2, 3, 4, 5), excludeAuthid: some('user-1', 'user-4'), eligibleAuthrole: some('even', 'odd'),
      retain: fc.boolean(), rkey: key,
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
type PublishStep = Extract<Step, { do: 'publish' }>;
type SubscribeStep = Extract<Step, { do: 'subscribe' }>;

interface Line {
  readonly id: number;
  readonly pattern: string;
  readonly match: MatchPolicy;
  readonly member: Member;
  readonly nkey: string | undefined;
}

interface Past {
  readonly publication: number;
  readonly publisher: Member;
  readonly step: PublishStep;
}

/** A broker as plain as can be: a list of who subscribed to what, which it scans. */
class NaiveBroker {
  lines: Line[] = [];
  readonly #past: Past[] = [];
  #nextId = 100 + KEPT.length;

  subscribe(subscriber: Member, { pattern: [pattern, match], nkey }: SubscribeStep): number {
    const same = this.lines.filter((line) => line.pattern === pattern && line.match === match);
    const lasting = KEPT.findIndex((one) => one.uri === pattern && one.match === match);
    const id = same[0]?.id ?? (lasting < 0 ? this.#nextId++ : 100 + lasting);
    const line = { id, pattern, match, member: subscriber, nkey };
    const own = this.lines.findIndex((other) => other.id === id && other.member === subscriber);
    if (own < 0) this.lines.push(line);
    else this.lines[own] = line;
    return id;
  }

  published(past: Past): void {
    this.#past.push(past);
  }

  /** The publications of a history, oldest first. */
  history({ uri, match, limit }: (typeof KEPT)[number]): number[] {
    return this.#past.filter(({ step: { topic, exclude, eligible } }) => matches(uri, match, topic) && (exclude ?? eligible) === undefined)
      .map(({ publication }) => publication).slice(-limit);
  }

  /** What a member gets behind SUBSCRIBED. */
  retained(subscriber: Member, { pattern: [pattern, match], nkey }: SubscribeStep, id: number): string[] {
    return TOPICS.filter((topic) => matches(pattern, match, topic)).flatMap((topic) => {
      const all = this.#past.filter(({ step }) => step.topic === topic && step.retain && (step.exclude ?? step.eligible) === undefined);
      const last = all.findLastIndex(({ step }) => (step.excludeAuthid ?? step.eligibleAuthrole) === undefined);
      const held = [...all.slice(Math.max(last, 0), last + 1), ...all.slice(last + 1).slice(-MOST_BESIDE)];
      const newest = held.findLast(({ publisher, step }) => mayHave(subscriber, publisher, step));
      if (newest === undefined || !this.#isShare({ id, nkey }, newest.step.rkey)) return [];
      return [`${newest.publication} of ${topic}${match === 'exact' ? '' : ' as such'}`];
    }).sort();
  }

  /** Takes out what a member has, or only one subscription of it; tells whether there was anything. */
  drop(subscriber: Member, id?: number): boolean {
    const kept = this.lines.filter((line) => line.member !== subscriber || (id !== undefined && line.id !== id));
    const dropped = kept.length < this.lines.length;
    this.lines = kept;
    return dropped;
  }

  receivers(publisher: Member, current: PublishStep): string[] {
    const { topic, rkey } = current;
    return this.lines
      .filter(({ pattern, match }) => matches(pattern, match, topic))
      .filter((line) => mayHave(line.member, publisher, current) && this.#isShare(line, rkey))
      .map((line) => `${line.id} to ${line.member.id}${line.match === 'exact' ? '' : ` as ${topic}`}`);
  }

  #isShare({ id, nkey }: { readonly id: number; readonly nkey: string | undefined }, rkey: string | undefined): boolean {
    if (rkey === undefined || nkey === undefined) return true;
    const nodes = this.lines.flatMap((line) => (line.id === id && line.nkey !== undefined ? [[line.nkey, hash(line.nkey)] as const] : []));
    return nodeOf(rkey, nodes) === nkey;
  }
}

function mayHave({ id, authid, authrole }: Member, publisher: Member, { excludeMe, exclude, eligible, excludeAuthid, eligibleAuthrole }: PublishStep): boolean {
  return !(excludeMe && id === publisher.id) && !exclude?.includes(id) && !excludeAuthid?.includes(authid)
    && (eligible?.includes(id) ?? true) && (eligibleAuthrole?.includes(authrole) ?? true);
}

function wireOptions({ acknowledge, excludeMe, exclude, eligible, excludeAuthid, eligibleAuthrole, retain, rkey }: PublishStep): Dict {
  return {
    acknowledge, exclude_me: excludeMe, exclude, eligible, exclude_authid: excludeAuthid, eligible_authrole: eligibleAuthrole,
    retain, rkey,
  };
}

/** A broker under the eyes of a naive one. */
class Observed {
  readonly broker: Broker<Member>;
  readonly members = Array.from({ length: MEMBERS }, (_, i) => member(i + 1, { authrole: i % 2 === 0 ? 'odd' : 'even' }));
  readonly #naive = new NaiveBroker();
  readonly #handedOut: { readonly list: readonly Member[]; readonly copy: readonly Member[] }[] = [];
  #publication = 0;

  constructor() {
    let id = 100;
    const store = memoryStore().open('realm1', { later: () => {}, log: undefined });
    this.broker = new Broker({
      nextId: () => id++, publicationId: () => ++this.#publication, keeping: { store, retained: RETAINED, history: KEPT, now: () => 0 },
    });
  }

  play(current: Step): void {
    const actor = this.members[current.who]!;
    switch (current.do) {
      case 'subscribe':
        return this.#subscribe(actor, current);
      case 'unsubscribe':
        return this.#unsubscribe(actor, current.id);
      case 'publish':
        return this.#publish(actor, current);
      case 'leave':
        this.broker.leave(actor);
        this.#naive.drop(actor);
    }
  }

  expectSizes(): void {
    expect(this.broker.sizes).toEqual({
      subscriptions: new Set(this.#naive.lines.map((line) => line.id)).size,
      subscribers: new Set(this.#naive.lines.map((line) => line.member)).size,
    });
  }

  expectListsKept(): void {
    for (const { list, copy } of this.#handedOut) expect(list).toEqual(copy);
  }

  expectHistories(): void {
    KEPT.forEach((one, at) => {
      const kept = [...this.broker.historyOf(100 + at)?.history?.scan(undefined, false) ?? []].map(({ publication }) => publication);
      expect(kept).toEqual(this.#naive.history(one));
    });
  }

  #subscribe(actor: Member, current: SubscribeStep): void {
    const { pattern: [topic, match], nkey, getRetained } = current;
    const [answer, ...retained] = this.broker.subscribe(actor, { type: MessageType.SUBSCRIBE, request: 1, options: { match, nkey, get_retained: getRetained }, topic });
    const subscription = this.#naive.subscribe(actor, current);
    expect(answer).toEqual({ to: actor, message: { type: MessageType.SUBSCRIBED, request: 1, subscription } });
    expect(retained.map(retainedEvent).sort()).toEqual(getRetained ? this.#naive.retained(actor, current, subscription) : []);
  }

  #unsubscribe(actor: Member, id: number): void {
    const [answer] = this.broker.unsubscribe(actor, { type: MessageType.UNSUBSCRIBE, request: 1, subscription: id });
    expect(answer!.message.type).toBe(this.#naive.drop(actor, id) ? MessageType.UNSUBSCRIBED : MessageType.ERROR);
  }

  #publish(actor: Member, current: PublishStep): void {
    const options = wireOptions(current);
    const message = { type: MessageType.PUBLISH, request: 1, options, topic: current.topic, args: [], kwargs: undefined };
    const before = this.#publication;
    const outbound = this.broker.publish(actor, { ...message, args: [current.topic] });
    if (this.#publication > before) this.#naive.published({ publication: this.#publication, publisher: actor, step: current });
    const received = outbound.flatMap((one) => this.#receivers(one));

    expect(received.toSorted()).toEqual(this.#naive.receivers(actor, current).toSorted());
    expect(outbound[0]?.message.type === MessageType.PUBLISHED).toBe(current.acknowledge);
  }

  /** Who got an EVENT, in the words of the naive broker. */
  #receivers({ to, message }: Outbound<Member>): string[] {
    if (message.type !== MessageType.EVENT) return [];
    const list = to as readonly Member[];
    this.#handedOut.push({ list, copy: [...list] });
    expect(message.publication).toBe(this.#publication);
    const details = 'topic' in message.details ? ` as ${String(message.details['topic'])}` : '';
    return list.map(({ id }) => `${message.subscription} to ${id}${details}`);
  }
}

/** A retained event, in the words of the naive broker. */
function retainedEvent({ message }: Outbound<Member>): string {
  if (message.type !== MessageType.EVENT || message.details['retained'] !== true) throw new TypeError('a retained event follows SUBSCRIBED');
  const topic = String(message.args?.[0]);
  return `${message.publication} of ${topic}${message.details['topic'] === topic ? ' as such' : ''}`;
}

describe('Broker', () => {
  it('does what a naive broker does, and holds nothing when all have left', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const observed = new Observed();

      for (const current of steps) {
        observed.play(current);
        observed.expectSizes();
      }
      observed.expectHistories();

      observed.expectListsKept();
      for (const leaver of observed.members) observed.broker.leave(leaver);
      expect(observed.broker.sizes).toEqual({ subscriptions: 0, subscribers: 0 });
    }), { numRuns: 300 });
  });
});
