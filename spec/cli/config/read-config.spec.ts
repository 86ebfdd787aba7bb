import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CONFIG_SCHEMA } from '../../../lib/cli/config/config-schema.ts';
import type { JsonSchema } from '../../../lib/cli/config/json-schema.ts';
import { ConfigError, readConfig } from '../../../lib/cli/config/read-config.ts';
import { createRouter } from '../../../lib/router/node.ts';
import { ROOT } from '../../support/sources.ts';

const WHOLE = {
  $schema: './rxwamp.schema.json',
  listen: ['ws://127.0.0.1:0/ws', 'rs://127.0.0.1:0', 'rs+unix:///run/wamp.sock', 'http://127.0.0.1:0/lp', { url: 'wss://127.0.0.1:0/', tls: { cert: 'cert.pem', key: 'key.pem' }, pingInterval: 1_000, maxConnections: 10 }, {
    url: 'ws://127.0.0.1:0/', realms: ['realm1'], paths: { '/all': {}, '/other': { realms: ['com.example.other'] } }, allowedOrigins: ['https://*.example.com', 'self'], trustProxy: ['10.0.0.0/8'],
    compression: { threshold: 1, serverMaxWindowBits: 9, clientMaxWindowBits: 15, serverNoContextTakeover: true, clientNoContextTakeover: false, level: 0, memLevel: 1, concurrency: 2 },
    handshakeTimeout: 1, closeTimeout: 1, pingTimeout: 1, maxHandshakes: 1, maxFragments: 1, autoFragmentSize: 0, highWaterMark: 0, tcpNoDelay: false, cookie: { origins: ['https://example.com'] },
    longPoll: { path: '/lp', holdTime: 1, silenceTimeout: 1 },
  }, { url: 'ws://127.0.0.1:0/', longPoll: '/lp' }],
  status: { path: '/status' },
  log: { level: 'debug', format: 'json' },
  shutdown: { calls: 1, drain: 2, retryAfter: 3 },
  timeouts: { hello: 1, authenticate: 2, goodbye: 3 },
  limits: { handshakes: 10, messageSize: 1024, pendingCalls: 5, sendQueue: { bytes: 7, overflow: 'close' } },
  realms: {
    realm1: {
      auth: {
        anonymous: { role: 'guest' },
        ticket: { users: { joe: { ticket: 'sesame', role: 'user' } } },
        wampcra: { users: { ann: { secret: 'sesame', role: 'user', salt: 's', iterations: 100, keylen: 16, authextra: { any: ['thing'] } } } },
      },
      roles: { guest: [{ uri: 'com.shop.', match: 'prefix', allow: ['subscribe'], disclose: { publisher: true } }], user: [], decider: [{ uri: 'com.decide', allow: ['register'] }] },
      authorize: { by: 'com.decide', timeout: 1_000, cache: { ttl: 1, size: 2, per: 'authrole' } },
      retained: { limit: 1, bytes: 2 },
      history: [{ uri: 'com.shop.', match: 'prefix', limit: 1, bytes: 2 }],
      resume: { timeout: 1_000, messages: 2, bytes: 3 },
      limits: { subscriptions: 1 },
    },
    'com.example.other': { resume: true },
    asking: { auth: { ticket: 'com.authenticate', wampcra: { procedure: 'com.authenticate', realm: 'realm1', redirect: ['com.example.other'] } } },
    dynamic: { auth: { dynamic: { procedure: 'com.authenticate', realm: 'realm1', methods: ['ticket', 'anonymous'] } } },
  },
};

/** What is wrong in a text, as it is printed. */
function errorsIn(text: string): readonly string[] {
  try {
    readConfig(text, 'c.json');
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.split('\n');
  }
}

const realmWith = (realm: object): string => JSON.stringify({ realms: { realm1: realm } });

