import { describe, expect, it } from '@jest/globals';
import { UNSUBSCRIBE, wampMarbles } from '../../lib/testing/index.ts';

describe('Client.close', () => {
  it('does not wait to reconnect where the session is lost on the way out', () => {
    const kinds: string[] = [];
    wampMarbles(({ client, scriptedRouter }) => {
      const router = scriptedRouter({ unexpected: 'keep' });
      const user = client({ transport: router.transport, realm: 'realm1' });
      router.expect(UNSUBSCRIBE()).abort('wamp.error.protocol_violation');
      user.topic('com.x', { grace: 0 }).subscribe({ error: () => {} });
      router.sendList(33, 1, 70);
      user.state$.subscribe(({ kind }) => kinds.push(kind));

      // Its observers complete first, and so UNSUBSCRIBE goes out before GOODBYE.
      void user.close();
    });

    expect(kinds).toEqual(['joined', 'draining', 'closed']);
  });
});
