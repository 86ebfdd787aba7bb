import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asyncScheduler } from 'rxjs';
import type { RealmOptions, RouterOptions } from '../../lib/router/options.ts';
import { BASIC_METHODS } from '../../lib/router/login-methods.ts';
import { readRouterOptions, type RouterSettings } from '../../lib/router/settings.ts';
import { json } from '../../lib/serializers/json.ts';
import { anything } from '../support/arbitraries.ts';

const read = (options: unknown) => readRouterOptions(options as RouterOptions, { serializers: [json()], methods: BASIC_METHODS });
const realm = (options: unknown) => () => read({ realms: { realm1: options as RealmOptions } });
const sentence = (error: unknown): string => (error instanceof Error ? `${error.constructor.name}: ${error.message}` : String(error));
const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return sentence(error);
  }
  return 'nothing was refused';
};

describe('readRouterOptions', () => {
  it('fills in what is left out', () => {
    const settings = read({ realms: { realm1: {} } });

    expect(settings).toMatchObject({
      log: undefined, scheduler: asyncScheduler, random: Math.random,
      timeouts: { hello: 10_000, authenticate: 10_000, goodbye: 2_000 },
      limits: {
        messageSize: 16_777_216, nesting: 128, sessions: Infinity, sessionsPerPeer: Infinity, joinsPerSecond: Infinity, failedLogins: { perAuthid: 10, perPeer: 100, period: 300_000 }, subscriptions: Infinity, registrations: Infinity, pendingCalls: Infinity,
        queueBytes: 16_777_216, overflow: 'close',
      },
    });
    expect(settings.serializers).toEqual([json()]);
    expect(settings.realms.get('realm1')?.verifiers.map(({ method }) => method)).toEqual(['anonymous']);
  });

  it('takes an explicit undefined for the default', () => {
    const none = undefined;
    const settings = read({
      realms: { realm1: { auth: none, roles: none, authorize: none, limits: { sendQueue: { bytes: none, overflow: none } } } },
      serializers: none, log: none, scheduler: none, random: none, timeouts: { hello: none }, limits: none,
    });

    expect(settings.timeouts.hello).toBe(10_000);
    expect(settings.realms.get('realm1')?.limits).toEqual(settings.limits);
  });

  it('gives a realm the limits of the router but for its own', () => {
    const settings = read({
      realms: { realm1: { limits: { subscriptions: 1, sendQueue: { overflow: 'dropOldest' } } } },
      limits: { subscriptions: 9, registrations: 9, sendQueue: { bytes: 9 } },
    });

    expect(settings.realms.get('realm1')?.limits).toMatchObject({ subscriptions: 1, registrations: 9, queueBytes: 9, overflow: 'dropOldest' });
  });

  it('keeps the methods in the order they were written', () => {
    const ticket = { users: {} };
    const methods = (auth: unknown) => read({ realms: { a: { auth } } }).realms.get('a')?.verifiers.map(({ method }) => method);

    expect(methods({ ticket, anonymous: {} })).toEqual(['ticket', 'anonymous']);
    expect(methods({ anonymous: {}, ticket })).toEqual(['anonymous', 'ticket']);
    expect(methods({ anonymous: undefined, ticket })).toEqual(['ticket']);
    expect(methods({ dynamic: 'com.a' })).toEqual(['wampcra', 'ticket']);
    expect(methods({ anonymous: {}, dynamic: () => 'user', ticket })).toEqual(['anonymous', 'wampcra', 'ticket']);
    expect(methods({ dynamic: { procedure: 'com.a', realm: 'a', redirect: ['a'], methods: ['ticket', 'anonymous'] } })).toEqual(['ticket', 'anonymous']);
    expect(methods({ ticket: 'com.a', wampcra: { procedure: 'com.b' }, anonymous: 'com.c' })).toEqual(['ticket', 'wampcra', 'anonymous']);
    expect(methods([{ method: 'magic', begin: () => ({ is: 'deny' }) }])).toEqual(['magic']);
  });

  it('resumes sessions where it is asked to', () => {
    const resumeOf = (resume: RealmOptions['resume']) => read({ realms: { realm1: { resume } } }).realms.get('realm1')?.resume;

    expect([resumeOf(undefined), resumeOf(false)]).toEqual([undefined, undefined]);
    expect(resumeOf(true)).toEqual({ timeout: 30_000, messages: 1000, bytes: 1_048_576 });
    expect(resumeOf({ timeout: 5, messages: undefined })).toEqual({ timeout: 5, messages: 1000, bytes: 1_048_576 });
  });

  it.each([
    [() => read(undefined), 'TypeError: options must be an object, got nothing'],
    [() => read({}), 'TypeError: options.realms must be an object of realms by name, got nothing'],
    [() => read({ realms: {}, realm: {} }), 'TypeError: options must have no keys but realms, serializers, log, scheduler, random, timeouts, limits, got "realm"'],
    [() => read({ realms: { '': {} } }), 'TypeError: name of a realm must be a URI, got ""'],
    [() => read({ realms: { 'a b': {} } }), 'TypeError: name of a realm must be a URI, got "a b"'],
    [() => read({ realms: {}, serializers: [] }), 'TypeError: options.serializers must be a list of at least one serializer, got a list'],
    [() => read({ realms: {}, random: 4 }), 'TypeError: options.random must be a function, got 4'],
    [() => read({ realms: {}, timeouts: { join: 1 } }), 'TypeError: options.timeouts must have no keys but hello, authenticate, goodbye, got "join"'],
    [() => read({ realms: {}, timeouts: { hello: -1 } }), 'RangeError: options.timeouts.hello must be a number from 0, got -1'],
    [() => read({ realms: {}, timeouts: { hello: Infinity } }), 'RangeError: options.timeouts.hello must be a number up to 2147483647, got Infinity'],
    [() => read({ realms: {}, timeouts: { goodbye: '1s' } }), 'TypeError: options.timeouts.goodbye must be a number, got "1s"'],
    [() => read({ realms: {}, limits: { messageSize: 0 } }), 'RangeError: options.limits.messageSize must be a number from 1, got 0'],
    [() => read({ realms: {}, limits: { subscriptions: Number.NaN } }), 'RangeError: options.limits.subscriptions must be a number from 0, got NaN'],
    [() => read({ realms: {}, limits: { handshakes: 0 } }), 'RangeError: options.limits.handshakes must be a number from 1, got 0'],
    [realm({ limits: { handshakes: 1 } }), 'TypeError: realms["realm1"].limits must have no keys but messageSize, nesting, sessions, sessionsPerPeer, joinsPerSecond, failedLogins, subscriptions, registrations, pendingCalls, sendQueue, got "handshakes"'],
    [() => read({ realms: {}, limits: 7 }), 'TypeError: options.limits must be an object, got 7'],
    [() => read({ realms: {}, limits: { nesting: 129 } }), 'RangeError: options.limits.nesting must be a whole number from 3 to 128, got 129'],
    [() => read({ realms: {}, limits: { nesting: '3' } }), 'TypeError: options.limits.nesting must be a number, got "3"'],
    [() => read({ realms: {}, limits: { failedLogins: { perAuthid: 0 } } }), 'RangeError: options.limits.failedLogins.perAuthid must be a number from 1, got 0'],
    [realm({ limits: { failedLogins: { perAuthId: 1 } } } as never), 'TypeError: realms["realm1"].limits.failedLogins must have no keys but perAuthid, perPeer, period, got "perAuthId"'],
    [() => read({ realms: {}, limits: { joinsPerSecond: 0 } }), 'RangeError: options.limits.joinsPerSecond must be more than 0, got 0'],
    [realm({ limits: { sessionsPerPeer: -1 } }), 'RangeError: realms["realm1"].limits.sessionsPerPeer must be a number from 0, got -1'],
    [realm({ limits: { sessions: null } }), 'TypeError: realms["realm1"].limits.sessions must be a number, got null'],
    [realm(null), 'TypeError: realms["realm1"] must be an object, got null'],
    [realm({ role: {} }), 'TypeError: realms["realm1"] must have no keys but auth, roles, authorize, resume, sequence, retained, history, store, limits, got "role"'],
    [realm({ authorize: 7 }), 'TypeError: realms["realm1"].authorize must be an object, got 7'],
    [realm({ authorize: 'com.' }), 'TypeError: realms["realm1"].authorize must be a function or the URI of a procedure, got "com."'],
    [realm({ authorize: { by: 'wamp.session.count' } }), 'TypeError: realms["realm1"].authorize.by must be a function or the URI of a procedure, got "wamp.session.count"'],
    [realm({ authorize: { by: () => true, timeout: -1 } }), 'RangeError: realms["realm1"].authorize.timeout must be a number from 0, got -1'],
    [realm({ authorize: { by: () => true, cache: { ttl: '1s' } } }), 'TypeError: realms["realm1"].authorize.cache.ttl must be a number, got "1s"'],
    [realm({ authorize: { by: () => true, cache: { size: Infinity } } }), 'RangeError: realms["realm1"].authorize.cache.size must be a whole number, got Infinity'],
    [realm({ authorize: { by: () => true, cache: { per: 'session' } } }), 'TypeError: realms["realm1"].authorize.cache.per must be one of "authid", "authrole", got "session"'],
    [realm({ authorize: 'com.decide' }), 'TypeError: realms["realm1"].roles must have a permission to register exactly "com.decide", which decides'],
    [realm({ authorize: 'com.decide', roles: { a: [{ uri: 'com.', match: 'prefix', allow: ['register'] }, { uri: 'com.decide', allow: ['call'] }] } }),
      'TypeError: realms["realm1"].roles must have a permission to register exactly "com.decide", which decides'],
    [realm({ limits: { sendQueue: { overflow: 'drop' } } }), 'TypeError: realms["realm1"].limits.sendQueue.overflow must be one of "close", "dropOldest", got "drop"'],
    [realm({ sequence: 'odd' as never }), 'TypeError: realms["realm1"].sequence must be one of "strict", "lenient", got "odd"'],
    [realm({ resume: 1 }), 'TypeError: realms["realm1"].resume must be an object, got 1'],
    [realm({ resume: { window: 1 } }), 'TypeError: realms["realm1"].resume must have no keys but timeout, messages, bytes, got "window"'],
    [realm({ resume: { timeout: -1 } }), 'RangeError: realms["realm1"].resume.timeout must be a number from 0, got -1'],
    [realm({ resume: { messages: Infinity } }), 'RangeError: realms["realm1"].resume.messages must be a whole number, got Infinity'],
    [realm({ resume: { bytes: 1.5 } }), 'RangeError: realms["realm1"].resume.bytes must be a whole number, got 1.5'],
    [realm({ auth: {} }), 'TypeError: realms["realm1"].auth must have at least one method, got none'],
    [realm({ auth: { tickets: {} } }), 'TypeError: realms["realm1"].auth must have no keys but anonymous, ticket, wampcra, dynamic, got "tickets"'],
    [realm({ auth: { anonymous: { role: '' } } }), 'TypeError: realms["realm1"].auth.anonymous.role must be a string that is not empty, got ""'],
    [realm({ auth: { ticket: {} } }), 'TypeError: realms["realm1"].auth.ticket.users must be an object of users by authid'],
    [realm({ auth: { wampcra: { users: { joe: { secret: 's' } } } } }), 'TypeError: realms["realm1"].auth.wampcra.users["joe"].role must be a string that is not empty, got nothing'],
    [realm({ auth: { wampcra: { users: { joe: { secret: 's', role: 'r', salt: 1 } } } } }), 'TypeError: realms["realm1"].auth.wampcra.users["joe"].salt must be a string that is not empty, got 1'],
    [realm({ auth: { wampcra: { users: { joe: { secret: 's', role: 'r', iterations: 0 } } } } }), 'RangeError: realms["realm1"].auth.wampcra.users["joe"].iterations must be a number from 1, got 0'],
    [realm({ auth: { wampcra: { users: { joe: { secret: 's', role: 'r', keylen: 1.5 } } } } }), 'RangeError: realms["realm1"].auth.wampcra.users["joe"].keylen must be a whole number, got 1.5'],
    [realm({ auth: { wampcra: { users: { joe: { secret: 's', role: 'r', authextra: [] } } } } }), 'TypeError: realms["realm1"].auth.wampcra.users["joe"].authextra must be an object, got a list'],
    [realm({ auth: { ticket: 'com.' } }), 'TypeError: realms["realm1"].auth.ticket must be the URI of a procedure'],
    [realm({ auth: { ticket: { procedure: 'wamp.session.get' } } }), 'TypeError: realms["realm1"].auth.ticket must be the URI of a procedure, got "wamp.session.get"'],
    [realm({ auth: { ticket: { procedure: 'com.a', realm: 'realm2' } } }), 'TypeError: realms["realm1"].auth.ticket must name realms of the router, got "realm2"'],
    [realm({ auth: { wampcra: { procedure: 'com.a', redirect: ['realm2'] } } }), 'TypeError: realms["realm1"].auth.wampcra must name realms of the router, got "realm2"'],
    [realm({ auth: { wampcra: { procedure: 'com.a', redirect: 'realm1' } } }), 'TypeError: realms["realm1"].auth.wampcra.redirect must be a list of realms, got "realm1"'],
    [realm({ auth: { anonymous: { procedure: 'com.a', role: 'a' } } }), 'TypeError: realms["realm1"].auth.anonymous must have no keys but procedure, realm, redirect, got "role"'],
    [realm({ auth: { dynamic: { procedure: 'com.a', methods: ['scram'] } } }), 'TypeError: realms["realm1"].auth.dynamic.methods must be one of "anonymous", "ticket", "wampcra", got "scram"'],
    [realm({ auth: { dynamic: { procedure: 'com.a', methods: [] } } }), 'TypeError: realms["realm1"].auth must have at least one method, got none'],
    [realm({ auth: { ticket: { users: {} }, dynamic: { procedure: 'com.a', methods: ['ticket'] } } }), 'TypeError: realms["realm1"].auth must have each method once, got "ticket" again'],
    [realm({ auth: [{}] }), 'TypeError: realms["realm1"].auth[0].method must be a string that is not empty, got nothing'],
    [realm({ auth: [{ method: 'a' }] }), 'TypeError: realms["realm1"].auth[0].begin must be a function, got nothing'],
    [realm({ roles: [] }), 'TypeError: realms["realm1"].roles must be an object of permissions by role, got a list'],
    [realm({ roles: { a: {} } }), 'TypeError: realms["realm1"].roles["a"] must be a list of permissions, got an object'],
    [realm({ roles: { a: [{ uri: 'com.', allow: [] }] } }), 'TypeError: realms["realm1"].roles["a"][0].uri must be a URI, got "com."'],
    [realm({ roles: { a: [{ uri: 'com', match: 'regex', allow: [] }] } }), 'TypeError: realms["realm1"].roles["a"][0].match must be one of "exact", "prefix", "wildcard", got "regex"'],
    [realm({ roles: { a: [{ uri: 'com', allow: 'call' }] } }), 'TypeError: realms["realm1"].roles["a"][0].allow must be a list of actions, got "call"'],
    [realm({ roles: { a: [{ uri: 'com', allow: ['yield'] }] } }), 'TypeError: realms["realm1"].roles["a"][0].allow must be one of "call", "register", "publish", "subscribe", got "yield"'],
    [realm({ roles: { a: [{ uri: 'com', allow: [], trustlevel: -1 }] } }), 'RangeError: realms["realm1"].roles["a"][0].trustlevel must be a number from 0, got -1'],
    [realm({ roles: { a: [{ uri: 'com', allow: [], trustlevel: 1.5 }] } }), 'RangeError: realms["realm1"].roles["a"][0].trustlevel must be a whole number, got 1.5'],
    [realm({ roles: { a: [{ uri: 'com', allow: [] }, { uri: 'com', match: 'prefix', allow: [] }, { uri: 'com', match: 'exact', allow: ['call'] }] } }), 'TypeError: realms["realm1"].roles["a"][2] must be the only permission for "com" (exact), got another one'],
    [realm({ roles: { a: [{ uri: 'com', allow: [], disclose: { caller: 1 } }] } }), 'TypeError: realms["realm1"].roles["a"][0].disclose.caller must be a boolean, got 1'],
  ])('refuses in one sentence: case %#', (run, message) => {
    expect(refusal(run)).toBe(message);
  });

  it('takes limits that are numbers, and refuses everything else in one sentence that names the option', () => {
    const keys = ['messageSize', 'nesting', 'sessions', 'sessionsPerPeer', 'joinsPerSecond', 'subscriptions', 'registrations', 'pendingCalls', 'handshakes'] as const;
    const value = fc.oneof(anything, fc.double(), fc.integer(), fc.constantFrom(Infinity, -Infinity, NaN, 0, 1, 3, 128, null, '1', [], {}, 1n));
    fc.assert(fc.property(fc.constantFrom(...keys), value.filter((one) => one !== undefined), (key, given) => {
      let settings: RouterSettings;
      try {
        settings = read({ realms: {}, limits: { [key]: given } });
      } catch (error) {
        expect(sentence(error)).toMatch(new RegExp(`^(Type|Range)Error: options\\.limits\\.${key} must be .+, got `));
        return;
      }
      expect(key === 'handshakes' ? settings.handshakes : settings.limits[key]).toBe(given);
      expect(given).toBeGreaterThanOrEqual(0);
    }), { numRuns: 500 });
  });

  it('shows no secret in what it refuses', () => {
    const users = { joe: { ticket: ['hunter2'], role: 'user' } };
    const signing = { joe: { secret: 4711, role: 'user' } };

    expect(refusal(realm({ auth: { ticket: { users } } }))).toBe(
      'TypeError: realms["realm1"].auth.ticket.users["joe"].ticket must be a string that is not empty',
    );
    expect(refusal(realm({ auth: { wampcra: { users: signing } } }))).toBe(
      'TypeError: realms["realm1"].auth.wampcra.users["joe"].secret must be a string that is not empty',
    );
  });
});
