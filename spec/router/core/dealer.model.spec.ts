import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MessageType, type ErrorMessage, type Message, type Result } from '../../../lib/protocol/messages.ts';
import type { CancelMode, InvocationPolicy } from '../../../lib/protocol/options.ts';
import { matches, type MatchPolicy } from '../../../lib/protocol/uri.ts';
import { Dealer } from '../../../lib/router/core/dealer.ts';
import type { Member, Outbound } from '../../../lib/router/core/outbound.ts';
import type { Dict } from '../../../lib/types.ts';
import { member } from '../../support/members.ts';

const MEMBERS = 4;
const PROCEDURES = ['a', 'a.b', 'a.b.c', 'ab'];
const PATTERNS: readonly (readonly [string, MatchPolicy])[] = [
  ['a', 'exact'], ['a.b', 'exact'], ['a', 'prefix'], ['a.b', 'prefix'], ['..c', 'wildcard'],
];
const POLICIES: readonly InvocationPolicy[] = ['single', 'first', 'last', 'roundrobin', 'random'];

const who = fc.nat(MEMBERS - 1);
const at = fc.nat(9); // which of the open calls, or of those that are over
const pattern = fc.constantFrom(...PATTERNS);
const invoke = fc.constantFrom(...POLICIES);
const procedure = fc.constantFrom(...PROCEDURES);
const progress = fc.boolean();
const mode = fc.constantFrom<CancelMode>('skip', 'kill', 'killnowait');
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('register' as const), who, pattern, invoke }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unregister' as const), who, id: fc.integer({ min: 100, max: 106 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('call' as const), who, procedure, progress, input: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('continue' as const), at, progress, elsewhere: fc.nat(9).map((n) => n === 0) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('yield' as const), at, progress }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('error' as const), at }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cancel' as const), at, mode }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who }) },
);
const chances = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Registered {
  readonly id: number;
  readonly pattern: string;
  readonly match: MatchPolicy;
  readonly invoke: InvocationPolicy;
  readonly callees: Member[];
}

interface Called {
  readonly caller: Member;
  readonly request: number;
  readonly procedure: string;
  readonly progress: boolean;
  /** Whether more CALLs of it may come. */
  input: boolean;
  callee: Member | undefined;
  invocation: number;
  interrupted: boolean;
  /** How it ended, in the words of {@link brief}; `undefined` while it is open. */
  end: string | undefined;
}

const takesInput = (callee: Member): boolean => callee.has('callee', 'progressive_call_invocations');
const isAble = (callee: Member): boolean => callee.has('callee', 'call_canceling');

/** An outbound in a few words, so that model and dealer can be compared. */
function brief({ to, message }: Outbound): string {
  const address = `to ${(to as Member).id}:`;
  if (message.type === MessageType.RESULT) return `${address} ${isFinal(message) ? 'result' : 'progress'} ${message.request}`;
  if (message.type === MessageType.ERROR) return `${address} ${message.error} ${message.request}`;
  if (message.type === MessageType.INTERRUPT) return `${address} interrupt ${message.request} ${String(message.options['mode'])}`;
  return `${address} ${message.type}`;
}

/** Whether a message is the last that a caller hears of a call. */
function isFinal(message: Message): message is ErrorMessage | Result {
  if (message.type === MessageType.ERROR) return message.requestType === MessageType.CALL;
  return message.type === MessageType.RESULT && message.details['progress'] !== true;
}

/** A dealer under the eyes of a naive one, which keeps lists of everything and scans them. */
class Observed {
  readonly dealer: Dealer<Member>;
  readonly members: Member[];
  #registered: Registered[] = [];
  readonly #calls: Called[] = [];
  readonly #invocations = new Map<Member, number>();
  readonly #answered = new Set<string>();
  #requests = 0;

