import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, of } from 'rxjs';
import type { Accept, Candidate, Deny, MaybeLater, Pass, Question } from '../../lib/auth/authenticator.ts';
import { answerOf } from '../../lib/auth/maybe-later.ts';
import { ticket, ticketVerifier } from '../../lib/auth/ticket.ts';

const candidate: Candidate = { realm: 'realm1', session: 7, authid: 'joe', authrole: undefined, authextra: {}, transport: {} };
const users = { joe: { ticket: 'secret!!!', role: 'user' } };

function ask(verdict: MaybeLater<Accept | Deny | Pass | Question>): Question {
  expect(verdict).toMatchObject({ is: 'question', extra: {} });
  return verdict as Question;
}

describe('ticket', () => {
  it('answers with the ticket', () => {
    const { method, authid, answer } = ticket({ authid: 'joe', ticket: 'secret!!!' });

    expect({ method, authid }).toEqual({ method: 'ticket', authid: 'joe' });
    expect(answer?.({})).toEqual({ signature: 'secret!!!' });
  });

  it('fetches a ticket for each attempt, now or later', async () => {
    let count = 0;
    const now = ticket({ authid: 'joe', ticket: () => `t${++count}` });

    expect([now.answer?.({}), now.answer?.({})]).toEqual([{ signature: 't1' }, { signature: 't2' }]);
    for (const later of [() => of('late'), () => Promise.resolve('late')]) {
      const answer = ticket({ authid: 'joe', ticket: later }).answer;
      await expect(firstValueFrom(answerOf(() => answer!({})))).resolves.toEqual({ signature: 'late' });
    }
  });

  it('shows no secret', () => {
    expect(JSON.stringify(ticket({ authid: 'joe', ticket: 'secret!!!' }))).not.toContain('secret');
  });
});

describe('ticketVerifier', () => {
  it('lets a user with the right ticket in', () => {
    const question = ask(ticketVerifier({ users }).begin(candidate));

    expect(question.check({ signature: 'secret!!!' })).toEqual({ is: 'accept', authid: 'joe', authrole: 'user', authprovider: 'static' });
  });

  it('tells a wrong ticket from an unknown user by nothing', () => {
    const verifier = ticketVerifier({ users });
    const denied = { is: 'deny', reason: 'wamp.error.authentication_denied' };

    const wrong = ask(verifier.begin(candidate)).check({ signature: 'secret' });
    expect(wrong).toMatchObject(denied);
    for (const authid of ['jane', '__proto__', 'constructor', 'toString']) {
      const asked = ask(verifier.begin({ ...candidate, authid }));
      expect(asked.check({ signature: 'secret!!!' })).toEqual(wrong);
      expect(asked.check({ signature: '\0'.repeat(32) })).toEqual(wrong);
      expect(asked.check({ signature: '' })).toEqual(wrong);
    }
  });

  it('gives a user no other role than its own', () => {
    const question = ask(ticketVerifier({ users }).begin({ ...candidate, authrole: 'admin' }));

    expect(question.check({ signature: 'secret!!!' })).toMatchObject({ is: 'deny', reason: 'wamp.error.no_such_role' });
    expect(question.check({ signature: 'wrong' })).toMatchObject({ is: 'deny', reason: 'wamp.error.authentication_denied' });
  });

  it('refuses a client without a name', () => {
    expect(ticketVerifier({ users }).begin({ ...candidate, authid: undefined })).toMatchObject({ is: 'deny' });
  });

  it('leaves the decision to a function', () => {
    const accept: Accept = { is: 'accept', authid: 'joe', authrole: 'user' };
    const verifier = ticketVerifier((who, given) => of(given === `token of ${who.authid}` ? accept : { is: 'deny' }));
    const seen: unknown[] = [];

    answerOf(() => ask(verifier.begin(candidate)).check({ signature: 'token of joe' })).subscribe((verdict) => seen.push(verdict));

    expect(seen).toEqual([accept]);
  });
});
