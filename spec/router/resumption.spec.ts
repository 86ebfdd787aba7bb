import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NEVER, timer } from 'rxjs';
import { MessageType, type WampList } from '../../lib/protocol/messages.ts';
import type { Router } from '../../lib/router/index.ts';
import type { RealmOptions } from '../../lib/router/options.ts';
import { cbor } from '../../lib/serializers/cbor.ts';
import { leaksOf } from '../../lib/testing/leaks.ts';
import { wampMarbles } from '../../lib/testing/marbles.ts';
import { anything } from '../support/arbitraries.ts';
import { dial, join, type RawPeer } from '../support/raw-peer.ts';

const TIMEOUT = 1000;
const { ACK, EVENT, PUBLISH, SUBSCRIBE, SUBSCRIBED, WELCOME } = MessageType;

interface Granted { readonly token: string; readonly timeout?: number; readonly received?: number; readonly resumed?: boolean }

/** What the last WELCOME says of resumption. */
const grantOf = (peer: RawPeer): Granted | undefined => (peer.of(WELCOME).at(-1)?.[2] as { readonly _resume?: Granted } | undefined)?._resume;
const tokenOf = (peer: RawPeer): string => grantOf(peer)?.token ?? 'none';
const counted = (peer: RawPeer): readonly WampList[] => peer.received.filter(([type]) => type !== WELCOME && type !== ACK && Number(type) > MessageType.GOODBYE);
const payloads = (peer: RawPeer): readonly unknown[] => peer.of(EVENT).map((list) => (list[4] as readonly unknown[])[0]);

/** Another connection that claims a session: that of the peer, after so many of its messages. */
function claim(router: Router, peer: RawPeer, fields: object = {}, details: object = {}): RawPeer {
  return join(router.link(), 'realm1', {
    _resume: { session: peer.session, token: tokenOf(peer), received: counted(peer).length, ...fields }, ...details,
  });
}

/** Plays in front of a router that resumes: somebody has subscribed to com.x, and can be told something on it. */
function play(run: (scene: { router: Router; peer: RawPeer; tell: (...values: unknown[]) => void }) => void, options: RealmOptions = {}): void {
  wampMarbles(({ router }) => {
    const teller = join(router.link());
    const peer = join(router.link(), 'realm1', { _resume: {} }).send([SUBSCRIBE, 1, {}, 'com.x']);
    let request = 0;
    run({ router, peer, tell: (...values) => teller.send(...values.map((value) => [PUBLISH, ++request, {}, 'com.x', [value]])) });
    timer(10 * TIMEOUT).subscribe(() => router.shutdown({ drain: 0 }).subscribe());
  }, { router: { realms: { realm1: { resume: { timeout: TIMEOUT, messages: 4, bytes: 1000 }, ...options } } } });
}

