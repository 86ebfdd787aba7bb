import { describe, expect, it } from '@jest/globals';
import { anonymous, anonymousVerifier } from '../../lib/auth/anonymous.ts';
import type { Candidate } from '../../lib/auth/authenticator.ts';

const candidate: Candidate = { realm: 'realm1', session: 7, authid: undefined, authrole: undefined, authextra: {}, transport: {} };

describe('anonymous', () => {
  it('names the method and nothing else', () => {
    expect(anonymous()).toEqual({ method: 'anonymous' });
  });
});

describe('anonymousVerifier', () => {
  it('lets everybody in under a name of its own', () => {
    expect(anonymousVerifier().begin({ ...candidate, authid: 'root' })).toEqual({
      is: 'accept', authid: 'anonymous-7', authrole: 'anonymous', authprovider: 'static',
    });
  });

  it('gives the configured role, and no other', () => {
    const verifier = anonymousVerifier({ role: 'guest' });

    expect(verifier.begin({ ...candidate, authrole: 'guest' })).toMatchObject({ is: 'accept', authrole: 'guest' });
    expect(verifier.begin({ ...candidate, authrole: 'admin' })).toMatchObject({ is: 'deny', reason: 'wamp.error.no_such_role' });
  });
});
