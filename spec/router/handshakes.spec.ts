import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NEVER } from 'rxjs';
import { MessageType } from '../../lib/protocol/messages.ts';
import type { Lifecycle } from '../../lib/protocol/lifecycle.ts';
import { Handshakes, isJoining } from '../../lib/router/handshakes.ts';
import { createRouter, type Verifier } from '../../lib/router/index.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { dial, join } from '../support/raw-peer.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const { ABORT, CHALLENGE, WELCOME } = MessageType;
const endless: Verifier = { method: 'endless', begin: () => NEVER };

const realms = { open: {}, secret: { auth: { ticket: { users: {} } } }, endless: { auth: [endless] } };

describe('RouterLimits.handshakes', () => {
  it('sends away who has kept the router waiting for longest, and lets in who says HELLO', () => {
    tidyMarbles(({ at }) => {
      const router = createRouter({ realms, limits: { handshakes: 2 } });
      const [silent, asked] = [dial(router.link()), join(router.link(), 'secret', { authmethods: ['ticket'], authid: 'joe' })];
      expect(asked.last?.[0]).toBe(CHALLENGE);

      const third = join(router.link(), 'open');
      expect(silent.received).toEqual([[ABORT, { message: 'others join, and 2 connections may at a time' }, 'wamp.error.unavailable']]);
      expect(silent.ended).toBe('complete');
      expect(third.last?.[0]).toBe(WELCOME);
      const fourth = dial(router.link());
      expect(asked.ended).toBeUndefined();
      dial(router.link());
      expect(asked.last?.[2]).toBe('wamp.error.unavailable');
      expect([third.ended, fourth.ended]).toStrictEqual([undefined, undefined]);

      at(1, () => void router.close());
      third.cut();
    });
  });

  it('refuses the new one where all wait for the router', () => {
    const router = createRouter({ realms, limits: { handshakes: 2 } });
    const waiting = [1, 2].map(() => join(router.link(), 'endless', { authmethods: ['endless'] }));

    const refused = join(router.link(), 'open');

    expect(refused.received).toEqual([[ABORT, { message: '2 connections may join at a time' }, 'wamp.error.unavailable']]);
    expect(refused.ended).toBe('complete');
    expect(waiting.map(({ ended }) => ended)).toStrictEqual([undefined, undefined]);
    for (const peer of waiting) peer.cut();
    expect(join(router.link(), 'open').last?.[0]).toBe(WELCOME);
    expect(router.stats()).toMatchObject({ sessions: 1, connections: 1 });
  });

  it('counts nobody who has joined, or has gone', () => {
    const router = createRouter({ realms, limits: { handshakes: 1 } });

    const peers = Array.from({ length: 50 }, () => join(router.link(), 'open'));

    expect(peers.map(({ last }) => last?.[0])).toEqual(peers.map(() => WELCOME));
    for (const peer of peers) peer.cut();
    expectNoLeaks({ router });
  });
});

describe('Handshakes', () => {
  it('has never more than there may be, and sends nobody away who waits for the router', () => {
    const step = fc.record({ do: fc.constantFrom('begin', 'begin', 'move', 'end'), at: fc.nat(20), to: fc.constantFrom<Lifecycle>('closed', 'establishing', 'challenging', 'established') });
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, most) => {
      const handshakes = new Handshakes(most);
      const open: { state: Lifecycle; abort(): void }[] = [];
      for (const { do: what, at, to } of steps) {
        const one = open[at % Math.max(1, open.length)];
        if (what === 'begin') {
          const before = open.filter(isJoining);
          const channel = { state: 'closed' as Lifecycle, abort: () => {
            expect(channel.state).not.toBe('established');
            if (open.includes(channel)) expect(channel.state).not.toBe('establishing');
            open.splice(open.indexOf(channel), open.includes(channel) ? 1 : 0);
            handshakes.end(channel);
          } };
          const isIn = handshakes.begin(channel);
          expect(isIn).toBe(before.length < most || before.some(({ state }) => state !== 'establishing'));
          if (isIn) open.push(channel);
          expect(open.filter(isJoining).length).toBeLessThanOrEqual(most);
        } else if (what === 'move') {
          // Who has joined does not begin again.
          if (one !== undefined && isJoining(one)) one.state = to;
        } else if (one !== undefined) {
          open.splice(open.indexOf(one), 1);
          handshakes.end(one);
        }
      }
    }));
  });
});