describe('Resumptions', () => {
  it('promises a session that asks for it, and no other, with a token that is new each time', () => {
    play(({ router, peer }) => {
      const other = join(router.link(), 'realm1', { _resume: {} });

      expect(grantOf(peer)).toEqual({ token: expect.stringMatching(/^[0-9a-f]{32}$/), timeout: TIMEOUT, messages: 4, bytes: 1000 });
      expect(tokenOf(other)).not.toBe(tokenOf(peer));
      expect(grantOf(join(router.link()))).toBeUndefined();
    });
  });

  it('promises nothing in a realm that does not resume', () => {
    play(({ router }) => {
      expect(grantOf(join(router.link(), 'realm1', { _resume: {} }))).toBeUndefined();
    }, { resume: false });
  });

  it('keeps a session whose connection is lost, and sends what it has missed to who comes back', () => {
    play(({ router, peer, tell }) => {
      tell(1);
      peer.cut();
      tell(2, 3);

      const again = claim(router, peer);

      expect(again.received.slice(0, 1)).toEqual([[WELCOME, peer.session, expect.objectContaining({
        realm: 'realm1', _resume: { resumed: true, received: 1, token: expect.stringMatching(/^[0-9a-f]{32}$/) },
      })]]);
      tell(4);
      expect(payloads(again)).toEqual([2, 3, 4]);
      expect(router.stats()).toMatchObject({ sessions: 2, connections: 2, subscriptions: 1 });
    });
  });

  it('sends again what was under way', () => {
    play(({ router, peer, tell }) => {
      tell(1, 2);
      peer.cut();

      // All that it has seen is SUBSCRIBED.
      expect(payloads(claim(router, peer, { received: 1 }))).toEqual([1, 2]);
    });
  });

  it('sends nothing again that was acknowledged, and refuses who wants it', () => {
    play(({ router, peer, tell }) => {
      tell(1, 2);
      peer.send([ACK, 2]);
      peer.cut();

      const again = claim(router, peer, { received: 1 });

      expect(again.session).not.toBe(peer.session);
      expect(router.stats()).toMatchObject({ sessions: 2, subscriptions: 0 });
    });
  });

  it('closes a connection that is half open, and hears nothing more of it', () => {
    play(({ router, peer, tell }) => {
      const again = claim(router, peer);

      peer.send([PUBLISH, 2, { acknowledge: true, exclude_me: false }, 'com.x', ['late']]);
      tell(1);

      expect(peer.ended).toBe('error');
      expect(payloads(peer)).toEqual([]);
      expect(payloads(again)).toEqual([1]);
    });
  });

  it('ends a session that nobody comes back to, and leaves nothing of it', () => {
    play(({ router, peer }) => {
      timer(10).subscribe(() => peer.cut());
      timer(10 + TIMEOUT - 1).subscribe(() => expect(router.stats()).toMatchObject({ sessions: 2, connections: 1, subscriptions: 1 }));
      timer(10 + TIMEOUT + 1).subscribe(() => {
        expect(router.stats()).toMatchObject({ sessions: 1, subscriptions: 0 });
        expect(claim(router, peer).session).not.toBe(peer.session);
      });
      timer(11 * TIMEOUT).subscribe(() => expect(leaksOf({ router })).toEqual([]));
    });
  });

  it.each([
    ['messages', [1, 2, 3, 4, 5]],
    ['bytes', ['x'.repeat(500), 'x'.repeat(500)]],
  ])('ends a session for which too many %s wait', (_, values) => {
    play(({ router, peer, tell }) => {
      peer.send([ACK, 1]);
      peer.cut();
      tell(...values.slice(1));
      expect(router.stats()).toMatchObject({ sessions: 2 });

      tell(values[0]);

      expect(router.stats()).toMatchObject({ sessions: 1, subscriptions: 0 });
    });
  });

  it('lets a session live that is not acknowledged for long, and has it resumed from where it can', () => {
    play(({ router, peer, tell }) => {
      tell(...Array.from({ length: 100 }, (_, n) => n));
      peer.cut();

      expect(payloads(claim(router, peer, { received: 99 }))).toEqual([98, 99]);
    });
  });

  it.each<readonly [string, (peer: RawPeer) => unknown]>([
    ['its GOODBYE', (peer) => peer.send([MessageType.GOODBYE, {}, 'wamp.close.normal'])],
    ['its ABORT', (peer) => peer.send([MessageType.ABORT, {}, 'wamp.error.cannot_authenticate'])],
    ['a message that breaks the protocol', (peer) => peer.send([MessageType.WELCOME, 1, {}])],
  ])('ends a session with %s', (_, end) => {
    play(({ router, peer }) => {
      end(peer);
      peer.cut();

      expect(router.stats()).toMatchObject({ sessions: 1 });
      expect(claim(router, peer).session).not.toBe(peer.session);
    });
  });

  it('ends what is away when the router is closed, at once', () => {
    play(({ router, peer }) => {
      peer.cut();
      let isClosed = false;

      router.shutdown({ drain: 5 }).subscribe({ complete: () => { isClosed = true; } });

      timer(6).subscribe(() => {
        expect(isClosed).toBe(true);
        expect(leaksOf({ router })).toEqual([]);
      });
    });
  });

  it('forgets a session that the router has said GOODBYE to, when its connection is lost', () => {
    play(({ router, peer }) => {
      router.shutdown({ drain: 50 }).subscribe();

      peer.cut();

      expect(router.census()).toMatchObject({ 'resumable sessions': 0 });
    });
  });

  it('acknowledges what it has processed, within a second', () => {
    play(({ peer }) => {
      peer.send([SUBSCRIBE, 2, {}, 'com.y']);
      timer(999).subscribe(() => expect(peer.of(ACK)).toEqual([]));
      timer(1001).subscribe(() => expect(peer.of(ACK)).toEqual([[ACK, 2]]));
      timer(5000).subscribe(() => expect(peer.of(ACK)).toHaveLength(1));
    });
  });

  it('goes on with the messages of the client where they were lost', () => {
    play(({ router, peer }) => {
      peer.cut();

      const again = claim(router, peer);
      again.send([SUBSCRIBE, 2, {}, 'com.y']);

      expect(grantOf(again)?.received).toBe(1);
      expect(again.of(SUBSCRIBED)).toEqual([[SUBSCRIBED, 2, expect.any(Number)]]);
    });
  });
});

