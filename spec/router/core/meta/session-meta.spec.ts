import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../../../lib/errors.ts';
import { sessionDetails, sessionProcedures, type Farewell } from '../../../../lib/router/core/meta/session-meta.ts';
import type { Member } from '../../../../lib/router/core/outbound.ts';
import { Refusal, type ProcedureResult } from '../../../../lib/router/core/procedure.ts';
import type { Dict, List } from '../../../../lib/types.ts';
import { anything } from '../../../support/arbitraries.ts';
import { member } from '../../../support/members.ts';

const [ann, bob, cat, dan] = [
  member(1, { authid: 'ann', authrole: 'admin' }), member(2, { authid: 'bob', authrole: 'user' }),
  member(3, { authid: 'bob', authrole: 'admin' }), member(4, { authid: 'dan', authrole: 'guest' }),
];

describe('sessionProcedures', () => {
  let killed: [ids: number[], farewell: Farewell][];
  let call: (name: string, args?: List, kwargs?: Dict) => ProcedureResult<Member>;

  beforeEach(() => {
    killed = [];
    const procedures = new Map(sessionProcedures<Member>({
      sessions: new Map([ann, bob, cat, dan].map((one) => [one.id, one])),
      kill: (victims, farewell) => killed.push([victims.map(({ id }) => id), farewell]),
    }));
    call = (name, args = [], kwargs = {}) => {
      const procedure = `wamp.session.${name}`;
      return procedures.get(procedure)!({ caller: ann, procedure, args, kwargs });
    };
  });

  it('counts and lists everybody, or those of some roles', () => {
    expect([call('count').args, call('list').args]).toEqual([[4], [[1, 2, 3, 4]]]);
    expect([call('count', [null]).args, call('list', [null]).args]).toEqual([[4], [[1, 2, 3, 4]]]);
    expect([call('count', [['admin', 'guest']]).args, call('list', [['admin', 'guest']]).args]).toEqual([[3], [[1, 3, 4]]]);
    expect([call('count', [[]]).args, call('list', [[]]).args]).toEqual([[0], [[]]]);
  });

  it('describes one, also the one that asks', () => {
    const common = { authmethod: 'anonymous', authprovider: 'static', transport: {} };
    expect(call('get', [1])).toEqual({ args: [{ session: 1, authid: 'ann', authrole: 'admin', ...common }] });
    expect(call('get', [4])).toEqual({ args: [{ session: 4, authid: 'dan', authrole: 'guest', ...common }] });
  });

  it('kills one other session', () => {
    const result = call('kill', [2]);

    expect(result).toEqual({});
    expect(killed).toEqual([[[2], { reason: 'wamp.close.killed', details: {}, quietly: false }]]);
  });

  it('kills by authid and tells which ones, by role and tells how many, and never the caller', () => {
    expect(call('kill_by_authid', ['bob'], { reason: 'com.app.banned' })).toEqual({ args: [[2, 3]] });
    expect(call('kill_by_authid', ['ann'])).toEqual({ args: [[]] });
    expect(call('kill_by_authrole', ['admin'], { message: 'maintenance' })).toEqual({ args: [1] });

    expect(killed).toEqual([
      [[2, 3], { reason: 'com.app.banned', details: {}, quietly: false }],
      [[], { reason: 'wamp.close.killed', details: {}, quietly: false }],
      [[3], { reason: 'wamp.close.killed', details: { message: 'maintenance' }, quietly: false }],
    ]);
  });

  it('kills all others, quietly', () => {
    expect(call('kill_all', [], { reason: null, message: null })).toEqual({ args: [3] });

    expect(killed).toEqual([[[2, 3, 4], { reason: 'wamp.close.killed', details: {}, quietly: true }]]);
  });

  it('refuses sessions that are not there, and to kill the one that calls', () => {
    for (const [name, id] of [['get', 9], ['kill', 9], ['kill', 1]] as const) {
      expect(() => call(name, [id])).toThrow(new Refusal('wamp.error.no_such_session'));
    }
    expect(killed).toEqual([]);
  });

  it.each(['', 'com..a', 'com.a b', 7, {}])('refuses the reason %j, and kills nobody', (reason) => {
    for (const [name, args] of [['kill', [2]], ['kill_by_authid', ['bob']], ['kill_by_authrole', ['user']], ['kill_all', []]] as const) {
      expect(() => call(name, args, { reason })).toThrow(new Refusal('wamp.error.invalid_uri'));
    }
    expect(killed).toEqual([]);
  });

  it.each([
    ['count', ['admin'], {}, 'filter_authroles must be a list of strings, got "admin"'],
    ['list', [['admin', 7]], {}, 'filter_authroles must be a list of strings, got a list'],
    ['get', [], {}, 'session must be an integer from 1 to 2^53, got nothing'],
    ['kill', ['2'], {}, 'session must be an integer from 1 to 2^53, got "2"'],
    ['kill_by_authid', [2], {}, 'authid must be a string, got 2'],
    ['kill_by_authrole', [null], {}, 'authrole must be a string, got null'],
    ['kill_all', [], { message: 7 }, 'message must be a string, got 7'],
  ] as const)('says of %s(%j, %j) what it must be', (name, args, kwargs, sentence) => {
    expect(() => call(name, args, kwargs)).toThrow(new ProtocolError(sentence));
    expect(killed).toEqual([]);
  });

  it('throws nothing but what is answered, whatever the arguments are', () => {
    const name = fc.constantFrom('count', 'list', 'get', 'kill', 'kill_by_authid', 'kill_by_authrole', 'kill_all');
    fc.assert(fc.property(name, fc.array(anything, { maxLength: 2 }), fc.dictionary(fc.constantFrom('reason', 'message'), anything), (of, args, kwargs) => {
      try {
        call(of, args, kwargs);
      } catch (error) {
        expect(error instanceof Refusal || error instanceof ProtocolError).toBe(true);
      }
    }));
  });
});

describe('sessionDetails', () => {
  it('tells no more of the way here than its kind, subprotocol and peer', () => {
    const transport = { type: 'websocket', protocol: 'wamp.2.json', peer: 'tcp4:127.0.0.1:4711', headers: { cookie: 'secret' }, cookies: { id: 'secret' }, path: '/ws' };

    expect(sessionDetails({ ...ann, transport })).toEqual({
      session: 1, authid: 'ann', authrole: 'admin', authmethod: 'anonymous', authprovider: 'static',
      transport: { type: 'websocket', protocol: 'wamp.2.json', peer: 'tcp4:127.0.0.1:4711' },
    });
  });
});
