import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { of } from 'rxjs';
import type { Accept, Authenticator, Candidate, Deny, MaybeLater, Pass, Question, Signature, Verifier } from '../../lib/auth/authenticator.ts';
import { answerOf } from '../../lib/auth/maybe-later.ts';
import { scram, scramUser, scramVerifier, type ScramMethod } from '../../lib/auth/scram.ts';
import type { Dict } from '../../lib/types.ts';

const PASSWORD = 'pencil';
const METHODS: readonly ScramMethod[] = ['wamp-scram', 'scram'];
const VERIFIER = { 'wamp-scram': 'verifier', scram: 'scram_server_signature' };
const LIGHT = { role: 'user', kdf: 'argon2id13', iterations: 2, memory: 512 } as const;
const ITERATED = { role: 'user', kdf: 'pbkdf2', iterations: 4096 } as const;
const DENIED = { is: 'deny', reason: 'wamp.error.authentication_denied', message: 'the authid or the password is wrong' };

const candidate: Candidate = { realm: 'realm1', session: 7, authid: 'joe', authrole: undefined, authextra: {}, transport: {} };

/** HELLO as a client says it, and what the router asks then. */
function hello(client: Authenticator, verifier: Verifier, more: Partial<Candidate> = {}): MaybeLater<Accept | Deny | Pass | Question> {
  return verifier.begin({ ...candidate, authid: client.authid, authextra: client.authextra ?? {}, ...more });
}

function question(asked: MaybeLater<Accept | Deny | Pass | Question>): Question {
  expect(asked).toMatchObject({ is: 'question' });
  return asked as Question;
}

function attempt(client: Authenticator, verifier: Verifier, more: Partial<Candidate> = {}): Accept | Deny {
  const asked = question(hello(client, verifier, more));
  return asked.check(client.answer!(asked.extra) as Signature) as Accept | Deny;
}

