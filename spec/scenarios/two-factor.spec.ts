import { describe, expect, it } from '@jest/globals';
import { asyncScheduler, catchError, map, of, type SchedulerLike } from 'rxjs';
import type { Accept, Authenticator, Deny, Question, Verifier } from '../../lib/auth/authenticator.ts';
import { ticket, ticketVerifier } from '../../lib/auth/ticket.ts';
import { totp, totpVerifier } from '../../lib/auth/totp.ts';
import type { AbortError } from '../../lib/errors.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { join } from '../../lib/session/join.ts';
import type { WampMarblesOptions } from '../../lib/testing/index.ts';
import { LoginStage, answer, isAsked, outcome, type Login } from '../support/logins.ts';
import { dial, type RawPeer } from '../support/raw-peer.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const METHOD = 'ticket-and-code';
const DENIED = 'wamp.error.authentication_denied';
const TICKET = 'open sesame';
const CODES = 'MFRGGZDFMZTWQ2LK';

/** A verifier of a user's own: a ticket, and who has it is asked for a code. */
function ticketThenCode(scheduler: SchedulerLike = asyncScheduler): Verifier {
  const tickets = ticketVerifier({ users: { joe: { ticket: TICKET, role: 'user' } } });
  const codes = totpVerifier({ users: { joe: { secret: CODES, role: 'user' } } }, scheduler);
  return {
    method: METHOD,
    begin: (candidate) => {
      const first = tickets.begin(candidate) as Question;
      return { is: 'question', extra: { ask: 'ticket' }, check: (given): Accept | Deny | Question => {
        const verdict = first.check(given) as Accept | Deny;
        return verdict.is === 'accept' ? { ...(codes.begin(candidate) as Question), extra: { ask: 'code' } } : verdict;
      } };
    },
  };
}

/** The other half: it is asked twice by the same name. */
function both(secret = TICKET, code: Authenticator = totp({ authid: 'joe', secret: CODES })): Authenticator {
  const first = ticket({ authid: 'joe', ticket: secret });
  return { method: METHOD, authid: 'joe', answer: (extra) => ((extra['ask'] === 'code' ? code : first).answer!(extra)) };
}

const wrongCode = totp({ authid: 'joe', code: () => 'guess' });
const world = (): WampMarblesOptions => ({ router: { realms: { realm1: { auth: [ticketThenCode()] } }, timeouts: { authenticate: 5_000 } } });

describe('two rounds of CHALLENGE and AUTHENTICATE', () => {
  it('let a client in that answers both', () => {
    tidyMarbles(({ link, expectObservable }) => {
      const asked: unknown[] = [];
      const credentials = both();
      const auth: Authenticator = { ...credentials, answer: (extra) => {
        asked.push(extra['ask']);
        return credentials.answer!(extra);
      } };
      const joined = join(link(), { realm: 'realm1', auth }).pipe(map(({ details: { authid, authrole, authmethod } }) => ({ authid, authrole, authmethod, asked })));

      expectObservable(joined, '^ 10ms !').toBe('j', { j: { authid: 'joe', authrole: 'user', authmethod: METHOD, asked: ['ticket', 'code'] } });
    }, world());
  });

  it.each([['ticket', both('guess')], ['code', both(TICKET, wrongCode)]])('let nobody in with a wrong %s', (_, auth) => {
    tidyMarbles(({ link, expectObservable }) => {
      const refused = join(link(), { realm: 'realm1', auth }).pipe(map(() => 'joined'), catchError((error: unknown) => of((error as AbortError).reason)));

      expectObservable(refused, '^ 10ms !').toBe('(r|)', { r: DENIED });
    }, world());
  });

  it('ask for the second factor behind the first alone, and let nobody in between', () => {
    tidyMarbles(({ link }) => {
      const credentials = both();
      const peer = dial(link()).hello('realm1', { authmethods: [METHOD], authid: 'joe' });
      const said = (): unknown => peer.received.map(([type, , extra]) => [type, type === MessageType.CHALLENGE ? extra : undefined]);
      expect(said()).toEqual([[MessageType.CHALLENGE, { ask: 'ticket' }]]);

      answer(peer, credentials);
      expect(said()).toEqual([[MessageType.CHALLENGE, { ask: 'ticket' }], [MessageType.CHALLENGE, { ask: 'code' }]]);
      answer(peer, credentials);

      expect(outcome(peer)).toBe('user');
      peer.send([MessageType.GOODBYE, {}, 'wamp.close.close_realm']);
    }, world());
  });

  it('have the time of one attempt together', () => {
    tidyMarbles(({ link, at, flush }) => {
      const peer = dial(link()).hello('realm1', { authmethods: [METHOD], authid: 'joe' });
      const ends: unknown[] = [];
      at(4_000, () => answer(peer, both()));
      at(4_999, () => ends.push(peer.ended));
      at(5_001, () => ends.push(peer.ended, outcome(peer)));

      flush();

      expect(ends).toEqual([undefined, 'complete', 'wamp.error.authentication_failed']);
    }, world());
  });
});

describe('a second factor that is tried out', () => {
  const login: Login = { name: METHOD, method: METHOD, isReplayable: false, verifier: (scheduler) => ticketThenCode(scheduler), client: () => both() };
  const enter = (stage: LoginStage, credentials: Authenticator): RawPeer => {
    const peer = stage.hello(credentials);
    for (let round = 0; round < 2 && isAsked(peer); round++) answer(peer, credentials);
    return peer;
  };

  it('counts as failed logins, which the right first factor does not make good', () => {
    const stage = new LoginStage(login, { failedLogins: { perAuthid: 2, perPeer: 8, period: 60_000 } });
    const code = totp({ authid: 'joe', secret: CODES, scheduler: stage.scheduler });

    const guesses = [1, 2, 3].map(() => outcome(enter(stage, both(TICKET, wrongCode))));
    const right = outcome(enter(stage, both(TICKET, code)));
    stage.pass(61_000);

    expect([...guesses, right]).toEqual([DENIED, DENIED, 'wamp.error.unavailable', 'wamp.error.unavailable']);
    expect(outcome(enter(stage, both(TICKET, code)))).toBe('user');
  });
});