describe('an attack on the resumption of a session', () => {
  const users = { joe: { ticket: 'secret!!!', role: 'user' }, mallory: { ticket: 'verysecret', role: 'user' } };

  it('fails with a token that was used', () => {
    play(({ router, peer, tell }) => {
      const used = tokenOf(peer);
      peer.cut();
      const again = claim(router, peer).send([ACK, 1]);

      const thief = claim(router, peer, { token: used });
      tell(1);

      expect(thief.session).not.toBe(peer.session);
      expect(payloads(thief)).toEqual([]);
      expect(payloads(again)).toEqual([1]);
    });
  });

  it('fails with the token of another authid, which does not end the session either', () => {
    wampMarbles(({ router }) => {
      const as = (authid: 'joe' | 'mallory', details: object = {}): RawPeer => dial(router.link()).hello('realm1', { authmethods: ['ticket'], authid, ...details });
      const joe = as('joe', { _resume: {} }).send([MessageType.AUTHENTICATE, users.joe.ticket, {}]);
      joe.cut();
      const stolen = { _resume: { session: joe.session, token: tokenOf(joe), received: 0 } };

      const mallory = as('mallory', stolen);
      const nobody = join(router.link(), 'realm1', stolen);

      // Whoever that is has to say so first, like anybody else.
      for (const thief of [mallory, nobody]) expect(thief.received.map(([type]) => type)).not.toContain(WELCOME);
      expect(mallory.last?.[0]).toBe(MessageType.CHALLENGE);
      expect(as('joe', stolen).session).toBe(joe.session);
    }, { router: { realms: { realm1: { resume: true, auth: { ticket: { users } } } } } });
  });

  it('fails with a token that was guessed', () => {
    play(({ router, peer, tell }) => {
      peer.cut();
      const token = tokenOf(peer);

      const guesses = ['', token.slice(1), `${token}0`, token.toUpperCase(), '0'.repeat(32), 'x'.repeat(100_000)];
      const thieves = guesses.filter((guess) => guess !== token).map((guess) => claim(router, peer, { token: guess }));
      tell(1);

      for (const thief of thieves) {
        expect(thief.session).not.toBe(peer.session);
        expect(payloads(thief)).toEqual([]);
      }
      expect(payloads(claim(router, peer))).toEqual([1]);
    });
  });

  it('does not make two sessions of one where two connections race for it', () => {
    play(({ router, peer, tell }) => {
      peer.cut();

      // WELCOME did not get through to the first, so the token is not used up yet: who comes last has the session.
      const first = claim(router, peer);
      const second = claim(router, peer);
      tell(1);

      expect([first.session, second.session]).toEqual([peer.session, peer.session]);
      expect(first.ended).toBe('error');
      expect([payloads(first), payloads(second)]).toEqual([[], [1]]);
      expect(router.stats()).toMatchObject({ sessions: 2 });

      // It has shown that it has the next token: that is the end of the race.
      second.send([ACK, 1]);
      expect(claim(router, peer).session).not.toBe(peer.session);
      expect(second.ended).toBeUndefined();
    });
  });

  it('loses nothing to an old ACK that is replayed', () => {
    play(({ router, peer, tell }) => {
      tell(1, 2);
      peer.send([ACK, 2], [ACK, 1], [ACK, 0], [ACK, 2]);
      peer.cut();

      expect(payloads(claim(router, peer, { received: 2 }))).toEqual([2]);
    });
  });

  it('ends the session with an ACK beyond what was sent', () => {
    play(({ router, peer }) => {
      peer.send([ACK, 2]);

      expect(peer.last).toEqual([MessageType.ABORT, { message: 'ACK.Received must be at most 1, got 2' }, 'wamp.error.protocol_violation']);
      expect(router.stats()).toMatchObject({ sessions: 1 });
    });
  });

  it('ends the session with a claim to more than was sent', () => {
    play(({ router, peer }) => {
      peer.cut();

      expect(claim(router, peer, { received: 5 }).session).not.toBe(peer.session);
      expect(router.stats()).toMatchObject({ sessions: 2, subscriptions: 0 });
    });
  });

  it('ends the session of who sends ACK without an agreement', () => {
    play(({ router }) => {
      const peer = join(router.link()).send([ACK, 0]);

      expect(peer.last).toEqual([MessageType.ABORT, { message: 'ACK must have been agreed on' }, 'wamp.error.protocol_violation']);
    });
  });

  it('ends nothing and gives nothing away, whatever stands in _resume', () => {
    play(({ router, peer, tell }) => {
      peer.cut();
      fc.assert(fc.property(anything, anything, anything, (session, token, received) => {
        const hostile = [{ session: peer.session, token, received }, { session, token: tokenOf(peer), received: 'x' }, session].map((resume) => {
          const text = JSON.stringify(resume, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) as string | undefined;
          return join(router.link(), 'realm1', { _resume: JSON.parse(text ?? 'null') as unknown });
        });
        for (const attacker of hostile) {
          expect(attacker.session).not.toBe(peer.session);
          attacker.send([MessageType.GOODBYE, {}, 'wamp.close.normal']);
        }
      }), { numRuns: 200 });

      tell(1);
      expect(payloads(claim(router, peer))).toEqual([1]);
    });
  });

  it('does not take a session to another realm or another serializer', () => {
    wampMarbles(({ router }) => {
      const peer = join(router.link(), 'realm1', { _resume: {} });
      peer.cut();
      const stolen = { _resume: { session: peer.session, token: tokenOf(peer), received: 0 } };

      expect(join(router.link(), 'realm2', stolen).session).not.toBe(peer.session);
      expect(join(router.link({ serializer: 'wamp.2.cbor' }), 'realm1', stolen, cbor()).session).not.toBe(peer.session);
    }, { router: { realms: { realm1: { resume: true }, realm2: { resume: true } } } });
  });

  it('does not get around the authorizer: what it has yet to decide on when the connection is lost stays undecided', () => {
    play(({ router, peer }) => {
      peer.send([MessageType.CALL, 2, {}, 'com.any']);
      peer.cut();

      const again = claim(router, peer);

      expect(again.of(MessageType.RESULT)).toEqual([]);
      expect(router.census()).toMatchObject({ 'pending decisions': 1 });
    }, { authorize: (_session, action) => (action === 'call' ? NEVER : true) });
  });
});
