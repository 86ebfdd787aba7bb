import { describe, expect, it } from '@jest/globals';
import { asyncScheduler, catchError, map, of, type Observable } from 'rxjs';
import { anonymous, anonymousVerifier } from '../../lib/auth/anonymous.ts';
import type { Authenticator, Verifier } from '../../lib/auth/authenticator.ts';
import { AbortError } from '../../lib/errors.ts';
import { join } from '../../lib/session/join.ts';
import type { WampMarblesOptions } from '../../lib/testing/index.ts';
import type { Transport } from '../../lib/transports/transport.ts';
import { LOGINS, SECRETS, WRONG } from '../support/logins.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

/** A method as a realm takes it, and as joe comes by it. */
interface Way {
  readonly name: string;
  verifier(): Verifier;
  client(secret: string): Authenticator;
  /** What WELCOME says of who came by it. */
  readonly welcome: object;
}

const wayOf = (wanted: string): Way => {
  const login = LOGINS.find(({ name }) => name === wanted)!;
  return {
    name: wanted, verifier: () => login.verifier(asyncScheduler), client: (secret) => login.client('joe', secret),
    welcome: { authmethod: wanted, authid: 'joe', authrole: 'user' },
  };
};
const ANYBODY: Way = {
  name: 'anonymous', verifier: () => anonymousVerifier({ role: 'guest' }), client: () => anonymous(),
  welcome: { authmethod: 'anonymous', authid: expect.stringMatching(/^anonymous-/), authrole: 'guest' },
};
const SECRET_WAYS = ['ticket', 'wampcra', 'wamp-scram', 'totp', 'cryptosign'].map(wayOf);

/** All ordered pairs: the way that the router prefers, and the other one. */
const pairsOf = (firsts: readonly Way[], seconds: readonly Way[]): readonly { readonly first: Way; readonly second: Way }[] =>
  firsts.flatMap((first) => seconds.filter((second) => second !== first).map((second) => ({ first, second })));
const PAIRS = pairsOf([ANYBODY, ...SECRET_WAYS], [ANYBODY, ...SECRET_WAYS]);

/** Who somebody is that has joined, or why not. */
const outcome = (transport: Transport, auth: readonly Authenticator[]): Observable<unknown> => join(transport, { realm: 'realm1', auth }).pipe(
  map(({ details: { authmethod, authid, authrole } }) => ({ authmethod, authid, authrole })),
  catchError((error: unknown) => of(error instanceof AbortError ? error.reason : error)),
);

describe.each(PAIRS)('a realm that takes $first.name before $second.name', ({ first, second }) => {
  const both = (): WampMarblesOptions => ({ router: { realms: { realm1: { auth: [first.verifier(), second.verifier()] } } } });

  it.each([['the same order', [first, second]], ['the other order', [second, first]]])('goes by its own order with a client that offers both in %s', (_, ways) => {
    tidyMarbles(({ link, expectObservable }) => {
      const auth = ways.map((way) => way.client(SECRETS.joe));

      expectObservable(outcome(link(), auth), '^ 10ms !').toBe('w', { w: first.welcome });
    }, both());
  });

  it('lets a client in that offers one of them alone, by that one', () => {
    tidyMarbles(({ link, expectObservable }) => {
      expectObservable(outcome(link(), [first.client(SECRETS.joe)]), '^ 10ms !').toBe('w', { w: first.welcome });
      expectObservable(outcome(link(), [second.client(SECRETS.joe)]), '^ 10ms !').toBe('w', { w: second.welcome });
    }, both());
  });
});

describe.each(pairsOf(SECRET_WAYS, [ANYBODY, ...SECRET_WAYS]))('whoever fails by $first.name', ({ first, second }) => {
  it(`gets no second chance by ${second.name}`, () => {
    tidyMarbles(({ link, expectObservable }) => {
      const auth = [second.client(SECRETS.joe), first.client(WRONG)];

      expectObservable(outcome(link(), auth), '^ 10ms !').toBe('(r|)', { r: 'wamp.error.authentication_denied' });
    }, { router: { realms: { realm1: { auth: [first.verifier(), second.verifier()] } } } });
  });
});
