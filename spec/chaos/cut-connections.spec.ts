/**
 * A client does whatever it likes while its connection is cut, mended and taken away by the router, and a model says what has to be left
 * of it on the wire.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NEVER, Observable, Subject, map, of, timer, type Subscription } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { MessageType, type Message } from '../../lib/protocol/messages.ts';
import type { MatchPolicy } from '../../lib/protocol/uri.ts';
import type { Id, Uri } from '../../lib/types.ts';
import type { Connection, Frame, Transport } from '../../lib/transports/transport.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';
import { EMPTY } from '../support/worlds.ts';

const TOPICS: readonly (readonly [Uri, MatchPolicy])[] = [['com.a', 'exact'], ['com.b', 'exact'], ['com.', 'prefix'], ['com..x', 'wildcard']];
const PROCEDURES = ['com.p', 'com.q'] as const;
const CALLEES = ['com.echo', 'com.slow', 'com.count', 'com.never'] as const;
/** Long enough for every retry and every answer. */
const SETTLED = 2000;

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('subscribe' as const), topic: fc.nat(TOPICS.length - 1) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('unsubscribe' as const), at: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('register' as const), procedure: fc.nat(PROCEDURES.length - 1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unregister' as const), at: fc.nat(9) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('call' as const), procedure: fc.constantFrom(...CALLEES), mode: fc.constantFrom('kill' as const, 'killnowait' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('abandon' as const), at: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('publish' as const), acknowledge: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('mend' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('goodbye' as const) }) },
);
const plan = fc.record({
  latency: fc.constantFrom(0, 3),
  held: fc.boolean(),
  // Steps without time between them happen in one frame.
  steps: fc.array(fc.record({ step, wait: fc.constantFrom(0, 0, 1, 4, 30, 150) }), { minLength: 1, maxLength: 30 }),
});
type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never;

/** One thing that a client has open, and how it ended. */
interface Open {
  readonly subscription: Subscription;
  readonly values: unknown[];
  ends: number;
}

function open<T>(source: Observable<T>, among: Open[]): Open {
  const values: unknown[] = [];
  const ended = (): void => { entry.ends += 1; };
  const entry = { values, ends: 0 } as { values: unknown[]; ends: number; subscription: Subscription };
  entry.subscription = source.subscribe({ next: (value) => values.push(value), error: ended, complete: ended });
  among.push(entry);
  return entry;
}

const isOpen = ({ ends, subscription }: Open): boolean => ends === 0 && !subscription.closed;
const leave = (among: readonly Open[], at: number): void => {
  const opened = among.filter(isOpen);
  opened[at % opened.length]?.subscription.unsubscribe();
};

/** What a client asked for, read from its wire: it may not ask for anything that its session does not have. */
class Audit {
  readonly faults: string[] = [];
  readonly #asked = new Map<Id, string>();
  readonly #subscriptions = new Map<Id, string>();
  readonly #registrations = new Set<Id>();
  #requests = 0;

