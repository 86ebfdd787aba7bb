import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TopicKey, type TopicKeyHost, type TopicKeyObserver } from '../../lib/session/topic-key.ts';

class Observer implements TopicKeyObserver {
  readonly heard: string[] = [];
  readonly #onFailed: (() => void) | undefined;

  constructor(onFailed?: () => void) {
    this.#onFailed = onFailed;
  }

  subscribed(subscription: number): void { this.heard.push(`subscribed ${subscription}`); }
  failed(error: unknown): void {
    this.heard.push(`failed ${String(error)}`);
    this.#onFailed?.();
  }
  ended(): void { this.heard.push('ended'); }
}

class Host implements TopicKeyHost<Observer> {
  readonly sent: string[] = [];
  online = false;
  isLeaving = false;
  graces = 0;
  observers = 0;
  unusedKeys = 0;

  join(key: TopicKey<Observer>): void {
    this.online = true;
    key.joined();
  }

  subscribe(): void { this.sent.push('SUBSCRIBE'); }
  unsubscribe(_key: TopicKey<Observer>, subscription: number): void { this.sent.push(`UNSUBSCRIBE ${subscription}`); }
  startGrace(): void { this.graces += 1; }
  stopGrace(): void { this.graces -= 1; }
  counted(change: number): void { this.observers += change; }
  unused(): void { this.unusedKeys += 1; }
}

describe('TopicKey', () => {
  let host: Host;
  let key: TopicKey<Observer>;
  beforeEach(() => {
    host = new Host();
    key = new TopicKey('com.x', 'exact', host);
  });

  it('subscribes once for any number of observers', () => {
    host.join(key);
    key.observe(new Observer());
    key.observe(new Observer());

    key.subscribed(70);

    expect(host.sent).toEqual(['SUBSCRIBE']);
    expect(key.observers.map(({ heard }) => heard)).toEqual([['subscribed 70'], ['subscribed 70']]);
  });

  it('waits for a session', () => {
    key.observe(new Observer());
    expect(host.sent).toEqual([]);

    host.join(key);
    expect(host.sent).toEqual(['SUBSCRIBE']);
  });

  it('lingers when the last observer leaves, and is taken up again', () => {
    const first = new Observer();
    host.join(key);
    key.observe(first);
    key.subscribed(70);

    key.unobserve(first);
    expect([key.phase, host.graces]).toEqual(['lingering', 1]);
    key.observe(new Observer());

    expect([key.phase, host.graces, host.sent]).toEqual(['on', 0, ['SUBSCRIBE']]);
  });

  it('lets an observer that comes while it unsubscribes wait, and subscribes afterwards', () => {
    const first = new Observer();
    host.join(key);
    key.observe(first);
    key.subscribed(70);
    key.unobserve(first);
    key.graceOver();
    key.observe(new Observer());
    expect(host.sent).toEqual(['SUBSCRIBE', 'UNSUBSCRIBE 70']);

    key.unsubscribed();

    expect(host.sent).toEqual(['SUBSCRIBE', 'UNSUBSCRIBE 70', 'SUBSCRIBE']);
  });

  it('unsubscribes after all when everybody left before SUBSCRIBED', () => {
    const first = new Observer();
    host.join(key);
    key.observe(first);
    key.unobserve(first);
    expect(key.phase).toBe('subscribing');

    key.subscribed(70);
    key.graceOver();
    key.unsubscribed();

    expect([key.phase, host.sent, host.unusedKeys]).toEqual(['off', ['SUBSCRIBE', 'UNSUBSCRIBE 70'], 1]);
  });

  it('fails its observers at the first refusal, and lets one come back from within', () => {
    const again = new Observer();
    host.join(key);
    key.observe(new Observer(() => key.observe(again)));

    key.refused('no', true);

    expect(host.sent).toEqual(['SUBSCRIBE', 'SUBSCRIBE']);
    expect([key.observers, host.observers]).toEqual([[again], 1]);
  });

  it('asks again after a refusal that may pass once it was subscribed before', () => {
    host.join(key);
    key.observe(new Observer());
    key.subscribed(70);
    host.online = false;
    key.lost();
    host.join(key);

    expect(key.refused('later', true)).toBe('waits');
    expect(key.observers[0]?.heard).toEqual(['subscribed 70']);
    key.retry();

    expect(host.sent).toEqual(['SUBSCRIBE', 'SUBSCRIBE', 'SUBSCRIBE']);
  });

  it('ignores a revocation that crosses its own UNSUBSCRIBE', () => {
    const first = new Observer();
    const second = new Observer();
    host.join(key);
    key.observe(first);
    key.subscribed(70);
    key.unobserve(first);
    key.graceOver();
    key.observe(second);

    key.revoked('gone');
    key.unsubscribed();

    expect(second.heard).toEqual([]);
    expect(host.sent.at(-1)).toBe('SUBSCRIBE');
  });

  it('is where another session has it, and tells those who observe it nothing by itself', () => {
    host.join(key);
    key.observe(new Observer());
    key.subscribed(70);

    expect([key.moved(80), key.phase, key.subscription, host.sent]).toEqual([true, 'on', 80, ['SUBSCRIBE']]);
  });

  it('asks another session for what it does not have yet', () => {
    host.join(key);
    key.observe(new Observer());
    key.subscribed(70);

    expect([key.moved(undefined), key.phase, host.sent]).toEqual([false, 'subscribing', ['SUBSCRIBE', 'SUBSCRIBE']]);
  });

  it('lingers in another session as it did, and is no more where that does not have it', () => {
    const observer = new Observer();
    host.join(key);
    key.observe(observer);
    key.subscribed(70);
    key.unobserve(observer);

    expect([key.moved(80), key.phase, key.subscription]).toEqual([false, 'lingering', 80]);
    expect([key.moved(undefined), key.phase, host.graces, host.unusedKeys]).toEqual([false, 'off', 0, 1]);
  });

  it('leaves with its observers, who are ended by UNSUBSCRIBED', () => {
    const observer = new Observer();
    host.join(key);
    key.observe(observer);
    key.subscribed(70);

    host.isLeaving = true;
    key.leave();
    expect([key.phase, observer.heard, host.sent]).toEqual(['leaving', ['subscribed 70'], ['SUBSCRIBE', 'UNSUBSCRIBE 70']]);

    key.unsubscribed();
    expect([key.phase, observer.heard, host.observers, host.unusedKeys]).toEqual(['off', ['subscribed 70', 'ended'], 0, 1]);
  });

  it('leaves as soon as it is subscribed', () => {
    const observer = new Observer();
    host.join(key);
    key.observe(observer);

    host.isLeaving = true;
    key.leave();
    key.subscribed(70);

    expect([key.phase, host.sent]).toEqual(['leaving', ['SUBSCRIBE', 'UNSUBSCRIBE 70']]);
  });
});

