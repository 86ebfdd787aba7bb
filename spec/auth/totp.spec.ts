import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { of, VirtualTimeScheduler } from 'rxjs';
import type { Accept, Candidate, Deny, MaybeLater, Pass, Question } from '../../lib/auth/authenticator.ts';
import { answerOf } from '../../lib/auth/maybe-later.ts';
import { totp, totpCode, totpSecret, totpVerifier, type TotpOptions } from '../../lib/auth/totp.ts';

/** The secret of RFC 6238, Appendix B: the ASCII text 12345678901234567890. */
const RFC_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const SECRET = 'MFRGGZDFMZTWQ2LK';

const candidate: Candidate = { realm: 'realm1', session: 7, authid: 'joe', authrole: undefined, authextra: {}, transport: {} };
const users = { joe: { secret: SECRET, role: 'user' } };
const accept = { is: 'accept', authid: 'joe', authrole: 'user', authprovider: 'static' };
const denied = { is: 'deny', reason: 'wamp.error.authentication_denied', message: 'the authid or the code is wrong' };

function at(seconds: number): VirtualTimeScheduler {
  const scheduler = new VirtualTimeScheduler();
  scheduler.frame = seconds * 1000;
  return scheduler;
}

function ask(verdict: MaybeLater<Accept | Deny | Pass | Question>): Question {
  expect(verdict).toMatchObject({ is: 'question', extra: {} });
  return verdict as Question;
}

/** Answers one attempt after the other with the same verifier. */
function attempts(options: TotpOptions, scheduler: VirtualTimeScheduler): (signature: string, authid?: string) => unknown {
  const verifier = totpVerifier(options, scheduler);
  return (signature, authid = 'joe') => ask(verifier.begin({ ...candidate, authid })).check({ signature });
}

describe('totpCode', () => {
  // RFC 6238, Appendix B, the rows of SHA1: eight digits there, of which these are the last six.
  it.each([
    [59, '287082'], [1111111109, '081804'], [1111111111, '050471'], [1234567890, '005924'], [2000000000, '279037'], [20000000000, '353130'],
  ])('is at %i seconds what the RFC says', (seconds, code) => {
    expect(totpCode(RFC_SECRET, { scheduler: at(seconds) })).toBe(code);
  });

  it('is that of another step where an offset is given', () => {
    expect(totpCode(RFC_SECRET, { scheduler: at(1111111111), offset: -1 })).toBe('081804');
    expect(totpCode(RFC_SECRET, { scheduler: at(29), offset: 1 })).toBe('287082');
  });

  it.each(['', '###', 'se cret!', '0189'])('refuses the secret %j, and does not show it', (secret) => {
    expect(() => totpCode(secret)).toThrow(new TypeError('secret must be text in base32 (RFC 4648), as totpSecret() gives it'));
  });
});

describe('totpSecret', () => {
  it('is new each time, and as long as asked for', () => {
    expect(totpSecret()).toMatch(/^[A-Z2-7]{16}$/);
    expect(totpSecret(20)).toMatch(/^[A-Z2-7]{32}$/);
    expect(new Set(Array.from({ length: 100 }, () => totpSecret())).size).toBe(100);
    expect(() => totpSecret(0)).toThrow('bytes must be an integer from 1, got 0');
  });
});

describe('totp', () => {
  it('answers with the code of the moment, or the one that is typed', () => {
    const answers: unknown[] = [];

    const computed = totp({ authid: 'joe', secret: RFC_SECRET, scheduler: at(59) });
    answerOf(() => totp({ authid: 'joe', code: () => of('123456') }).answer!({})).subscribe((answer) => answers.push(answer));

    expect([computed.method, computed.authid, computed.answer!({})]).toEqual(['totp', 'joe', { signature: '287082' }]);
    expect(answers).toEqual([{ signature: '123456' }]);
    expect(JSON.stringify(computed)).not.toContain(RFC_SECRET);
  });
});

