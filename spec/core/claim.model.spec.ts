import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NEVER, VirtualTimeScheduler } from 'rxjs';
import type { Claim, Claimant } from '../../lib/core/claim.ts';
import { Claims } from '../../lib/core/claims.ts';
import { Session } from '../../lib/core/session.ts';
import { RegistrationRevokedError, TransportLostError } from '../../lib/errors.ts';
import type { Id, List } from '../../lib/types.ts';

const [ERROR, REGISTER, REGISTERED, UNREGISTER, UNREGISTERED] = [8, 64, 65, 66, 67] as const;
const KEYS = ['a', 'b'] as const;
const GRACES = [undefined, 0, 30] as const;

type Act =
  | { readonly is: 'come'; readonly key: number; readonly grace: number; readonly returns: boolean }
  | { readonly is: 'go' | 'answer twice' | 'revoke'; readonly which: number }
  | { readonly is: 'accept' | 'refuse' | 'say it is taken'; readonly which: number }
  | { readonly is: 'join' | 'lose' }
  | { readonly is: 'wait'; readonly ms: number };

const which = fc.nat({ max: 5 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ is: fc.constant('come' as const), key: fc.nat({ max: KEYS.length - 1 }), grace: fc.nat({ max: GRACES.length - 1 }), returns: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ is: fc.constant('go' as const), which }) },
  { weight: 8, arbitrary: fc.record({ is: fc.constant('accept' as const), which }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constantFrom('refuse' as const, 'say it is taken' as const, 'answer twice' as const, 'revoke' as const), which }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constantFrom('join' as const, 'lose' as const) }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constant('wait' as const), ms: fc.nat({ max: 60 }) }) },
);

/** Somebody who wants a key; one that returns asks for it again in the same breath when it is refused. */
class Guest implements Claimant {
  readonly claim: Claim;
  granted$ = 0;
  hasLeft = false;
  readonly #world: World;
  readonly #grace: number | undefined;
  #returns: boolean;

  constructor(world: World, claim: Claim, grace: number | undefined, returns: boolean) {
    this.#world = world;
    this.claim = claim;
    this.#grace = grace;
    this.#returns = returns;
  }

  granted(): void {
    expect(this.hasLeft).toBe(false);
    this.granted$ += 1;
  }

