import { describe, expect, it } from '@jest/globals';
import { NEVER, Observable, Subject, map, take } from 'rxjs';
import { InvalidUriError, NotJoinedError, RegistrationRevokedError, TransportLostError } from '../../lib/errors.ts';
import type { Invocation } from '../../lib/session/options.ts';
import type { Session } from '../../lib/session/session.ts';
import { ScriptedRouter, heard, joined, serving } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

describe('Session.register', () => {
  it('sends nothing before it is subscribed to, and emits when it is registered', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const registration = session.register('com.p', () => 1);
    expect(router.take()).toEqual([]);

    const { log } = heard(registration);
    expect([router.take(), log]).toEqual([[[64, 1, { match: 'exact' }, 'com.p']], []]);
    router.send(65, 1, 80);

    expect(log).toEqual([{ id: 80, uri: 'com.p' }]);
  });

  it('sends its options, and the pattern of a template', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);

    session.register('com.', () => 1, { match: 'prefix', invoke: 'roundrobin' }).subscribe();
    session.register('com.<id:int>.get', () => 1, { final: 'last', onStop: 'interrupt' }).subscribe();
    session.register('com.x', () => 1, { attributes: { _zone: 'eu' } }).subscribe();

    expect(router.take()).toEqual([
      [64, 1, { match: 'prefix', invoke: 'roundrobin' }, 'com.'], [64, 2, { match: 'wildcard' }, 'com..get'], [64, 3, { match: 'exact', _zone: 'eu' }, 'com.x'],
    ]);
  });

  it('sends UNREGISTER when it is unsubscribed from, and is idle when that is answered', () => {
    const { router, session, subscription } = serving(() => 1);

    subscription.unsubscribe();
    expect([router.take(), session.idle]).toEqual([[[66, 2, 80]], false]);
    router.send(67, 2);

    expect(session.idle).toBe(true);
  });

  it('takes the ERROR that answers UNREGISTER for its end as well', () => {
    const { router, session, subscription, ends } = serving(() => 1);
    subscription.unsubscribe();

    router.send(8, 66, 2, {}, 'wamp.error.no_such_registration');

    expect([session.idle, ends]).toEqual([true, []]);
  });

  it('waits for REGISTERED before it unregisters', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const { log, subscription } = heard(session.register('com.p', () => 1));
    subscription.unsubscribe();
    expect([router.take(), session.opening]).toEqual([[[64, 1, { match: 'exact' }, 'com.p']], 1]);

    router.send(65, 1, 80);
    expect([router.take(), log]).toEqual([[[66, 2, 80]], []]);
    router.send(67, 2);

    expect([session.idle, session.opening]).toEqual([true, 0]);
  });

  it('asks dealers that know call timeouts to hand them on', () => {
    const router = new ScriptedRouter({ welcome: { roles: { dealer: { features: { call_timeout: true } } } } });
    const { session } = joined(router);

    session.register('com.p', () => 1).subscribe();

    expect(router.take()).toEqual([[64, 1, { match: 'exact', forward_timeout: true }, 'com.p']]);
  });

  it('has nothing to undo where REGISTER was refused after all', () => {
    const router = new ScriptedRouter();
    const { session, ends } = joined(router);
    heard(session.register('com.p', () => 1)).subscription.unsubscribe();
    router.take();

    router.send(8, 64, 1, {}, 'wamp.error.procedure_already_exists');

    expect([router.take(), session.idle, ends]).toEqual([[], true, []]);
  });

  it('registers again for each subscriber, also while it is being unregistered', () => {
    const { router, session, subscription } = serving(() => 'old');
    subscription.unsubscribe();
    session.register('com.p', () => 'new').subscribe();
    router.send(67, 2);
    router.send(65, 3, 80);
    router.take();

    router.send(68, 1, 80, {});

    expect(router.take()).toEqual([[70, 1, {}, ['new']]]);
  });

  it('errors where the router refuses', () => {
    const router = new ScriptedRouter();
    const { session, ends } = joined(router);
    const { log } = heard(session.register('com.p', () => 1));

    router.send(8, 64, 1, { a: 1 }, 'wamp.error.procedure_already_exists', ['taken']);

    expect(log).toEqual([expect.objectContaining({ uri: 'wamp.error.procedure_already_exists', args: ['taken'], details: { a: 1 }, operation: { verb: 'register', uri: 'com.p', request: 1 } })]);
    expect([session.idle, ends]).toEqual([true, []]);
  });

  it('errors when it is revoked, and lets what runs end', () => {
    const answer = new Subject<number>();
    const { router, session, log, ends } = serving(() => answer);
    router.send(68, 1, 80, {});

    router.send(67, 0, { registration: 80, reason: 'com.because' });
    router.send(68, 2, 80, { procedure: 'com.p' });
    answer.next(7);
    answer.complete();

    expect(log).toEqual([{ id: 80, uri: 'com.p' }, expect.any(RegistrationRevokedError)]);
    expect(log[1]).toMatchObject({ reason: 'com.because', operation: { verb: 'register', uri: 'com.p', request: 1 } });
    expect(router.take()).toEqual([[8, 68, 2, {}, 'wamp.error.unavailable', ['com.p is being unregistered']], [70, 1, {}, [7]]]);
    expect([session.idle, ends]).toEqual([true, []]);
  });

  it.each([[{}], [{ registration: 81 }], [{ registration: 'x' }], [undefined]])('ignores the revocation of what it does not have, %p', (details) => {
    const { router, log, ends } = serving(() => 1);

    router.send(67, 0, ...(details === undefined ? [] : [details]));

    expect([log, ends]).toEqual([[{ id: 80, uri: 'com.p' }], []]);
  });

  it('ignores a revocation that crosses its own UNREGISTER', () => {
    const { router, session, log, subscription } = serving(() => 1);
    subscription.unsubscribe();

    router.send(67, 0, { registration: 80 });
    router.send(8, 66, 2, {}, 'wamp.error.no_such_registration');

    expect([log, session.idle]).toEqual([[{ id: 80, uri: 'com.p' }], true]);
  });

  it('can be tried again from within its error', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const registration = session.register('com.p', () => 1);
    const log: unknown[] = [];
    registration.subscribe({ error: () => registration.subscribe((value) => log.push(value)) });

    router.send(8, 64, 1, {}, 'wamp.error.procedure_already_exists');
    router.send(65, 2, 80);

    expect(log).toEqual([{ id: 80, uri: 'com.p' }]);
  });

  it('unregisters where the first emission was all that was wanted', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    heard(session.register('com.p', () => 1).pipe(take(1)));
    router.take();

    router.send(65, 1, 80);

    expect(router.take()).toEqual([[66, 2, 80]]);
  });

  it('errors when the session ends, and cannot be started then', () => {
    const { router, session, log } = serving(() => 1);
    const waiting = heard(session.register('com.q', () => 1));

    router.cut();

    expect([log[1], waiting.log[0]]).toEqual([expect.any(TransportLostError), expect.objectContaining({ code: 'transport-lost', operation: { verb: 'register', uri: 'com.q', request: 2 } })]);
    expect(heard(session.register('com.p', () => 1)).log).toEqual([expect.any(NotJoinedError)]);
    expect(session.idle).toBe(true);
  });

  it('ends the session where REGISTERED answers nothing', () => {
    const { router, ends } = serving(() => 1);

    router.send(65, 9, 81);

    expect(router.take()).toEqual([[3, { message: 'REGISTERED.Request must be that of an open REGISTER, got 9' }, 'wamp.error.protocol_violation']]);
    expect(ends).toEqual([expect.objectContaining({ code: 'protocol' })]);
  });

  it.each<[string, (session: Session) => unknown, new (...args: never) => Error]>([
    ['an empty URI', (session) => session.register('', () => 1), InvalidUriError],
    ['a pattern that is not said to be one', (session) => session.register('com..x', () => 1), InvalidUriError],
    ['what is no function', (session) => session.register('com.x', 1 as never), TypeError],
    ['an unknown match', (session) => session.register('com.x', () => 1, { match: 'regex' as never }), RangeError],
    ['an unknown policy', (session) => session.register('com.x', () => 1, { invoke: 'any' as never }), RangeError],
    ['an unknown final', (session) => session.register('com.x', () => 1, { final: 'first' as never }), RangeError],
    ['an unknown onStop', (session) => session.register('com.x', () => 1, { onStop: 'kill' as never }), RangeError],
    ['an unknown onLoss', (session) => session.register('com.x', () => 1, { onLoss: 'drain' as never }), RangeError],
    ['an unknown strategy', (session) => session.register('com.x', () => 1, { strategy: 'parallel' as never }), RangeError],
    ['no room at all', (session) => session.register('com.x', () => 1, { concurrency: 0 }), RangeError],
    ['half a place', (session) => session.register('com.x', () => 1, { concurrency: 1, queue: 0.5 }), RangeError],
    ['a key that is no function', (session) => session.register('com.x', () => 1, { strategy: 'concat', key: 'caller' as never }), TypeError],
    ['a key that nothing heeds', (session) => session.register('com.x', () => 1, { concurrency: 2, key: () => 1 }), TypeError],
    ['a time that no timer can wait for', (session) => session.register('com.x', () => 1, { staleSessionTimeout: Infinity }), RangeError],
  ])('refuses %s at the call', (_, act, kind) => {
    expect(() => act(joined(new ScriptedRouter()).session)).toThrow(kind);
  });
});

