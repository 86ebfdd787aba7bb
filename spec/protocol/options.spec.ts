import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../lib/errors.ts';
import {
  readCallOptions, readCancelOptions, readPublishOptions, readRegisterOptions, readSubscribeOptions, readYieldOptions, writeCallOptions,
  writeCancelOptions, writePublishOptions, writeRegisterOptions, writeSubscribeOptions, writeYieldOptions,
} from '../../lib/protocol/options.ts';
import type { Dict } from '../../lib/types.ts';
import { anything, id } from '../support/arbitraries.ts';

const flag = fc.boolean();
const ids = fc.array(id, { maxLength: 3 });
const names = fc.array(fc.string(), { maxLength: 3 });
const match = fc.constantFrom('exact', 'prefix', 'wildcard');

/** Each pair of functions, with what may stand in the wire's dictionary. */
const PAIRS: {
  readonly [type: string]: readonly [(dict: Dict) => Dict, (options: Dict) => Dict, Record<string, fc.Arbitrary<unknown>>];
} = {
  SUBSCRIBE: [readSubscribeOptions as (dict: Dict) => Dict, writeSubscribeOptions, { match, get_retained: flag, nkey: fc.string() }],
  PUBLISH: [readPublishOptions as (dict: Dict) => Dict, writePublishOptions, {
    acknowledge: flag, exclude_me: flag, exclude: ids, exclude_authid: names, exclude_authrole: names, eligible: ids,
    eligible_authid: names, eligible_authrole: names, disclose_me: flag, retain: flag, rkey: fc.string(),
  }],
  REGISTER: [readRegisterOptions as (dict: Dict) => Dict, writeRegisterOptions, {
    match, invoke: fc.constantFrom('single', 'roundrobin', 'random', 'first', 'last'), concurrency: fc.integer({ min: 1 }),
    force_reregister: flag, disclose_caller: flag,
  }],
  CALL: [readCallOptions as (dict: Dict) => Dict, writeCallOptions, {
    timeout: fc.nat(), receive_progress: flag, progress: flag, disclose_me: flag,
  }],
  CANCEL: [readCancelOptions as (dict: Dict) => Dict, writeCancelOptions, { mode: fc.constantFrom('skip', 'kill', 'killnowait') }],
  YIELD: [readYieldOptions as (dict: Dict) => Dict, writeYieldOptions, { progress: flag }],
};

describe.each(Object.entries(PAIRS))('options of %s', (type, [read, write, fields]) => {
  const wire = fc.record(fields, { requiredKeys: [] });

  it('are written as they were read', () => {
    fc.assert(fc.property(wire, (dict) => expect(write(read(dict))).toEqual({ ...dict })));
  });

  it('are read without what is null, undefined or unknown', () => {
    fc.assert(
      fc.property(wire, fc.constantFrom(null, undefined), (dict, nothing) => {
        const padded: Dict = { ...Object.fromEntries(Object.keys(fields).map((key) => [key, nothing])), ...dict, unknown: 1, _odd: [1] };
        expect(write(read(padded))).toEqual({ ...dict });
      }),
    );
  });

  it('are one and the same frozen object where nothing is set', () => {
    expect(read({})).toBe(read(Object.create(null) as Dict));
    expect(write({})).toBe(write(Object.fromEntries(Object.keys(fields).map((key) => [key, undefined]))));
    expect(Object.isFrozen(read({})) && Object.isFrozen(write({}))).toBe(true);
  });

  it('are refused with the name of the field where a type is wrong', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(fields)), anything, (key, odd) => {
        try {
          read({ [key]: odd });
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
          expect((error as Error).message).toContain(`${type}.Options.${key}`);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe.each([['PUBLISH', readPublishOptions, writePublishOptions], ['REGISTER', readRegisterOptions, writeRegisterOptions], ['CALL', readCallOptions, writeCallOptions]] as const)(
  'attributes of %s', (_, read, write) => {
    it('are read and written beside the options, or without any', () => {
      expect(read({ _key: 1 })).toMatchObject({ attributes: { _key: 1 } });
      expect(write({ attributes: { _key: 1, _other: undefined } })).toEqual({ _key: 1 });
      expect(write(read({ _key: 'a', unknown: 1 }))).toEqual({ _key: 'a' });
      expect(read({ unknown: 1 }).attributes).toBeUndefined();
    });
  });

describe('readers of options', () => {
  it.each<readonly [() => unknown, string]>([
    [() => readSubscribeOptions({ match: 'regex' }), 'SUBSCRIBE.Options.match must be one of exact, prefix, wildcard, got "regex"'],
    [() => readPublishOptions({ acknowledge: 1 }), 'PUBLISH.Options.acknowledge must be a boolean, got 1'],
    [() => readPublishOptions({ exclude: 'hello' }), 'PUBLISH.Options.exclude must be a list of ids, got "hello"'],
    [() => readPublishOptions({ exclude: [1, 0] }), 'PUBLISH.Options.exclude[1] must be of type id, got 0'],
    [() => readPublishOptions({ eligible_authid: [1] }), 'PUBLISH.Options.eligible_authid[0] must be of type string, got 1'],
    [() => readRegisterOptions({ concurrency: 0 }), 'REGISTER.Options.concurrency must be an integer from 1, got 0'],
    [() => readCallOptions({ timeout: -1 }), 'CALL.Options.timeout must be an integer from 0, got -1'],
    [() => readCancelOptions({ mode: 'softly' }), 'CANCEL.Options.mode must be one of skip, kill, killnowait, got "softly"'],
    [() => readYieldOptions({ progress: 'yes' }), 'YIELD.Options.progress must be a boolean, got "yes"'],
  ])('say what is wrong: %#', (read, reason) => {
    expect(read).toThrow(new ProtocolError(reason));
  });

  it('do not look at what a dictionary inherits', () => {
    const inherited = Object.create({ progress: true }) as Dict;
    expect(readYieldOptions(inherited)).toEqual({});
    expect(readYieldOptions(Object.assign(inherited, { other: 1 }))).toEqual({});
  });
});
