import { describe, expect, it } from '@jest/globals';
import { MessageType } from '../../lib/protocol/messages.ts';
import { answer, LOGINS, LoginStage, outcome, SECRETS, signatureOf } from '../support/logins.ts';

const DENIED = 'wamp.error.authentication_denied';
const { AUTHENTICATE, WELCOME } = MessageType;

describe.each(LOGINS.filter(({ isReplayable }) => !isReplayable))('replay of $name', (login) => {
  it('of an answer that let somebody in lets nobody in', () => {
    const stage = new LoginStage(login);
    const client = stage.client('joe', SECRETS.joe);
    const first = stage.hello(client);
    const { signature, extra = {} } = signatureOf(first, client);
    expect(outcome(first.send([AUTHENTICATE, signature, extra]))).toBe('user');

    const again = stage.hello(client).send([AUTHENTICATE, signature, extra]);

    expect(outcome(again)).toBe(DENIED);
  });

  it('of a whole handshake, HELLO included, lets nobody in', () => {
    const stage = new LoginStage(login);
    const client = stage.client('joe', SECRETS.joe);
    const hello = { authextra: client.authextra };
    const first = stage.hello(client, hello);
    const said = login.method.includes('scram') ? undefined : signatureOf(first, client);
    first.send([AUTHENTICATE, said?.signature ?? 'AAAA', said?.extra ?? {}]);

    const again = stage.hello(client, hello).send([AUTHENTICATE, said?.signature ?? 'AAAA', said?.extra ?? {}]);

    expect(outcome(again)).toBe(DENIED);
  });
});

describe.each(LOGINS)('reflection on $name', (login) => {
  it('of what the router said, piece by piece, lets nobody in', () => {
    const stage = new LoginStage(login, { failedLogins: { perAuthid: Infinity, perPeer: Infinity } });
    const client = stage.client('joe', SECRETS.joe);
    const pieces = Object.values(stage.hello(client).last?.[2] as object).filter((value) => typeof value === 'string');

    const outcomes = [...pieces, login.method, 'joe', ''].map((piece) => outcome(stage.hello(client).send([AUTHENTICATE, piece, {}])));

    expect(new Set(outcomes)).toEqual(new Set([DENIED]));
  });

  it('of the answer of another client that the attacker has asked the same lets nobody in', () => {
    const stage = new LoginStage(login);
    const [jane, joe] = [stage.client('jane', SECRETS.jane), stage.client('joe', SECRETS.jane)];
    const [hers, his] = [stage.hello(jane), stage.hello(joe)];

    // What jane answers to her own question, in the session of joe.
    const { signature, extra = {} } = signatureOf(hers, jane);

    expect(outcome(his.send([AUTHENTICATE, signature, extra]))).toBe(DENIED);
    expect(outcome(answer(hers, jane))).toBe('user');
  });
});

describe.each(LOGINS)('AUTHENTICATE of $name twice', (login) => {
  it('ends the session that the first one has begun', () => {
    const stage = new LoginStage(login);
    const client = stage.client('joe', SECRETS.joe);
    const peer = stage.hello(client);
    const { signature, extra = {} } = signatureOf(peer, client);

    peer.send([AUTHENTICATE, signature, extra], [AUTHENTICATE, signature, extra]);

    expect(peer.of(WELCOME)).toHaveLength(1);
    expect(peer.last).toEqual([3, { message: expect.any(String) }, 'wamp.error.protocol_violation']);
    expect(stage.router.stats()).toMatchObject({ sessions: 0, connections: 0 });
  });

  it('does not get a second guess', () => {
    const stage = new LoginStage(login);
    const client = stage.client('joe', SECRETS.joe);
    const peer = stage.hello(client);
    const { signature, extra = {} } = signatureOf(peer, client);

    peer.send([AUTHENTICATE, 'a guess', {}], [AUTHENTICATE, signature, extra]);

    expect(peer.of(WELCOME)).toEqual([]);
    expect(outcome(peer)).toBe(DENIED);
  });

  it('is not taken before anything was asked', () => {
    const stage = new LoginStage(login);
    const peer = stage.enter('joe', SECRETS.joe);
    const early = stage.hello({ method: 'none of these' }).send([AUTHENTICATE, 'a guess', {}]);

    expect(outcome(peer)).toBe('user');
    expect(outcome(early)).toBe('wamp.error.no_matching_auth_method');
  });
});