describe('readConfig', () => {
  it('reads everything that can be said, and a router takes it', () => {
    const { config } = readConfig(JSON.stringify(WHOLE), 'c.json');

    expect(config).toEqual(WHOLE);
    expect(createRouter({ realms: config.realms, limits: config.limits, timeouts: config.timeouts }).stats().sessions).toBe(0);
  });

  it('reads what the README shows', () => {
    const [, shown = ''] = /^```json\n([\s\S]*?)^```$/m.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];

    expect(Object.keys(readConfig(shown, 'router.json').config.realms)).toEqual(['shop']);
    expect(errorsIn(shown.replace('"prefix"', '"prefx"'))).toEqual([expect.stringMatching(/^c\.json:10:49 realms\.shop\.roles\.till\[0\]\.match must be one of "exact", /)]);
  });

  it('names file, line, column and key', () => {
    const text = JSON.stringify(WHOLE, undefined, 2).replace('"prefix"', '"prefx"');

    expect(errorsIn(text)).toEqual([
      expect.stringMatching(/^c\.json:\d+:22 realms\.realm1\.roles\.guest\[0\]\.match must be one of "exact", "prefix", "wildcard", got "prefx"$/),
    ]);
  });

  it.each([
    ['', 'c.json:1:1 the file must be JSON: unexpected end of input'],
    ['{"a": 1,}', 'c.json:1:9 the file must be JSON: unexpected }'],
    ['{"a": 1 "b": 2}', 'c.json:1:9 the file must be JSON: unexpected string'],
    ['{\n  // no\n}', 'c.json:2:3 the file must be JSON: unexpected character \'/\''],
    ['['.repeat(100_000), 'c.json:1:1 the file must be JSON: it is nested too deep'],
    ['{"realms": "a\tb"}', expect.stringMatching(/^c\.json:1:1 the file must be JSON: /)],
    [JSON.stringify({ ...WHOLE, listen: ['ftp://x'] }), expect.stringMatching(/^c\.json:1:\d+ listen\[0\] must begin with ws:\/\/, .* or https:\/\/, got "ftp:"$/)],
    [JSON.stringify({ realms: {}, listen: [{ url: 'wss://x' }] }), 'c.json:1:31 listen[0].url must come with tls, since it is wss'],
    [JSON.stringify({ realms: {}, listen: [{ url: 'ws://x', tls: { cert: 'c', key: 'k' } }] }), 'c.json:1:31 listen[0].url must be wss, rss or https, since it comes with tls'],
    [JSON.stringify({ realms: {}, listen: [{ url: 'ws://x', allowedOrigins: ['example.com'] }] }),
      'c.json:1:57 listen[0].allowedOrigins must be origins such as "https://*.example.com", got "example.com"'],
    [JSON.stringify({ realms: {}, listen: [{ url: 'ws://x', trustProxy: ['proxy'] }] }), 'c.json:1:53 listen[0].trustProxy must be addresses or networks such as "10.0.0.0/8", got "proxy"'],
    [JSON.stringify({ realms: {}, listen: [{ url: 'ws://x', realms: ['realm1'] }] }), 'c.json:1:49 listen[0].realms must be realms of the router, got "realm1"'],
    [JSON.stringify({ realms: {}, listen: [{ url: 'ws://x', paths: { admin: {} } }] }), 'c.json:1:24 listen[0].path must be a path that begins with /, got "admin"'],
    [JSON.stringify({ realms: {}, listen: [{ url: 'ws://x', cookie: { origins: ['*'] } }] }),
      'c.json:1:60 listen[0].cookie.origins must be origins such as "https://example.com", got "*"'],
    [JSON.stringify({ realms: {}, listen: [{ url: 'ws://x', compression: { serverMaxWindowBits: 8 } }] }),
      'c.json:1:77 listen[0].compression.serverMaxWindowBits must be a whole number from 9 to 15, got 8'],
    [JSON.stringify({ realms: {}, listen: [{ url: 'ws://x', longPoll: 'lp' }] }), expect.stringMatching(/^c\.json:1:\d+ listen\[0\]\.(longPoll\.)?path must be a path that begins with \/, got "lp"$/)],
    [JSON.stringify({ realms: {}, listen: [{ url: 'rs://x', longPoll: '/lp' }] }), 'c.json:1:51 listen[0].longPoll must not be there: a RawSocket has no HTTP'],
    [JSON.stringify({ realms: {}, listen: [{ url: 'rs://x', compression: true }] }), 'c.json:1:54 listen[0].compression must not be there: a RawSocket has no HTTP'],
    [JSON.stringify({ realms: {}, listen: [{ url: 'rss://x' }] }), 'c.json:1:31 listen[0].url must come with tls, since it is rss'],
    [JSON.stringify({ realms: { 'a b': {} } }), 'c.json:1:18 realms["a b"] must be named by a URI'],
    [realmWith({ roles: { guest: [{ uri: 'com..a', allow: [] }] } }), 'c.json:1:47 realms.realm1.roles.guest[0].uri must be a URI, got "com..a"'],
    [realmWith({ auth: {} }), 'c.json:1:29 realms.realm1.auth must have at least one method, got none'],
  ])('refuses what is wrong: %#', (text, error) => {
    expect(errorsIn(text)).toEqual([error]);
  });

  it('never shows what may be a secret', () => {
    const misplaced = [
      { ticket: { users: { joe: 'sesame' } } }, { ticket: { users: { joe: { ticket: ['sesame'], role: 'user' } } } },
      { wampcra: { users: { joe: { secret: { is: 'sesame' }, role: 'user' } } } }, { ticket: { users: { joe: { ticket: 'sesame' } } } },
    ].map((auth) => errorsIn(realmWith({ auth })));

    expect(misplaced.flat()).toHaveLength(4);
    expect(misplaced.flat().join()).not.toContain('sesame');
  });

  it('either reads a configuration that a router takes, or says what is wrong', () => {
    const strange = fc.oneof(fc.constantFrom<unknown>('', 'x', 0, -1, true, null, [], {}, '__proto__', 'wildcard'), fc.jsonValue());
    const paths = pathsOf(WHOLE);

    fc.assert(fc.property(fc.constantFrom(...paths), strange, (path, value) => {
      const text = JSON.stringify(replaced(WHOLE, path, value));
      const errors = errorsIn(text);

      if (errors.length === 0) {
        const { realms, limits, timeouts } = JSON.parse(text) as Parameters<typeof createRouter>[0];
        expect(createRouter({ realms, limits, timeouts }).stats().sessions).toBe(0);
      }
      for (const error of errors) expect(error).toMatch(/^c\.json:\d+:\d+ .+ must /);
    }), { numRuns: 500 });
  });
});

describe('CONFIG_SCHEMA', () => {
  it('describes objects that are closed but for names and what belongs to the application', () => {
    const open: string[] = [];
    const visit = (schema: JsonSchema, path: string): void => {
      if ('anyOf' in schema) return schema.anyOf.forEach((each) => visit(each, path));
      if (schema.type === 'array') return visit(schema.items, `${path}[]`);
      if (schema.type !== 'object') return;
      for (const [key, each] of Object.entries(schema.properties ?? {})) visit(each, `${path}.${key}`);
      if (typeof schema.additionalProperties === 'object') visit(schema.additionalProperties, `${path}.*`);
      else if (schema.additionalProperties) open.push(path);
    };

    visit(CONFIG_SCHEMA, '');

    expect(open).toEqual(['wampcra', 'scram', 'cryptosign'].map((method) => `.realms.*.auth.${method}.users.*.authextra`));
  });
});

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, each]) => pathsOf(each, [...path, key])) : [];
  return [path, ...inner];
}

function replaced(value: unknown, [step, ...rest]: Path, by: unknown): unknown {
  if (step === undefined) return by;
  const entries = Object.entries(value as object).map(([key, each]) => [key, key === step ? replaced(each, rest, by) : each as unknown] as const);
  return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}
