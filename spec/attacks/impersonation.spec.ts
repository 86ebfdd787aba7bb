import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MessageType } from '../../lib/protocol/messages.ts';
import type { Dict } from '../../lib/types.ts';
import { answer, LOGINS, LoginStage, outcome, SECRETS, signatureOf, WRONG } from '../support/logins.ts';
import type { RawPeer } from '../support/raw-peer.ts';

const DENIED = 'wamp.error.authentication_denied';
const UNLIMITED = { failedLogins: { perAuthid: Infinity, perPeer: Infinity } };
const NAMES_OF_OBJECTS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', ''];

/** What a peer was told, without what is by chance another each time. */
function told({ received }: RawPeer): unknown {
  return JSON.parse(JSON.stringify(received), (key, value: unknown) => (['challenge', 'nonce', 'salt'].includes(key) ? typeof value : value));
}

afterEach(() => {
  expect(({} as Dict)['role']).toBeUndefined();
});

describe.each(LOGINS)('who is nobody, with $name', (login) => {
  it('is told what those with a wrong secret are told', () => {
    const stage = new LoginStage(login, UNLIMITED);
    const wrong = stage.enter('joe', WRONG);

    const unknown = ['nobody', 'JOE', ' joe', 'joe ', ...NAMES_OF_OBJECTS.slice(0, -1)].map((authid) => stage.enter(authid, SECRETS.joe));

    expect(outcome(wrong)).toBe(DENIED);
    for (const peer of unknown) expect(told(peer)).toEqual(told(wrong));
  });
});

describe.each(LOGINS)('impersonation with $name', (login) => {
  it('of joe by jane, with her own secret, is refused', () => {
    expect(outcome(new LoginStage(login).enter('joe', SECRETS.jane))).toBe(DENIED);
  });

  it('by what is said beside the signature changes nobody', () => {
    const stage = new LoginStage(login);
    const client = stage.client('jane', SECRETS.jane);
    const peer = stage.hello(client, { authextra: { ...client.authextra, authid: 'joe', authrole: 'admin', role: 'admin', realm: 'realm2' } });
    if (!login.method.includes('scram')) {
      const { signature, extra } = signatureOf(peer, client);
      peer.send([MessageType.AUTHENTICATE, signature, { ...extra, authid: 'joe', authrole: 'admin', role: 'admin' }]);
      expect(peer.last?.[2]).toMatchObject({ authid: 'jane', authrole: 'user', realm: 'realm1' });
    }
  });

  it('of somebody with more rights, by authrole, is refused', () => {
    const stage = new LoginStage(login);
    const outcomes = ['admin', 'trusted', '__proto__', ''].map((authrole) => {
      stage.pass(60_000);
      return outcome(stage.enter('joe', SECRETS.joe, { authrole }));
    });

    expect(new Set(outcomes)).toEqual(new Set(['wamp.error.no_such_role']));
  });

  it('without a name is refused, but where the key is the name', () => {
    const stage = new LoginStage(login);
    if (login.method === 'cryptosign') return;

    expect(outcome(stage.hello({ ...stage.client('joe', SECRETS.joe), authid: undefined }))).toBe('wamp.error.authentication_failed');
  });
});

describe.each(LOGINS)('a signature of $name', (login) => {
  const mutation = fc.oneof(
    fc.integer({ min: 0, max: 200 }).map((length) => (text: string) => text.slice(0, length)),
    fc.string().map((more) => (text: string) => text + more),
    fc.constantFrom('a', 'A', '=', 'é').map((char) => (text: string) => char + text.slice(1)),
    fc.constant((text: string) => text.repeat(1_000)),
    fc.string().map((other) => () => other),
  );

  it('that is cut off, too long or another one lets nobody in, and does the router no harm', () => {
    const stage = new LoginStage(login, UNLIMITED);
    fc.assert(fc.property(mutation, (mutate) => {
      stage.pass(120_000);
      const client = stage.client('joe', SECRETS.joe);
      const peer = stage.hello(client);
      const { signature, extra = {} } = signatureOf(peer, client);
      const changed = mutate(signature);
      fc.pre(changed.toLowerCase() !== signature.toLowerCase() && Buffer.compare(Buffer.from(changed, 'base64'), Buffer.from(signature, 'base64')) !== 0);

      expect(outcome(peer.send([MessageType.AUTHENTICATE, changed, extra]))).toBe(DENIED);
    }), { numRuns: 25 });
    stage.pass(120_000);
    expect(outcome(stage.enter('joe', SECRETS.joe))).toBe('user');
  });

  it('with an extra that is none, or has names of every object, ends one attempt', () => {
    const stage = new LoginStage(login, UNLIMITED);
    const client = stage.client('jane', SECRETS.jane);
    const extras = ['{"__proto__":{"role":"admin"}}', '{"constructor":{"prototype":{"role":"admin"}}}'].map((text) => JSON.parse(text) as Dict);

    const outcomes = extras.map((extra) => outcome(stage.hello(client).send([MessageType.AUTHENTICATE, 'AAAA', extra])));
    const noExtra = stage.hello(client).send([MessageType.AUTHENTICATE, 'AAAA', 7]);

    expect(outcomes).toEqual([DENIED, DENIED]);
    expect(outcome(noExtra)).toBe('wamp.error.protocol_violation');
    stage.pass(120_000);
    const fine = stage.client('jane', SECRETS.jane);
    expect(outcome(answer(stage.hello(fine), fine))).toBe('user');
  });
});