  constructor(client: Client) {
    client.frames$.subscribe(({ direction, message }) => (direction === 'out' ? this.#out(message) : this.#in(message)));
  }

  #out(message: Message): void {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- what asks for nothing is passed over
    switch (message.type) {
      case MessageType.HELLO:
        this.#requests = 0;
        for (const memory of [this.#asked, this.#subscriptions, this.#registrations]) memory.clear();
        return;
      case MessageType.SUBSCRIBE: {
        const key = `${String(message.options['match'])} ${message.topic}`;
        if ([...this.#asked.values(), ...this.#subscriptions.values()].includes(key)) this.faults.push(`${key} was subscribed to twice`);
        this.#asked.set(message.request, key);
        return this.#next(message.request);
      }
      case MessageType.UNSUBSCRIBE:
        if (!this.#subscriptions.delete(message.subscription)) this.faults.push(`UNSUBSCRIBE of ${message.subscription}, which this session has not`);
        return this.#next(message.request);
      case MessageType.UNREGISTER:
        if (!this.#registrations.delete(message.registration)) this.faults.push(`UNREGISTER of ${message.registration}, which this session has not`);
        return this.#next(message.request);
      case MessageType.REGISTER:
      case MessageType.CALL:
      case MessageType.PUBLISH:
        return this.#next(message.request);
    }
  }

  #in(message: Message): void {
    if (message.type === MessageType.REGISTERED) this.#registrations.add(message.registration);
    if (message.type !== MessageType.SUBSCRIBED) return;
    this.#subscriptions.set(message.subscription, this.#asked.get(message.request) ?? 'nobody asked for this');
    this.#asked.delete(message.request);
  }

  #next(request: Id): void {
    if (request !== this.#requests + 1) this.faults.push(`request ${request} after ${this.#requests}`);
    this.#requests = request;
  }
}

/** The same way to the router, on which the last word can be said in the router's name. */
function overheard(transport: Transport, said: Observable<Frame>): Transport {
  return transport.pipe(map((connection): Connection => Object.assign(new Observable<Frame>((subscriber) => {
    let isOver = false;
    subscriber.add(said.subscribe((frame) => {
      isOver = true;
      subscriber.next(frame);
    }));
    subscriber.add(connection.subscribe({
      next: (frame) => { if (!isOver) subscriber.next(frame); },
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    }));
  }), {
    next: (frame: Frame) => connection.next(frame),
    error: (error: unknown) => connection.error(error),
    complete: () => connection.complete(),
    subprotocol: connection.subprotocol,
    writable$: connection.writable$,
    bufferedAmount: 0,
  })));
}

function play({ latency, held, steps }: Plan): void {
  tidyMarbles(({ router, client: clientOf, link, at }) => {
    const other = clientOf();
    other.register('com.echo', ({ args: [n] }) => n).subscribe();
    other.register('com.slow', ({ args: [n] }) => timer(20).pipe(map(() => n))).subscribe();
    other.register('com.count', ({ args: [n] }) => of(n, n, n)).subscribe();
    other.register('com.never', () => NEVER).subscribe();
    const line = link({ latency });
    const said = new Subject<Frame>();
    const client = clientOf({ transport: overheard(line, said), retry: { initialDelay: 100 } });
    const audit = new Audit(client);
    const [topics, registrations, calls, publications]: [Open[], Open[], (Open & { never: boolean; n: number })[], Open[]] = [[], [], [], []];
    // What each topic and each registration is for; and the registrations that nothing of our own stands against.
    const keys = new Map<Open, number>();
    const unopposed: Open[] = [];
    if (held) void client.connect().catch(() => {});

    let calling = 0;
    const acts = {
      subscribe: ({ topic: at }: { topic: number }) => {
        const [uri, match] = TOPICS[at]!;
        keys.set(open(client.topic(uri, { match }), topics), at);
      },
      register: ({ procedure }: { procedure: number }) => {
        const opposed = registrations.some((entry) => isOpen(entry) && keys.get(entry) === procedure);
        const entry = open(client.register(PROCEDURES[procedure]!, () => 1), registrations);
        keys.set(entry, procedure);
        if (!opposed) unopposed.push(entry);
      },
      call: ({ procedure, mode }: { procedure: Uri; mode: 'kill' | 'killnowait' }) => {
        const n = ++calling;
        const entry = open(client.call(procedure, [n], { cancelMode: mode, progress: procedure === 'com.count' }).pipe(map(({ args }) => args[0])), calls as Open[]);
        Object.assign(entry, { never: procedure === 'com.never', n });
      },
    };
    let now = 0;
    for (const { step, wait } of steps) {
      at(now += wait, () => {
        switch (step.do) {
          case 'subscribe': return acts.subscribe(step);
          case 'unsubscribe': return leave(topics, step.at);
          case 'register': return acts.register(step);
          case 'unregister': return leave(registrations, step.at);
          case 'call': return acts.call(step);
          case 'abandon': return leave(calls, step.at);
          case 'publish': return void open(client.publish('com.a', [], { acknowledge: step.acknowledge }), publications);
          case 'cut': return line.cut();
          case 'mend': return line.restore();
          case 'goodbye': return said.next('[6,{},"wamp.close.system_shutdown"]');
        }
      });
    }
    at(now, () => line.restore());

    at(now += SETTLED, () => {
      expect(audit.faults).toEqual([]);
      const [observed, registered, called] = [topics.filter(isOpen), registrations.filter(isOpen), calls.filter(isOpen)];
      // What is open is exactly what the router has for us, and nobody waits for what will not come.
      expect(called.filter(({ never }) => !never)).toEqual([]);
      expect(publications.filter(isOpen)).toEqual([]);
      const wanted = held || observed.length + registered.length + called.length > 0;
      expect({ kind: client.state.kind, ...router.stats() }).toMatchObject({
        kind: wanted ? 'joined' : 'idle', sessions: wanted ? 2 : 1, connections: wanted ? 2 : 1,
        subscriptions: new Set(observed.map((entry) => keys.get(entry))).size,
        registrations: new Set(registered.map((entry) => keys.get(entry))).size + CALLEES.length,
        pendingCalls: called.length,
      });
      expect(unopposed.filter(({ ends }) => ends > 0)).toEqual([]);
      for (const entry of topics) entry.values.length = 0;
      for (const topic of ['com.a', 'com.b', 'com.c.x']) other.publish(topic).subscribe();
    });
    at(now += 10, () => {
      // Every observer hears each event it subscribed to once, and who has left hears nothing.
      for (const entry of topics) expect(entry.values).toHaveLength(isOpen(entry) ? [1, 1, 3, 1][keys.get(entry)!]! : 0);
      void client.close();
    });
    at(now += 10, () => {
      expect(router.stats()).toMatchObject({ ...EMPTY, sessions: 1, connections: 1, registrations: CALLEES.length });
      for (const entry of [...topics, ...registrations, ...calls, ...publications]) expect(entry.ends).toBe(entry.subscription.closed && entry.ends === 0 ? 0 : 1);
      for (const { values, n } of calls) expect(values.every((value) => value === n)).toBe(true);
      void other.close();
    });
    at(now + 20, () => expect(router.stats()).toMatchObject(EMPTY));
  });
}

describe('a client whose connection is cut again and again', () => {
  it('has exactly that on the wire which is observed, registered and called, and nothing after it was closed', () => {
    fc.assert(fc.property(plan, play), { numRuns: 300 });
  });
});
