import { Observable, of, throwError, type Subscription } from 'rxjs';
import { ApplicationError, TransportLostError } from '../../../lib/errors.ts';
import type { EventMessage } from '../../../lib/protocol/messages.ts';
import type { Registration, TopicOptions } from '../../../lib/session/options.ts';
import type { Session } from '../../../lib/session/session.ts';
import type { Peer } from '../../../lib/session/verbs.ts';
import type { LinkedClient } from '../../../lib/testing/index.ts';
import type { Faults } from './faults.ts';
import { ENDLESS, KEYS, OWN, type Answer, type ClientPlan, type NetworkStep, type Reaction, type SpoilStep, type UserStep } from './plan.ts';
import { ReconnectOracle, type RetryPlan } from './reconnect-oracle.ts';
import { RequestWitness, type RequestManner, type RequestSurroundings } from './request-witness.ts';
import { TopicWitness, type Published } from './topic-witness.ts';
import { WireLedger, keyOf } from './wire-ledger.ts';

/** What a client is played with. */
export interface Surroundings {
  readonly client: LinkedClient;
  readonly plan: ClientPlan;
  readonly retry: RetryPlan;
  readonly faults: Faults;
  readonly published: Pick<Published, 'missed'>;
  readonly now: () => number;
  /** An Observable in virtual time, from marbles. */
  readonly play: (marbles: string) => Observable<unknown>;
}

/** One registration of the client, and those who run it. */
interface OwnRegistration {
  readonly key: string;
  readonly subscription: { closed: boolean; unsubscribe(): void };
  registered: number;
  end: 'complete' | Error | undefined;
  running: number;
  /** No loss stops what never ends. */
  readonly mayRunOn: boolean;
}

/** A client in the hands of a user who does what the plan says, with a witness to each thing that is open. */
export class PlayedClient {
  readonly client: LinkedClient;
  readonly ledger: WireLedger;
  readonly topics: TopicWitness[] = [];
  readonly requests: RequestWitness[] = [];
  readonly registrations: OwnRegistration[] = [];
  readonly #around: Surroundings;
  readonly #faults: Faults;
  readonly #oracle: ReconnectOracle;
  readonly #requestsAround: RequestSurroundings;
  readonly #byNumber = new Map<string, RequestWitness>();
  readonly #reactions: Reaction[];
  #session: Session | undefined;
  // The last EVENT that arrived.
  #current: { readonly key: string; readonly publication: number; readonly isRetained: boolean } | undefined;
  #calls = 0;
  #publications = 0;
  #isOver = false;

