import { beforeEach, describe, expect, it } from '@jest/globals';
import { ProtocolError } from '../../../lib/errors.ts';
import {
  MessageType, type Call, type Cancel, type ErrorMessage, type Register, type Unregister, type Yield,
} from '../../../lib/protocol/messages.ts';
import { Dealer } from '../../../lib/router/core/dealer.ts';
import type { Member, Outbound } from '../../../lib/router/core/outbound.ts';
import type { Dict } from '../../../lib/types.ts';
import { member } from '../../support/members.ts';

const ADD = 'com.math.add';

const ann = member(1, { authid: 'ann', authrole: 'staff' });
const bob = member(2);
const able = member(3, { features: ['callee.progressive_call_results', 'callee.call_canceling', 'callee.call_timeout'] });

const register = (procedure = ADD, options: Dict = {}): Register => ({ type: MessageType.REGISTER, request: 5, options, procedure });
const unregister = (registration = 100): Unregister => ({ type: MessageType.UNREGISTER, request: 6, registration });
const call = (request = 7, options: Dict = {}, procedure = ADD): Call => ({
  type: MessageType.CALL, request, options, procedure, args: [2, 3], kwargs: undefined,
});
const cancel = (mode?: string, request = 7): Cancel => ({ type: MessageType.CANCEL, request, options: mode === undefined ? {} : { mode } });
const yielded = (request = 1, options: Dict = {}): Yield => ({ type: MessageType.YIELD, request, options, args: [5], kwargs: undefined });
const failed = (request = 1): ErrorMessage => ({
  type: MessageType.ERROR, requestType: MessageType.INVOCATION, request, details: { trace: 'x' }, error: 'com.math.overflow',
  args: ['too big'], kwargs: { limit: 9 },
});

const error = (requestType: number, request: number, uri: string): object => ({
  type: MessageType.ERROR, requestType, request, details: {}, error: uri,
});
const invocation = (request: number, details: Dict = {}): object => ({
  type: MessageType.INVOCATION, request, registration: 100, details, args: [2, 3],
});
const result = (request = 7, details: Dict = {}): object => ({ type: MessageType.RESULT, request, details, args: [5] });
const interrupt = (mode: string, request = 1): object => ({ type: MessageType.INTERRUPT, request, options: { mode } });
const canceled = (request = 7): object => error(MessageType.CALL, request, 'wamp.error.canceled');
const detailsOf = ([first]: readonly Outbound[]): unknown => first?.message.type === MessageType.INVOCATION && first.message.details;

interface Timer {
  readonly ms: number;
  readonly run: () => readonly Outbound<Member>[];
}