describe('totpVerifier', () => {
  it('takes the codes of the steps within the skew, and no others', () => {
    fc.assert(fc.property(fc.integer({ min: 1000, max: 2 ** 32 }), fc.integer({ min: -4, max: 4 }), fc.integer({ min: 0, max: 3 }), (now, offset, skew) => {
      const scheduler = at(now);
      const verdict = attempts({ users, skew }, scheduler)(totpCode(SECRET, { scheduler, offset }));

      // A code of six digits may be that of another step by chance.
      const standing = Array.from({ length: 2 * skew + 1 }, (_, step) => totpCode(SECRET, { scheduler, offset: step - skew }));
      expect(verdict).toEqual(standing.includes(totpCode(SECRET, { scheduler, offset })) ? accept : denied);
    }));
  });

  it('takes a code once, and none of before it', () => {
    const scheduler = at(1000);
    const attempt = attempts({ users }, scheduler);
    const [before, now, next] = [-1, 0, 1].map((offset) => totpCode(SECRET, { scheduler, offset }));

    const verdicts = [now, now, before, next, next].map((code) => attempt(code!));

    expect(verdicts).toEqual([accept, denied, denied, accept, denied]);
  });

  it('tells a wrong code from an unknown user by nothing', () => {
    const scheduler = at(1000);
    const attempt = attempts({ users }, scheduler);
    const code = totpCode(SECRET, { scheduler });

    const verdicts = ['jane', '__proto__', 'constructor'].map((authid) => attempt(code, authid));
    const wrong = ['', '1', '12345a', '１２３４５６', `${code}0`, '0'.repeat(100_000), 'ANY'].map((signature) => attempt(signature));

    expect([...verdicts, ...wrong]).toEqual(Array.from({ length: 10 }, () => denied));
    expect(attempt(code)).toEqual(accept);
  });

  it('finds users by a function, now or later', () => {
    const scheduler = at(1000);
    const verifier = totpVerifier({ users: ({ authid }) => of(authid === 'ann' ? { secret: SECRET, role: 'staff' } : undefined) }, scheduler);
    const verdicts: unknown[] = [];
    const answer = ['ann', 'bob'].map((authid) => answerOf(() => verifier.begin({ ...candidate, authid })));

    for (const question of answer) question.subscribe((asked) => verdicts.push(ask(asked).check({ signature: totpCode(SECRET, { scheduler }) })));

    expect(verdicts).toEqual([{ is: 'accept', authid: 'ann', authrole: 'staff', authprovider: 'dynamic' }, denied]);
  });

  it('gives a user no other role than its own, and says so to nobody else', () => {
    const scheduler = at(1000);
    const question = (): Question => ask(totpVerifier({ users }, scheduler).begin({ ...candidate, authrole: 'admin' }));

    expect(question().check({ signature: totpCode(SECRET, { scheduler }) })).toMatchObject({ is: 'deny', reason: 'wamp.error.no_such_role' });
    expect(question().check({ signature: '000000' })).toEqual(denied);
  });

  it('remembers used codes of thousands of users no longer than they stand', () => {
    const scheduler = at(1000);
    const many = Object.fromEntries(Array.from({ length: 1500 }, (_, each) => [`user-${each}`, users.joe]));
    const attempt = attempts({ users: many, skew: 0 }, scheduler);
    const enter = (): unknown[] => Object.keys(many).map((authid) => attempt(totpCode(SECRET, { scheduler }), authid));
    expect(new Set(enter().map((verdict) => (verdict as Accept).is))).toEqual(new Set(['accept']));

    const again = enter();
    scheduler.frame += 30_000;
    const later = enter();

    expect(new Set(again)).toEqual(new Set([again[0]]));
    expect(again[0]).toEqual(denied);
    expect(new Set(later.map((verdict) => (verdict as Accept).is))).toEqual(new Set(['accept']));
  });

  it('refuses a client without a name, and users without a secret', () => {
    expect(totpVerifier({ users }).begin({ ...candidate, authid: undefined })).toMatchObject({ is: 'deny' });
    expect(() => totpVerifier({ users: { joe: { secret: 'passw0rd!', role: 'user' } } })).toThrow(/^secret must be text in base32/);
  });
});
