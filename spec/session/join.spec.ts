import { describe, expect, it } from '@jest/globals';
import { EMPTY, NEVER, Observable, map, of, throwError } from 'rxjs';
import { anonymous } from '../../lib/auth/anonymous.ts';
import type { Authenticator, MaybeLater, Signature } from '../../lib/auth/authenticator.ts';
import { AbortError, AuthenticationError, ConnectFailedError, InvalidUriError, ProtocolError, SerializationError, TimeoutError, TransportLostError } from '../../lib/errors.ts';
import { join, joining, type JoinOptions } from '../../lib/session/join.ts';
import type { Session } from '../../lib/session/session.ts';
import { json } from '../../lib/serializers/json.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import { ScriptedRouter, asking, heard, joined, silent, stageNamesOf, stagesOf } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

const ABORTED = [3, { message: expect.any(String) }, 'wamp.error.authentication_failed'];

describe('joining', () => {
  it('goes through its stages', () => {
    const router = silent();
    const { log } = stageNamesOf(router, { auth: asking(() => ({ signature: 's' })) });
    expect(log).toEqual(['connecting', 'authenticating with undefined']);

    router.send(4, 'ticket', {});
    expect(log.at(-1)).toBe('authenticating with ticket');
    router.send(2, 1001, { roles: {} });

    expect(log).toEqual(['connecting', 'authenticating with undefined', 'authenticating with ticket', 'joined']);
  });

  it('is cold: each subscription is a life of its own', () => {
    const router = new ScriptedRouter();
    const lives = stagesOf(router);
    expect(router.open).toBe(0);

    for (let i = 0; i < 2; i++) {
      const { subscription } = heard(lives);
      expect(router.open).toBe(1);
      subscription.unsubscribe();
      expect(router.open).toBe(0);
    }
  });

  it('says in HELLO who it is and what it can', () => {
    const router = silent();
    const auth: Authenticator[] = [
      { method: 'scram', authextra: { nonce: 'n', a: 1 } }, { method: 'ticket', authid: 'peter', authextra: { a: 2 } }, { method: 'wampcra', authid: 'paul', authrole: 'admin' },
    ];

    const { subscription } = stageNamesOf(router, { realm: 'com.realm', auth });

    expect(router.take()).toEqual([[1, 'com.realm', {
      roles: { publisher: expect.any(Object), subscriber: expect.any(Object), caller: expect.any(Object), callee: expect.any(Object) },
      authmethods: ['scram', 'ticket', 'wampcra'], authid: 'peter', authrole: 'admin', authextra: { nonce: 'n', a: 2 },
    }]]);
    subscription.unsubscribe();
  });

  it('joins nameless where nothing is said', () => {
    const router = silent();

    const { subscription } = stageNamesOf(router);

    expect(router.take()).toEqual([[1, 'realm1', { roles: expect.any(Object), authmethods: ['anonymous'] }]]);
    subscription.unsubscribe();
  });

  it('keeps what WELCOME said', () => {
    const welcome = { realm: 'com.other', authid: 'peter', authrole: 'user', authmethod: 'ticket', authprovider: 'static', authextra: { a: 1 }, x_more: 1 };
    const { session } = joined(new ScriptedRouter({ welcome }));

    expect(session.details).toEqual({
      id: 1001, realm: 'com.other', authid: 'peter', authrole: 'user', authmethod: 'ticket', authprovider: 'static', authextra: { a: 1 }, subprotocol: 'wamp.2.json', welcome: expect.objectContaining(welcome),
    });
  });

  it('makes do with a WELCOME that says nothing, or nonsense', () => {
    const { session } = joined(new ScriptedRouter({ welcome: { roles: 1, realm: 7, authid: {}, authextra: 'x' } }));

    expect(session.details).toMatchObject({ realm: 'realm1', authid: undefined, authrole: undefined, authextra: {} });
  });

  it.each<[string, (signature: Signature) => MaybeLater<Signature>]>([
    ['at once', (signature) => signature],
    ['as an Observable', (signature) => of(signature)],
    ['as an Observable that could say more', (signature) => of(signature, { signature: 'other' })],
    ['as a promise', (signature) => Promise.resolve(signature)],
  ])('answers a challenge %s', (_, give) => tidyMarbles.async(async ({ wait }) => {
    const router = silent();
    const extras: unknown[] = [];
    const auth: Authenticator = {
      method: 'ticket', authid: 'peter',
      answer(extra) {
        extras.push(extra, this.authid);
        return give({ signature: 's', extra: { a: 1 } });
      },
    };
    const { log, subscription } = stageNamesOf(router, { auth: [anonymous(), auth] });
    router.take();

    router.send(4, 'ticket', { salt: 'x' });
    await wait(1);

    expect([extras, router.take()]).toEqual([[{ salt: 'x' }, 'peter'], [[5, 's', { a: 1 }]]]);
    router.send(2, 1001, { roles: {} });
    expect(log.at(-1)).toBe('joined');
    subscription.unsubscribe();
    router.cut();
  }));

  it('answers one challenge after the other', () => {
    const router = silent();
    const { log } = stageNamesOf(router, { auth: [asking(() => ({ signature: 'first' })), { method: 'totp', answer: () => ({ signature: 'second' }) }] });
    router.take();

    router.send(4, 'ticket', {});
    router.send(4, 'totp', {});
    router.send(2, 1001, { roles: {} });

    expect([router.take(), log.at(-1)]).toEqual([[[5, 'first', {}], [5, 'second', {}]], 'joined']);
  });

  it.each<[string, () => MaybeLater<Signature>, unknown]>([
    ['throws', () => { throw new Error('no key'); }, new Error('no key')],
    ['errors', () => throwError(() => new Error('no key')), new Error('no key')],
    ['rejects', () => Promise.reject(new Error('no key')), new Error('no key')],
    ['ends without a value', () => EMPTY, expect.any(Error)],
    ['is nothing', () => undefined as never, expect.any(Error)],
    ['cannot be written', () => ({ signature: 's', extra: { f: () => 1 } }), expect.any(SerializationError)],
  ])('gives up with ABORT where the answer to a challenge %s', (_, answer, cause) => tidyMarbles.async(async ({ wait }) => {
    const router = silent();
    const { log } = stageNamesOf(router, { auth: asking(answer) });
    router.take();

    router.send(4, 'ticket', {});
    await wait(1);

    expect([router.take(), router.open]).toEqual([[ABORTED], 0]);
    expect(log.at(-1)).toBeInstanceOf(AuthenticationError);
    expect(log.at(-1)).toMatchObject({ cause });
  }));

  it('hands on the AuthenticationError of an authenticator as it is', () => {
    const router = silent();
    const error = new AuthenticationError('the server does not know the password');
    const { log } = stageNamesOf(router, { auth: asking(() => { throw error; }) });

    router.send(4, 'ticket', {});

    expect(log.at(-1)).toBe(error);
  });

  it.each<[string, Authenticator]>([['was not offered', asking(() => ({ signature: 's' }), { method: 'wampcra' })], ['has no answer', { method: 'ticket' }]])(
    'gives up with ABORT where it is challenged with a method that %s', (_, auth) => {
      const router = silent();
      const { log } = stageNamesOf(router, { auth });
      router.take();

      router.send(4, 'ticket', {});

      expect([router.take(), router.open]).toEqual([[ABORTED], 0]);
      expect(log.at(-1)).toEqual(new AuthenticationError(`authentication method must be one of ${auth.method}, got a challenge for "ticket"`));
    });

  it.each<[string, (check: () => void) => MaybeLater<void>]>([
    ['at once', (check) => check()], ['as an Observable', (check) => of(undefined).pipe(map(check))], ['as a promise', (check) => Promise.resolve().then(check)],
  ])('lets the authenticator look at WELCOME, %s', (_, look) => tidyMarbles.async(async ({ wait }) => {
    const seen: unknown[] = [];
    for (const fails of [false, true]) {
      const router = silent();
      const { log } = stageNamesOf(router, {
        auth: asking(() => ({ signature: 's' }), {
          welcome: (details) => look(() => {
            seen.push(details['authextra']);
            if (fails) throw new Error('wrong signature');
          }),
        }),
      });
      router.send(4, 'ticket', {});
      router.take();

      router.send(2, 1001, { roles: {}, authextra: { proof: 1 } });
      await wait(1);

      expect(log.at(-1)).toEqual(fails ? new AuthenticationError('credentials could not be given') : 'joined');
      expect([router.take(), router.open]).toEqual(fails ? [[ABORTED], 0] : [[], 1]);
      router.cut();
    }
    expect(seen).toEqual([{ proof: 1 }, { proof: 1 }]);
  }));

  it.each<[string, object]>([['names the method', { authmethod: 'scram' }], ['names another one', { authmethod: 'anonymous' }], ['names none', {}]])(
    'is not fooled by a router that leaves out the challenge of a method that proves both ends, where WELCOME %s', (_, welcome) => {
      const router = silent();
      const looked: unknown[] = [];
      const scram: Authenticator = {
        method: 'scram', answer: () => ({ signature: 's' }),
        welcome: (details) => {
          looked.push(details);
          throw new AuthenticationError('the server has proved nothing');
        },
      };
      const { log } = stageNamesOf(router, { auth: scram });

      router.send(2, 1001, { roles: {}, ...welcome });

      expect([looked.length, log.at(-1)]).toEqual([1, new AuthenticationError('the server has proved nothing')]);
    });

  it('takes a WELCOME without a challenge where a method was offered that needs none', () => {
    const router = silent();
    const { log } = stageNamesOf(router, { auth: [asking(() => ({ signature: 's' }), { welcome: () => { throw new Error('not asked'); } }), anonymous()] });

    router.send(2, 1001, { roles: {}, authmethod: 'anonymous' });

    expect(log.at(-1)).toBe('joined');
    router.cut();
  });

  it('errors with the word of the router that refuses', () => {
    const router = silent();
    const { log } = stageNamesOf(router);
    router.take();

    router.send(3, { message: 'never heard of it' }, 'wamp.error.no_such_realm');

    expect([log.at(-1), router.take(), router.open]).toEqual([new AbortError('wamp.error.no_such_realm', { message: 'never heard of it' }), [], 0]);
    expect(log.at(-1)).toMatchObject({ reason: 'wamp.error.no_such_realm' });
  });

  it.each([[[6, {}, 'wamp.close.normal']], [[36, 1, 1, {}]], [[8, 48, 1, {}, 'com.x']], [[1, 'realm1', {}]], [[2, 0, {}]], [[2, 1001]]])('ends with ABORT where %p comes before WELCOME', (list) => {
    const router = silent();
    const { log } = stageNamesOf(router);
    router.take();

    router.send(...list);

    expect([router.take(), router.open]).toEqual([[[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']], 0]);
    expect(log.at(-1)).toBeInstanceOf(ProtocolError);
  });

  it('ends with ABORT where WELCOME does not wait for the answer to a challenge', () => {
    const router = silent();
    const { log } = stageNamesOf(router, { auth: asking(() => NEVER) });
    router.send(4, 'ticket', {});
    router.take();

    router.send(2, 1001, { roles: {} });

    expect(router.take()).toEqual([[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']]);
    expect(log.at(-1)).toBeInstanceOf(ProtocolError);
  });

  it('errors where the connection is lost before WELCOME', () => {
    const router = silent();
    const { log } = stageNamesOf(router);

    router.cut();

    expect(log.at(-1)).toBeInstanceOf(TransportLostError);
  });

  it.each([[undefined, 10_000], [300, 300]])('gives up when WELCOME takes longer than %p', (joinTimeout, ms) => {
    const router = silent();
    const log: unknown[] = [];
    const end = inVirtualTime((at) => {
      stagesOf(router, { timeouts: { join: joinTimeout } }).subscribe({ error: (error: unknown) => log.push(error) });
      at(ms - 1, () => expect(log).toEqual([]));
    });
    expect([log, router.open, end]).toEqual([[new TimeoutError(`WELCOME must arrive within ${ms} ms, got nothing`)], 0, ms]);
  });

  it('counts the time that credentials take, and leaves them alone when it is over', () => {
    const router = silent();
    let open = 0;
    const log: unknown[] = [];
    inVirtualTime((at) => {
      const never = new Observable<never>(() => {
        open += 1;
        return () => { open -= 1; };
      });
      stagesOf(router, { timeouts: { join: 100 }, auth: asking(() => never) }).subscribe({ error: (error: unknown) => log.push(error) });
      at(50, () => router.send(4, 'ticket', {}));
      at(99, () => expect(open).toBe(1));
    });
    expect([log, open]).toEqual([[expect.any(TimeoutError)], 0]);
  });

  it('stops the clock when it is joined', () => {
    expect(inVirtualTime(() => { joined(new ScriptedRouter()); })).toBe(0);
  });

  it('errors where the transport cannot connect', () => {
    const error = new ConnectFailedError('connection refused');
    expect(heard(joining(throwError(() => error), { realm: 'realm1' })).log).toEqual([{ kind: 'connecting' }, error]);
  });

  it('errors where the transport has no connection to give', () => {
    expect(heard(joining(EMPTY, { realm: 'realm1' })).log).toEqual([{ kind: 'connecting' }, expect.any(ConnectFailedError)]);
  });

  it('errors where the transport agreed on a serializer that was not given, and leaves no connection', () => {
    const [near, far] = memoryLink({ subprotocol: 'wamp.2.cbor' });
    const closed = heard(far);

    const { log } = heard(joining(new Observable((subscriber) => subscriber.next(near)), { realm: 'realm1', serializers: [json(), msgpack()] }));

    expect(log.at(-1)).toEqual(new ConnectFailedError('serializer must be one of wamp.2.json, wamp.2.msgpack, got "wamp.2.cbor" from the transport'));
    expect(closed.log).toEqual(['complete']);
  });

  it('speaks the serializer that the transport agreed on', () => {
    const [near, far] = memoryLink({ subprotocol: 'wamp.2.msgpack' });
    const frames: unknown[] = [];
    far.subscribe((frame) => frames.push(msgpack().decode(frame as Uint8Array)));

    const { log, subscription } = heard(joining(new Observable((subscriber) => subscriber.next(near)), { realm: 'realm1', serializers: [json(), msgpack()] }));
    far.next(msgpack().encode([2, 1001, { roles: {} }]));

    expect(frames).toEqual([[1, 'realm1', expect.any(Object)]]);
    expect(log.at(-1)).toMatchObject({ kind: 'joined' });
    far.error(new Error('end of the spec'));
    subscription.unsubscribe();
  });

  it.each<[string, Partial<JoinOptions>, new (...args: never) => Error]>([
    ['an empty realm', { realm: '' }, InvalidUriError],
    ['a realm with a space', { realm: 'realm 1' }, InvalidUriError],
    ['a timeout below 0', { timeouts: { join: -1 } }, RangeError],
    ['a timeout that is no number', { timeouts: { call: NaN } }, RangeError],
    ['a timeout that no timer keeps', { timeouts: { leave: Infinity } }, RangeError],
  ])('refuses %s at the call', (_, options, kind) => {
    expect(() => stagesOf(new ScriptedRouter(), options)).toThrow(kind);
  });
});

describe('join', () => {
  it('emits the session, and errors when it is lost', () => {
    const router = new ScriptedRouter();
    const log: unknown[] = [];
    join(router.transport, { realm: 'realm1' }).subscribe({ next: (session: Session) => log.push(session.id), error: (error: unknown) => log.push(error) });
    expect(log).toEqual([1001]);

    router.cut();

    expect(log).toEqual([1001, expect.any(TransportLostError)]);
  });

  it('completes when the session is left', () => {
    const router = new ScriptedRouter();
    const { session, ends } = joined(router);

    session.leave().subscribe();

    expect([ends, router.open]).toEqual([['complete'], 0]);
  });
});