  constructor(random: () => number) {
    let id = 100;
    this.dealer = new Dealer({ nextId: () => id++, random, after: () => () => {} });
    this.members = Array.from({ length: MEMBERS }, (_, i) => this.#join(i));
  }

  play(current: Step): void {
    switch (current.do) {
      case 'register':
        return this.#register(this.members[current.who]!, current.pattern, current.invoke);
      case 'unregister':
        return this.#unregister(this.members[current.who]!, current.id);
      case 'call':
        return this.#call(this.members[current.who]!, current.procedure, current.progress, current.input);
      case 'continue':
        return this.#continue(current.at, current.progress, current.elsewhere);
      case 'yield':
        return this.#answer(current.at, current.progress ? 'progress' : 'result');
      case 'error':
        return this.#answer(current.at, 'com.failed');
      case 'cancel':
        return this.#cancel(current.at, current.mode);
      case 'leave':
        return this.leave(current.who);
    }
  }

  /** The member leaves and another one comes in its place. */
  leave(place: number): void {
    const leaver = this.members[place]!;
    const expected: string[] = [];
    for (const called of this.#open()) {
      if (called.caller === leaver) {
        if (called.callee !== leaver && isAble(called.callee!) && !called.interrupted) {
          expected.push(`to ${called.callee!.id}: interrupt ${called.invocation} killnowait`);
        }
        called.end = 'caller left';
      } else if (called.callee === leaver) {
        called.end = `to ${called.caller.id}: wamp.error.canceled ${called.request}`;
        expected.push(called.end);
      }
    }
    for (const { callees } of this.#registered) if (callees.includes(leaver)) callees.splice(callees.indexOf(leaver), 1);

    expect(this.#heard(this.dealer.leave(leaver)).toSorted()).toEqual(expected.toSorted());
    this.members[place] = this.#join(place);
  }

  expectSizes(): void {
    this.#registered = this.#registered.filter(({ callees }) => callees.length > 0);
    expect(this.dealer.sizes).toMatchObject({
      registrations: this.#registered.length,
      callees: new Set(this.#registered.flatMap(({ callees }) => callees)).size,
      invocations: this.#open().length,
    });
  }

  /** Each call that is over was answered, unless its caller left; and none that is open was. */
  expectAnswers(): void {
    for (const { caller, request, end } of this.#calls) {
      if (end !== 'caller left') expect(this.#answered.has(`${caller.id} ${request}`)).toBe(end !== undefined);
    }
  }

  /** What came out, in few words. No call is answered twice, and nobody is interrupted who cannot be. */
  #heard(outbound: readonly Outbound<Member>[]): string[] {
    for (const { to, message } of outbound) {
      if (message.type === MessageType.INTERRUPT) expect(isAble(to as Member)).toBe(true);
      if (!isFinal(message)) continue;
      const answered = `${(to as Member).id} ${message.request}`;
      expect(this.#answered.has(answered)).toBe(false);
      this.#answered.add(answered);
    }
    return outbound.map(brief);
  }

  #join(place: number): Member {
    const input = place === 0 ? ['callee.progressive_call_invocations'] : [];
    return member(place + 1, { features: ['caller.progressive_call_invocations', ...(place % 2 === 0 ? ['callee.call_canceling', ...input] : [])] });
  }

  #open(): Called[] {
    return this.#calls.filter(({ end, callee }) => end === undefined && callee !== undefined);
  }

  #register(callee: Member, [procedure, match]: readonly [string, MatchPolicy], policy: InvocationPolicy): void {
    const message = { type: MessageType.REGISTER, request: 1, options: { match, invoke: policy }, procedure };
    const [answer] = this.dealer.register(callee, message);
    const existing = this.#registered.find((one) => one.pattern === procedure && one.match === match && one.callees.length > 0);
    const isTaken = existing !== undefined && (policy === 'single' || existing.invoke !== policy || existing.callees.includes(callee));

    expect(answer).toMatchObject({ to: callee, message: { type: isTaken ? MessageType.ERROR : MessageType.REGISTERED } });
    if (isTaken || answer!.message.type !== MessageType.REGISTERED) return;
    if (existing !== undefined) existing.callees.push(callee);
    else this.#registered.push({ id: answer!.message.registration, pattern: procedure, match, invoke: policy, callees: [callee] });
  }

  #unregister(callee: Member, id: number): void {
    const [answer] = this.dealer.unregister(callee, { type: MessageType.UNREGISTER, request: 1, registration: id });
    const registered = this.#registered.find((one) => one.id === id && one.callees.includes(callee));

    expect(answer!.message.type).toBe(registered === undefined ? MessageType.ERROR : MessageType.UNREGISTERED);
    registered?.callees.splice(registered.callees.indexOf(callee), 1);
  }

  #call(caller: Member, called: string, asks: boolean, input: boolean): void {
    const request = ++this.#requests;
    const entry: Called = { caller, request, procedure: called, progress: asks, input, callee: undefined, invocation: 0, interrupted: false, end: undefined };
    this.#calls.push(entry);
    const options = { receive_progress: asks, progress: input };
    const message = { type: MessageType.CALL, request, options, procedure: called, args: undefined, kwargs: undefined };
    expect(this.dealer.continuation(caller, message)).toBe(undefined);
    const [outbound] = this.dealer.call(caller, message);
    const best = this.#bestFor(called);
    const isRefused = best !== undefined && outbound!.message.type === MessageType.ERROR;
    // The policy has chosen one of them who cannot take more.
    if (isRefused) expect(input && best.callees.some((callee) => !takesInput(callee))).toBe(true);
    if (best === undefined || isRefused) {
      entry.end = `to ${caller.id}: wamp.error.${isRefused ? 'feature_not_supported' : 'no_such_procedure'} ${request}`;
      expect(this.#heard([outbound!])).toEqual([entry.end]);
      return;
    }

    entry.callee = outbound!.to as Member;
    entry.invocation = (this.#invocations.get(entry.callee) ?? 0) + 1;
    this.#invocations.set(entry.callee, entry.invocation);
    expect(best.callees).toContain(entry.callee);
    if (best.invoke === 'first') expect(entry.callee).toBe(best.callees[0]);
    if (best.invoke === 'last') expect(entry.callee).toBe(best.callees.at(-1));
    if (input) expect(takesInput(entry.callee)).toBe(true);
    expect(outbound!.message).toMatchObject({ type: MessageType.INVOCATION, request: entry.invocation, registration: best.id });
    expect((outbound!.message as { readonly details: Dict }).details['progress'] === true).toBe(input);
  }

  #continue(index: number, more: boolean, elsewhere: boolean): void {
    const called = this.#calls.at(-1 - index);
    if (called === undefined || (called.end === undefined && !called.input) || !this.members.includes(called.caller)) return;
    const { caller, request, procedure: of } = called;
    const message = { type: MessageType.CALL, request, options: { progress: more }, procedure: elsewhere ? `${of}.x` : of, args: undefined, kwargs: undefined };

    const outbound = this.dealer.continuation(caller, message);

    if (called.end !== undefined || called.interrupted || elsewhere) return expect(outbound).toEqual([]);
    expect(outbound).toMatchObject([{ to: called.callee, message: { type: MessageType.INVOCATION, request: called.invocation, details: more ? { progress: true } : {} } }]);
    called.input = more;
  }

  #bestFor(called: string): Registered | undefined {
    const matching = this.#registered.filter((one) => one.callees.length > 0 && matches(one.pattern, one.match, called));
    const prefixes = matching.filter(({ match }) => match === 'prefix').toSorted((a, b) => b.pattern.length - a.pattern.length);
    return matching.find(({ match }) => match === 'exact') ?? prefixes[0] ?? matching[0];
  }

