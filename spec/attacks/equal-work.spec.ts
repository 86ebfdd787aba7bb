import { describe, expect, it, jest } from '@jest/globals';
import { MessageType } from '../../lib/protocol/messages.ts';

/** What was computed: hashes that were begun, and bytes that were compared. */
let work = { hashes: 0, compared: 0 };

interface Hash { (message: Uint8Array): Uint8Array; create(...options: unknown[]): unknown }

function counted<H extends Hash>(hash: H): H {
  const call = (message: Uint8Array): Uint8Array => {
    work.hashes += 1;
    return hash(message);
  };
  const create = (...options: unknown[]): unknown => {
    work.hashes += 1;
    return hash.create(...options);
  };
  return Object.assign(call, hash, { create }) as unknown as H;
}

// One after the other: they share modules, which Jest loads but once.
const sha2 = await import('@noble/hashes/sha2.js');
const legacy = await import('@noble/hashes/legacy.js');
const bytes = await import('../../lib/crypto/bytes.ts');
jest.unstable_mockModule('@noble/hashes/sha2.js', () => ({ ...sha2, sha256: counted(sha2.sha256), sha512: counted(sha2.sha512) }));
jest.unstable_mockModule('@noble/hashes/legacy.js', () => ({ ...legacy, sha1: counted(legacy.sha1) }));
// As it is called where specs are compiled to.
jest.unstable_mockModule('../../lib/crypto/bytes.js', () => ({
  ...bytes,
  constantTimeEqual: (given: Uint8Array, expected: Uint8Array): boolean => {
    work.compared += given.length;
    return bytes.constantTimeEqual(given, expected);
  },
}));
const { LOGINS, LoginStage, outcome, WRONG } = await import('../support/logins.ts');

const GUESSES: { readonly [method: string]: string } = { totp: '000000' };

// The clock is not looked at: it tells little of a few microseconds, and less on a machine that is busy.
describe.each(LOGINS)('a guess with $name', (login) => {
  const workOf = (authid: string): typeof work => {
    const stage = new LoginStage(login);
    const client = stage.client(authid, WRONG);
    work = { hashes: 0, compared: 0 };
    const peer = stage.hello(client);
    const nonce = (peer.last![2] as { readonly nonce?: string }).nonce ?? '';
    const extra = login.method === 'wamp-scram' ? { nonce, channel_binding: null, cbind_data: null } : {};
    peer.send([MessageType.AUTHENTICATE, GUESSES[login.method] ?? 'A'.repeat(44), extra]);
    expect(outcome(peer)).toBe('wamp.error.authentication_denied');
    return { ...work };
  };

  it('costs the router the same, whether there is such a user or not', () => {
    const [first, second, nobody] = [workOf('joe'), workOf('jane'), workOf('nobody')];

    expect(first).toEqual(second);
    expect(nobody).toEqual(first);
    expect(first.hashes + first.compared).toBeGreaterThan(0);
  });

  it('is looked at as little when it is blocked', () => {
    const stage = new LoginStage(login, { failedLogins: { perAuthid: 1 } });
    stage.enter('joe', WRONG);
    work = { hashes: 0, compared: 0 };

    const blocked = stage.hello({ method: login.method, authid: 'joe', authextra: { nonce: 'AAAA' } });

    expect(outcome(blocked)).toBe('wamp.error.unavailable');
    expect(work).toEqual({ hashes: 0, compared: 0 });
  });
});
