import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MessageType } from '../../../lib/protocol/messages.ts';
import { matches, type MatchPolicy } from '../../../lib/protocol/uri.ts';
import { Broker } from '../../../lib/router/core/broker.ts';
import type { Member, Outbound } from '../../../lib/router/core/outbound.ts';
import type { Dict } from '../../../lib/types.ts';
import { member } from '../../support/members.ts';

const MEMBERS = 5;
const TOPICS = ['a', 'a.b', 'a.b.c', 'ab', 'b.b'];
const PATTERNS: readonly (readonly [string, MatchPolicy])[] = [
  ['a', 'exact'], ['a.b', 'exact'], ['a', 'prefix'], ['', 'prefix'], ['a.b', 'prefix'], ['a.', 'wildcard'], ['.b', 'wildcard'],
  ['..c', 'wildcard'],
];

const who = fc.nat(MEMBERS - 1);
const some = <T>(...values: T[]): fc.Arbitrary<T[] | undefined> => fc.option(fc.subarray(values), { nil: undefined, freq: 1 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('subscribe' as const), who, pattern: fc.constantFrom(...PATTERNS) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unsubscribe' as const), who, id: fc.integer({ min: 100, max: 110 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('publish' as const), who, topic: fc.constantFrom(...TOPICS), acknowledge: fc.boolean(), excludeMe: fc.boolean(),
      exclude: some(1, 2, 3), eligible: some(1, 2, 3, 4, 5), excludeAuthid: some('user-1', 'user-4'), eligibleAuthrole: some('even', 'odd'),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
type PublishStep = Extract<Step, { do: 'publish' }>;

interface Line {
  readonly id: number;
  readonly pattern: string;
  readonly match: MatchPolicy;
  readonly member: Member;
}

/** A broker as plain as can be: a list of who subscribed to what, which it scans. */
class NaiveBroker {
  lines: Line[] = [];
  #nextId = 100;

  subscribe(subscriber: Member, [pattern, match]: readonly [string, MatchPolicy]): number {
    const same = this.lines.filter((line) => line.pattern === pattern && line.match === match);
    const id = same[0]?.id ?? this.#nextId++;
    if (!same.some((line) => line.member === subscriber)) this.lines.push({ id, pattern, match, member: subscriber });
    return id;
  }

  /** Takes out what a member has, or only one subscription of it; tells whether there was anything. */
  drop(subscriber: Member, id?: number): boolean {
    const kept = this.lines.filter((line) => line.member !== subscriber || (id !== undefined && line.id !== id));
    const dropped = kept.length < this.lines.length;
    this.lines = kept;
    return dropped;
  }

  receivers(publisher: Member, { topic, excludeMe, exclude, eligible, excludeAuthid, eligibleAuthrole }: PublishStep): string[] {
    return this.lines
      .filter(({ pattern, match }) => matches(pattern, match, topic))
      .filter((line) => !(excludeMe && line.member === publisher))
      .filter((line) => !exclude?.includes(line.member.id) && !excludeAuthid?.includes(line.member.authid))
      .filter((line) => (eligible?.includes(line.member.id) ?? true) && (eligibleAuthrole?.includes(line.member.authrole) ?? true))
      .map((line) => `${line.id} to ${line.member.id}${line.match === 'exact' ? '' : ` as ${topic}`}`);
  }
}

function wireOptions({ acknowledge, excludeMe, exclude, eligible, excludeAuthid, eligibleAuthrole }: PublishStep): Dict {
  return {
    acknowledge, exclude_me: excludeMe, exclude, eligible, exclude_authid: excludeAuthid, eligible_authrole: eligibleAuthrole,
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
    this.broker = new Broker({ nextId: () => id++, publicationId: () => ++this.#publication });
  }

  play(current: Step): void {
    const actor = this.members[current.who]!;
    switch (current.do) {
      case 'subscribe':
        return this.#subscribe(actor, current.pattern);
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

  #subscribe(actor: Member, pattern: readonly [string, MatchPolicy]): void {
    const [topic, match] = pattern;
    const outbound = this.broker.subscribe(actor, { type: MessageType.SUBSCRIBE, request: 1, options: { match }, topic });
    const message = { type: MessageType.SUBSCRIBED, request: 1, subscription: this.#naive.subscribe(actor, pattern) };
    expect(outbound).toEqual([{ to: actor, message }]);
  }

  #unsubscribe(actor: Member, id: number): void {
    const [answer] = this.broker.unsubscribe(actor, { type: MessageType.UNSUBSCRIBE, request: 1, subscription: id });
    expect(answer!.message.type).toBe(this.#naive.drop(actor, id) ? MessageType.UNSUBSCRIBED : MessageType.ERROR);
  }

  #publish(actor: Member, current: PublishStep): void {
    const options = wireOptions(current);
    const message = { type: MessageType.PUBLISH, request: 1, options, topic: current.topic, args: [], kwargs: undefined };
    const outbound = this.broker.publish(actor, message);
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

describe('Broker', () => {
  it('does what a naive broker does, and holds nothing when all have left', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const observed = new Observed();

      for (const current of steps) {
        observed.play(current);
        observed.expectSizes();
      }

      observed.expectListsKept();
      for (const leaver of observed.members) observed.broker.leave(leaver);
      expect(observed.broker.sizes).toEqual({ subscriptions: 0, subscribers: 0 });
    }), { numRuns: 300 });
  });
});
