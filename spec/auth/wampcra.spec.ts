import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHmac, pbkdf2Sync } from 'node:crypto';
import { VirtualTimeScheduler, firstValueFrom, of } from 'rxjs';
import type { Accept, Candidate, Deny, MaybeLater, Pass, Question, Signature } from '../../lib/auth/authenticator.ts';
import { answerOf } from '../../lib/auth/maybe-later.ts';
import { deriveKey, signChallenge, wampcra, wampcraVerifier, type WampCraUser } from '../../lib/auth/wampcra.ts';
import { ProtocolError } from '../../lib/errors.ts';
import type { Dict } from '../../lib/types.ts';

/** The challenge of the specification, and what it looks like as it travels. */
const CHALLENGE = '{ "nonce": "LHRTC9zeOIrt_9U3", "authprovider": "userdb", "authid": "peter", "timestamp": "2014-06-22T16:36:25.448Z", '
  + '"authrole": "user", "authmethod": "wampcra", "session": 3251278072152162}';
const candidate: Candidate = { realm: 'realm1', session: 3251278072152162, authid: 'peter', authrole: undefined, authextra: {}, transport: {} };
const SALTED = { salt: 'salt123', iterations: 100, keylen: 16 };
const users = { peter: { secret: 'secret1', role: 'user' }, joe: { secret: 'prq7+YkJ1/KlW1X0YczMHw==', role: 'staff', ...SALTED } };

function ask(verdict: MaybeLater<Accept | Deny | Pass | Question>): Question {
  expect(verdict).toMatchObject({ is: 'question' });
  return verdict as Question;
}
const challengeIn = ({ extra: { challenge } }: Question): Dict => JSON.parse(String(challenge)) as Dict;
const answer = (secret: string, extra: Dict): Signature => wampcra({ authid: 'peter', secret }).answer!(extra) as Signature;

describe('deriveKey', () => {
  it("answers as Crossbar.io's documentation has it", () => {
    expect(deriveKey('secret1', SALTED)).toBe('prq7+YkJ1/KlW1X0YczMHw==');
  });

  it('takes 1000 iterations and 32 bytes where nothing else is said', () => {
    expect(deriveKey('päss', { salt: 's' })).toBe(pbkdf2Sync('päss', 's', 1000, 32, 'sha256').toString('base64'));
  });

  it.each([
    ['iterations', 0], ['iterations', 1_000_001], ['iterations', 1.5], ['iterations', Number.NaN], ['iterations', Infinity],
    ['keylen', 0], ['keylen', -1], ['keylen', 1025], ['keylen', 2 ** 40],
  ])('refuses a number that would block, or is none: %s %p', (key, value) => {
    expect(() => deriveKey('secret', { salt: 's', [key]: value })).toThrow(new RegExp(`^${key} must be an integer from 1 to `));
  });
});

describe('signChallenge', () => {
  it('signs the challenge of the specification', () => {
    expect(signChallenge('secret', CHALLENGE)).toBe(createHmac('sha256', 'secret').update(CHALLENGE).digest('base64'));
  });
});

