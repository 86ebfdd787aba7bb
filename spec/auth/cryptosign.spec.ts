import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { firstValueFrom, of } from 'rxjs';
import { inspect } from 'node:util';
import type { Accept, Authenticator, Candidate, Deny, JoinChannel, MaybeLater, Pass, Question, Signature, Verifier } from '../../lib/auth/authenticator.ts';
import { cryptosign, cryptosignVerifier, type CryptosignUser, type Signer } from '../../lib/auth/cryptosign.ts';
import { answerOf } from '../../lib/auth/maybe-later.ts';
import { fromHex, toHex } from '../../lib/crypto/bytes.ts';
import { signingKey, verifySignature } from '../../lib/crypto/ed25519.ts';
import type { ChannelBinding, Dict } from '../../lib/types.ts';

const SEED = '4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510';
const OTHER = 'd511fe78e23934b3dadb52fcd022974b80bd92bccc7c5cf404e46cc0a8a2f5cd';
const ROUTER = '6e1fde9cf9e2359a87420b65a87dc0c66136e66945196ba2475990d8a0c3a25b';
const pubkeyOf = (seed: string): string => toHex(signingKey(seed).publicKey);
const DENIED = { is: 'deny', reason: 'wamp.error.authentication_denied', message: 'the authid or the key is wrong' };

const candidate: Candidate = { realm: 'realm1', session: 7, authid: undefined, authrole: undefined, authextra: {}, transport: {} };
const users = { joe: { role: 'user', keys: [pubkeyOf(SEED)] } };

/** One TLS connection, as one end sees it. */
const channel = (id: string | undefined, bound: ChannelBinding = 'tls-unique'): JoinChannel =>
  ({ channelId: (type) => (type === bound ? fromHex(id, 32) : undefined) });

/** HELLO as a client says it, and what the router asks then. */
function hello(client: Authenticator, verifier: Verifier, more: Partial<Candidate> = {}): MaybeLater<Accept | Deny | Pass | Question> {
  return verifier.begin({ ...candidate, authid: client.authid, authrole: client.authrole, authextra: client.authextra ?? {}, ...more });
}

function question(asked: MaybeLater<Accept | Deny | Pass | Question>): Question {
  expect(asked).toMatchObject({ is: 'question' });
  return asked as Question;
}

function attempt(client: Authenticator, verifier: Verifier, more: Partial<Candidate> = {}, end: JoinChannel = channel(undefined)): Accept | Deny {
  const asked = question(hello(client, verifier, more));
  return asked.check(client.answer!(asked.extra, end) as Signature) as Accept | Deny;
}

