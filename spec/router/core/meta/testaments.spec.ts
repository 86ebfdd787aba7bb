import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../../../lib/errors.ts';
import { readScope, readTestament, TESTAMENT_LIMITS, Testaments } from '../../../../lib/router/core/meta/testaments.ts';
import { Refusal } from '../../../../lib/router/core/procedure.ts';
import type { Dict, List } from '../../../../lib/types.ts';
import { anything } from '../../../support/arbitraries.ts';
import { member } from '../../../support/members.ts';

const read = (args: List, kwargs: Dict = {}, caller = member(1)) => readTestament({ caller, args, kwargs });

describe('readTestament', () => {
  it('reads what is to be published', () => {
    const { scope, publication } = read(['com.a', ['bye'], { who: 'ann' }], { publish_options: { exclude_authid: ['bob'], disclose_me: true, _trace: 'x' }, scope: 'detached' });

    expect(scope).toBe('detached');
    expect(publication).toMatchObject({
      topic: 'com.a', args: ['bye'], kwargs: { who: 'ann' }, options: { exclude_authid: ['bob'], disclose_me: true, _trace: 'x' },
    });
  });

  it('takes what is left out, or null, for nothing, and the end of the session for the scope', () => {
    for (const rest of [[], [null, null]]) {
      expect(read(['com.a', ...rest], { publish_options: null, scope: null })).toMatchObject({
        scope: 'destroyed', publication: { args: undefined, kwargs: undefined, options: {} },
      });
    }
  });

  it('leaves out an acknowledgement that nobody would get, and options that there are not', () => {
    expect(read(['com.a'], { publish_options: { acknowledge: true, unknown: 1 } }).publication.options).toEqual({});
  });

  it('hands on what says how to read an opaque payload, of who has announced that', () => {
    const options = { publish_options: { ppt_scheme: 'mqtt', ppt_serializer: 'native' } };

    expect(read(['com.a'], options, member(1, { features: ['publisher.payload_passthru_mode'] })).publication.options).toEqual(options.publish_options);
    expect(() => read(['com.a'], options)).toThrow(ProtocolError);
  });

  it('keeps no frame for bytes in it', () => {
    const frame = new Uint8Array(1000);

    const { publication: { args = [] }, size } = read(['com.a', [frame.subarray(10, 12)]]);

    expect((args[0] as Uint8Array).buffer.byteLength).toBe(2);
    expect(size).toBeLessThan(200);
  });

  it.each([7, '', 'com..a', 'wamp', 'wamp.session.on_leave'])('refuses the topic %j', (topic) => {
    expect(() => read([topic])).toThrow(new Refusal('wamp.error.invalid_uri'));
  });

  it.each([
    [['com.a', 'bye'], {}, 'args must be a list, got "bye"'],
    [['com.a', new Uint8Array(2)], {}, 'args must be a list, got bytes'],
    [['com.a', [], []], {}, 'kwargs must be a dictionary, got a list'],
    [['com.a'], { scope: 'forever' }, 'scope must be one of detached, destroyed, got "forever"'],
    [['com.a'], { publish_options: [] }, 'publish_options must be a dictionary, got a list'],
    [['com.a'], { publish_options: { exclude: 7 } }, 'PUBLISH.Options.exclude must be a list of ids, got 7'],
  ] as const)('says of %j, %j what it must be', (args, kwargs, sentence) => {
    expect(() => read(args, kwargs)).toThrow(new ProtocolError(sentence));
  });

  it('throws nothing but what is answered, whatever the arguments are', () => {
    const kwargs = fc.dictionary(fc.constantFrom('scope', 'publish_options'), anything);
    fc.assert(fc.property(fc.array(anything, { maxLength: 3 }), kwargs, fc.boolean(), (args, given, isTopic) => {
      try {
        read(isTopic ? ['com.a', ...args] : args, given);
        readScope(given);
      } catch (error) {
        expect(error instanceof Refusal || error instanceof ProtocolError).toBe(true);
      }
    }));
  });
});

describe('Testaments', () => {
  let testaments: Testaments<string>;
  const add = (member: string, scope: string, text: string): void => testaments.add(member, read(['com.a', [text]], { scope }), undefined);
  const textsOf = (left: ReturnType<Testaments<string>['leave']>): unknown[] => left.map(({ publication }) => publication.args?.[0]);

  beforeEach(() => {
    testaments = new Testaments();
  });

  it('gives those of both scopes at the end, each in the order they were added, and then none', () => {
    for (const [scope, text] of [['destroyed', 'c'], ['detached', 'a'], ['destroyed', 'd'], ['detached', 'b']] as const) add('ann', scope, text);
    add('bob', 'destroyed', 'x');

    expect(textsOf(testaments.leave('ann'))).toEqual(['a', 'b', 'c', 'd']);
    expect(testaments.leave('ann')).toEqual([]);
    expect(testaments.census()).toEqual({ testaments: 1, 'sessions with testaments': 1 });
  });

  it('gives those for the loss of the connection at each loss, and at the end unless it is lost', () => {
    add('ann', 'detached', 'a');
    add('ann', 'destroyed', 'b');

    const texts = [textsOf(testaments.detach('ann'))];
    testaments.attach('ann');
    texts.push(textsOf(testaments.detach('ann')), textsOf(testaments.leave('ann')));

    expect(texts).toEqual([['a'], ['a'], ['b']]);
  });

  it('gives them at the end of a session that was resumed', () => {
    add('ann', 'detached', 'a');
    testaments.detach('ann');

    testaments.attach('ann');

    expect(textsOf(testaments.leave('ann'))).toEqual(['a']);
  });

  it('drops those of one scope', () => {
    add('ann', 'detached', 'a');
    add('ann', 'destroyed', 'b');

    testaments.flush('ann', 'destroyed');
    testaments.flush('bob', 'destroyed');

    expect(textsOf(testaments.leave('ann'))).toEqual(['a']);
    add('ann', 'detached', 'a');
    testaments.flush('ann', 'detached');
    expect(testaments.census()).toEqual({ testaments: 0, 'sessions with testaments': 0 });
  });

  it('refuses more than a session may have, by number and by size, and lets others have theirs', () => {
    const { count, bytes } = TESTAMENT_LIMITS;
    for (let n = 0; n < count; n++) add('ann', n % 2 === 0 ? 'detached' : 'destroyed', 'x');
    const refused = new Refusal('wamp.error.unavailable');

    expect(() => add('ann', 'detached', 'x')).toThrow(refused);
    expect(() => add('bob', 'detached', 'x'.repeat(bytes))).toThrow(refused);
    add('bob', 'detached', 'x');
    testaments.flush('ann', 'detached');
    add('ann', 'detached', 'y');

    expect(testaments.census()).toEqual({ testaments: count / 2 + 2, 'sessions with testaments': 2 });
  });
});