describe('an invocation whose registration is withdrawn', () => {
  it('comes to its end, onStop: drain', () => {
    const answer = new Subject<number>();
    const { router, session, subscription } = serving(() => answer.pipe(map((value) => value * 2)));
    router.send(68, 1, 80, {});

    subscription.unsubscribe();
    router.send(67, 2);
    expect([router.take(), session.idle]).toEqual([[[66, 2, 80]], false]);
    answer.next(4);
    answer.complete();

    expect([router.take(), session.idle]).toEqual([[[70, 1, {}, [8]]], true]);
  });

  it('is interrupted, onStop: interrupt', () => {
    let running: Invocation | undefined;
    const { router, session, subscription } = serving((invocation) => {
      running = invocation;
      return NEVER;
    }, { onStop: 'interrupt' });
    router.send(68, 1, 80, {});

    subscription.unsubscribe();
    expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.canceled'], [66, 2, 80]]);
    router.send(67, 2);

    expect([running?.cause, session.idle]).toEqual(['unregistered', true]);
  });

  it('is interrupted where the router revokes it, onStop: interrupt', () => {
    let running: Invocation | undefined;
    const { router, session } = serving((invocation) => {
      running = invocation;
      return NEVER;
    }, { onStop: 'interrupt' });
    router.send(68, 1, 80, {});

    router.send(67, 0, { registration: 80 });

    expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.canceled']]);
    expect([running?.cause, session.idle]).toEqual(['unregistered', true]);
  });

  it('is not touched where it belongs to another registration', () => {
    const { router, session, subscription } = serving(() => NEVER, { onStop: 'interrupt' });
    session.register('com.q', () => NEVER).subscribe();
    router.send(65, 2, 81);
    router.send(68, 1, 81, {});
    router.take();

    subscription.unsubscribe();

    expect(router.take()).toEqual([[66, 3, 80]]);
  });

  it('is refused where it crosses UNREGISTER, so that another callee can be asked', () => {
    let runs = 0;
    const { router, subscription } = serving(() => ++runs);
    subscription.unsubscribe();
    router.take();

    router.send(68, 1, 80, { procedure: 'com.p' });
    router.send(67, 2);
    router.send(68, 2, 80, {});

    expect(router.take()).toEqual([
      [8, 68, 1, {}, 'wamp.error.unavailable', ['com.p is being unregistered']], [8, 68, 2, {}, 'wamp.error.unavailable', ['the procedure is being unregistered']],
    ]);
    expect(runs).toBe(0);
  });

  it.each<[string, () => unknown]>([
    ['an Observable', () => new Observable(() => { throw new Error('started'); })],
    ['an async generator', async function* () { yield Promise.reject(new Error('started')); }],
    ['a promise that rejects', () => Promise.reject(new Error('aborted'))],
  ])('does not start %s that its procedure gave after withdrawing itself', (_, answer) => tidyMarbles.async(async ({ flush }) => {
    const { router, subscription, reports } = serving(() => {
      subscription.unsubscribe();
      return answer();
    }, { onStop: 'interrupt' });

    router.send(68, 1, 80, {});
    await flush();

    expect([router.take(), reports]).toEqual([[[8, 68, 1, {}, 'wamp.error.canceled'], [66, 2, 80]], []]);
  }));
});
