import { describe, expect, it } from '@jest/globals';
import { scramUser } from '../../lib/auth/scram.ts';
import { createRouter as createBrowserRouter } from '../../lib/router/index.ts';
import { createRouter, type AuthOptions } from '../../lib/router/node.ts';
import { join } from '../support/raw-peer.ts';

const secret = 'tell nobody';
const peter = scramUser(secret, { role: 'user', kdf: 'pbkdf2', iterations: 4096 });
const FINGERPRINT = '00'.repeat(32);

const refusal = (auth: unknown): string => {
  try {
    createRouter({ realms: { realm1: { auth: auth as AuthOptions } } });
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

describe('methods by name', () => {
  it('are all there in Node, in the order that they are given in', () => {
    const auth: AuthOptions = {
      cookie: {}, tls: { users: { joe: { fingerprints: [FINGERPRINT], role: 'user' } } }, cryptosign: { users: { joe: { keys: [FINGERPRINT], role: 'user' } } },
      scram: { users: { peter }, method: 'scram' }, totp: { users: { joe: { secret: 'MFRGGZDFMZTWQ2LK', role: 'user' } } }, dynamic: () => 'user',
    };

    const peer = join(createRouter({ realms: { realm1: { auth } } }).link(), 'realm1', { authmethods: ['none'] });

    expect(peer.last).toEqual([3, { message: 'one of these authentication methods must be offered: cookie, tls, cryptosign, scram, totp, wampcra, ticket' }, 'wamp.error.no_matching_auth_method']);
  });

  it('are those in browsers that need little room', () => {
    expect(() => createBrowserRouter({ realms: { realm1: { auth: { cookie: {} } } } })).toThrow('realms["realm1"].auth must have no keys but anonymous, ticket, wampcra, dynamic, got "cookie"');
  });

  it.each([
    [{ scram: { users: { peter: { ...peter, storedKey: secret } } } }, 'realms["realm1"].auth.scram.users["peter"].storedKey must be 32 bytes in base64'],
    [{ scram: { users: { peter }, method: 'SCRAM' } }, 'realms["realm1"].auth.scram.method must be one of "wamp-scram", "scram", got "SCRAM"'],
    [{ scram: { users: { peter: secret } } }, 'realms["realm1"].auth.scram.users["peter"] must be an object'],
    [{ totp: { users: { joe: { secret: 'passw0rd!', role: 'user' } } } }, 'realms["realm1"].auth.totp.users: secret must be text in base32 (RFC 4648), as totpSecret() gives it'],
    [{ cookie: { maxAge: '1d' } }, 'realms["realm1"].auth.cookie.maxAge must be a number, got "1d"'],
    [{ cookie: 'com.example.cookies' }, 'realms["realm1"].auth.cookie must have options of its own, got a procedure'],
    [{ tls: { users: { joe: { role: 'user' } } } }, 'realms["realm1"].auth.tls: users["joe"] must have fingerprints or a commonName'],
  ])('are refused with options that are wrong, and secrets are not shown: %#', (auth, message) => {
    expect(refusal(auth)).toBe(message);
  });
});
