import { describe, expect, it } from '@jest/globals';
import { deriveKey, wampcra } from '../../lib/auth/wampcra.ts';
import { failureOf } from '../support/peers.ts';
import { EMBEDDED_WITH_CORE, embedded } from '../support/worlds.ts';

const ONCE = { maxAttempts: 0 } as const;
const SALTED = { salt: 'salt123', iterations: 100, keylen: 16 };

describe.each(EMBEDDED_WITH_CORE.filter(({ carries }) => carries('extra')))('secrets over $name', (world) => {
  const stage = embedded(world, {
    realms: {
      realm1: {
        auth: {
          wampcra: {
            users: { anna: { secret: 'secret1', role: 'user' }, joe: { secret: deriveKey('secret2', SALTED), role: 'staff', ...SALTED } },
          },
        },
      },
    },
  });

  it.each([['anna', 'secret1', 'user'], ['joe', 'secret2', 'staff']])('let %s in, who signs what the router asks', async (authid, secret, authrole) => {
    const details = await stage.client({ auth: wampcra({ authid, secret }) }).connect();

    expect(details).toMatchObject({ authid, authrole, authmethod: 'wampcra' });
  });

  it.each([
    ['that is wrong', { authid: 'anna', secret: 'guess' }],
    ['that is the key of a salted one', { authid: 'joe', secret: deriveKey('secret2', SALTED) }],
    ['of nobody', { authid: 'nobody', secret: 'secret1' }],
  ])('do not let anybody in with one %s', async (_, credentials) => {
    const failure = await failureOf(stage.client({ auth: wampcra(credentials), retry: ONCE }).connect());

    expect(failure).toMatchObject({ code: 'aborted', reason: 'wamp.error.authentication_denied' });
  });

  if (!world.isCore) it('never travel', async () => {
    const client = stage.client({ auth: wampcra({ authid: 'anna', secret: 'secret1' }) });
    const seen: unknown[] = [];
    client.frames$.subscribe(({ message }) => seen.push(message));

    await client.connect();

    expect(seen.length).toBeGreaterThanOrEqual(4);
    expect(JSON.stringify(seen)).not.toMatch(/secret1|nonce/);
  });
});
