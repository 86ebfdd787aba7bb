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
// Mostly the policy that others have for the pattern: callees that share nothing would be told little apart.
const shared = fc.nat(PATTERNS.length - 1).map((n) => ({ pattern: PATTERNS[n]!, invoke: POLICIES[POLICIES.length - 1 - n]! }));
const registering = fc.oneof({ weight: 5, arbitrary: shared }, { weight: 1, arbitrary: fc.record({ pattern, invoke: fc.constantFrom(...POLICIES) }) });
const procedure = fc.constantFrom(...PROCEDURES);
const progress = fc.boolean();
const mode = fc.constantFrom<CancelMode>('skip', 'kill', 'killnowait');
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('register' as const), who, as: registering, concurrency: fc.constantFrom(undefined, 1, 2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unregister' as const), who, id: fc.integer({ min: 100, max: 106 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('call' as const), who, procedure, progress, input: fc.boolean(), timed: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('continue' as const), at, progress, elsewhere: fc.nat(9).map((n) => n === 0) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('yield' as const), at, progress }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('error' as const), at }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('decline' as const), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const), at }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cancel' as const), at, mode }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who }) },
);
const chances = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A callee of one registration. */
interface Place {
  readonly member: Member;
  readonly concurrency: number;
}

interface Registered {
  readonly id: number;
  readonly pattern: string;
  readonly match: MatchPolicy;
  readonly invoke: InvocationPolicy;
  readonly callees: Place[];
}

interface Called {
  readonly caller: Member;
  readonly request: number;
  readonly procedure: string;
  readonly progress: boolean;
  /** Whether more CALLs of it may come. */
  input: boolean;
  readonly timed: boolean;
  /** When its time was set, by count. */
  timedSince: number;
  /** Where it is; `undefined` where nobody could be called. */
  place: Place | undefined;
  invocation: number;
  interrupted: boolean;
  /** What it was routed by, while it may go on to somebody else. */
  routed: Registered | undefined;
  /** Whether more than the first CALL has gone to the callee, or something has come from it. */
  settled: boolean;
  readonly tried: Set<Member>;
  /** How it ended, in the words of {@link brief}; `undefined` while it is open. */
  end: string | undefined;
}

