import { describe, expect, it } from '@jest/globals';
import { answer, LOGINS, LoginStage, outcome, SECRETS, WRONG } from '../support/logins.ts';

const DENIED = 'wamp.error.authentication_denied';
const BLOCKED = 'wamp.error.unavailable';
const LIMITS = { failedLogins: { perAuthid: 3, perPeer: 8, period: 60_000 } };

describe.each(LOGINS)('brute force on $name', (login) => {
  it('ends at the limit of a name: then the right secret is refused, too', () => {
    const stage = new LoginStage(login, LIMITS);

    const guesses = [1, 2, 3, 4].map(() => outcome(stage.enter('joe', WRONG)));
    const right = stage.enter('joe', SECRETS.joe);

    expect(guesses).toEqual([DENIED, DENIED, DENIED, BLOCKED]);
    expect(right.received).toEqual([[3, { message: 'too many logins have failed', retry_after: expect.any(Number) }, BLOCKED]]);
    const { retry_after: seconds } = right.last![1] as { readonly retry_after: number };
    expect(seconds).toBeGreaterThanOrEqual(60);
    expect(seconds).toBeLessThanOrEqual(61);
    expect(right.ended).toBe('complete');
  });

  it('locks nobody out at another address, nor another name, nor for ever', () => {
    const stage = new LoginStage(login, LIMITS);
    for (let each = 0; each < 5; each++) stage.enter('joe', WRONG);

    expect(outcome(stage.enter('joe', SECRETS.joe, { peer: '192.0.2.2' }))).toBe('user');
    expect(outcome(stage.enter('jane', SECRETS.jane))).toBe('user');
    stage.pass(59_999);
    expect(outcome(stage.enter('joe', SECRETS.joe))).toBe(BLOCKED);
    stage.pass(1);
    expect(outcome(stage.enter('joe', SECRETS.joe))).toBe('user');
  });

  it('is not prolonged by what is tried meanwhile', () => {
    const stage = new LoginStage(login, LIMITS);
    for (let each = 0; each < 60; each++) {
      stage.enter('joe', WRONG);
      stage.pass(1_000);
    }

    expect(outcome(stage.enter('joe', SECRETS.joe))).toBe('user');
  });

  it('learns nothing of who is there: names that nobody has are blocked alike', () => {
    const [stage, other] = [new LoginStage(login, LIMITS), new LoginStage(login, LIMITS)];

    const there = [1, 2, 3, 4, 5].map(() => outcome(stage.enter('joe', WRONG)));
    const nobody = [1, 2, 3, 4, 5].map(() => outcome(other.enter('nobody', WRONG)));

    expect(nobody).toEqual(there);
  });

  it('with many names ends at the limit of the address, whatever the port', () => {
    const stage = new LoginStage(login, LIMITS);
    const spray = Array.from({ length: 10 }, (_, each) => outcome(stage.enter(`user-${each}`, WRONG)));

    expect(spray).toEqual([...Array.from({ length: 8 }, () => DENIED), BLOCKED, BLOCKED]);
    expect(outcome(stage.enter('joe', SECRETS.joe))).toBe(BLOCKED);
    expect(outcome(stage.enter('joe', SECRETS.joe, { peer: '192.0.2.2' }))).toBe('user');
  });

  it('gains nothing by attempts side by side: no more are answered than in turn', () => {
    const stage = new LoginStage(login, LIMITS);
    const clients = Array.from({ length: 6 }, (_, each) => stage.client('joe', each === 4 ? SECRETS.joe : WRONG));
    const peers = clients.map((client) => stage.hello(client));

    peers.forEach((peer, each) => answer(peer, clients[each]!));

    expect(peers.map(outcome)).toEqual([DENIED, DENIED, DENIED, BLOCKED, BLOCKED, BLOCKED]);
  });

  it('is not helped by a name of the own: it lets that name begin anew, and not the address', () => {
    const stage = new LoginStage(login, LIMITS);
    const guesses: unknown[] = [];
    for (let each = 0; each < 10; each++) {
      guesses.push(outcome(stage.enter(`user-${each}`, WRONG)));
      stage.pass(1_000);
      if (each === 4) expect(outcome(stage.enter('jane', SECRETS.jane))).toBe('user');
    }

    expect(guesses.slice(-2)).toEqual([BLOCKED, BLOCKED]);
  });

  it('is not what somebody does who mistypes now and then', () => {
    const stage = new LoginStage(login, { failedLogins: { perAuthid: 3, perPeer: 100, period: 60_000_000 } });
    const outcomes: unknown[] = [];
    for (let each = 0; each < 5; each++) {
      outcomes.push(outcome(stage.enter('joe', WRONG)), outcome(stage.enter('joe', WRONG)), outcome(stage.enter('joe', SECRETS.joe)));
      stage.pass(60_000);
    }

    expect(outcomes).toEqual([1, 2, 3, 4, 5].flatMap(() => [DENIED, DENIED, 'user']));
  });
});