describe('wampcra', () => {
  it('signs with the secret as it is', () => {
    expect(answer('secret1', { challenge: CHALLENGE })).toEqual({ signature: signChallenge('secret1', CHALLENGE) });
  });

  it('signs with what the salt makes of the password', () => {
    const signature = signChallenge('prq7+YkJ1/KlW1X0YczMHw==', CHALLENGE);

    expect(answer('secret1', { challenge: CHALLENGE, ...SALTED })).toEqual({ signature });
    expect(answer('secret1', { challenge: CHALLENGE, salt: 'salt123' })).toEqual({ signature: signChallenge(deriveKey('secret1', { salt: 'salt123' }), CHALLENGE) });
  });

  it('takes null for what is not there', () => {
    expect(answer('secret1', { challenge: CHALLENGE, salt: null, iterations: null, keylen: null })).toEqual(answer('secret1', { challenge: CHALLENGE }));
    expect(answer('secret1', { challenge: CHALLENGE, salt: 's', iterations: null })).toEqual(answer('secret1', { challenge: CHALLENGE, salt: 's' }));
  });

  it('derives anew where salt or password is another one', () => {
    const passwords = ['one', 'one', 'two', 'one'];
    const authenticator = wampcra({ authid: 'peter', secret: () => passwords.shift()! });
    const sign = (salt: string): unknown => authenticator.answer!({ challenge: CHALLENGE, ...SALTED, salt });
    const expected = (password: string, salt: string): unknown => ({ signature: signChallenge(deriveKey(password, { ...SALTED, salt }), CHALLENGE) });

    expect([sign('a'), sign('a'), sign('a'), sign('b')]).toEqual([expected('one', 'a'), expected('one', 'a'), expected('two', 'a'), expected('one', 'b')]);
  });

  it('waits for a secret that comes later', async () => {
    for (const secret of [() => of('secret1'), () => Promise.resolve('secret1')]) {
      const { answer: later } = wampcra({ authid: 'peter', secret });
      await expect(firstValueFrom(answerOf(() => later!({ challenge: CHALLENGE })))).resolves.toEqual(answer('secret1', { challenge: CHALLENGE }));
    }
  });

  it.each<[string, Dict]>([
    ['CHALLENGE.Extra.challenge must be a string', {}],
    ['CHALLENGE.Extra.challenge must be a string', { challenge: { nonce: 1 } }],
    ['CHALLENGE.Extra.salt must be a string', { challenge: 'c', salt: 7 }],
    ['CHALLENGE.Extra.iterations must be a number', { challenge: 'c', salt: 's', iterations: '1000' }],
    ['CHALLENGE.Extra.keylen must be a number', { challenge: 'c', salt: 's', keylen: {} }],
    ['iterations must be an integer from 1 to 1000000', { challenge: 'c', salt: 's', iterations: 2 ** 31 }],
  ])('refuses a challenge that is none: %s', (message, extra) => {
    expect(() => answer('secret1', extra)).toThrow(ProtocolError);
    expect(() => answer('secret1', extra)).toThrow(message);
  });

  it('shows no secret', () => {
    expect(JSON.stringify(wampcra({ authid: 'peter', secret: 'secret!!!' }))).not.toContain('secret!!!');
  });
});

