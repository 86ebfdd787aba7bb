import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../../../lib/errors.ts';
import { MessageType } from '../../../../lib/protocol/messages.ts';
import { Dealer } from '../../../../lib/router/core/dealer.ts';
import { registrationProcedures } from '../../../../lib/router/core/meta/registration-meta.ts';
import type { Member } from '../../../../lib/router/core/outbound.ts';
import { Refusal, type ProcedureResult } from '../../../../lib/router/core/procedure.ts';
import type { Dict, List } from '../../../../lib/types.ts';
import { anything } from '../../../support/arbitraries.ts';
import { member } from '../../../support/members.ts';

const NAMES = ['list', 'lookup', 'match', 'get', 'list_callees', 'count_callees', 'remove_callee'];

describe('registrationProcedures', () => {
  const ann = member(1);
  const bob = member(2, { features: ['callee.registration_revocation'] });
  let dealer: Dealer<Member>;
  let call: (name: string, args?: List, kwargs?: Dict) => ProcedureResult<Member>;

  const register = (who: Member, procedure: string, options: Dict = {}): void =>
    void dealer.register(who, { type: MessageType.REGISTER, request: 1, options, procedure });
  const refusalOf = (name: string, args: List): Partial<Refusal> => {
    try {
      call(name, args);
    } catch (error) {
      if (error instanceof Refusal) return { uri: error.uri, args: error.args };
      throw error;
    }
    throw new Error('nothing was refused');
  };

  beforeEach(() => {
    let id = 100;
    dealer = new Dealer({ nextId: () => id++, after: () => () => {}, now: () => 1_700_000_000 });
    const procedures = new Map(registrationProcedures(dealer, new Map([ann, bob].map((one) => [one.id, one]))));
    call = (name, args = [], kwargs = {}) => {
      const procedure = `wamp.registration.${name}`;
      return procedures.get(procedure)!({ caller: ann, procedure, args, kwargs });
    };
    register(ann, 'com.shop.price', { invoke: 'roundrobin' });
    register(bob, 'com.shop.price', { invoke: 'roundrobin' });
    register(ann, 'com.shop', { match: 'prefix' });
    register(bob, 'com..price', { match: 'wildcard', invoke: 'last' });
  });

  it('lists what there is by policy', () => {
    expect(call('list')).toEqual({ args: [{ exact: [100], prefix: [101], wildcard: [102] }] });
  });

  it('looks up what manages a procedure, or a pattern', () => {
    const found = [['com.shop.price'], ['com.shop.price', null], ['com.shop', { match: 'prefix' }], ['com..price', { match: 'wildcard' }], ['com.shop'], ['wamp.session.list']]
      .map((args) => call('lookup', args).args);

    expect(found).toEqual([[100], [100], [101], [102], [null], [null]]);
  });

  it('says where a call goes', () => {
    const found = ['com.shop.price', 'com.shopping', 'com.house.price', 'com.house', 'wamp.session.list'].map((procedure) => call('match', [procedure]).args);

    expect(found).toEqual([[100], [101], [102], [null], [null]]);
  });

  it('describes one, its callees and how many they are', () => {
    expect(call('get', [102])).toEqual({ args: [{ id: 102, created: '2023-11-14T22:13:20Z', uri: 'com..price', match: 'wildcard', invoke: 'last' }] });
    expect(call('list_callees', [100])).toEqual({ args: [[1, 2]] });
    expect(call('count_callees', [100])).toEqual({ args: [2] });
  });

  it.each(['get', 'list_callees', 'count_callees', 'remove_callee'])('refuses %s of what is not there', (name) => {
    expect(refusalOf(name, [99, 1])).toEqual({ uri: 'wamp.error.no_such_registration', args: ['there is no registration 99'] });
  });

  it('takes a registration from a callee, and tells who announces that', () => {
    const silent = call('remove_callee', [100, 1]);
    const told = call('remove_callee', [100, 2], { reason: 'no longer trusted' });

    expect(silent).toEqual({ follows: [] });
    expect(told).toEqual({
      follows: [{ to: bob, message: { type: MessageType.UNREGISTERED, request: 0, details: { registration: 100, reason: 'no longer trusted' } } }],
    });
    expect(call('list').args).toEqual([{ exact: [], prefix: [101], wildcard: [102] }]);
  });

  it('refuses to take from a session that is not there, or does not have it', () => {
    expect(refusalOf('remove_callee', [100, 9])).toEqual({ uri: 'wamp.error.no_such_session', args: ['there is no session 9'] });
    expect(refusalOf('remove_callee', [101, 2])).toEqual({ uri: 'wamp.error.no_such_registration', args: ['session 2 does not have registration 101'] });
  });

  it.each([
    ['get', [], {}, 'registration must be an integer from 1 to 2^53, got nothing'],
    ['get', ['100'], {}, 'registration must be an integer from 1 to 2^53, got "100"'],
    ['remove_callee', [100, 0], {}, 'session must be an integer from 1 to 2^53, got 0'],
    ['remove_callee', [100, 1], { reason: 7 }, 'reason must be a string, got 7'],
    ['lookup', [7], {}, 'uri must be a URI, got 7'],
    ['lookup', ['com..a', { match: 'prefix' }], {}, 'uri must be a URI with prefix matching, got "com..a"'],
    ['lookup', ['com.a', 7], {}, 'options must be a dictionary, got 7'],
    ['match', ['com..a'], {}, 'uri must be a URI, got "com..a"'],
  ] as const)('says of %s(%j, %j) what it must be', (name, args, kwargs, sentence) => {
    expect(() => call(name, args, kwargs)).toThrow(new ProtocolError(sentence));
  });

  it('throws nothing but what is answered, whatever the arguments are', () => {
    fc.assert(fc.property(fc.constantFrom(...NAMES), fc.array(anything, { maxLength: 3 }), fc.dictionary(fc.constantFrom('reason', 'match'), anything), (name, args, kwargs) => {
      try {
        call(name, args, kwargs);
      } catch (error) {
        expect(error instanceof Refusal || error instanceof ProtocolError).toBe(true);
      }
    }));
  });
});