  #answer(index: number, kind: string): void {
    const called = this.#calls.filter(({ callee }) => callee !== undefined).at(-1 - index);
    if (called === undefined) return;
    const message = { request: called.invocation, args: undefined, kwargs: undefined };
    const failure = { ...message, type: MessageType.ERROR, requestType: MessageType.INVOCATION, details: {}, error: kind };
    const outbound = kind === 'com.failed'
      ? this.dealer.error(called.callee!, failure)
      : this.dealer.yield(called.callee!, { ...message, type: MessageType.YIELD, options: { progress: kind === 'progress' } });

    const isHeard = called.end === undefined && (kind !== 'progress' || called.progress);
    const expected = `to ${called.caller.id}: ${kind} ${called.request}`;
    expect(this.#heard(outbound)).toEqual(isHeard ? [expected] : []);
    if (isHeard && kind !== 'progress') called.end = expected;
  }

  #cancel(index: number, how: CancelMode): void {
    const called = this.#calls.at(-1 - index);
    if (called === undefined) return;
    const outbound = this.dealer.cancel(called.caller, { type: MessageType.CANCEL, request: called.request, options: { mode: how } });
    const expected: string[] = [];
    if (called.end === undefined) {
      const interrupts = how !== 'skip' && isAble(called.callee!);
      if (how !== 'kill' || !interrupts) {
        called.end = `to ${called.caller.id}: wamp.error.canceled ${called.request}`;
        expected.push(called.end);
      }
      if (interrupts && !called.interrupted) {
        called.interrupted = true;
        expected.push(`to ${called.callee!.id}: interrupt ${called.invocation} ${how}`);
      }
    }
    expect(this.#heard(outbound)).toEqual(expected);
  }
}

describe('Dealer', () => {
  it('does what a naive dealer does, answers each call once, and holds nothing when all have left', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 80 }), chances, (steps, chance) => {
      const observed = new Observed(() => chance.next().value);

      for (const current of steps) {
        observed.play(current);
        observed.expectSizes();
      }

      observed.expectAnswers();
      for (let place = 0; place < MEMBERS; place++) observed.leave(place);
      expect(observed.dealer.sizes).toEqual({ registrations: 0, callees: 0, invocations: 0, members: 0 });
    }), { numRuns: 300 });
  });
});