const takesInput = (callee: Member): boolean => callee.has('callee', 'progressive_call_invocations');
const mayDecline = (callee: Member): boolean => callee.has('callee', 'call_reroute');
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
  readonly #timers = new Set<() => readonly Outbound<Member>[]>();
  #requests = 0;
  #ticks = 0;

  constructor(random: () => number) {
    let id = 100;
    const after = (_ms: number, run: () => readonly Outbound<Member>[]): (() => void) => {
      this.#timers.add(run);
      return () => { this.#timers.delete(run); };
    };
    this.dealer = new Dealer({ nextId: () => id++, random, after });
    this.members = Array.from({ length: MEMBERS }, (_, i) => this.#join(i));
  }

  play(current: Step): void {
    switch (current.do) {
      case 'register':
        return this.#register(this.members[current.who]!, current);
      case 'unregister':
        return this.#unregister(this.members[current.who]!, current.id);
      case 'call':
        return this.#call(this.members[current.who]!, current);
      case 'continue':
        return this.#continue(current.at, current.progress, current.elsewhere);
      case 'yield':
        return this.#answer(current.at, current.progress ? 'progress' : 'result');
      case 'error':
        return this.#answer(current.at, 'com.failed');
      case 'decline':
        return this.#decline(current.at);
      case 'expire':
        return this.#expire(current.at);
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
        if (called.place!.member !== leaver) expected.push(...this.#interruptionOf(called, 'killnowait'));
        called.end = 'caller left';
      } else if (called.place!.member === leaver) {
        called.end = `to ${called.caller.id}: wamp.error.canceled ${called.request}`;
        expected.push(called.end);
      }
    }
    for (const { callees } of this.#registered) remove(callees, leaver);

    expect(this.#heard(this.dealer.leave(leaver)).toSorted()).toEqual(expected.toSorted());
    this.members[place] = this.#join(place);
  }

  expectSizes(): void {
    this.#registered = this.#registered.filter(({ callees }) => callees.length > 0);
    expect(this.dealer.sizes).toMatchObject({
      registrations: this.#registered.length,
      callees: new Set(this.#registered.flatMap(({ callees }) => callees.map((place) => place.member))).size,
      invocations: this.#open().length,
    });
    expect(this.#timers.size).toBe(this.#open().filter(({ timed }) => timed).length);
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
    const input = place % 4 === 0 || place === 2 ? ['callee.progressive_call_invocations'] : [];
    const declines = place === 0 ? [] : ['callee.call_reroute'];
    return member(place + 1, { features: ['caller.progressive_call_invocations', ...declines, ...(place % 2 === 0 ? ['callee.call_canceling', ...input] : [])] });
  }

  #open(): Called[] {
    return this.#calls.filter(({ end, place }) => end === undefined && place !== undefined);
  }

  /** Who of a registration may have a call more. */
  #withRoom({ callees }: Registered): readonly Place[] {
    return callees.filter((place) => this.#open().filter((called) => called.place === place).length < place.concurrency);
  }

  /** What the callee of a call hears of its end, where it hears anything. */
  #interruptionOf(called: Called, how: string): readonly string[] {
    const { member: callee } = called.place!;
    if (!isAble(callee) || called.interrupted) return [];
    called.interrupted = true;
    return [`to ${callee.id}: interrupt ${called.invocation} ${how}`];
  }

  /** Takes note of who has a call now, and under which id. */
  #given(called: Called, registered: Registered, { to }: Outbound<Member>): void {
    const callee = to as Member;
    called.place = registered.callees.find((place) => place.member === callee)!;
    called.invocation = (this.#invocations.get(callee) ?? 0) + 1;
    this.#invocations.set(callee, called.invocation);
    called.routed = registered.callees.length > 1 && mayDecline(callee) ? registered : undefined;
  }

  #register(callee: Member, { as: { pattern: [procedure, match], invoke: policy }, concurrency }: Extract<Step, { do: 'register' }>): void {
    const message = { type: MessageType.REGISTER, request: 1, options: { match, invoke: policy, concurrency }, procedure };
    const [answer] = this.dealer.register(callee, message);
    const existing = this.#registered.find((one) => one.pattern === procedure && one.match === match && one.callees.length > 0);
    const isTaken = existing !== undefined && (policy === 'single' || existing.invoke !== policy || existing.callees.some((place) => place.member === callee));

    expect(answer).toMatchObject({ to: callee, message: { type: isTaken ? MessageType.ERROR : MessageType.REGISTERED } });
    if (isTaken || answer!.message.type !== MessageType.REGISTERED) return;
    const place = { member: callee, concurrency: concurrency ?? Infinity };
    if (existing !== undefined) existing.callees.push(place);
    else this.#registered.push({ id: answer!.message.registration, pattern: procedure, match, invoke: policy, callees: [place] });
  }

  #unregister(callee: Member, id: number): void {
    const [answer] = this.dealer.unregister(callee, { type: MessageType.UNREGISTER, request: 1, registration: id });
    const registered = this.#registered.find((one) => one.id === id && one.callees.some((place) => place.member === callee));

    expect(answer!.message.type).toBe(registered === undefined ? MessageType.ERROR : MessageType.UNREGISTERED);
    if (registered !== undefined) remove(registered.callees, callee);
  }

  #call(caller: Member, { procedure: called, progress: asks, input, timed }: Extract<Step, { do: 'call' }>): void {
    const request = ++this.#requests;
    const entry: Called = {
      caller, request, procedure: called, progress: asks, input, timed, timedSince: ++this.#ticks, place: undefined, invocation: 0, interrupted: false, routed: undefined, settled: false, tried: new Set(), end: undefined,
    };
    const best = this.#bestFor(called);
    const open = best === undefined ? [] : this.#withRoom(best);
    this.#calls.push(entry);
    const options = { receive_progress: asks, progress: input, timeout: timed ? 100 : undefined };
    const message = { type: MessageType.CALL, request, options, procedure: called, args: undefined, kwargs: undefined };
    const [outbound] = this.dealer.call(caller, message);
    const isRefused = open.length > 0 && outbound!.message.type === MessageType.ERROR;
    // The policy has chosen one of them who cannot take more.
    if (isRefused) expect(input && open.some((place) => !takesInput(place.member))).toBe(true);
    if (best === undefined || open.length === 0 || isRefused) {
      const why = isRefused ? 'feature_not_supported' : best === undefined ? 'no_such_procedure' : 'no_available_callee';
      entry.end = `to ${caller.id}: wamp.error.${why} ${request}`;
      expect(this.#heard([outbound!])).toEqual([entry.end]);
      return;
    }

    this.#given(entry, best, outbound!);
    expect(open).toContain(entry.place);
    if (best.invoke === 'first') expect(entry.place).toBe(open[0]);
    if (best.invoke === 'last') expect(entry.place).toBe(open.at(-1));
    if (input) expect(takesInput(entry.place!.member)).toBe(true);
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
    expect(outbound).toMatchObject([{ to: called.place!.member, message: { type: MessageType.INVOCATION, request: called.invocation, details: more ? { progress: true } : {} } }]);
    called.input = more;
    called.settled = true;
  }

  #bestFor(called: string): Registered | undefined {
    const matching = this.#registered.filter((one) => one.callees.length > 0 && matches(one.pattern, one.match, called));
    const prefixes = matching.filter(({ match }) => match === 'prefix').toSorted((a, b) => b.pattern.length - a.pattern.length);
    return matching.find(({ match }) => match === 'exact') ?? prefixes[0] ?? matching[0];
  }

  #answer(index: number, kind: string): void {
    const called = this.#calls.filter(({ place }) => place !== undefined && this.members.includes(place.member)).at(-1 - index);
    if (called === undefined) return;
    const outbound = kind === 'com.failed'
      ? this.dealer.error(called.place!.member, failure(called, kind))
      : this.dealer.yield(called.place!.member, { type: MessageType.YIELD, request: called.invocation, options: { progress: kind === 'progress' }, args: undefined, kwargs: undefined });

    const isHeard = called.end === undefined && (kind !== 'progress' || called.progress);
    const expected = `to ${called.caller.id}: ${kind} ${called.request}`;
    expect(this.#heard(outbound)).toEqual(isHeard ? [expected] : []);
    if (isHeard) called.settled = true;
    if (isHeard && kind !== 'progress') called.end = expected;
    if (isHeard && kind === 'progress' && !called.interrupted) called.timedSince = ++this.#ticks;
  }

  #decline(index: number): void {
    const called = this.#open().at(-1 - index);
    if (called === undefined) return;
    const { caller, request, routed, place, tried, settled, interrupted, input } = called;
    const callee = place!.member;
    const isDeclined = mayDecline(callee) && !settled && !interrupted;
    tried.add(callee);
    const free = this.#withRoom({ ...routed!, callees: routed?.callees.filter((other) => !tried.has(other.member) && (!input || takesInput(other.member))) ?? [] });

    const outbound = this.dealer.error(callee, failure(called, 'wamp.error.unavailable'));

    if (isDeclined && routed !== undefined && free.length > 0) {
      this.#given(called, routed, outbound[0]!);
      expect(outbound).toMatchObject([{ message: { type: MessageType.INVOCATION, request: called.invocation, registration: routed.id } }]);
      if (routed.invoke === 'first') expect(called.place).toBe(free[0]);
      if (routed.invoke === 'last') expect(called.place).toBe(free.at(-1));
      return expect(free).toContain(called.place);
    }
    called.end = `to ${caller.id}: wamp.error.${isDeclined ? 'no_available_callee' : 'unavailable'} ${request}`;
    expect(this.#heard(outbound)).toEqual([called.end]);
  }

  /** The time of a call is over: timers stand in the order in which they were set. */
  #expire(index: number): void {
    const timed = this.#open().filter((called) => called.timed).toSorted((a, b) => a.timedSince - b.timedSince);
    const called = timed.at(-1 - index);
    if (called === undefined) return;
    const run = [...this.#timers].at(-1 - index)!;
    called.end = `to ${called.caller.id}: wamp.error.timeout ${called.request}`;
    const expected = [called.end, ...this.#interruptionOf(called, 'killnowait')];

    expect(this.#heard(run())).toEqual(expected);
    expect(run()).toEqual([]);
  }

  #cancel(index: number, how: CancelMode): void {
    const called = this.#calls.at(-1 - index);
    if (called === undefined) return;
    const outbound = this.dealer.cancel(called.caller, { type: MessageType.CANCEL, request: called.request, options: { mode: how } });
    const expected: string[] = [];
    if (called.end === undefined) {
      const interrupts = how !== 'skip' && isAble(called.place!.member);
      if (how !== 'kill' || !interrupts) {
        called.end = `to ${called.caller.id}: wamp.error.canceled ${called.request}`;
        expected.push(called.end);
      }
      if (interrupts) expected.push(...this.#interruptionOf(called, how));
    }
    expect(this.#heard(outbound)).toEqual(expected);
  }
}

function failure({ invocation }: Called, error: string): ErrorMessage {
  return { type: MessageType.ERROR, requestType: MessageType.INVOCATION, request: invocation, details: {}, error, args: undefined, kwargs: undefined };
}

function remove(callees: Place[], member: Member): void {
  const at = callees.findIndex((place) => place.member === member);
  if (at >= 0) callees.splice(at, 1);
}

describe('Dealer', () => {
  it('does what a naive dealer does, answers each call once, and holds nothing, no timer either, when all have left', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 80, size: 'max' }), chances, (steps, chance) => {
      const observed = new Observed(() => chance.next().value);

      for (const current of steps) {
        observed.play(current);
        observed.expectSizes();
      }

      observed.expectAnswers();
      for (let place = 0; place < MEMBERS; place++) observed.leave(place);
      expect(observed.dealer.sizes).toEqual({ registrations: 0, callees: 0, invocations: 0, members: 0 });
    }), { numRuns: 200 });
  });
});