describe.each(METHODS)('scram, as %s', (method) => {
  const users = { joe: scramUser(PASSWORD, { ...LIGHT, method }) };
  const make = (password = PASSWORD, authid = 'joe'): Authenticator => scram({ authid, password, method });

  it.each([LIGHT, ITERATED])('lets in who has the password, and the router proves that it knows the user: %j', (options) => {
    const verifier = scramVerifier({ users: { joe: scramUser(PASSWORD, { ...options, method }) }, method });
    const client = make();

    const verdict = attempt(client, verifier);

    expect(verdict).toEqual({ is: 'accept', authid: 'joe', authrole: 'user', authprovider: 'static', authextra: { [VERIFIER[method]]: expect.any(String) } });
    expect(client.welcome!({ authextra: (verdict as Accept).authextra })).toBeUndefined();
  });

  it('goes on where the router cannot prove it, or was not asked, with an error', () => {
    const verifier = scramVerifier({ users, method });
    const client = make();
    const { authextra } = attempt(client, verifier) as Accept;
    const proof = authextra![VERIFIER[method]] as string;
    const other = (attempt(make(), verifier) as Accept).authextra;

    for (const wrong of [undefined, {}, other, { [VERIFIER[method]]: 7 }, { [VERIFIER[method]]: `${proof.slice(0, 4)}AAAA${proof.slice(8)}` }, { [VERIFIER[method]]: 'A'.repeat(10_000) }]) {
      expect(() => client.welcome!({ authextra: wrong })).toThrow('router must prove that it knows the user, and did not');
    }
    client.welcome!({ authextra });
    expect(() => client.welcome!({ authextra })).toThrow(/^router must prove/);
    expect(() => make().welcome!({ authextra })).toThrow(/^router must prove/);
  });

  it('tells a wrong password from an unknown user by nothing', () => {
    const verifier = scramVerifier({ users, method });
    const shape = ({ extra }: Question): Dict => ({ ...extra, nonce: (extra['nonce'] as string).length, salt: (extra['salt'] as string).length });

    const asked = ['joe', 'jane', '__proto__'].map((authid) => question(hello(make(PASSWORD, authid), verifier)));
    const again = question(hello(make(PASSWORD, 'jane'), verifier));

    expect(asked.map(shape)).toEqual([shape(again), shape(again), shape(again)]);
    expect(asked[1]!.extra['salt']).toBe(again.extra['salt']);
    expect(asked[2]!.extra['salt']).not.toBe(again.extra['salt']);
    expect([attempt(make('wrong'), verifier), attempt(make(PASSWORD, 'jane'), verifier), attempt(make(PASSWORD, 'constructor'), verifier)]).toEqual([DENIED, DENIED, DENIED]);
  });

  it('takes an answer for its own challenge alone', () => {
    const verifier = scramVerifier({ users, method });
    const client = make();
    const [first, second] = [question(hello(client, verifier)), question(hello(client, verifier))];
    const answer = client.answer!(first.extra) as Signature;

    expect(second.check(answer)).toEqual(DENIED);
    expect(first.check(answer)).toMatchObject({ is: 'accept' });
  });

  it('takes no answer but the right one', () => {
    const asked = question(hello(make(), scramVerifier({ users, method })));
    const signatures = fc.oneof(fc.string(), fc.base64String(), fc.constant(''), fc.constant('A'.repeat(44)), fc.constant('A'.repeat(100_000)));

    fc.assert(fc.property(signatures, fc.option(fc.dictionary(fc.string(), fc.jsonValue()), { nil: undefined }), (signature, extra) => {
      expect(asked.check({ signature, extra: extra as Dict | undefined })).toEqual(DENIED);
    }));
  });

  it('joins twice at a time, as a handover does, and each attempt has its own proof', () => {
    const verifier = scramVerifier({ users, method });
    const client = make();
    const asked = [question(hello(client, verifier)), question(hello(client, verifier))];

    const verdicts = asked.map((each) => each.check(client.answer!(each.extra) as Signature) as Accept);

    for (const { authextra } of verdicts.reverse()) expect(client.welcome!({ authextra })).toBeUndefined();
  });

  it('refuses a challenge that is not for it, costs too little, or costs too much', () => {
    const client = make();
    const { extra } = question(hello(client, scramVerifier({ users, method })));
    const kdf = method === 'scram' ? 'argon2id-13' : 'argon2id13';
    const challenged = (more: Dict) => () => client.answer!({ ...extra, ...more });

    expect(challenged({ nonce: 'AAAA' })).toThrow('CHALLENGE.Extra.nonce must begin with the nonce of HELLO, got another');
    expect(challenged({ nonce: make().authextra!['nonce'] })).toThrow(/must begin with the nonce of HELLO/);
    expect(challenged({ nonce: client.authextra!['nonce'] })).toThrow(/must begin with the nonce of HELLO/);
    expect(challenged({ nonce: 7 })).toThrow('CHALLENGE.Extra.nonce must be a string of up to 1024 characters, got 7');
    expect(challenged({ kdf: 'md5' })).toThrow(`CHALLENGE.Extra.kdf must be one of ${kdf}, pbkdf2, got "md5"`);
    expect(challenged({ salt: 'AAAA' })).toThrow('CHALLENGE.Extra.salt must be at least 8 bytes in base64, got "AAAA"');
    expect(challenged({ kdf: 'pbkdf2', iterations: 4095 })).toThrow('CHALLENGE.Extra.iterations must be an integer from 4096 to 1000000, got 4095');
    expect(challenged({ kdf: 'pbkdf2', iterations: 1e9 })).toThrow(/from 4096 to 1000000/);
    expect(challenged({ memory: null })).toThrow('CHALLENGE.Extra.memory must be an integer from 8 to 1048576, got null');
    expect(challenged({ memory: 512, iterations: 1 })).toThrow('CHALLENGE.Extra.iterations must be an integer from 2 to 8192, got 1');
    expect(challenged({ memory: 2 ** 20, iterations: 5 })).toThrow(/an integer from 1 to 4, got 5/);
  });

  it('salts a password once, and in the way it is told to, now or later', () => {
    const salted: string[] = [];
    const verifier = scramVerifier({ users, method });
    const client = scram({
      authid: 'joe', password: () => of(PASSWORD), method,
      derive: (password) => { salted.push(password); return of(new Uint8Array(32)); },
    });
    const signatures: unknown[] = [];

    for (let times = 0; times < 3; times++) {
      answerOf(() => client.answer!(question(hello(client, verifier)).extra)).subscribe((signature) => signatures.push(signature));
    }

    expect(salted).toEqual([PASSWORD]);
    expect(signatures).toHaveLength(3);
  });

  it('shows no secret', () => {
    const [client, verifier] = [make(), scramVerifier({ users, method })];
    attempt(client, verifier);

    expect(JSON.stringify([client, verifier, attempt(make('wrong'), verifier)])).not.toMatch(/pencil|"wrong"/);
  });
});

