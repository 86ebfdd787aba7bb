import { describe, expect, it } from '@jest/globals';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { createRouter } from '../../lib/router/index.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import { LOGINS, LoginStage, answer, isAsked, outcome, SECRETS } from '../support/logins.ts';
import { RawPeer } from '../support/raw-peer.ts';

describe.each(LOGINS)('a flood of handshakes with $name', (login) => {
  it('that are never brought to their end keeps nobody out, and leaves nothing', () => {
    const stage = new LoginStage(login, { handshakes: 50 });
    const client = stage.client('joe', SECRETS.joe);
    const extra = client.authextra;
    const flood = Array.from({ length: 200 }, (_, each) => stage.hello({ ...client, authextra: { nonce: 'AAAA', ...extra } }, { peer: `198.51.100.${each % 250}` }));
    expect(flood.filter(isAsked)).toHaveLength(50);
    expect(stage.router.census()).toMatchObject({ connections: 50, 'session ids': 50 });

    const honest = stage.hello(client, { peer: '192.0.2.9' });

    expect(outcome(answer(honest, client))).toBe('user');
    for (const peer of [...flood, honest]) peer.cut();
    expectNoLeaks({ router: stage.router });
  });
});

describe('a flood of HELLOs that are refused', () => {
  it('leaves nothing behind but what is counted', () => {
    const router = createRouter({ realms: { realm1: { auth: { ticket: { users: {} } } } } });
    for (let each = 0; each < 1_000; each++) {
      const [near, far] = memoryLink();
      router.attach(far, { type: 'websocket', peer: `tcp4:192.0.2.${each % 250}:1` });
      new RawPeer(near).hello('realm1', { authmethods: ['ticket'], authid: 'x'.repeat(1_000) }).send([5, 'guess', {}]);
    }

    expectNoLeaks({ router });
  });
});
