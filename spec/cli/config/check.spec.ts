import { describe, expect, it } from '@jest/globals';
import { parse } from '@humanwhocodes/momoa';
import fc from 'fast-check';
import { check } from '../../../lib/cli/config/check.ts';
import type { JsonSchema } from '../../../lib/cli/config/json-schema.ts';

const SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1 },
    size: { type: 'integer', minimum: 1, maximum: 9 },
    share: { type: 'number', minimum: 0 },
    kind: { type: 'string', enum: ['small', 'large'] },
    open: { anyOf: [{ type: 'boolean' }, { type: 'object', properties: { at: { type: 'number', minimum: 0 } }, additionalProperties: false }] },
    secret: { type: 'string', minLength: 1, writeOnly: true },
    list: { type: 'array', minItems: 1, items: { type: 'string', enum: ['a', 'b'] } },
    names: { type: 'object', additionalProperties: { type: 'boolean' } },
    extra: { type: 'object', additionalProperties: true },
  },
  required: ['name'],
  additionalProperties: false,
};

/** What is wrong in a text, a line for each. */
const problems = (text: string): readonly string[] => check(parse(text).body, SCHEMA).map(({ line, column, message }) => `${line}:${column} ${message}`);

describe('check', () => {
  it('finds nothing wrong in what keeps to the schema', () => {
    expect(problems(JSON.stringify({
      name: 'n', size: 9, share: 0.5, kind: 'small', open: { at: 0 }, secret: 's', list: ['a', 'b'], names: { x: true, 'y z': false }, extra: { deep: [{}] },
    }))).toEqual([]);
  });

  it.each([
    ['{"name": ""}', '1:10 name must be a string that is not empty, got ""'],
    ['{}', '1:1 name must be there'],
    ['[]', '1:1 the file must be an object, got a list'],
    ['{"name": "n", "nam": 1}', '1:15 the file must have no keys but name, size, share, kind, open, secret, list, names, extra, got "nam"'],
    ['{"name": "n",\n  "size": 1.5}', '2:11 size must be a whole number, got 1.5'],
    ['{"name": "n", "size": 10}', '1:23 size must be a whole number from 1 to 9, got 10'],
    ['{"name": "n", "share": -1}', '1:24 share must be a number from 0, got -1'],
    ['{"name": "n", "share": null}', '1:24 share must be a number, got null'],
    ['{"name": "n", "kind": "big"}', '1:23 kind must be one of "small", "large", got "big"'],
    ['{"name": "n", "open": "yes"}', '1:23 open must be true or false or an object, got "yes"'],
    ['{"name": "n", "open": {"at": "x"}}', '1:30 open.at must be a number, got "x"'],
    ['{"name": "n", "secret": 12345}', '1:25 secret must be a string'],
    ['{"name": "n", "list": []}', '1:23 list must be a list of at least one, got none'],
    ['{"name": "n", "list": ["a", "c"]}', '1:29 list[1] must be one of "a", "b", got "c"'],
    ['{"name": "n", "names": {"com.a": 1}}', '1:34 names["com.a"] must be true or false, got 1'],
    ['{"name": "n", "name": "m"}', '1:15 name must be there once, got another one'],
    ['{"name": "n", "__proto__": {}}', '1:15 the file must have no keys but name, size, share, kind, open, secret, list, names, extra, got "__proto__"'],
    ['{"name": "n", "constructor": {}}', '1:15 the file must have no keys but name, size, share, kind, open, secret, list, names, extra, got "constructor"'],
  ])('says of %s where and what is wrong', (text, problem) => {
    expect(problems(text)).toEqual([problem]);
  });

  it('says everything that is wrong, from the beginning to the end', () => {
    expect(problems('{\n  "size": "x",\n  "list": ["c", 7],\n  "nam": 1\n}')).toEqual([
      '1:1 name must be there',
      '2:11 size must be a whole number, got "x"',
      '3:12 list[0] must be one of "a", "b", got "c"',
      '3:17 list[1] must be a string, got 7',
      '4:3 the file must have no keys but name, size, share, kind, open, secret, list, names, extra, got "nam"',
    ]);
  });

  it('points into the file, whatever it says', () => {
    const value = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom('name', 'size', 'list', 'open', 'names', 'x', '__proto__'), fc.jsonValue()));

    fc.assert(fc.property(value, (json) => {
      const text = JSON.stringify(json, undefined, 1);
      const lines = text.split('\n');

      for (const { line, column } of check(parse(text).body, SCHEMA)) {
        expect(lines[line - 1]?.charAt(column - 1)).toMatch(/\S/);
      }
    }), { numRuns: 500 });
  });
});