// A world of one key: a client, a router, and a wire of each direction between them. Whatever happens in whatever order, after all has
// been said the router has the subscription exactly when somebody observes it.
type Act = 'observe' | 'unobserve' | 'to router' | 'to client' | 'grace' | 'cut' | 'join' | 'revoke' | 'refuse' | 'retry';
type UpMessage = { is: 'subscribe' | 'unsubscribe'; subscription: number };
type DownMessage = { is: 'subscribed' | 'refused' | 'unsubscribed' | 'revoked'; subscription: number };

class World implements TopicKeyHost<Observer> {
  readonly key: TopicKey<Observer> = new TopicKey('com.x', 'exact', this);
  readonly #returning: boolean;
  #up: UpMessage[] = [];
  #down: DownMessage[] = [];
  #session = 0;
  #held: number | undefined;
  #ids = 0;
  #refusing = false;
  readonly isLeaving = false;
  online = false;
  armed = false;
  observers = 0;

  constructor(returning: boolean) {
    this.#returning = returning;
  }

  get routerHolds(): boolean { return this.#held !== undefined; }

  subscribe(): void {
    if (!this.online) throw new Error('SUBSCRIBE without a session');
    this.#up.push({ is: 'subscribe', subscription: 0 });
  }

  unsubscribe(_key: TopicKey<Observer>, subscription: number): void {
    if (!this.online) throw new Error('UNSUBSCRIBE without a session');
    if (Math.floor(subscription / 1000) !== this.#session) throw new Error('UNSUBSCRIBE of an old session');
    this.#up.push({ is: 'unsubscribe', subscription });
  }

  startGrace(): void {
    if (this.armed) throw new Error('a grace within a grace');
    this.armed = true;
  }

  stopGrace(): void { this.armed = false; }
  counted(change: number): void { this.observers += change; }
  unused(): void {}

  act(act: Act, pick: number): void {
    const { key } = this;
    switch (act) {
      case 'observe': return this.#observe();
      case 'unobserve': return this.#unobserve(pick);
      case 'to router': return this.#toRouter();
      case 'to client': return this.#toClient();
      case 'grace': return this.#grace();
      case 'cut': return this.#cut();
      case 'join': return this.#join();
      case 'revoke': return this.#revoke();
      case 'refuse': this.#refusing = true; return;
      case 'retry': return key.retry();
    }
  }

  /** Lets everything that is under way arrive. */
  settle(): void {
    this.#refusing = false;
    for (let round = 0; round < 20; round++) {
      while (this.#up.length > 0) this.#toRouter();
      while (this.#down.length > 0) this.#toClient();
      this.key.retry();
      this.#grace();
    }
  }

  #observe(): void {
    this.key.observe(new Observer(this.#returning ? () => this.#observe() : undefined));
  }

  #unobserve(pick: number): void {
    const observer = this.key.observers[pick];
    if (observer !== undefined) this.key.unobserve(observer);
  }

  #grace(): void {
    if (!this.armed) return;
    this.armed = false;
    this.key.graceOver();
  }

  #cut(): void {
    if (!this.online) return;
    this.online = false;
    this.#up = [];
    this.#down = [];
    this.#held = undefined;
    this.key.lost();
  }

  #join(): void {
    if (this.online) return;
    this.online = true;
    this.#session += 1;
    this.#ids = 0;
    this.key.joined();
  }

  #revoke(): void {
    if (this.#held === undefined) return;
    this.#down.push({ is: 'revoked', subscription: this.#held });
    this.#held = undefined;
  }

  #toRouter(): void {
    const message = this.#up.shift();
    if (message === undefined) return;
    if (message.is === 'unsubscribe') {
      if (this.#held === message.subscription) this.#held = undefined;
      this.#down.push({ is: 'unsubscribed', subscription: 0 });
    } else if (this.#refusing) {
      this.#refusing = false;
      this.#down.push({ is: 'refused', subscription: 0 });
    } else {
      this.#held ??= this.#session * 1000 + ++this.#ids;
      this.#down.push({ is: 'subscribed', subscription: this.#held });
    }
  }

  #toClient(): void {
    const message = this.#down.shift();
    if (message === undefined) return;
    const { is, subscription } = message;
    if (is === 'subscribed') this.key.subscribed(subscription);
    else if (is === 'refused') this.key.refused('refused', true);
    else if (is === 'unsubscribed') this.key.unsubscribed();
    else if (this.key.subscription === subscription) this.key.revoked('revoked');
  }
}