describe('scramVerifier', () => {
  const users = { joe: scramUser(PASSWORD, LIGHT) };
  const verifier = scramVerifier({ users });

  it('writes the challenge as the text has it', () => {
    const client = scram({ authid: 'joe', password: PASSWORD });
    const asked = question(hello(client, verifier));

    expect(asked.extra).toEqual({ nonce: expect.any(String), salt: users.joe.salt, kdf: 'argon2id13', iterations: 2, memory: 512 });
    expect(client.answer!(asked.extra)).toEqual({ signature: expect.any(String), extra: { nonce: asked.extra['nonce'], channel_binding: null, cbind_data: null } });
  });

  it('refuses a HELLO without a name or a nonce, and one that wants its channel bound', () => {
    const denied = (more: Partial<Candidate>): string | undefined => (verifier.begin({ ...candidate, ...more }) as Deny).message;

    expect(denied({ authid: undefined })).toBe('HELLO.Details.authid must be there for the method "wamp-scram"');
    for (const nonce of [undefined, '', 7, 'no base64', 'A'.repeat(2000)]) {
      expect(denied({ authextra: { nonce } })).toBe('HELLO.Details.authextra.nonce must be there in base64 for the method "wamp-scram"');
    }
    expect(denied({ authextra: { nonce: 'AAAA', channel_binding: 'tls-unique' } })).toBe('HELLO.Details.authextra.channel_binding must be null here');
    expect(verifier.begin({ ...candidate, authextra: { nonce: 'AAAA', channel_binding: null } })).toMatchObject({ is: 'question' });
  });

  it('refuses an answer that names another nonce or a channel', () => {
    const client = scram({ authid: 'joe', password: PASSWORD });
    const asked = question(hello(client, verifier));
    const { signature, extra } = client.answer!(asked.extra) as Signature;

    expect(asked.check({ signature, extra: { ...extra, nonce: 'AAAA' } })).toEqual(DENIED);
    expect(asked.check({ signature, extra: { ...extra, channel_binding: 'tls-unique', cbind_data: 'AAAA' } })).toEqual(DENIED);
    expect(asked.check({ signature, extra })).toMatchObject({ is: 'accept' });
  });

  it('gives a user no other role than its own, and says so to nobody else', () => {
    const asked = (password: string): unknown => attempt(scram({ authid: 'joe', password }), verifier, { authrole: 'admin' });

    expect(asked(PASSWORD)).toMatchObject({ is: 'deny', reason: 'wamp.error.no_such_role' });
    expect(asked('wrong')).toEqual(DENIED);
  });

  it('finds users by a function, and keeps their own extra beside the proof', () => {
    const dynamic = scramVerifier({ users: ({ authid }) => (authid === 'joe' ? { ...users.joe, authextra: { team: 'red' } } : undefined) });
    const ask = (authid: string): unknown => attempt(scram({ authid, password: PASSWORD }), dynamic);

    expect(ask('joe')).toMatchObject({ is: 'accept', authprovider: 'dynamic', authextra: { team: 'red', verifier: expect.any(String) } });
    expect(ask('jane')).toEqual(DENIED);
  });

  it('refuses keys that are none, and does not show them', () => {
    const wrong = scramVerifier({ users: { joe: { ...users.joe, storedKey: 'pass word' } } });

    expect(() => hello(scram({ authid: 'joe', password: PASSWORD }), wrong)).toThrow(
      new TypeError('storedKey of a user that joins by SCRAM must be in base64, as scramUser() gives it'),
    );
  });

  it('compares names and passwords however they are spelt', () => {
    const spelt = scramVerifier({ users: { '\u2168': scramUser('I\u00ADX', LIGHT) } });

    expect(attempt(scram({ authid: 'IX', password: '\u2168' }), spelt)).toMatchObject({ is: 'accept', authid: 'IX' });
  });
});