/** "Test Vectors". */
const CHANNEL_ID = '62e935ae755f3d48f80d4d59f6121358c435722a67e859cc0caa8b539027f2ff';
const VECTORS = [
  [undefined, SEED, 'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'b32675b221f08593213737bef8240e7c15228b07028e19595294678c90d11c0cae80a357331bfc5cc9fb71081464e6e75013517c2cf067ad566a6b7b728e5d03ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'],
  [undefined, OTHER, 'b26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d',
    'd4209ad10d5aff6bfbc009d7e924795de138a63515efc7afc6b01b7fe5201372190374886a70207b042294af5bd64ce725cd8dceb344e6d11c09d1aaaf4d660fb26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d'],
  [undefined, ROUTER, 'b05e6b8ad4d69abf74aa3be3c0ee40ae07d66e1895b9ab09285a2f1192d562d2',
    '7beb282184baadd08f166f16dd683b39cab53816ed81e6955def951cb2ddad1ec184e206746fd82bda075af03711d3d5658fc84a76196b0fa8d1ebc92ef9f30bb05e6b8ad4d69abf74aa3be3c0ee40ae07d66e1895b9ab09285a2f1192d562d2'],
  [CHANNEL_ID, SEED, 'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    '9b6f41540c9b95b4b7b281c3042fa9c54cef43c842d62ea3fd6030fcb66e70b3e80d49d44c29d1635da9348d02ec93f3ed1ef227dfb59a07b580095c2b82f80f9d16ca518aa0c2b707f2b2a609edeca73bca8dd59817a633f35574ac6fd80d00'],
  [CHANNEL_ID, OTHER, 'b26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d',
    '305aaa3ac25e98f651427688b3fc43fe7d8a68a7ec1d7d61c61517c519bd4a427c3015599d83ca28b4c652333920223844ef0725eb5dc2febfd6af7677b73f01d0852a29b460fc92ec943242ac638a053bbacc200512b18b30d15083cbdc9282'],
  [CHANNEL_ID, ROUTER, 'b05e6b8ad4d69abf74aa3be3c0ee40ae07d66e1895b9ab09285a2f1192d562d2',
    'ee3c7644fd8070532bc1fde3d70d742267da545d8c8f03e63bda63f1ad4214f4d2c4bfdb4eb9526def42deeb7e31602a6ff99eba893e0a4ad4d45892ca75e608d2b75e24a189a7f78ca776ba36fc53f6c3e31c32f251f2c524f0a44202f2902d'],
] as const;

describe('cryptosign', () => {
  it.each(VECTORS)('signs as the specification has it: channel id %s, key %s', (id, key, challenge, signature) => {
    const channelBinding = id && 'tls-unique';

    const answer = cryptosign({ key, channelBinding }).answer!({ challenge, channel_binding: channelBinding ?? null }, channel(id));

    expect(answer).toEqual({ signature });
  });

  it('names its key, and what else it is given', () => {
    const client = cryptosign({
      key: SEED, authid: 'joe', authrole: 'user', channelBinding: 'tls-exporter', router: pubkeyOf(ROUTER), trustroot: '0x72b3486d38E9f49215b487CeAaDF27D6acf22115', certificates: [[{}, 'ab']],
    });

    expect(client).toMatchObject({ method: 'cryptosign', authid: 'joe', authrole: 'user' });
    expect(client.authextra).toEqual({
      pubkey: pubkeyOf(SEED), channel_binding: 'tls-exporter', challenge: expect.stringMatching(/^[0-9a-f]{64}$/), trustroot: '0x72b3486d38E9f49215b487CeAaDF27D6acf22115', certificates: [[{}, 'ab']],
    });
    expect(client.authextra!['challenge']).not.toBe(client.authextra!['challenge']);
    expect(cryptosign({ key: SEED }).authextra).toEqual({ pubkey: pubkeyOf(SEED) });
  });

  it('signs with a key that takes its time', async () => {
    const key = signingKey(SEED);
    const signers: Signer[] = [{ publicKey: key.publicKey, sign: (message) => of(key.sign(message)) }, { publicKey: key.publicKey, sign: async (message) => key.sign(message) }];
    const [, , challenge, signature] = VECTORS[0];

    for (const signer of signers) {
      const answer = cryptosign({ key: signer }).answer!({ challenge });
      expect(await firstValueFrom(answerOf(() => answer))).toEqual({ signature });
    }
  });

  it('signs nothing but 32 bytes', () => {
    const { answer } = cryptosign({ key: SEED });
    const any = fc.oneof(fc.jsonValue(), fc.string(), fc.constantFrom('', 'ab'.repeat(31), 'ab'.repeat(33), 'zz'.repeat(32), 'ab'.repeat(1_000_000)));

    fc.assert(fc.property(any, (challenge) => {
      expect(() => answer!({ challenge })).toThrow(/^CHALLENGE\.Extra\.challenge must be 32 bytes in hexadecimal, got /);
    }));
    expect(() => answer!({})).toThrow('CHALLENGE.Extra.challenge must be 32 bytes in hexadecimal, got nothing');
  });

  it('does not go on with another channel binding than its own, nor without it', () => {
    const [, , challenge] = VECTORS[0];
    const bound = cryptosign({ key: SEED, channelBinding: 'tls-exporter' });
    const answering = (client: Authenticator, binding: unknown, end = channel(CHANNEL_ID, 'tls-exporter')) => () => client.answer!({ challenge, channel_binding: binding }, end);

    expect(answering(bound, null)).toThrow('CHALLENGE.Extra.channel_binding must be tls-exporter, got nothing');
    expect(answering(bound, 'tls-unique')).toThrow('CHALLENGE.Extra.channel_binding must be tls-exporter, got "tls-unique"');
    expect(answering(cryptosign({ key: SEED }), 'tls-exporter')).toThrow('CHALLENGE.Extra.channel_binding must be null, got "tls-exporter"');
    expect(answering(bound, 'tls-exporter', channel(undefined))).toThrow('connection must have a channel id of type tls-exporter, and has none');
    expect(() => bound.answer!({ challenge, channel_binding: 'tls-exporter' })).toThrow(/^connection must have/);
  });

  it('refuses what is no key and no binding, and does not show it', () => {
    const secret = `${SEED}00`;
    expect(() => cryptosign({ key: secret })).toThrow(new TypeError('private key must have 32 bytes, or 64 digits in hexadecimal'));
    expect(() => cryptosign({ key: { publicKey: new Uint8Array(31), sign: () => new Uint8Array() } })).toThrow('key must be a private key in hexadecimal, or what signs with one');
    expect(() => cryptosign({ key: SEED, router: secret })).toThrow(new TypeError('router must be a public key of 32 bytes in hexadecimal'));
    expect(() => cryptosign({ key: SEED, router: pubkeyOf(SEED) })).toThrow('router must have another key than the client');
    expect(() => cryptosign({ key: SEED, channelBinding: 'tls-server-end-point' as ChannelBinding })).toThrow('channelBinding must be one of tls-exporter, tls-unique, got "tls-server-end-point"');
    expect(() => cryptosign({ key: { publicKey: new Uint8Array(32), sign: () => new Uint8Array(63) } }).answer!({ challenge: SEED })).toThrow('signature of a signer must have 64 bytes');
    expect(inspect(cryptosign({ key: SEED }), { showHidden: true, depth: 9 })).not.toContain(SEED.slice(0, 8));
  });
});

describe('cryptosign, with a router that is known', () => {
  const router = pubkeyOf(ROUTER);
  const make = (): Authenticator => cryptosign({ key: SEED, router });

  it('goes on once the router has signed its challenge', () => {
    const client = make();
    const end = channel(undefined);
    const { extra } = question(hello(client, cryptosignVerifier({ users, key: ROUTER })));

    client.answer!(extra, end);

    expect(extra['pubkey']).toBe(router);
    expect(client.welcome!({}, end)).toBeUndefined();
    expect(() => client.welcome!({}, end)).toThrow('router must prove that it has its key, and did not');
  });

  it('takes the proofs of examples 1 and 2 of the specification', () => {
    const id = fromHex('e973bee24dcea9e20625f949c0e3cd28d632ccbefe4907c2fac2728710f7b160', 32)!;
    const examples = [
      ['fd5128d2d207ba58a9d1d6f41b72c747964ad9d1294077b3b1eee6130b05843ab12c53c7f2519f73d4feb82db19d8ca0fc26b62bde6518e79a882f5795bc9f00', 'bbae60ea44cdd7b20dc7010a618b0f0803fab25a817520b4b7f057299b524deb', new Uint8Array(32)],
      ['aa05f4cd7747d36b79443f1d4703a681e107edc085d876b508714e2a3a8135bacaae1c018452c4acb3ad2818aa97a6d23e5ac7e3734c7b1f40e6232a70938205', '4f861f12796c2972b7b0026522a687aa851d90355122a61d4f1fdce4d06b564f', id],
    ] as const;

    for (const [signature, challenge, channelId] of examples) {
      const message = fromHex(challenge, 32)!.map((byte, at) => byte ^ channelId[at]!);
      expect(verifySignature(fromHex(signature, 64)!, message, fromHex('4a3838f6fe75251e613329d53fc69b262d5eac97fb1d73bebbaed4015b53c862', 32)!)).toBe(true);
    }
  });

  it('does not answer a router without the key, or with another', () => {
    for (const key of [undefined, OTHER]) {
      const client = make();
      const { extra } = question(hello(client, cryptosignVerifier({ users, key })));
      expect(() => client.answer!(extra)).toThrow('router must prove that it has its key, and did not');
    }
  });

  it('does not answer to a proof that was made for another attempt, is used again, or is broken', () => {
    const client = make();
    const verifier = cryptosignVerifier({ users, key: ROUTER });
    const { extra } = question(hello(client, verifier));
    const other = question(hello(make(), verifier)).extra;
    const signature = extra['signature'] as string;
    const spoilt = `${signature.startsWith('00') ? 'ff' : '00'}${signature.slice(2)}`;

    for (const wrong of [other['signature'], undefined, 7, '', signature.slice(2), `00${signature}`, spoilt, 'ab'.repeat(96)]) {
      expect(() => client.answer!({ ...extra, signature: wrong })).toThrow(/^router must prove/);
    }
    client.answer!(extra);
    expect(() => client.answer!(extra)).toThrow(/^router must prove/);
  });

  it('is not welcomed by a router that leaves the challenge out, though another attempt was proved', () => {
    const client = make();
    const [first, second] = [channel(undefined), channel(undefined)];
    client.answer!(question(hello(client, cryptosignVerifier({ users, key: ROUTER }))).extra, first);

    expect(() => client.welcome!({}, second)).toThrow(/^router must prove/);
    expect(client.welcome!({}, first)).toBeUndefined();
  });

  it('holds off reflection: it does not sign its own challenge', () => {
    const client = make();
    const { challenge } = client.authextra!;

    expect(() => client.answer!({ challenge })).toThrow('CHALLENGE.Extra.challenge must be one of the router, got that of HELLO');
    expect(() => client.answer!({ challenge: (challenge as string).toUpperCase() })).toThrow(/got that of HELLO$/);
  });

  it('forgets attempts beyond the sixteenth', () => {
    const client = make();
    const verifier = cryptosignVerifier({ users, key: ROUTER });
    const asked = Array.from({ length: 17 }, () => question(hello(client, verifier)).extra);

    expect(() => client.answer!(asked[0]!)).toThrow(/^router must prove/);
    expect(client.answer!(asked[1]!)).toEqual({ signature: expect.any(String) });
  });
});

describe('cryptosignVerifier', () => {
  it('lets in who has the key of a user, by name or by key alone', () => {
    const verifier = cryptosignVerifier({ users });
    const accepted = { is: 'accept', authid: 'joe', authrole: 'user', authprovider: 'static' };

    expect(attempt(cryptosign({ key: SEED, authid: 'joe' }), verifier)).toMatchObject(accepted);
    expect(attempt(cryptosign({ key: SEED }), verifier)).toMatchObject(accepted);
    expect(attempt(cryptosign({ key: SEED, authrole: 'user' }), verifier)).toMatchObject(accepted);
    expect(attempt(cryptosign({ key: SEED, authrole: 'admin' }), verifier)).toMatchObject({ is: 'deny', reason: 'wamp.error.no_such_role' });
  });

  it('asks everybody the same, and tells nobody who is there', () => {
    const verifier = cryptosignVerifier({ users: { ...users, jane: { role: 'user', keys: [pubkeyOf(OTHER)] } } });
    const extras = ['joe', 'jane', 'nobody', '__proto__', 'constructor', undefined].map((authid) => question(hello(cryptosign({ key: ROUTER, authid }), verifier)).extra);

    for (const extra of extras) expect(extra).toEqual({ challenge: expect.stringMatching(/^[0-9a-f]{64}$/), channel_binding: null });
    expect(new Set(extras.map(({ challenge }) => challenge)).size).toBe(extras.length);
    for (const authid of ['joe', 'nobody', '__proto__', undefined]) expect(attempt(cryptosign({ key: ROUTER, authid }), verifier)).toEqual(DENIED);
    expect(attempt(cryptosign({ key: SEED, authid: 'jane' }), verifier)).toEqual(DENIED);
  });

  it('takes no answer that was given before, or to somebody else', () => {
    const verifier = cryptosignVerifier({ users });
    const client = cryptosign({ key: SEED });
    const [first, second] = [question(hello(client, verifier)), question(hello(client, verifier))];
    const answer = client.answer!(first.extra) as Signature;

    expect(second.check(answer)).toEqual(DENIED);
    expect(first.check(answer)).toMatchObject({ is: 'accept' });
  });

  it('takes no answer but the right one', () => {
    const asked = question(hello(cryptosign({ key: SEED }), cryptosignVerifier({ users })));
    const { challenge } = asked.extra;
    const { signature: foreign } = cryptosign({ key: OTHER }).answer!({ challenge }) as Signature;
    const { signature: right } = cryptosign({ key: SEED }).answer!({ challenge }) as Signature;
    const wrong = fc.oneof(fc.string(), fc.constantFrom('', foreign, right.slice(0, 128), right.slice(0, 190), `${right}00`, 'ab'.repeat(96), 'ab'.repeat(1_000_000)));

    fc.assert(fc.property(wrong, (signature) => { expect(asked.check({ signature })).toEqual(DENIED); }), { numRuns: 30 });
    expect(asked.check({ signature: right.toUpperCase() })).toMatchObject({ is: 'accept' });
  });

  it('does not guess between two users with one key', () => {
    const verifier = cryptosignVerifier({ users: { ...users, jane: { role: 'admin', keys: [pubkeyOf(SEED).toUpperCase()] } } });

    expect(attempt(cryptosign({ key: SEED }), verifier)).toEqual(DENIED);
    expect(attempt(cryptosign({ key: SEED, authid: 'jane' }), verifier)).toMatchObject({ authid: 'jane', authrole: 'admin' });
  });

  it.each<[string, CryptosignUser | undefined, Dict]>([
    ['one by its key', { role: 'device', keys: [pubkeyOf(SEED)] }, { is: 'accept', authid: pubkeyOf(SEED), authrole: 'device', authprovider: 'dynamic' }],
    ['one under another name', { role: 'device', keys: [pubkeyOf(SEED)], authid: 'x', authextra: { a: 1 }, realm: 'realm2' }, { is: 'accept', authid: 'x', authextra: { a: 1 }, realm: 'realm2' }],
    ['one that has other keys', { role: 'device', keys: [pubkeyOf(OTHER)] }, DENIED],
    ['nobody', undefined, DENIED],
  ])('looks up %s, with what the client sent', async (_, user, verdict) => {
    let seen: Dict | undefined;
    const verifier = cryptosignVerifier({ users: async ({ authextra }) => { seen = authextra; return user; } });
    const client = cryptosign({ key: SEED, trustroot: '0x72b3', certificates: [1] });

    const asked = question(await firstValueFrom(answerOf(() => hello(client, verifier))));

    expect(asked.check(client.answer!(asked.extra) as Signature)).toMatchObject(verdict);
    expect(seen).toEqual({ pubkey: pubkeyOf(SEED), trustroot: '0x72b3', certificates: [1] });
  });

  it('passes on the refusal of a look-up', () => {
    expect(hello(cryptosign({ key: SEED }), cryptosignVerifier({ users: () => ({ is: 'deny', message: 'certificate is out of date' }) }))).toEqual({ is: 'deny', message: 'certificate is out of date' });
  });

  it.each<[Dict, string]>([
    [{}, 'pubkey must be there, 32 bytes in hexadecimal'],
    [{ pubkey: 7 }, 'pubkey must be there, 32 bytes in hexadecimal'],
    [{ pubkey: 'ab'.repeat(33) }, 'pubkey must be there, 32 bytes in hexadecimal'],
    [{ pubkey: pubkeyOf(SEED), challenge: 'ab' }, 'challenge must be 32 bytes in hexadecimal, or left out'],
    [{ pubkey: pubkeyOf(SEED), challenge: {} }, 'challenge must be 32 bytes in hexadecimal, or left out'],
    [{ pubkey: pubkeyOf(SEED), channel_binding: 'tls-unique' }, 'channel_binding must be one that this connection has'],
    [{ pubkey: pubkeyOf(SEED), channel_binding: ['tls-unique'] }, 'channel_binding must be one that this connection has'],
  ])('refuses HELLO with %j', (authextra, message) => {
    expect(cryptosignVerifier({ users, key: ROUTER }).begin({ ...candidate, authextra })).toEqual({ is: 'deny', message: `HELLO.Details.authextra.${message}` });
  });

  it('refuses a channel binding that it was not to take', () => {
    const client = cryptosign({ key: SEED, channelBinding: 'tls-unique' });
    const end = channel(CHANNEL_ID);

    expect(hello(client, cryptosignVerifier({ users, channelBindings: ['tls-exporter'] }), end)).toMatchObject({ is: 'deny' });
    expect(attempt(client, cryptosignVerifier({ users }), end, end)).toMatchObject({ is: 'accept' });
  });

  it('holds off a man in the middle who passes on what he gets', () => {
    const client = cryptosign({ key: SEED, channelBinding: 'tls-unique', router: pubkeyOf(ROUTER) });
    const verifier = cryptosignVerifier({ users, key: ROUTER });
    const [his, mine] = [channel(CHANNEL_ID), channel(OTHER)];
    const asked = question(hello(client, verifier, his));

    expect(() => client.answer!(asked.extra, mine)).toThrow(/^router must prove/);
    const unaware = cryptosign({ key: SEED, channelBinding: 'tls-unique' });
    expect(attempt(unaware, verifier, his, mine)).toEqual(DENIED);
  });

  it('signs for the client with a key that takes its time', async () => {
    const key = signingKey(ROUTER);
    const verifier = cryptosignVerifier({ users, key: { publicKey: key.publicKey, sign: async (message) => key.sign(message) } });
    const client = cryptosign({ key: SEED, router: pubkeyOf(ROUTER) });

    const asked = question(await firstValueFrom(answerOf(() => hello(client, verifier))));

    expect(asked.check(client.answer!(asked.extra) as Signature)).toMatchObject({ is: 'accept' });
  });

  it('refuses users without keys, and the key of the router among them', () => {
    expect(() => cryptosignVerifier({ users: { joe: { role: 'user', keys: [`${SEED}00`] } } })).toThrow(new TypeError('keys of the user "joe" must be a public key of 32 bytes in hexadecimal'));
    expect(() => cryptosignVerifier({ users, key: SEED })).toThrow('key of the router must not be that of a user');
  });
});
