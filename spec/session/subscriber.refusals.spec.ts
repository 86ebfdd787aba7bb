import { describe, expect, it } from '@jest/globals';
import { timer } from 'rxjs';
import { ERROR, SUBSCRIBE, SUBSCRIBED, wampMarbles } from '../../lib/testing/index.ts';
import { heard } from '../support/scripted-router.ts';

describe('a topic that is refused where it was accepted before', () => {
  it('is asked for again as often as it takes, also where the answers come at once', () => {
    wampMarbles(({ client, scriptedRouter }) => {
      const router = scriptedRouter({ unexpected: 'keep' });
      const user = client({ transport: router.transport, realm: 'realm1', retry: { initialDelay: 10, jitter: 'none' } });
      router.expect(SUBSCRIBE('com.x')).reply(SUBSCRIBED());
      for (let n = 0; n < 3; n++) router.expect(SUBSCRIBE('com.x')).reply(ERROR('wamp.error.authorization_failed'));
      router.expect(SUBSCRIBE('com.x')).reply(SUBSCRIBED());
      const { log } = heard(user.topicStatus('com.x'));

      timer(1).subscribe(() => router.cut());

      timer(200).subscribe(() => expect((log as { kind: string }[]).map(({ kind }) => kind)).toEqual(['suspended', 'subscribed', 'suspended', 'subscribed', 'gap']));
    });
  });
});