describe('Dealer', () => {
  let dealer: Dealer<Member>;
  let timers: Set<Timer>;
  /** The time of the timer that was started first is over. */
  const expire = (): readonly Outbound<Member>[] => {
    const [first] = timers;
    timers.delete(first!);
    return first!.run();
  };
  beforeEach(() => {
    let id = 100;
    timers = new Set();
    const after = (ms: number, run: Timer['run']): (() => void) => {
      const timer = { ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    };
    dealer = new Dealer({ nextId: () => id++, random: () => 0.5, after });
  });

  describe('registering', () => {
    it('answers with the id of the registration', () => {
      expect(dealer.register(bob, register())).toEqual([
        { to: bob, message: { type: MessageType.REGISTERED, request: 5, registration: 100 } },
      ]);
      expect(dealer.sizes).toEqual({ registrations: 1, callees: 1, invocations: 0, members: 0 });
    });

    it.each([
      [{}, {}],
      [{}, { invoke: 'roundrobin' }],
      [{ invoke: 'roundrobin' }, {}],
      [{ invoke: 'first' }, { invoke: 'last' }],
      [{ invoke: 'single' }, { invoke: 'single' }],
    ])('refuses to share where the policies are %j and %j', (first, second) => {
      dealer.register(bob, register(ADD, first));

      expect(dealer.register(ann, register(ADD, second))).toEqual([
        { to: ann, message: error(MessageType.REGISTER, 5, 'wamp.error.procedure_already_exists') },
      ]);
    });

    it('gives those who share a procedure one id, each of them once', () => {
      dealer.register(bob, register(ADD, { invoke: 'last' }));

      expect(dealer.register(ann, register(ADD, { invoke: 'last' }))).toEqual([
        { to: ann, message: { type: MessageType.REGISTERED, request: 5, registration: 100 } },
      ]);
      expect(dealer.register(ann, register(ADD, { invoke: 'last' }))).toEqual([
        { to: ann, message: error(MessageType.REGISTER, 5, 'wamp.error.procedure_already_exists') },
      ]);
    });

    it.each([
      ['com..add', {}], ['a b', {}], ['', {}], ['.add', { match: 'prefix' }],
      ['wamp.session.kill', {}], ['wamp', {}], ['wamp.', { match: 'prefix' }], ['wamp..list', { match: 'wildcard' }],
    ])('refuses %j with %j as invalid_uri', (procedure, options) => {
      expect(dealer.register(bob, register(procedure, options))).toEqual([
        { to: bob, message: error(MessageType.REGISTER, 5, 'wamp.error.invalid_uri') },
      ]);
      expect(dealer.sizes.registrations).toBe(0);
    });

    describe('by force', () => {
      const revocable = { authrole: 'staff', features: ['callee.registration_revocation'] };
      const [old, other, young] = [member(11, revocable), member(12, revocable), member(13, revocable)];
      const force = (options: Dict = {}): Register => register(ADD, { ...options, force_reregister: true });
      const revoked = (callee: Member): object => ({
        to: callee, message: { type: MessageType.UNREGISTERED, request: 0, details: { registration: 100, reason: 'another session has taken the procedure over' } },
      });

      it('takes the procedure from another session of its role, which hears of it, and keeps what it runs', () => {
        dealer.register(old, register());
        dealer.call(ann, call());

        expect(dealer.register(young, force())).toEqual([revoked(old), { to: young, message: { type: MessageType.REGISTERED, request: 5, registration: 101 } }]);

        expect(dealer.call(ann, call(8))[0]!.to).toBe(young);
        expect(dealer.yield(old, yielded())).toEqual([{ to: ann, message: result() }]);
        expect(dealer.unregister(old, unregister())[0]!.message.type).toBe(MessageType.ERROR);
        expect(dealer.sizes).toMatchObject({ registrations: 1, callees: 1 });
      });

      it('takes it from all who share it, and from itself', () => {
        for (const callee of [old, other, young]) dealer.register(callee, register(ADD, { invoke: 'last' }));

        const outbound = dealer.register(young, force());

        expect(outbound.slice(0, 3)).toEqual([revoked(old), revoked(other), revoked(young)]);
        expect([dealer.registrationsOf(young), dealer.registrationsOf(old), dealer.sizes.registrations]).toEqual([1, 0, 1]);
      });

      it('says nothing to a callee that does not announce registration_revocation', () => {
        dealer.register(ann, register());

        expect(dealer.register(young, force()).map(({ message }) => message.type)).toEqual([MessageType.REGISTERED]);
        expect(dealer.registrationsOf(ann)).toBe(0);
      });

      it('takes nothing where one of those who have it is of another role', () => {
        dealer.register(old, register(ADD, { invoke: 'last' }));
        dealer.register(bob, register(ADD, { invoke: 'last' }));

        expect(dealer.register(young, force())).toEqual([{ to: young, message: error(MessageType.REGISTER, 5, 'wamp.error.procedure_already_exists') }]);
        expect([dealer.registrationsOf(old), dealer.registrationsOf(bob)]).toEqual([1, 1]);
      });

      it('registers where there is nothing to take, and another pattern is another procedure', () => {
        dealer.register(old, register(ADD, { match: 'prefix' }));

        expect(dealer.register(young, force()).map(({ message }) => message.type)).toEqual([MessageType.REGISTERED]);
        expect(dealer.registrationsOf(old)).toBe(1);
      });
    });

    it('lets go of a procedure when its last callee unregisters', () => {
      dealer.register(bob, register(ADD, { invoke: 'first' }));
      dealer.register(ann, register(ADD, { invoke: 'first' }));

      expect(dealer.unregister(bob, unregister())).toEqual([{ to: bob, message: { type: MessageType.UNREGISTERED, request: 6 } }]);
      expect(dealer.call(bob, call())[0]!.to).toBe(ann);
      dealer.unregister(ann, unregister());

      expect(dealer.sizes).toMatchObject({ registrations: 0, callees: 0 });
      expect(dealer.register(bob, register())[0]!.message.type).toBe(MessageType.REGISTERED);
    });

    it('answers no_such_registration for one that is not the member\'s', () => {
      dealer.register(bob, register());
      const unknown = error(MessageType.UNREGISTER, 6, 'wamp.error.no_such_registration');

      expect(dealer.unregister(ann, unregister())).toEqual([{ to: ann, message: unknown }]);
      expect(dealer.unregister(bob, unregister(999))).toEqual([{ to: bob, message: unknown }]);
      expect(dealer.sizes.registrations).toBe(1);
    });
  });

  describe('calling', () => {
    it('hands a call to the callee and its answer back, with the payload as it is', () => {
      dealer.register(bob, register());
      const source = { subprotocol: 'wamp.2.json', elements: '' };
      const payload = { kwargs: { unit: 'm' }, payload: new Uint8Array([1]), source };

      expect(dealer.call(ann, { ...call(), ...payload })).toEqual([{ to: bob, message: { ...invocation(1), ...payload } }]);
      expect(dealer.yield(bob, { ...yielded(), ...payload })).toEqual([{ to: ann, message: { ...result(), ...payload } }]);

      expect(dealer.sizes.invocations).toBe(0);
    });

    it('hands an error of the callee to the caller, with details and payload', () => {
      dealer.register(bob, register());
      dealer.call(ann, call());

      expect(dealer.error(bob, failed())).toEqual([
        { to: ann, message: { ...failed(), requestType: MessageType.CALL, request: 7 } },
      ]);
      expect(dealer.error(bob, failed())).toEqual([]);
      expect(dealer.sizes.invocations).toBe(0);
    });

    it('counts the invocations of each callee from 1', () => {
      dealer.register(bob, register());
      dealer.register(able, register('com.math.sub'));

      const requests = [call(7), call(8), call(9, {}, 'com.math.sub'), call(10)].map((message) => dealer.call(ann, message)[0]);

      expect(requests.map((outbound) => [outbound!.to, (outbound!.message as { request: number }).request])).toEqual([
        [bob, 1], [bob, 2], [able, 1], [bob, 3],
      ]);
    });

    it.each([
      ['com.math.sub', 'wamp.error.no_such_procedure'],
      ['com..add', 'wamp.error.invalid_uri'],
    ])('answers a call of %s with %s', (procedure, uri) => {
      expect(dealer.call(ann, call(7, {}, procedure))).toEqual([{ to: ann, message: error(MessageType.CALL, 7, uri) }]);
      expect(dealer.sizes).toMatchObject({ invocations: 0, members: 0 });
    });

    it('names the procedure where a pattern is registered', () => {
      dealer.register(bob, register('com', { match: 'prefix' }));

      expect(dealer.call(ann, call())).toEqual([{ to: bob, message: invocation(1, { procedure: ADD }) }]);
    });

    it('keeps reserved and malformed procedures from broad patterns', () => {
      dealer.register(bob, register('', { match: 'prefix' }));

      expect(dealer.call(ann, call(7, {}, 'wamp.session.list'))[0]!.message).toMatchObject({ error: 'wamp.error.no_such_procedure' });
      expect(dealer.call(ann, call(7, {}, 'com.a b'))[0]!.message).toMatchObject({ error: 'wamp.error.invalid_uri' });
    });

    it.each([
      ['single', [bob, bob]], ['first', [bob, bob]], ['last', [able, able]], ['roundrobin', [bob, ann, able, bob]], ['random', [ann, ann]],
    ])('picks callees as %s says', (invoke, expected) => {
      for (const callee of [bob, ann, able]) dealer.register(callee, register(ADD, { invoke }));

      expect(expected.map((_, i) => dealer.call(ann, call(i + 1))[0]!.to)).toEqual(expected);
    });

    it('gives a callee no more calls at a time than it takes, and passes to others what is beyond', () => {
      const answers = { yielded: () => dealer.yield(bob, yielded(1)), failed: () => dealer.error(bob, failed(2)), cancelled: () => dealer.cancel(ann, cancel('skip', 4)) };
      dealer.register(bob, register(ADD, { invoke: 'first', concurrency: 2 }));
      dealer.register(able, register(ADD, { invoke: 'first', concurrency: 1 }));
      const calledBy = (request: number): Member => dealer.call(ann, call(request))[0]!.to as Member;

      expect([1, 2, 3].map(calledBy)).toEqual([bob, bob, able]);
      expect(dealer.call(ann, call(9))).toEqual([
        { to: ann, message: { ...error(MessageType.CALL, 9, 'wamp.error.no_available_callee'), args: ['every callee has as many calls as it takes'] } },
      ]);
      answers.yielded();
      expect(calledBy(4)).toBe(bob);
      answers.failed();
      answers.cancelled();
      expect([5, 6].map(calledBy)).toEqual([bob, bob]);
      dealer.leave(able);
      expect(dealer.call(ann, call(9))[0]!.message).toMatchObject({ error: 'wamp.error.no_available_callee' });
    });

    it('gives places back when a caller leaves', () => {
      dealer.register(bob, register(ADD, { concurrency: 1 }));
      dealer.call(ann, call());

      dealer.leave(ann);

      expect(dealer.call(able, call())[0]!.to).toBe(bob);
    });

    it('tells how far the caller is trusted, where the grant says so', () => {
      dealer.register(bob, register());

      expect(detailsOf(dealer.call(ann, call(1), { trustlevel: 0 }))).toEqual({ trustlevel: 0 });
      expect(detailsOf(dealer.call(ann, call(2, { disclose_me: true, _trace: 'y' }), { trustlevel: 2 }))).toMatchObject({ trustlevel: 2, caller: 1, _trace: 'y' });
      expect(detailsOf(dealer.call(ann, call(3, { trustlevel: 9 })))).toEqual({});
    });

    it('tells a callee who calls that asked for it, unless that is concealed', () => {
      dealer.register(bob, register(ADD, { disclose_caller: true }));
      const identity = { caller: 1, caller_authid: 'ann', caller_authrole: 'staff' };

      expect(detailsOf(dealer.call(ann, call(1)))).toEqual(identity);
      expect(detailsOf(dealer.call(ann, call(2, { disclose_me: false })))).toEqual(identity);
      expect(detailsOf(dealer.call(ann, call(3), { disclose: false }))).toEqual({});
    });

    it('hands attributes on, beside whatever else is told, and nothing that is none', () => {
      dealer.register(bob, register());
      dealer.register(able, register('com', { match: 'prefix' }));
      const attributes = { _traceparent: '00-1-2-01', _sampled: true, _depth: 3 };

      expect(detailsOf(dealer.call(ann, call(1, { ...attributes, _odd: {}, _x: 1, trace: 'y', caller: 9 })))).toEqual(attributes);
      expect(detailsOf(dealer.call(ann, call(2, { ...attributes, receive_progress: true, disclose_me: true }, 'com.other')))).toEqual({
        ...attributes, procedure: 'com.other', receive_progress: true, caller: 1, caller_authid: 'ann', caller_authrole: 'staff',
      });
      expect(detailsOf(dealer.call(ann, call(3, { trace: 'y' })))).toEqual({});
    });

    it('tells who calls where the caller asks for it or the grant says so', () => {
      dealer.register(bob, register());
      const identity = { caller: 1, caller_authid: 'ann', caller_authrole: 'staff' };

      expect(detailsOf(dealer.call(ann, call(1, { disclose_me: true })))).toEqual(identity);
      expect(detailsOf(dealer.call(ann, call(2), { disclose: true }))).toEqual(identity);
      expect(detailsOf(dealer.call(ann, call(3, { disclose_me: true }), { disclose: false }))).toEqual({});
      expect(detailsOf(dealer.call(ann, call(4)))).toEqual({});
    });

    it('passes on the wish for progress and the timeout only to callees that announced them', () => {
      dealer.register(bob, register('com.plain', { forward_timeout: true }));
      dealer.register(able, register(ADD, { forward_timeout: true }));
      const options = { receive_progress: true, timeout: 5_000 };

      expect(detailsOf(dealer.call(ann, call(1, options)))).toEqual(options);
      expect(detailsOf(dealer.call(ann, call(2, { receive_progress: true })))).toEqual({ receive_progress: true });
      expect(detailsOf(dealer.call(ann, call(3, { receive_progress: false, timeout: 0 })))).toEqual({});
      expect(detailsOf(dealer.call(ann, call(4, options, 'com.plain')))).toEqual({});
    });

    it('asks a callee for progress that cannot be interrupted', () => {
      const autobahn = member(4, { features: ['callee.progressive_call_results'] });
      dealer.register(autobahn, register());

      expect(detailsOf(dealer.call(ann, call(7, { receive_progress: true })))).toEqual({ receive_progress: true });
      expect(dealer.cancel(ann, cancel('kill'))).toEqual([{ to: ann, message: canceled() }]);
    });

    it('keeps a call open over its progressive results', () => {
      dealer.register(able, register());
      dealer.call(ann, call(7, { receive_progress: true }));
      const progress = [{ to: ann, message: result(7, { progress: true }) }];

      expect(dealer.yield(able, yielded(1, { progress: true }))).toEqual(progress);
      expect(dealer.yield(able, yielded(1, { progress: true }))).toEqual(progress);
      expect(dealer.yield(able, yielded())).toEqual([{ to: ann, message: result() }]);
      expect(dealer.yield(able, yielded(1, { progress: true }))).toEqual([]);
    });

    it('drops progressive results that nobody asked for, and keeps the call', () => {
      dealer.register(able, register());
      dealer.call(ann, call());

      expect(dealer.yield(able, yielded(1, { progress: true }))).toEqual([]);
      expect(dealer.yield(able, yielded())).toEqual([{ to: ann, message: result() }]);
    });

    it('takes no answer from anybody but the callee', () => {
      dealer.register(bob, register());
      dealer.call(ann, call());

      expect(() => dealer.yield(able, yielded())).toThrow(ProtocolError);
      expect(() => dealer.error(ann, failed())).toThrow(ProtocolError);
      expect(dealer.sizes.invocations).toBe(1);
    });

    it('tells an answer that comes late from one to what was never asked', () => {
      dealer.register(bob, register());
      dealer.call(ann, call(1));
      dealer.call(ann, call(2));
      dealer.cancel(ann, cancel('skip', 1));

      expect([dealer.yield(bob, yielded(1)), dealer.error(bob, failed(1)), dealer.yield(bob, yielded(1, { progress: true }))]).toEqual([[], [], []]);
      expect(() => dealer.yield(bob, yielded(3))).toThrow(new ProtocolError('YIELD.INVOCATION.Request must be an id of an invocation, so up to 2, got 3'));
      expect(() => dealer.error(bob, failed(3))).toThrow(new ProtocolError('ERROR.INVOCATION.Request must be an id of an invocation, so up to 2, got 3'));
      expect(dealer.yield(bob, yielded(2))).toHaveLength(1);
    });

    it('lets a member call itself', () => {
      dealer.register(bob, register());
      dealer.call(bob, call());

      expect(dealer.yield(bob, yielded())).toEqual([{ to: bob, message: result() }]);
    });

    it('throws ProtocolError where a call breaks the protocol, and leaves the open one alone', () => {
      dealer.register(bob, register());
      dealer.call(ann, call());

      expect(() => dealer.call(ann, call())).toThrow(new ProtocolError('CALL.Request must be new, got 7, which is still open'));
      expect(() => dealer.call(ann, call(8, { progress: true }))).toThrow(ProtocolError);
      expect(() => dealer.call(ann, call(9, { timeout: 'soon' }))).toThrow(ProtocolError);
      expect(() => dealer.error(bob, { ...failed(), requestType: MessageType.CALL })).toThrow(ProtocolError);

      expect(dealer.sizes.invocations).toBe(1);
      expect(dealer.yield(bob, yielded())).toEqual([{ to: ann, message: result() }]);
      expect(dealer.call(ann, call())[0]!.to).toBe(bob);
    });
  });

  describe('calls with an input', () => {
    const FEATURE = 'progressive_call_invocations';
    const cat = member(5, { authid: 'cat', features: [`caller.${FEATURE}`] });
    const dan = member(6, { features: [`callee.${FEATURE}`, 'callee.call_canceling', 'callee.progressive_call_results'] });
    const chunk = (request: number, more: boolean, args: readonly unknown[] = [], procedure = ADD): Call => ({
      type: MessageType.CALL, request, options: more ? { progress: true } : {}, procedure, args, kwargs: undefined,
    });
    const more = (request: number, details: Dict, args: readonly unknown[]): object => ({ type: MessageType.INVOCATION, request, registration: 100, details, args });
    let highest = 0;
    beforeEach(() => { highest = 0; });
    /** As the realm does: what is numbered higher than all before is a new call. */
    const send = (from: Member, message: Call): readonly Outbound[] => {
      if (message.request <= highest) return dealer.continuation(from, message);
      highest = message.request;
      return dealer.call(from, message);
    };

    it('hands every CALL to the same callee, as the same invocation, with the details of the first', () => {
      dealer.register(dan, register(ADD, { invoke: 'roundrobin' }));
      dealer.register(member(7, { features: [`callee.${FEATURE}`, 'callee.call_canceling'] }), register(ADD, { invoke: 'roundrobin' }));
      const who = { caller: 5, caller_authid: 'cat', caller_authrole: 'user', receive_progress: true };

      const opening = send(cat, { ...chunk(1, true, ['a']), options: { progress: true, receive_progress: true, disclose_me: true } });
      send(cat, call(2));

      expect(opening).toEqual([{ to: dan, message: more(1, { ...who, progress: true }, ['a']) }]);
      expect(send(cat, { ...chunk(1, true, ['b']), options: { progress: true, disclose_me: false, timeout: 5 } })).toEqual([{ to: dan, message: more(1, { ...who, progress: true }, ['b']) }]);
      expect(send(cat, chunk(1, false, ['c']))).toEqual([{ to: dan, message: more(1, who, ['c']) }]);
      expect(dealer.yield(dan, yielded())).toEqual([{ to: cat, message: result(1) }]);
    });

    it('takes an end that says progress: false for one', () => {
      dealer.register(dan, register());
      send(cat, chunk(1, true));

      expect(send(cat, { ...chunk(1, true), options: { progress: false } })).toEqual([{ to: dan, message: more(1, {}, []) }]);
      expect(() => send(cat, chunk(1, false))).toThrow(ProtocolError);
    });

    it('ends the session of a caller that did not announce it, and of one that sends more behind the end', () => {
      dealer.register(dan, register());
      expect(() => dealer.call(ann, chunk(1, true))).toThrow(ProtocolError);

      send(cat, call(1));

      expect(() => send(cat, chunk(1, true))).toThrow(new ProtocolError('CALL.Request must be new, got 1, which is still open'));
      expect(dealer.sizes.invocations).toBe(1);
    });

    it.each([[[]], [['callee.call_canceling']], [[`callee.${FEATURE}`]]])('answers feature_not_supported for a callee that announces %p', (features) => {
      dealer.register(member(8, { features }), register());

      expect(send(cat, chunk(1, true))).toMatchObject([{ to: cat, message: error(MessageType.CALL, 1, 'wamp.error.feature_not_supported') }]);
      expect([dealer.sizes.invocations, send(cat, chunk(1, true)), send(cat, chunk(1, false))]).toEqual([0, [], []]);
    });

    it.each<[string, () => unknown]>([
      ['answered', () => dealer.yield(dan, yielded())],
      ['refused', () => dealer.error(dan, failed())],
      ['cancelled', () => dealer.cancel(cat, cancel('killnowait', 1))],
      ['without a callee', () => dealer.leave(dan)],
      ['being cancelled', () => dealer.cancel(cat, cancel('kill', 1))],
    ])('drops what comes for a call that is %s', (_, end) => {
      dealer.register(dan, register());
      send(cat, chunk(1, true));
      end();

      expect([send(cat, chunk(1, true)), send(cat, chunk(1, false))]).toEqual([[], []]);
    });

    it('drops what was never a call, and what names another procedure', () => {
      dealer.register(dan, register());
      expect(send(cat, chunk(1, true, [], 'com.nothing'))).toMatchObject([{ message: { type: MessageType.ERROR } }]);
      send(cat, chunk(3, true));

      expect([send(cat, chunk(1, true)), send(cat, chunk(2, false)), send(cat, chunk(3, true, [], 'com.other'))]).toEqual([[], [], []]);
      expect(send(cat, chunk(3, false))).toHaveLength(1);
    });

    it('interrupts a callee to which the rest cannot be written, and not one that has had nothing', () => {
      dealer.register(dan, register());
      const refused = (request: number): object => ({ to: cat, message: error(MessageType.CALL, request, 'wamp.error.invalid_argument') });
      send(cat, chunk(1, true));
      send(cat, chunk(2, true));
      send(cat, chunk(2, false));

      expect(dealer.unwritable(dan, 1, ['x'])).toMatchObject([refused(1)]);
      expect(dealer.unwritable(dan, 2, ['x'])).toMatchObject([refused(2), { to: dan, message: interrupt('killnowait', 2) }]);
      expect([dealer.unwritable(dan, 2, ['x']), dealer.sizes.invocations]).toEqual([[], 0]);
    });
  });

  describe('calls with a timeout', () => {
    const timeout = { timeout: 5_000 };
    const timedOut = (request = 7): object => ({ to: ann, message: { ...error(MessageType.CALL, request, 'wamp.error.timeout'), args: ['callee must answer within 5000 ms'] } });

    it('end when it is over, for the caller and for a callee that can be interrupted', () => {
      dealer.register(able, register());

      expect(dealer.call(ann, call(7, timeout))).toEqual([{ to: able, message: invocation(1) }]);
      expect([...timers].map(({ ms }) => ms)).toEqual([5_000]);
      expect(expire()).toEqual([
        timedOut(), { to: able, message: { type: MessageType.INTERRUPT, request: 1, options: { mode: 'killnowait', reason: 'wamp.error.timeout' } } },
      ]);

      expect([dealer.yield(able, yielded()), dealer.cancel(ann, cancel()), dealer.sizes.invocations]).toEqual([[], [], 0]);
    });

    it('leave a callee alone that cannot be interrupted', () => {
      dealer.register(bob, register());
      dealer.call(ann, call(7, timeout));

      expect(expire()).toEqual([timedOut()]);
      expect(dealer.error(bob, failed())).toEqual([]);
    });

    it('are left to the callee where it asked for that and announced it, and to nobody where they have none', () => {
      dealer.register(able, register(ADD, { forward_timeout: true }));
      dealer.register(bob, register('com.plain', { forward_timeout: true }));

      expect(detailsOf(dealer.call(ann, call(1, timeout)))).toEqual(timeout);
      dealer.call(ann, call(2));
      dealer.call(ann, call(3, { timeout: 0 }));
      expect(timers.size).toBe(0);
      expect(detailsOf(dealer.call(ann, call(4, timeout, 'com.plain')))).toEqual({});
      expect(timers.size).toBe(1);
    });

    it.each<[string, () => unknown]>([
      ['answered', () => dealer.yield(able, yielded())],
      ['refused', () => dealer.error(able, failed())],
      ['cancelled', () => dealer.cancel(ann, cancel())],
      ['nothing that can be written', () => dealer.unwritable(able, 1, [])],
      ['without a callee', () => dealer.leave(able)],
      ['without a caller', () => dealer.leave(ann)],
    ])('keep no timer when they are %s', (_, end) => {
      dealer.register(able, register());
      dealer.call(ann, call(7, timeout));
      const [timer] = timers;

      end();

      expect(timers.size).toBe(0);
      expect(timer!.run()).toEqual([]);
    });

    it('have their time anew with each progressive result', () => {
      dealer.register(able, register());
      dealer.call(ann, call(7, { ...timeout, receive_progress: true }));
      const [first] = timers;
      dealer.yield(able, yielded(1, { progress: true }));

      // The first one may have been due when the result came, and wait for its turn.
      expect(first!.run()).toEqual([]);
      expect([...timers].map(({ ms }) => ms)).toEqual([5_000]);
      expect(expire()[0]).toEqual(timedOut());
    });

    it('have no more time where the callee was told to stop, which is interrupted once', () => {
      dealer.register(able, register());
      dealer.call(ann, call(7, { ...timeout, receive_progress: true }));
      const [timer] = timers;
      dealer.cancel(ann, cancel('kill'));
      dealer.yield(able, yielded(1, { progress: true }));

      expect([...timers]).toEqual([timer]);
      expect(expire()).toEqual([timedOut()]);
    });
  });

  describe('calls that are declined', () => {
    const features = ['callee.call_reroute', 'callee.call_canceling', 'callee.progressive_call_results', 'callee.progressive_call_invocations', 'callee.call_timeout'];
    const [eve, fay, gus] = [member(21, { features }), member(22, { features }), member(23, { features })];
    const declined = (request = 1): ErrorMessage => ({ ...failed(request), error: 'wamp.error.unavailable', args: ['busy'], kwargs: undefined });
    const handed = (to: Member, request = 1, details: Dict = {}): object => ({ to, message: invocation(request, details) });
    const noCallee = { to: ann, message: { type: MessageType.ERROR, requestType: MessageType.CALL, request: 7, details: { trace: 'x' }, error: 'wamp.error.no_available_callee', args: ['busy'] } };

    const share = (invoke: string, ...callees: readonly Member[]): void => {
      for (const callee of callees) dealer.register(callee, register(ADD, { invoke }));
    };

    it.each<[string, readonly Member[]]>([
      ['first', [eve, fay, gus]], ['last', [gus, fay, eve]], ['roundrobin', [eve, fay, gus]], ['random', [fay, gus, eve]],
    ])('go to the others as %s has them, and end when all have declined', (invoke, order) => {
      share(invoke, eve, fay, gus);

      expect(dealer.call(ann, call())).toEqual([handed(order[0]!)]);
      expect(dealer.error(order[0]!, declined())).toEqual([handed(order[1]!)]);
      expect(dealer.error(order[1]!, declined())).toEqual([handed(order[2]!)]);
      expect(dealer.error(order[2]!, declined())).toEqual([noCallee]);
      expect(dealer.sizes.invocations).toBe(0);
    });

    it('end where nobody shares the procedure', () => {
      dealer.register(eve, register());
      dealer.call(ann, call());

      expect(dealer.error(eve, declined())).toEqual([noCallee]);
    });

    it('end where there was nobody else when they were made', () => {
      share('first', eve);
      dealer.call(ann, call());
      share('first', fay);

      expect(dealer.error(eve, declined())).toEqual([noCallee]);
    });

    it('give back the place they had', () => {
      dealer.register(eve, register(ADD, { invoke: 'first', concurrency: 1 }));
      share('first', fay);
      dealer.call(ann, call(1));
      dealer.error(eve, declined());

      expect(dealer.call(ann, call(2))).toEqual([handed(eve, 2)]);
    });

    it('are answered by the one that takes it, as if nothing had been, and by nobody else', () => {
      share('first', eve, fay);
      const source = { subprotocol: 'wamp.2.json', elements: '' };
      const payload = { kwargs: { unit: 'm' }, payload: new Uint8Array([1]), source };
      dealer.call(gus, call(1));
      dealer.call(ann, { ...call(), ...payload });

      expect(dealer.error(eve, declined(2))).toEqual([{ to: fay, message: { ...invocation(1), ...payload } }]);
      expect([dealer.yield(eve, yielded(2)), dealer.error(eve, declined(2))]).toEqual([[], []]);
      expect(dealer.yield(fay, yielded())).toEqual([{ to: ann, message: result() }]);
      expect(dealer.sizes.invocations).toBe(1);
    });

    it('are laid out for the one that gets them', () => {
      const plain = member(24, { features: ['callee.call_reroute'] });
      share('first', eve, plain);
      const options = { receive_progress: true, disclose_me: true, timeout: 50 };

      expect(detailsOf(dealer.call(ann, call(7, options)))).toMatchObject({ receive_progress: true, caller: 1 });
      expect(detailsOf(dealer.error(eve, declined()))).toEqual({ caller: 1, caller_authid: 'ann', caller_authrole: 'staff' });
      expect([...timers].map(({ ms }) => ms)).toEqual([50]);
      expect(expire()).toMatchObject([{ to: ann, message: { error: 'wamp.error.timeout' } }]);
    });

    it('go back to nobody that has declined, even where it has registered again', () => {
      share('first', eve, fay);
      dealer.call(ann, call());
      dealer.error(eve, declined());
      dealer.unregister(eve, unregister());
      share('first', eve);

      expect(dealer.error(fay, declined())).toEqual([noCallee]);
    });

    it('pass over who has as many calls as it takes', () => {
      share('first', eve);
      dealer.register(fay, register(ADD, { invoke: 'first', concurrency: 1 }));
      share('first', gus);
      dealer.call(bob, call(1));
      dealer.error(eve, declined());
      dealer.call(ann, call());

      expect(dealer.error(eve, declined(2))).toEqual([handed(gus)]);
    });

    it('stay with a callee that did not announce call_reroute: its ERROR is the answer', () => {
      share('first', bob, eve);
      dealer.call(ann, call());

      expect(dealer.error(bob, declined())).toEqual([{ to: ann, message: { ...declined(), requestType: MessageType.CALL, request: 7 } }]);
    });

    it.each<[string, () => unknown]>([
      ['progress has been made', () => dealer.yield(eve, yielded(1, { progress: true }))],
      ['they are being cancelled', () => dealer.cancel(ann, cancel('kill'))],
    ])('are not declined any more where %s', (_, act) => {
      share('first', eve, fay);
      dealer.call(ann, call(7, { receive_progress: true }));
      act();

      expect(dealer.error(eve, declined())).toMatchObject([{ to: ann, message: { error: 'wamp.error.unavailable' } }]);
    });

    it('go on with their input where none of it has gone on, to those who take it', () => {
      const cat = member(5, { features: ['caller.progressive_call_invocations'] });
      share('first', eve, bob, fay);
      dealer.call(cat, call(1, { progress: true }));

      expect(dealer.error(eve, declined())).toEqual([handed(fay, 1, { progress: true })]);
      expect(dealer.continuation(cat, call(1))).toEqual([handed(fay)]);
      expect(dealer.error(fay, declined())).toMatchObject([{ to: cat, message: { error: 'wamp.error.unavailable' } }]);
    });
  });

  describe('calls with a key', () => {
    const partition = (rkey: string): Dict => ({ runmode: 'partition', rkey });
    const keys = Array.from({ length: 40 }, (_, n) => `customer-${n}`);
    let requests = 0;
    const calleesOf = (...of: readonly string[]): unknown[] => of.map((rkey) => dealer.call(ann, call(++requests, partition(rkey)))[0]!.to);

    it('go to the callee of the key, whatever the policy, as long as it is there', () => {
      for (const callee of [bob, able, ann]) dealer.register(callee, register(ADD, { invoke: 'roundrobin' }));
      const before = calleesOf(...keys);
      expect(new Set(before)).toEqual(new Set([bob, able, ann]));

      expect(calleesOf(...keys)).toEqual(before);
      dealer.unregister(bob, unregister());
      const after = calleesOf(...keys);

      expect(after.filter((callee, n) => callee !== before[n])).toHaveLength(before.filter((callee) => callee === bob).length);
      expect(after).not.toContain(bob);
    });

    it('wait for no other where that one has as many as it takes, or declines', () => {
      const reroutes = member(9, { features: ['callee.call_reroute'] });
      for (const callee of [bob, reroutes]) dealer.register(callee, register(ADD, { invoke: 'first', concurrency: 1 }));
      const ofReroutes = keys.find((rkey) => dealer.call(able, call(++requests, partition(rkey)))[0]!.to === reroutes)!;

      expect(dealer.call(ann, call(7, partition(ofReroutes)))).toMatchObject([{ to: ann, message: { error: 'wamp.error.no_available_callee' } }]);
      dealer.leave(able);
      dealer.call(ann, call(7, partition(ofReroutes)));
      expect(dealer.error(reroutes, { ...failed(2), error: 'wamp.error.unavailable' })).toMatchObject([{ to: ann, message: { error: 'wamp.error.no_available_callee' } }]);
    });

    it.each([[{ runmode: 'partition' }], [{ runmode: 'all', rkey: 'a' }]])('are refused with %j, and heed no key without a run mode', (options) => {
      dealer.register(bob, register());

      expect(dealer.call(ann, call(7, options))).toMatchObject([{ to: ann, message: { error: 'wamp.error.option_not_allowed', args: [expect.any(String)] } }]);
      expect(dealer.sizes.invocations).toBe(0);
      expect(dealer.call(ann, call(7, { rkey: 'a' }))[0]!.to).toBe(bob);
      expect(() => dealer.call(ann, call(8, partition(7 as never)))).toThrow(new ProtocolError('CALL.Options.rkey must be a string, got 7'));
    });
  });

  describe('cancelling', () => {
    it('ends the call at once with skip and leaves the callee alone', () => {
      dealer.register(able, register());
      dealer.call(ann, call());

      expect(dealer.cancel(ann, cancel('skip'))).toEqual([{ to: ann, message: canceled() }]);
      expect(dealer.yield(able, yielded())).toEqual([]);
    });

    it.each(['killnowait', undefined])('ends the call at once with %s and interrupts the callee', (mode) => {
      dealer.register(able, register());
      dealer.call(ann, call());

      expect(dealer.cancel(ann, cancel(mode))).toEqual([{ to: ann, message: canceled() }, { to: able, message: interrupt('killnowait') }]);
      expect(dealer.error(able, failed())).toEqual([]);
    });

    it('leaves the answer to the callee with kill', () => {
      dealer.register(able, register());
      dealer.call(ann, call(7));
      dealer.call(ann, call(8));

      expect(dealer.cancel(ann, cancel('kill', 7))).toEqual([{ to: able, message: interrupt('kill', 1) }]);
      expect(dealer.cancel(ann, cancel('kill', 8))).toEqual([{ to: able, message: interrupt('kill', 2) }]);

      expect(dealer.yield(able, yielded(1))).toEqual([{ to: ann, message: result(7) }]);
      expect(dealer.error(able, failed(2))[0]).toMatchObject({ to: ann, message: { request: 8, error: 'com.math.overflow' } });
    });

    it('interrupts once, and still ends at once when the caller stops waiting', () => {
      dealer.register(able, register());
      dealer.call(ann, call());
      dealer.cancel(ann, cancel('kill'));

      expect(dealer.cancel(ann, cancel('kill'))).toEqual([]);
      expect(dealer.cancel(ann, cancel('killnowait'))).toEqual([{ to: ann, message: canceled() }]);
    });

    it.each(['skip', 'kill', 'killnowait'])('never interrupts a callee that did not announce it, with %s', (mode) => {
      dealer.register(bob, register());
      dealer.call(ann, call());

      expect(dealer.cancel(ann, cancel(mode))).toEqual([{ to: ann, message: canceled() }]);
      expect(dealer.yield(bob, yielded())).toEqual([]);
    });

    it('ignores calls that are not open, and those of others', () => {
      dealer.register(able, register());
      dealer.call(ann, call());

      expect(dealer.cancel(ann, cancel('kill', 8))).toEqual([]);
      expect(dealer.cancel(bob, cancel('kill', 7))).toEqual([]);
      expect(dealer.sizes.invocations).toBe(1);
    });
  });

  describe('leaving', () => {
    it('tells each caller when the callee leaves in mid-call', () => {
      dealer.register(able, register());
      dealer.call(ann, call(7));
      dealer.call(bob, call(3));

      const left = { args: ['callee left before it answered'] };
      expect(dealer.leave(able)).toEqual([
        { to: ann, message: { ...canceled(7), ...left } },
        { to: bob, message: { ...canceled(3), ...left } },
      ]);
      expect(dealer.leave(able)).toEqual([]);
      expect(dealer.call(ann, call())[0]!.message).toMatchObject({ error: 'wamp.error.no_such_procedure' });
    });

    it('interrupts those who work for a caller that leaves, where they can be', () => {
      dealer.register(able, register());
      dealer.register(bob, register('com.plain'));
      dealer.call(ann, call(7));
      dealer.call(ann, call(8, {}, 'com.plain'));

      expect(dealer.leave(ann)).toEqual([{ to: able, message: interrupt('killnowait') }]);
      expect(dealer.yield(able, yielded())).toEqual([]);
      expect(dealer.yield(bob, yielded())).toEqual([]);
      expect(dealer.sizes.invocations).toBe(0);
    });

    it('sends nothing to who leaves, not even of its own calls to itself', () => {
      dealer.register(able, register());
      dealer.call(able, call());

      expect(dealer.leave(able)).toEqual([]);
      expect(dealer.sizes).toEqual({ registrations: 0, callees: 0, invocations: 0, members: 0 });
    });

    it('leaves a shared registration to the others', () => {
      dealer.register(bob, register(ADD, { invoke: 'roundrobin' }));
      dealer.register(able, register(ADD, { invoke: 'roundrobin' }));

      dealer.leave(bob);

      expect([1, 2].map((request) => dealer.call(ann, call(request))[0]!.to)).toEqual([able, able]);
    });
  });
});
