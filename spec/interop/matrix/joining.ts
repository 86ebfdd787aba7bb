import { expect } from '@jest/globals';
import { USERS, guess, refusalOf, type Scenario } from './scenario.ts';

const ALONE = [''] as const;

/** Coming in, and leaving. */
export const joining: readonly Scenario[] = [
  {
    name: 'joins as anybody, and leaves', parts: ALONE,
    async play({ join }) {
      const session = await join('first');

      expect(session.details).toMatchObject({ id: expect.any(Number), authid: expect.any(String), authrole: 'anonymous', authmethod: 'anonymous' });
      expect([null, 'wamp.close.goodbye_and_out']).toContain(await session.leave());
    },
  },
  ...([
    ['ticket', USERS.ticket], ['WAMP-CRA', USERS.wampcra], ['salted WAMP-CRA', USERS.salted], ['SCRAM', USERS.scram], ['Cryptosign', USERS.cryptosign],
  ] as const).map(([name, user]): Scenario => ({
    name: `logs in with ${name}`, parts: ALONE,
    async play({ join }) {
      const { details } = await join('first', user);
      const { uri } = await refusalOf(join('first', { ...user, secret: guess(user) }));

      expect(details).toMatchObject({ authid: user.authid, authrole: 'user', authmethod: user.method });
      expect(['wamp.error.authentication_failed', 'wamp.error.authentication_denied']).toContain(uri);
    },
  })),
];
