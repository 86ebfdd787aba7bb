import { describe, expect, it } from '@jest/globals';
import type { Config } from '../../../lib/cli/config/config.ts';
import { readConfig } from '../../../lib/cli/config/read-config.ts';
import { revise, type Revision } from '../../../lib/cli/config/revision.ts';

const guest = (...allow: readonly string[]) => ({ guest: [{ uri: 'com.a', allow }] });
const configOf = (config: object): Config => config as Config;
const revised = (before: object, after: object): Revision => revise(configOf(before), readConfig(JSON.stringify(after, undefined, 1), 'c.json'), 'c.json');

describe('revise', () => {
  it('changes the rules of those realms that have others', () => {
    const { rules, waiting } = revised(
      { realms: { one: { roles: guest('call') }, two: { roles: guest('call') } } },
      { realms: { one: { roles: guest('call') }, two: { roles: guest('publish') } } },
    );

    expect(rules).toEqual({ two: { roles: guest('publish') } });
    expect(waiting).toEqual([]);
  });

  it('may close a realm that was open', () => {
    expect(revised({ realms: { one: {} } }, { realms: { one: { roles: {} } } }).rules).toEqual({ one: { roles: {} } });
  });

  it.each(['auth', 'roles', 'authorize'])('refuses to open a realm because its %s has gone', (key) => {
    const roles = { guest: [{ uri: 'com.decide', allow: ['register'] }] };
    const rules = { auth: { anonymous: { role: 'guest' } }, roles, ...(key === 'authorize' && { authorize: 'com.decide' }) };

    expect(() => revised({ realms: { one: rules } }, { realms: { one: { ...rules, [key]: undefined } } })).toThrow(
      `c.json:3:10 realms.one.${key} must be there, as it was at the start`,
    );
  });

  it('names what waits for a restart, once for each time that it is different', () => {
    const before = { listen: ['ws://127.0.0.1:1'], realms: { one: { resume: true }, two: {} } };
    const after = { listen: ['ws://127.0.0.1:2'], log: {}, realms: { one: { roles: {} }, three: {} } };

    const { rules, waiting, config } = revised(before, after);

    expect(Object.keys(rules)).toEqual(['one']);
    expect(waiting).toEqual(['realms.one', 'realms.two', 'realms.three', 'listen', 'log']);
    expect(config).toEqual({ ...before, realms: { one: { resume: true, roles: {} }, two: {} } });
    expect(revise(config, readConfig(JSON.stringify(after), 'c.json'), 'c.json')).toMatchObject({ rules: {}, waiting });
  });

  it('knows realms by what they are called', () => {
    const { rules } = revise(
      configOf({ realms: { ['__proto__']: {}, constructor: {} } }), readConfig('{ "realms": { "__proto__": { "roles": {} }, "constructor": { "roles": {} } } }', 'c.json'), 'c.json',
    );

    expect(Object.entries(rules)).toEqual([['__proto__', { roles: {} }], ['constructor', { roles: {} }]]);
  });
});