describe('wampcraVerifier', () => {
  const time = new VirtualTimeScheduler();
  const verifier = wampcraVerifier({ users }, time);

  it('puts into a challenge what the specification lists', () => {
    const question = ask(verifier.begin(candidate));

    expect(challengeIn(question)).toEqual({
      authid: 'peter', authrole: 'user', authmethod: 'wampcra', authprovider: 'static', nonce: expect.stringMatching(/^[0-9a-f]{32}$/),
      timestamp: '1970-01-01T00:00:00.000Z', session: 3251278072152162,
    });
    expect(Object.keys(question.extra)).toEqual(['challenge']);
  });

  it('tells how a password is salted', () => {
    expect(ask(verifier.begin({ ...candidate, authid: 'joe' })).extra).toEqual({ challenge: expect.any(String), ...SALTED });
    expect(ask(wampcraVerifier({ users: { joe: { secret: 's', role: 'r', salt: 'x' } } }).begin({ ...candidate, authid: 'joe' })).extra)
      .toEqual({ challenge: expect.any(String), salt: 'x', iterations: 1000, keylen: 32 });
  });

  it('lets those in who sign, with the secret or what the salt makes of it', () => {
    const accept = (authid: string, secret: string): unknown => {
      const { extra, check } = ask(verifier.begin({ ...candidate, authid }));
      return check(answer(secret, extra));
    };

    expect(accept('peter', 'secret1')).toEqual({ is: 'accept', authid: 'peter', authrole: 'user', authprovider: 'static' });
    expect(accept('joe', 'secret1')).toEqual({ is: 'accept', authid: 'joe', authrole: 'staff', authprovider: 'static' });
  });

  it('lets nobody in with any other signature', () => {
    const { extra, check } = ask(verifier.begin(candidate));
    const { signature } = answer('secret1', extra);
    const denied = { is: 'deny', reason: 'wamp.error.authentication_denied', message: 'the authid or the secret is wrong' };
    const others = fc.oneof(
      fc.nat(signature.length - 1).map((length) => signature.slice(0, length)),
      fc.string().map((more) => `${signature}${more}=`),
      fc.nat(signature.length - 1).map((at) => `${signature.slice(0, at)}${signature[at] === 'A' ? 'B' : 'A'}${signature.slice(at + 1)}`),
      fc.string(), fc.constant(signature.toLowerCase()), fc.constant(` ${signature}`),
    );

    fc.assert(fc.property(others, (other) => expect(check({ signature: other })).toEqual(denied)));
  });

  it('does not take a signature of another challenge', () => {
    const first = ask(verifier.begin(candidate));
    const replayed = answer('secret1', first.extra);

    expect(ask(verifier.begin(candidate)).check(replayed)).toMatchObject({ is: 'deny' });
  });

  it('asks those who are not there like those who are, and refuses them alike', () => {
    const wrong = ask(verifier.begin(candidate)).check({ signature: 'wrong' });
    const shapes = Object.keys(users).map((authid) => shapeOf(ask(verifier.begin({ ...candidate, authid }))));
    const seen = new Set<string>();

    for (const authid of ['jane', '__proto__', 'constructor', ...Array.from({ length: 40 }, (_, at) => `user${at}`)]) {
      const question = ask(verifier.begin({ ...candidate, authid }));
      const again = ask(verifier.begin({ ...candidate, authid }));
      expect(shapes).toContainEqual(shapeOf(question));
      expect({ ...challengeIn(again), nonce: '' }).toEqual({ ...challengeIn(question), nonce: '' });
      expect({ ...again.extra, challenge: '' }).toEqual({ ...question.extra, challenge: '' });
      for (const secret of ['secret1', '', 'undefined']) expect(question.check(answer(secret, question.extra))).toEqual(wrong);
      seen.add(String(challengeIn(question)['authrole']));
    }
    expect([...seen].sort()).toEqual(['staff', 'user']);
  });

  it('gives a user no other role than its own', () => {
    const { extra, check } = ask(verifier.begin({ ...candidate, authrole: 'admin' }));

    expect(check(answer('secret1', extra))).toMatchObject({ is: 'deny', reason: 'wamp.error.no_such_role' });
    expect(check({ signature: 'wrong' })).toMatchObject({ is: 'deny', reason: 'wamp.error.authentication_denied' });
  });

  it('refuses a client without a name', () => {
    expect(verifier.begin({ ...candidate, authid: undefined })).toMatchObject({ is: 'deny' });
  });

  it('looks users up, at once or later, and takes no for an answer', async () => {
    const found: WampCraUser = { secret: 'secret1', role: 'user', authid: 'Peter', authprovider: 'userdb', authextra: { a: 1 } };
    for (const answerWith of [(user: WampCraUser) => of(user), (user: WampCraUser) => Promise.resolve(user), (user: WampCraUser) => user]) {
      const looking = wampcraVerifier(({ authid }) => answerWith({ ...found, authid: `${authid}!` }));
      const question = ask(await firstValueFrom(answerOf(() => looking.begin(candidate))));
      expect(question.check(answer('secret1', question.extra))).toEqual({ is: 'accept', authid: 'peter!', authrole: 'user', authprovider: 'userdb', authextra: { a: 1 } });
    }
    expect(wampcraVerifier(() => ({ is: 'deny' })).begin(candidate)).toEqual({ is: 'deny' });
  });

  it('asks those whom a look-up does not find like the first one that it found', () => {
    const looking = wampcraVerifier(({ authid }) => (authid === 'joe' ? users.joe : undefined), time);

    expect(Object.keys(ask(looking.begin(candidate)).extra)).toEqual(['challenge']);
    const joe = shapeOf(ask(looking.begin({ ...candidate, authid: 'joe' })));
    const unknown = ask(looking.begin(candidate));

    expect(shapeOf(unknown)).toEqual(joe);
    expect(unknown.check(answer('secret1', unknown.extra))).toMatchObject({ is: 'deny' });
  });
});

/** What a challenge shows besides the user's own name, nonce and salt. */
function shapeOf(question: Question): unknown {
  const { salt, iterations, keylen } = question.extra;
  const { authrole, authmethod, authprovider, session, timestamp, ...rest } = challengeIn(question);
  return { keys: Object.keys(question.extra), saltLength: String(salt).length, iterations, keylen, authrole, authmethod, authprovider, session, timestamp, rest: Object.keys(rest) };
}
