import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../../../lib/errors.ts';
import { MessageType } from '../../../../lib/protocol/messages.ts';
import { DEFINITION_LIMITS, Reflection } from '../../../../lib/router/core/meta/reflection.ts';
import type { Member } from '../../../../lib/router/core/outbound.ts';
import { Refusal } from '../../../../lib/router/core/procedure.ts';
import type { List } from '../../../../lib/types.ts';
import { anything } from '../../../support/arbitraries.ts';
import { member } from '../../../support/members.ts';

const KINDS = ['topic', 'procedure', 'error'];
const PRICE = { type: 'topic', about: 'the price' };
const ASK = { type: 'procedure', about: 'asks for the price' };

describe('Reflection', () => {
  const [ann, bob] = [member(1), member(2)];
  let reflection: Reflection<Member>;
  let announced: [string, List][];
  let call: (caller: Member, procedure: string, ...args: List) => unknown;

  beforeEach(() => {
    announced = [];
    reflection = new Reflection<Member>({
      hears: () => true,
      announce: (topic, args) => {
        announced.push([topic, args]);
        return [{ to: bob, message: { type: MessageType.EVENT, subscription: 1, publication: 1, details: {}, args, kwargs: undefined } }];
      },
    });
    const procedures = new Map(reflection.procedures);
    call = (caller, procedure, ...args) => {
      const { args: results = [], follows = [] } = procedures.get(procedure)!({ caller, procedure, args, kwargs: {} });
      return results.length > 0 ? results[0] : follows.length;
    };
  });

  const define = (caller: Member, uri: string, description: unknown): unknown => call(caller, 'wamp.reflect.define', uri, description);
  const lists = (): unknown => KINDS.map((kind) => call(bob, `wamp.reflection.${kind}.list`));

  it('lists and describes what was defined, by type, to everybody', () => {
    define(ann, 'com.price', PRICE);
    define(bob, 'com.price', ASK);
    define(ann, 'com.sold_out', { type: 'error' });

    expect(lists()).toEqual([['com.price'], ['com.price'], ['com.sold_out']]);
    expect(call(bob, 'wamp.reflection.topic.describe', 'com.price')).toEqual(PRICE);
    expect(call(bob, 'wamp.reflection.topic.describe', 'com.sold_out')).toBeNull();
    expect(call(bob, 'wamp.reflect.describe', 'com.price')).toEqual([PRICE, ASK]);
    expect(call(bob, 'wamp.reflect.describe', 'com.other')).toEqual([]);
  });

  it('tells of definitions that come, change and go', () => {
    define(ann, 'com.price', PRICE);
    define(ann, 'com.price', { ...PRICE, version: 2 });
    define(ann, 'com.price', ASK);
    define(ann, 'com.price', null);
    define(ann, 'com.price', null);

    expect(announced).toEqual([
      ['wamp.reflect.on_define', ['com.price', PRICE]], ['wamp.reflect.on_define', ['com.price', { ...PRICE, version: 2 }]],
      ['wamp.reflect.on_define', ['com.price', ASK]],
      ['wamp.reflect.on_undefine', ['com.price', 'topic']], ['wamp.reflect.on_undefine', ['com.price', 'procedure']],
    ]);
    expect(lists()).toEqual([[], [], []]);
  });

  it('forgets what a session has described when it leaves, and nothing of others', () => {
    define(ann, 'com.price', PRICE);
    define(ann, 'com.ask', ASK);
    define(bob, 'com.bid', ASK);

    const outbound = reflection.leave(ann);

    expect(outbound).toHaveLength(2);
    expect(lists()).toEqual([[], ['com.bid'], []]);
    expect(reflection.leave(ann)).toEqual([]);
    reflection.leave(bob);
    expect(reflection.census()).toEqual({ definitions: 0, 'sessions with definitions': 0 });
  });

  it('keeps what a session has described from others', () => {
    define(ann, 'com.price', PRICE);

    expect(() => define(bob, 'com.price', { type: 'topic' })).toThrow(new Refusal('wamp.error.not_authorized'));
    define(bob, 'com.price', null);

    expect(lists()).toEqual([['com.price'], [], []]);
  });

  it('refuses more than a session may have, by number and by size', () => {
    const { count, bytes } = DEFINITION_LIMITS;
    const refused = new Refusal('wamp.error.unavailable');
    for (let n = 0; n < count; n++) define(ann, `com.a${n}`, { type: 'topic' });

    expect(() => define(ann, 'com.b', { type: 'topic' })).toThrow(refused);
    define(ann, 'com.a0', { type: 'topic', changed: true });
    expect(() => define(bob, 'com.b', { type: 'topic', text: 'x'.repeat(bytes) })).toThrow(refused);

    expect(reflection.census()).toEqual({ definitions: count, 'sessions with definitions': 1 });
  });

  it.each([
    [[7, PRICE], new ProtocolError('uri must be a URI, got 7')],
    [['com.a', 'topic'], new ProtocolError('description must be a dictionary, got "topic"')],
    [['com.a', {}], new ProtocolError('description.type must be one of topic, procedure, error, got nothing')],
    [['wamp.session.list', ASK], new Refusal('wamp.error.invalid_uri')],
  ])('refuses to define %j', (args, error) => {
    expect(() => call(ann, 'wamp.reflect.define', ...args)).toThrow(error);
  });

  it('throws nothing but what is answered, whatever the arguments are', () => {
    const procedure = fc.constantFrom('wamp.reflect.define', 'wamp.reflect.describe', 'wamp.reflection.topic.describe', 'wamp.reflection.error.list');
    fc.assert(fc.property(procedure, fc.array(anything, { maxLength: 2 }), (of, args) => {
      try {
        call(ann, of, ...args);
      } catch (error) {
        expect(error instanceof Refusal || error instanceof ProtocolError).toBe(true);
      }
    }));
  });
});
