import { describe, expect, it } from '@jest/globals';
import { of, VirtualTimeScheduler } from 'rxjs';
import type { Accept, Candidate } from '../../lib/auth/authenticator.ts';
import { carryCookie, cookieOf, giveCookie } from '../../lib/auth/connection-cookie.ts';
import { cookie, cookieVerifier, memoryCookies, type CookieLogin, type CookieOptions } from '../../lib/auth/cookie.ts';
import type { Dict } from '../../lib/types.ts';

const VALUE = 'a'.repeat(64);
const login: Accept & { readonly authmethod: string } = { is: 'accept', authid: 'joe', authrole: 'user', authprovider: 'static', authmethod: 'ticket' };
const accept = { is: 'accept', authid: 'joe', authrole: 'user', authprovider: 'static', realm: undefined };
const pass = { is: 'pass' };

function connection(value: string | undefined = VALUE): Dict {
  const transport: Dict = { type: 'websocket' };
  if (value !== undefined) giveCookie(transport, value);
  return transport;
}
const candidateOf = (transport: Dict, more: Partial<Candidate> = {}): Candidate => ({ realm: 'realm1', session: 7, authid: undefined, authrole: undefined, authextra: {}, transport, ...more });

/** A verifier, and somebody who has logged in with another method over a connection with {@link VALUE}. */
function loggedIn(options: CookieOptions = {}, by = login): { readonly scheduler: VirtualTimeScheduler; readonly begin: (candidate: Candidate) => unknown; readonly logOut: (transport: Dict) => void } {
  const scheduler = new VirtualTimeScheduler();
  const verifier = cookieVerifier(options, scheduler);
  verifier.admitted?.(candidateOf(connection()), by);
  return { scheduler, begin: verifier.begin, logOut: (transport) => verifier.loggedOut?.({ realm: 'realm1', transport }) };
}

describe('giveCookie', () => {
  it('keeps a hash beside the connection, which nobody sees in it', () => {
    const transport = connection();
    const copy = { ...transport };
    carryCookie(transport, copy);

    expect(cookieOf(transport)).toMatch(/^[0-9a-f]{64}$/);
    expect(cookieOf(transport)).not.toBe(VALUE);
    expect(cookieOf(copy)).toBe(cookieOf(transport));
    expect(transport).toEqual({ type: 'websocket' });
    expect(cookieOf({})).toBeUndefined();
  });
});

describe('cookieVerifier', () => {
  it('lets the cookie stand for the login, and for none over a connection that has another one or none', () => {
    const { begin } = loggedIn();

    expect(begin(candidateOf(connection()))).toEqual(accept);
    expect(begin(candidateOf(connection('b'.repeat(64))))).toEqual(pass);
    expect(begin(candidateOf({ type: 'websocket', cookies: { rxwamp: VALUE }, cookie: cookieOf(connection()) }))).toEqual(pass);
  });

  it('lets it stand for nobody else, no other role, and in no other realm', () => {
    const { begin } = loggedIn();

    expect(begin(candidateOf(connection(), { authid: 'joe', authrole: 'user' }))).toEqual(accept);
    expect([{ authid: 'jane' }, { authrole: 'admin' }, { realm: 'realm2' }].map((more) => begin(candidateOf(connection(), more)))).toEqual([pass, pass, pass]);
  });

  it('lets it stand for so long, and not longer for being used', () => {
    const { begin, scheduler } = loggedIn({ maxAge: 1000 });

    scheduler.frame = 999;
    expect(begin(candidateOf(connection()))).toEqual(accept);
    scheduler.frame = 1000;
    expect(begin(candidateOf(connection()))).toEqual(pass);
  });

  it.each(['anonymous', 'cookie'])('does not take %s for a login', (authmethod) => {
    expect(loggedIn({}, { ...login, authmethod }).begin(candidateOf(connection()))).toEqual(pass);
  });

  it('forgets who logs out', () => {
    const { begin, logOut } = loggedIn();

    logOut(connection('b'.repeat(64)));
    logOut({});
    expect(begin(candidateOf(connection()))).toEqual(accept);
    logOut(connection());
    expect(begin(candidateOf(connection()))).toEqual(pass);
  });

  it('asks a store, which may take its time, and gives it no value of a cookie', () => {
    const asked: unknown[] = [];
    const entries = new Map<string, CookieLogin>();
    const store = { get: (key: string) => of(entries.get(key)), set: (key: string, kept: CookieLogin) => void entries.set(key, kept), delete: (key: string) => void entries.delete(key) };
    const { begin } = loggedIn({ store });

    (begin(candidateOf(connection())) as ReturnType<typeof of>).subscribe((verdict) => asked.push(verdict));

    expect(asked).toEqual([accept]);
    expect(JSON.stringify([...entries])).not.toContain(VALUE);
  });
});

describe('memoryCookies', () => {
  it('keeps so many, and forgets the oldest', () => {
    const store = memoryCookies({ size: 2 });
    const kept: CookieLogin = { authid: 'joe', authrole: 'user', authmethod: 'ticket', asked: 'realm1', until: 1 };

    for (const key of ['a', 'b', 'a', 'c']) store.set(key, kept);

    expect(['a', 'b', 'c'].map((key) => store.get(key))).toEqual([kept, undefined, kept]);
    expect(() => memoryCookies({ size: 0 })).toThrow('size must be an integer from 1, got 0');
  });
});

describe('cookie', () => {
  it('answers nothing, since the connection does', () => {
    expect(cookie()).toEqual({ method: 'cookie', authid: undefined });
    expect(cookie({ authid: 'joe' })).toEqual({ method: 'cookie', authid: 'joe' });
  });
});
