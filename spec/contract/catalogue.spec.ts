import { describe, expect, it } from '@jest/globals';
import { type } from 'arktype';
import fc from 'fast-check';
import * as v from 'valibot';
import { z } from 'zod';
import { apiCatalogue, catalogueMarkdown } from '../../lib/contract/catalogue.ts';
import { defineApi } from '../../lib/contract/define-api.ts';
import { uri } from '../support/arbitraries.ts';

const shop = defineApi({
  topics: {
    'com.shop.product.<product:int>.price': { args: z.tuple([z.number()]), kwargs: z.object({ unit: z.enum(['EUR', 'USD']).optional(), at: z.string() }), description: 'The price has changed.' },
    'com.shop.opened': {},
  },
  procedures: {
    'com.shop.order': {
      description: 'Orders | pays.', args: type(['string', 'number']), result: type({ id: 'number', 'note?': 'string' }), progress: z.array(z.union([z.literal('paid'), z.boolean()])), input: z.tuple([z.string()]),
      resultKwargs: z.object({ at: z.string(), by: z.string().optional() }), progressKwargs: z.object({}),
    },
  },
});

describe('apiCatalogue', () => {
  it('says what is in a contract, as plain data', () => {
    const catalogue = apiCatalogue(shop, { title: 'Shop', version: '1.0', description: 'Sells tea.' });

    expect(JSON.parse(JSON.stringify(catalogue))).toEqual(catalogue);
    expect(catalogue).toMatchObject({
      title: 'Shop', version: '1.0', description: 'Sells tea.',
      topics: [
        {
          uri: 'com.shop.product.<product:int>.price', pattern: 'com.shop.product..price', match: 'wildcard', params: [{ name: 'product', type: 'int' }], description: 'The price has changed.',
          args: { type: 'array', prefixItems: [{ type: 'number' }] }, kwargs: { type: 'object', required: ['at'] },
        },
        { uri: 'com.shop.opened', pattern: 'com.shop.opened', match: 'exact', params: [] },
      ],
      procedures: [{ uri: 'com.shop.order', args: { type: 'array' }, result: { type: 'object' }, resultKwargs: { required: ['at'] }, progress: { type: 'array' }, progressKwargs: { type: 'object' }, input: { type: 'array' } }],
    });
    expect(Object.keys(catalogue.topics[1]!)).toEqual(['uri', 'pattern', 'match', 'params']);
    expect(Object.keys(apiCatalogue(defineApi({})))).toEqual(['title', 'topics', 'procedures']);
  });

  it('asks what it was given for the JSON Schema, and then the schema', () => {
    const api = defineApi({ topics: { 'com.a': { args: v.tuple([v.number()]), kwargs: z.object({}) } } });

    const { topics: [topic] } = apiCatalogue(api, { jsonSchema: (schema) => (schema['~standard'].vendor === 'valibot' ? { type: 'array', prefixItems: [{ type: 'number' }] } : undefined) });

    expect(topic).toMatchObject({ args: { prefixItems: [{ type: 'number' }] }, kwargs: { type: 'object' } });
    expect(apiCatalogue(api).topics[0]?.args).toEqual({});
  });

  it('says of a schema that cannot be said in JSON Schema that it cannot', () => {
    const { topics: [topic] } = apiCatalogue(defineApi({ topics: { 'com.a': { args: z.tuple([z.bigint()]) } } }));

    expect(topic?.args).toEqual({ $comment: expect.stringMatching(/^cannot be said in JSON Schema: ./) });
  });
});

describe('catalogueMarkdown', () => {
  it('is a page with an overview and a section for each URI', () => {
    expect(catalogueMarkdown(apiCatalogue(shop, { title: 'Shop', version: '1.0', description: 'Sells *tea*.' }))).toBe(`# Shop 1.0

Sells \\*tea\\*.

## Procedures

| URI | |
| --- | --- |
| \`com.shop.order\` | Orders \\| pays. |

### \`com.shop.order\`

Orders \\| pays.

| what | type |
| --- | --- |
| argument 0 | \`string\` |
| argument 1 | \`number\` |
| input 0 | \`string\` |
| progress | \`list of "paid" or boolean\` |
| progress, keyword arguments | \`object\` |
| result | \`{ id: number, note?: string }\` |
| result, keyword \`at\` | \`string\` |
| result, keyword \`by\`, may be left out | \`string\` |

## Topics

| URI | |
| --- | --- |
| \`com.shop.product.<product:int>.price\` | The price has changed. |
| \`com.shop.opened\` |  |

### \`com.shop.product.<product:int>.price\`

The price has changed.

Is subscribed to as \`com.shop.product..price\`, matched by wildcard.

| what | type |
| --- | --- |
| in the URI: \`product\` | \`int\` |
| argument 0 | \`number\` |
| keyword \`unit\`, may be left out | \`"EUR" or "USD"\` |
| keyword \`at\` | \`string\` |

### \`com.shop.opened\`

May carry anything.
`);
  });

  it('keeps whatever stands in a contract on its line and in its cell', () => {
    const linesOf = (name: string, description: string): readonly string[] => catalogueMarkdown(apiCatalogue(defineApi({ topics: { [name]: { description, args: z.tuple([]) } } }))).split('\n');
    fc.assert(fc.property(uri.filter((name) => !/[<\\]/.test(name)), fc.string(), (name, description) => {
      const lines = linesOf(name, description);

      expect(lines.length).toBe(linesOf('com.a', 'plain').length);
      expect(lines[6]?.match(/(?<!\\)(\\\\)*\|/g)?.length).toBe(3);
      expect(lines.at(-2)).toBe('| arguments | none |');
    }));
  });
});