  error(): void {
    expect(this.hasLeft).toBe(false);
    if (this.#returns) this.#world.come(this.claim.target.uri, this.#grace, false);
    this.#returns = false;
    this.leave();
  }

  complete(): void {
    expect(this.hasLeft).toBe(false);
    this.leave();
  }

  leave(): void {
    this.hasLeft = true;
    this.#world.guests.delete(this);
    this.claim.remove(this, this.#grace);
  }
}

/** Claims, who wants them, and a router that answers when it is told to. */
class World {
  readonly scheduler = new VirtualTimeScheduler();
  readonly guests = new Set<Guest>();
  readonly claims: Claims<Claimant>;
  /** What the router has granted in this session. */
  readonly held = new Map<Id, string>();
  open: List[] = [];
  #answered: readonly [type: number, ...values: List] | undefined;
  #session: Session | undefined;
  #granted = 100;

  constructor() {
    this.claims = new Claims({
      scheduler: this.scheduler, backoff: { initialDelay: 10, jitter: 'none' }, random: () => 0, session: () => this.#session,
      verb: 'register', type: REGISTER, key: 'registration', Revoked: RegistrationRevokedError,
    });
  }

  get isJoined(): boolean { return this.#session !== undefined; }

  come(key: string, grace: number | undefined, returns: boolean): void {
    const claim = this.claims.of(key, { uri: key, pattern: key, match: 'exact', template: undefined, options: {}, patience: 50 });
    const guest = new Guest(this, claim, grace, returns);
    this.guests.add(guest);
    claim.add(guest);
  }

  perform(next: Act): void {
    switch (next.is) {
      case 'come': return this.come(KEYS[next.key] ?? 'a', GRACES[next.grace], next.returns);
      case 'go': return [...this.guests][next.which]?.leave();
      case 'join': return this.join();
      case 'lose': return this.lose();
      case 'wait': return this.wait(next.ms);
      case 'accept': return this.answer(next.which);
      case 'refuse': return this.answer(next.which, 'wamp.error.not_authorized');
      case 'say it is taken': return this.answer(next.which, 'wamp.error.procedure_already_exists');
      case 'answer twice': return this.#receive(this.#answered);
      case 'revoke': return this.#revoke([...this.held.keys()][next.which]);
    }
  }

  join(): void {
    if (this.#session !== undefined) return;
    this.#session = new Session({} as never, { topics: this.claims as never, procedures: { lost: () => {}, revoked: (details: never) => this.claims.revoked(details) } as never, writable$: NEVER }, (list) => this.#sent(list));
    this.claims.joined();
  }

  lose(): void {
    const session = this.#session;
    this.#session = undefined;
    this.open = [];
    this.held.clear();
    this.#answered = undefined;
    session?.end(new TransportLostError('cut'));
  }

  answer(at: number, refusal?: string): void {
    const [request] = this.open.splice(at, 1);
    if (request === undefined) return;
    const [type, id, third, key] = request as [number, Id, Id, string];
    if (refusal !== undefined) return this.#receive([ERROR, type, id, {}, refusal]);
    if (type === UNREGISTER) {
      // One that was revoked meanwhile is not there to be given back.
      return this.#receive(this.held.delete(third) ? [UNREGISTERED, id] : [ERROR, UNREGISTER, id, {}, 'wamp.error.no_such_registration']);
    }
    this.#granted += 1;
    this.held.set(this.#granted, key);
    const present = [...this.guests].filter(({ claim }) => claim.target.uri === key).map((guest) => ({ guest, before: guest.granted$ }));
    this.#receive([REGISTERED, id, this.#granted]);
    for (const { guest, before } of present) expect(guest.granted$).toBe(before + 1);
  }

  wait(ms: number): void {
    const end = this.scheduler.frame + ms;
    this.scheduler.maxFrames = end;
    this.scheduler.flush();
    this.scheduler.frame = end;
  }

  /** The router answers all that it is asked, and time passes. */
  calm(): void {
    for (let turn = 0; turn < 50; turn++) {
      while (this.open.length > 0) this.answer(0);
      this.wait(100);
    }
  }

  #sent([type, id, third, key]: List): void {
    const uri = type === REGISTER ? key : this.held.get(third as Id);
    // Never two at a time.
    expect(this.open.map((request) => request[3])).not.toContain(uri);
    this.open.push([type, id, third, uri]);
  }

  #revoke(id: Id | undefined): void {
    if (id === undefined) return;
    this.held.delete(id);
    this.#receive([UNREGISTERED, 0, { registration: id }]);
  }

  #receive(message: readonly [type: number, ...values: List] | undefined): void {
    if (message === undefined) return;
    this.#answered = message;
    const [type, ...values] = message;
    this.#session?.receive({ type, values, args: [], kwargs: {} });
  }
}

describe('Claims, in any order of things', () => {
  it('have what is wanted once it is quiet, and nothing else', () => {
    fc.assert(fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const world = new World();
      for (const next of acts) world.perform(next);
      world.join();
      world.calm();

      const wanted = new Set([...world.guests].map(({ claim }) => claim.target.uri));
      expect([...world.held.values()].sort()).toEqual([...wanted].sort());
      expect(new Set(world.claims.granted.keys())).toEqual(new Set(world.held.keys()));
      for (const guest of world.guests) expect(guest.granted$ > 0 || guest.claim.claimants.size > 1).toBe(true);
    }), { numRuns: 500 });
  });

  it('are empty where nobody wants anything, with a session and without', () => {
    fc.assert(fc.property(fc.array(act, { maxLength: 40 }), fc.boolean(), (acts, isJoined) => {
      const world = new World();
      for (const next of acts) world.perform(next);
      if (isJoined) world.join(); else world.lose();
      const seen = [...world.guests].map(({ claim }) => claim);
      for (const guest of [...world.guests]) guest.leave();
      world.calm();

      expect([world.claims.granted.size, world.held.size, world.open.length]).toEqual([0, 0, 0]);
      for (const key of KEYS) {
        const before = seen.find(({ target }) => target.uri === key);
        if (before !== undefined) expect(world.claims.of(key, before.target)).not.toBe(before);
      }
    }), { numRuns: 500 });
  });

  it('end with everybody, and once', () => {
    fc.assert(fc.property(fc.array(act, { maxLength: 20 }), fc.constantFrom(undefined, new Error('the end')), (acts, cause) => {
      const world = new World();
      for (const next of acts) world.perform(next.is === 'come' ? { ...next, returns: false } : next);
      world.claims.close(cause);

      expect(world.guests.size).toBe(0);
    }), { numRuns: 200 });
  });
});