const acts: fc.Arbitrary<[Act, number][]> = fc.array(fc.tuple(
  fc.constantFrom<Act>('observe', 'observe', 'unobserve', 'unobserve', 'to router', 'to router', 'to client', 'to client', 'grace', 'cut', 'join', 'join', 'revoke', 'refuse', 'retry'),
  fc.nat(2),
), { maxLength: 60, size: 'max' });

describe('TopicKey in any order of things', () => {
  it.each([['stay away', false], ['come back from within the error', true]])('agrees with the router when observers that fail %s', (_, returning) => {
    fc.assert(fc.property(acts, (steps) => {
      const world = new World(returning);
      const broken: string[] = [];
      for (const [act, pick] of steps) {
        world.act(act, pick);
        const { phase, observers } = world.key;
        if (phase === 'on' && observers.length === 0) broken.push('on without observers');
        if (phase === 'lingering' && observers.length > 0) broken.push('lingering with observers');
        if (!world.online && phase !== 'off') broken.push(`${phase} without a session`);
        if (world.observers !== observers.length) broken.push(`counted ${world.observers} of ${observers.length} observers`);
        if (world.armed !== (phase === 'lingering')) broken.push(`grace ${world.armed} while ${phase}`);
      }
      expect(broken).toEqual([]);
      world.settle();
      const wanted = world.online && world.key.observers.length > 0;
      expect([world.routerHolds, world.key.phase]).toEqual([wanted, wanted ? 'on' : 'off']);
    }), { numRuns: 2000 });
  });
});
