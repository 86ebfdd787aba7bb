import { describe, expect, it } from '@jest/globals';
import type { Config } from '../../../lib/cli/config/config.ts';
import { readConfig } from '../../../lib/cli/config/read-config.ts';
import { revise, type Revision } from '../../../lib/cli/config/revision.ts';

const guest = (...allow: readonly string[]) => ({ guest: [{ uri: 'com.a', allow }] });
const configOf = (config: object): Config => config as Config;
const revised = (before: object, after: object): Revision => revise(configOf(before), readConfig(JSON.stringify(after, undefined, 1), 'c.json'), 'c.json');
const NOTHING = { realms: {}, add: {}, remove: [], limits: undefined };

describe('revise', () => {
  it('changes the rules of those realms that have others', () => {
    const { reload, waiting } = revised(
      { realms: { one: { roles: guest('call') }, two: { roles: guest('call'), auth: { anonymous: {} } } } },
      { realms: { one: { roles: guest('call') }, two: { roles: guest('publish'), auth: { anonymous: {} } } } },
    );

    expect(reload).toEqual({ ...NOTHING, realms: { two: { roles: guest('publish') } } });
    expect(waiting).toEqual([]);
  });

  it('may close a realm that was open', () => {
    expect(revised({ realms: { one: {} } }, { realms: { one: { roles: {} } } }).reload.realms).toEqual({ one: { roles: {} } });
  });

  it.each(['auth', 'roles', 'authorize'])('refuses to open a realm because its %s has gone', (key) => {
    const roles = { guest: [{ uri: 'com.decide', allow: ['register'] }] };
    const rules = { auth: { anonymous: { role: 'guest' } }, roles, ...(key === 'authorize' && { authorize: 'com.decide' }) };

    expect(() => revised({ realms: { one: rules } }, { realms: { one: { ...rules, [key]: undefined } } })).toThrow(
      `c.json:3:10 realms.one.${key} must be there, as it was at the start`,
    );
  });

  it('opens and closes realms, and names what waits for a restart, each time that it is different', () => {
    const before = { listen: ['ws://127.0.0.1:1'], realms: { one: { resume: true }, two: {} } };
    const after = { listen: ['ws://127.0.0.1:2'], log: {}, realms: { one: { roles: {}, retained: {} }, three: { resume: true } } };

    const { reload, waiting, config } = revised(before, after);

    expect(reload).toEqual({ realms: { one: { roles: {} } }, add: { three: { resume: true } }, remove: ['two'], limits: undefined });
    expect(waiting).toEqual(['realms.one.resume', 'realms.one.retained', 'listen', 'log']);
    expect(config).toEqual({ listen: before.listen, limits: {}, realms: { one: { resume: true, roles: {} }, three: { resume: true } } });
    expect(revise(config, readConfig(JSON.stringify(after), 'c.json'), 'c.json')).toEqual({ reload: NOTHING, waiting, config });
  });

  it('changes limits, to what they are by default where they are gone', () => {
    const before = { limits: { sessions: 1 }, realms: { one: { limits: { sessions: 2 } }, two: {} } };

    expect(revised(before, { ...before, limits: { sessions: 3 } }).reload).toEqual({ ...NOTHING, limits: { sessions: 3 } });
    const { reload, config } = revised(before, { realms: { one: {}, two: { limits: { nesting: 9 } } } });
    expect(reload).toEqual({ ...NOTHING, limits: {}, realms: { one: { limits: {} }, two: { limits: { nesting: 9 } } } });
    expect(config).toEqual({ limits: {}, realms: { one: {}, two: { limits: { nesting: 9 } } } });
  });

  it('takes certificates from other files, of the same kinds, and nothing else of a listener', () => {
    const listen = (tls: object, more: object = {}) => ({ listen: ['ws://127.0.0.1:1', { url: 'wss://127.0.0.1:2', tls: { cert: 'a', key: 'b', ...tls }, ...more }], realms: {} });
    const after = (next: object) => revised(listen({}), next);

    expect(after(listen({ cert: 'c' }))).toMatchObject({ waiting: [], config: listen({ cert: 'c' }) });
    expect(after(listen({ cert: 'c', ca: 'd' }))).toMatchObject({ waiting: ['listen'], config: listen({}) });
    expect(after(listen({ cert: 'c' }, { pingInterval: 1 }))).toMatchObject({ waiting: ['listen'], config: listen({}) });
    expect(after({ realms: {} })).toMatchObject({ waiting: ['listen'], config: listen({}) });
  });

  it('knows realms by what they are called', () => {
    const { reload } = revise(
      configOf({ realms: { ['__proto__']: {}, constructor: {} } }), readConfig('{ "realms": { "__proto__": { "roles": {} }, "constructor": { "roles": {} } } }', 'c.json'), 'c.json',
    );

    expect(Object.entries(reload.realms!)).toEqual([['__proto__', { roles: {} }], ['constructor', { roles: {} }]]);
  });
});