  constructor(around: Surroundings) {
    const { client, plan, retry, faults, now } = around;
    this.client = client;
    this.#around = around;
    this.#faults = faults;
    this.#reactions = [...plan.reactions];
    this.#oracle = new ReconnectOracle(retry, faults, () => this.ledger);
    this.ledger = new WireLedger(client, faults, now, {
      settled: () => this.settled(),
      event: (key, message) => this.#event(key, message),
      result: (n, message) => this.#byNumber.get(`call ${n}`)?.result(message),
      refused: (type, n, message) => this.#byNumber.get(`${type} ${n}`)?.refused(message),
      published: (n) => this.#byNumber.get(`publish ${n}`)?.published(),
      sending: (type, n) => this.#byNumber.get(`${type} ${n}`)?.sending(),
      waited: (type, n) => this.#byNumber.get(`${type} ${n}`)?.waited ?? false,
    });
    this.#requestsAround = {
      faults, ledger: this.ledger, now, lost: { session: 0, request: 0 },
      isStaying: () => !['draining', 'closed'].includes(client.state.kind),
      isJoined: () => client.state.kind === 'joined',
      offline: () => plan.offline === 'fail' && client.state.kind === 'waiting',
      onEnd: () => this.#react('end'),
    };
    client.errors$.subscribe();
    client.state$.subscribe((state) => {
      this.#oracle.state(state, now());
      if (state.kind === 'joined') this.#session = state.session;
      // Who is leaving says first what is not wanted any more.
      else if (state.kind !== 'draining') this.ledger.end();
      if (state.kind === 'joined' || state.kind === 'waiting' || state.kind === 'idle') this.#react(state.kind);
    });
    if (plan.isHeld) void client.connect().catch(() => {});
  }

  get isGone(): boolean { return this.client.state.kind === 'closed' || this.client.state.kind === 'draining'; }

  /** What the router should have for the client by now. */
  get wanted(): { readonly subscriptions: readonly string[]; readonly registrations: number; readonly isAnything: boolean } {
    const subscriptions = [...new Set(this.topics.filter((witness) => witness.isOpen).map(({ key }) => key))].sort();
    const registrations = this.registrations.filter(isOpen);
    for (const { key, registered } of registrations) if (!this.isGone && registered !== this.ledger.sessions) this.#faults.add(`${key} was not registered anew`);
    const isAnything = this.#around.plan.isHeld || subscriptions.length + registrations.length > 0 || this.requests.some((witness) => witness.isOpen);
    return { subscriptions, registrations: registrations.length, isAnything };
  }

  /** All that has arrived is handled. */
  settled(): void {
    const waiting = this.requests.filter(({ isWaiting }) => isWaiting).length;
    if (waiting > this.#around.plan.queueLimit) this.#faults.add(`${waiting} requests wait for a session`);
    for (const witness of this.topics) witness.settled();
    for (const witness of this.requests) witness.settled();
  }

  play(step: UserStep | NetworkStep | SpoilStep): void {
    const { client } = this;
    switch (step.do) {
      case 'subscribe': return this.#subscribe(step);
      case 'unsubscribe': return this.topics.filter(({ isOpen }) => isOpen).at(step.at)?.leave();
      case 'call': return this.#call(step);
      case 'abandon': return this.requests.filter(({ isOpen, manner }) => isOpen && manner.type === 'call').at(step.at)?.leave();
      case 'register': return this.#register(step);
      case 'unregister': return this.registrations.filter(isOpen).at(step.at)?.subscription.unsubscribe();
      case 'publish': return this.#publish(step);
      case 'reconnectNow':
        this.#oracle.isHurried = true;
        return client.reconnectNow();
      case 'latency': return client.link.latency(step.ms, step.jitter);
      case 'truncate':
      case 'corrupt':
        this.#faults.isSpoilt = true;
        return client.link[step.do]();
      default: return client.link[step.do]();
    }
  }

  /** What may not be where everything was mended and given its time. */
  judge(): void {
    this.ledger.settled();
    this.settled();
    for (const { manner, isOpen: isWaiting } of this.requests) if (isWaiting && !manner.isEndless) this.#faults.addOfWire(`${manner.type} ${manner.n} was never answered`);
    if (this.isGone) for (const { key, isOpen: isThere } of this.topics) if (isThere) this.#faults.add(`${key} outlives the client`);
  }

  /** What may not be where nobody wants anything any more. */
  judgeEnd(): void {
    for (const { key, running, mayRunOn } of this.registrations) if (running > 0 && !mayRunOn) this.#faults.add(`${key}: ${running} run on`);
  }

  /** The user lets go of everything, and does nothing more. */
  leave(): void {
    this.#isOver = true;
    for (const witness of [...this.topics, ...this.requests]) witness.leave();
    for (const { subscription } of this.registrations) subscription.unsubscribe();
  }

  close(): void {
    this.#isOver = true;
    this.#oracle.isClosing = true;
    void this.client.close();
  }

  #react(on: Reaction['on']): void {
    const at = this.#isOver ? -1 : this.#reactions.findIndex((reaction) => reaction.on === on);
    if (at >= 0) this.play(this.#reactions.splice(at, 1)[0]!.step);
  }

  #event(key: string, { publication, details }: EventMessage): void {
    const isRetained = details['retained'] === true;
    this.#current = { key, publication, isRetained };
    for (const witness of this.topics) if (witness.key === key) witness.expect(publication, isRetained);
  }

  #verbs(onSession: boolean): Peer {
    return onSession && this.client.state.kind === 'joined' && this.#session !== undefined ? this.#session : this.client;
  }

  #subscribe({ key: at, as, grace, recovers, retained, onGap, onSession }: UserStep & { do: 'subscribe' }): void {
    const [uri, match] = KEYS[at]!;
    const verbs = this.#verbs(onSession);
    const options: TopicOptions = { match, grace, retained, onGap, recover: recovers ? { limit: 2, maxHold: 3, timeout: 60 } : 'off' };
    const manner = { status: as === 'status', isBound: verbs !== this.client, recovers: recovers && verbs === this.client, retained, direct: as === 'direct' && verbs === this.client };
    const witness = new TopicWitness(keyOf(uri, match), manner, this.#faults, { missed: (...between) => this.#around.published.missed(...between), isGone: () => this.isGone }, { onEvent: () => this.#react('event'), onEnd: () => this.#react('end') });
    this.topics.push(witness);
    // Who recovers joins others who do, and those may not have had the event yet in the midst of which it came.
    if (manner.recovers && this.#current?.key === witness.key) witness.expect(this.#current.publication, this.#current.isRetained);
    witness.watch(as === 'status' ? verbs.topicStatus(uri, options) : verbs.topic(uri, options));
  }

  #call({ procedure, progress, timeout, cancelMode, onSession }: UserStep & { do: 'call' }): void {
    const n = ++this.#calls;
    const verbs = this.#verbs(onSession);
    const witness = this.#request({ n, type: 'call', progress, timeout, cancelMode, acknowledge: false, onSession: verbs !== this.client, isEndless: procedure === ENDLESS && timeout === undefined });
    witness.watch(verbs.call(procedure, [n, verbs === this.client ? '' : 'on session'], { progress, timeout, cancelMode }));
  }

  #publish({ topic, acknowledge, bySubject }: UserStep & { do: 'publish' }): void {
    const n = ++this.#publications;
    // Of a client that is closed it would be an error without a subscriber.
    if (bySubject && !this.isGone) return this.client.subject(topic, { excludeMe: false, acknowledge }).next([n, 'user']);
    const witness = this.#request({ n, type: 'publish', progress: false, timeout: undefined, cancelMode: 'none', acknowledge, onSession: false, isEndless: false });
    witness.watch(this.client.publish(topic, [n, 'user'], { excludeMe: false, acknowledge }));
  }

  #request(manner: RequestManner): RequestWitness {
    const witness = new RequestWitness(manner, this.#requestsAround);
    this.requests.push(witness);
    this.#byNumber.set(`${manner.type} ${manner.n}`, witness);
    return witness;
  }

  #register({ own, answer }: UserStep & { do: 'register' }): void {
    const [uri, options, limit] = OWN[own]!;
    let subscription: Subscription | undefined;
    let isLeft = false;
    const entry: OwnRegistration = {
      key: keyOf(uri, options.match), registered: 0, end: undefined, running: 0, mayRunOn: options.onLoss === 'finish' && answer === 'never',
      subscription: {
        get closed() { return isLeft; },
        unsubscribe: () => {
          isLeft = true;
          subscription?.unsubscribe();
        },
      },
    };
    const over = (end: 'complete' | Error): void => {
      if (isLeft || entry.end !== undefined) this.#faults.add(`${uri}: ${String(end)} after its end`);
      if (end instanceof TransportLostError && !this.isGone) this.#faults.add(`${uri}: ended with its session`);
      entry.end = end;
      this.#react('end');
    };
    this.registrations.push(entry);
    subscription = this.client.register(uri, () => this.#answer(entry, answer, limit), options).subscribe({
      // Left from within its own subscribe(), it has nothing to unsubscribe from yet.
      next: (registration) => this.#registered(entry, registration, isLeft && subscription !== undefined), error: over, complete: () => over('complete'),
    });
    if (isLeft) subscription.unsubscribe();
  }

  #registered(entry: OwnRegistration, { id }: Registration, isLeft: boolean): void {
    if (isLeft || entry.end !== undefined) this.#faults.add(`${entry.key}: registered after its end`);
    if (!this.ledger.registrations.has(id)) this.#faults.add(`${entry.key}: registered as ${id}, which this session has not`);
    entry.registered = this.ledger.sessions;
  }

  #answer(entry: OwnRegistration, answer: Answer, limit: number): Observable<unknown> {
    return new Observable((subscriber) => {
      entry.running += 1;
      if (entry.running > limit) this.#faults.add(`${entry.key}: ${entry.running} run at a time`);
      subscriber.add(() => { entry.running -= 1; });
      subscriber.add(this.#answers(answer).subscribe(subscriber));
    });
  }

  #answers(answer: Answer): Observable<unknown> {
    const { play } = this.#around;
    switch (answer) {
      case 'value': return of(1);
      case 'later': return play('15ms (a|)');
      case 'progress': return play('a 4ms b 4ms (c|)');
      case 'refusal': return throwError(() => new ApplicationError('com.refused'));
      case 'failure': return throwError(() => new Error('failed'));
      default: return play('-');
    }
  }
}

const isOpen = ({ end, subscription }: OwnRegistration): boolean => end === undefined && !subscription.closed;
