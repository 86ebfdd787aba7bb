import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { WampError } from '../../lib/errors.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import type { Dict } from '../../lib/types.ts';
import { LOGINS, SECRETS } from '../support/logins.ts';
import { join } from '../../lib/session/join.ts';
import { ROLES, silent, type ScriptedRouter } from '../support/scripted-router.ts';

const { ABORT, AUTHENTICATE, CHALLENGE, HELLO, WELCOME } = MessageType;
const scheduler = new VirtualTimeScheduler();

/** A client that says HELLO to a router that says what it is told to. */
function dialled(auth: Parameters<typeof join>[1]['auth'], ...said: readonly (readonly unknown[])[]): { readonly router: ScriptedRouter; readonly ends: unknown[]; readonly sent: readonly (readonly unknown[])[] } {
  const [router, ends] = [silent(), [] as unknown[]];
  join(router.transport, { realm: 'realm1', auth }).subscribe({ next: () => ends.push('joined'), error: (error: unknown) => ends.push(error) });
  const sent: (readonly unknown[])[] = [...router.take()];
  for (const list of said) router.send(...list);
  return { router, ends, sent: [...sent, ...router.take()] };
}

const welcome = (authmethod: string): readonly unknown[] => [WELCOME, 7, { roles: ROLES, authid: 'joe', authrole: 'user', authmethod }];

describe.each(LOGINS)('downgrade of $name', (login) => {
  const others = LOGINS.filter(({ method }) => method !== login.method).map(({ method }) => method);

  it.each([...new Set(others), 'anonymous', '__proto__', ''])('to %j is refused, and nothing is told', (method) => {
    const { ends, sent } = dialled([login.client('joe', SECRETS.joe, scheduler)], [CHALLENGE, method, { challenge: 'x', nonce: 'AAAA', salt: 'c2FsdHNhbHQ=', iterations: 4096, kdf: 'pbkdf2' }]);

    expect(ends).toMatchObject([{ code: 'authentication' }]);
    expect(sent.map(([type]) => type)).toEqual([HELLO, ABORT]);
    expect(JSON.stringify(sent)).not.toContain(SECRETS.joe);
  });
});

describe.each(LOGINS)('a challenge for $name', (login) => {
  const known = fc.constantFrom('challenge', 'nonce', 'salt', 'iterations', 'memory', 'kdf', 'keylen', '__proto__', 'constructor');
  const value = fc.oneof(
    fc.string(), fc.constantFrom('pbkdf2', 'argon2id13', 'argon2id-13', 'AAAA', 'x'.repeat(100_000)), fc.integer({ max: 10 }), fc.double(), fc.constantFrom(2 ** 31, 2 ** 53, -1, 1e300, null, true), fc.dictionary(known, fc.string()), fc.array(fc.string()),
  );

  it('that is cut off, too long or costs too much ends the attempt with an error that has a type, and says no secret', () => {
    fc.assert(fc.property(fc.dictionary(known, value), (extra: Dict) => {
      const client = login.client('joe', SECRETS.joe, scheduler);
      try {
        const { signature } = client.answer!(extra) as { readonly signature: string };
        expect(typeof signature).toBe('string');
      } catch (error) {
        expect(error).toBeInstanceOf(WampError);
        expect(String(error)).not.toContain(SECRETS.joe);
        expect(String(error).length).toBeLessThan(400);
      }
    }), { numRuns: 100 });
  });

  it('behind WELCOME ends the session, and is not answered', () => {
    // Mutual methods do not let a router in that did not prove itself.
    const client = { ...login.client('joe', SECRETS.joe, scheduler), welcome: () => undefined };
    const { ends, sent } = dialled([client], welcome(login.method), [CHALLENGE, login.method, { challenge: 'x' }]);

    expect(ends[0]).toBe('joined');
    expect(ends[1]).toMatchObject({ code: 'protocol' });
    expect(sent.map(([type]) => type)).toEqual([HELLO, ABORT]);
  });

  it('a second time is no second answer to the same', () => {
    const { sent } = dialled([login.client('joe', SECRETS.joe, scheduler)], [CHALLENGE, 'none', {}], [CHALLENGE, login.method, { challenge: 'x' }]);

    expect(sent.filter(([type]) => type === AUTHENTICATE)).toEqual([]);
  });
});

describe.each(LOGINS.filter(({ method }) => method.includes('scram')))('a router that does not know the user of $name', (login) => {
  const client = () => login.client('joe', SECRETS.joe, scheduler);

  it('is not joined where it leaves the challenge out', () => {
    for (const method of [login.method, 'anonymous', 'ticket', '']) {
      const { ends, sent } = dialled([client()], welcome(method));

      expect(ends).toMatchObject([{ code: 'authentication' }]);
      expect(sent.map(([type]) => type)).toEqual([HELLO, ABORT]);
    }
  });

  it('is not joined where it reflects the proof of the client', () => {
    const credentials = client();
    const router = silent();
    const ends: unknown[] = [];
    join(router.transport, { realm: 'realm1', auth: [credentials] }).subscribe({ next: () => ends.push('joined'), error: (error: unknown) => ends.push(error) });
    const nonce = ((router.take()[0]![2] as Dict)['authextra'] as Dict)['nonce'] as string;
    const longer = login.method === 'scram' ? Buffer.concat([Buffer.from(nonce, 'base64'), Buffer.alloc(16, 7)]).toString('base64') : `${nonce}AAAA`;
    router.send(CHALLENGE, login.method, { nonce: longer, salt: 'c2FsdHNhbHQ=', iterations: 4096, memory: null, kdf: 'pbkdf2' });
    const proof = router.take()[0]?.[1];

    router.send(WELCOME, 7, { roles: ROLES, authextra: { verifier: proof, scram_server_signature: proof } });

    expect(proof).toEqual(expect.any(String));
    expect(ends).toMatchObject([{ code: 'authentication' }]);
  });
});
