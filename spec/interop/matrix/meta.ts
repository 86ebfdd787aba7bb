import { expect } from '@jest/globals';
import { USERS, refusalOf, values, type Scenario } from './scenario.ts';

const ALONE = [''] as const;

/** What the router tells of itself. */
export const meta: readonly Scenario[] = [
  {
    name: 'session meta API', parts: ALONE,
    async play({ join }) {
      const watcher = await join('first');
      await watcher.subscribe('wamp.session.on_join');
      const { id, authid, authrole } = (await join('first')).details;

      expect(await watcher.events('wamp.session.on_join', 1)).toMatchObject([{ args: [{ session: id, authid, authrole }] }]);
      expect((await watcher.call('wamp.session.count')).args).toEqual([expect.any(Number)]);
      expect((await watcher.call('wamp.session.list')).args).toEqual([expect.arrayContaining([watcher.details.id, id])]);
      expect((await watcher.call('wamp.session.get', [id])).args).toMatchObject([{ session: id, authid, authrole }]);
      expect((await refusalOf(watcher.call('wamp.session.get', [1]))).uri).toBe('wamp.error.no_such_session');
    },
  },
  {
    name: 'being thrown out', parts: ALONE,
    async play({ join }) {
      const [watcher, other] = [await join('first', USERS.ticket), await join('first')];
      await watcher.subscribe('wamp.session.on_leave');
      const { id } = other.details;

      expect((await refusalOf(other.call('wamp.session.kill', [watcher.details.id]))).uri).toBe('wamp.error.not_authorized');
      await watcher.call('wamp.session.kill', [id], { reason: 'interop.thrown_out' });

      expect(values(await watcher.events('wamp.session.on_leave', 1))).toEqual([id]);
    },
  },
  {
    name: 'registration and subscription meta API', parts: ALONE,
    async play({ join, uri }) {
      const session = await join('first');
      await session.subscribe('wamp.registration.on_create');
      const other = await join('first');
      await other.register(uri('procedure'), 'echo');
      await other.subscribe(uri('topic'));

      expect(await session.events('wamp.registration.on_create', 1)).toMatchObject([{ args: [other.details.id, { uri: uri('procedure') }] }]);
      const [registration] = (await session.call('wamp.registration.lookup', [uri('procedure')])).args;
      expect((await session.call('wamp.registration.get', [registration])).args).toMatchObject([{ uri: uri('procedure'), match: 'exact' }]);
      const [subscription] = (await session.call('wamp.subscription.lookup', [uri('topic')])).args;
      expect((await session.call('wamp.subscription.list_subscribers', [subscription])).args).toEqual([[other.details.id]]);
    },
  },
  {
    name: 'revocation of a registration', parts: ALONE,
    async play({ join, uri }) {
      const [admin, other] = [await join('first', USERS.ticket), await join('first')];
      await other.register(uri('kept'), 'echo');
      await other.register(uri('revoked'), 'echo');
      const [id] = (await admin.call('wamp.registration.lookup', [uri('revoked')])).args;

      await admin.call('wamp.registration.remove_callee', [id, other.details.id], { reason: 'interop.revoked' });

      expect((await refusalOf(admin.call(uri('revoked')))).uri).toBe('wamp.error.no_such_procedure');
      expect(await admin.call(uri('kept'), ['still here'])).toMatchObject({ args: ['still here'] });
    },
  },
  {
    name: 'revocation of a subscription', parts: ALONE,
    async play({ join, uri }) {
      const [admin, other] = [await join('first', USERS.ticket), await join('first')];
      await other.subscribe(uri('kept'));
      await other.subscribe(uri('revoked'));
      const [id] = (await admin.call('wamp.subscription.lookup', [uri('revoked')])).args;

      await admin.call('wamp.subscription.remove_subscriber', [id, other.details.id], { reason: 'interop.revoked' });
      await admin.publish(uri('revoked'));
      await admin.publish(uri('kept'), ['still here']);

      expect(await other.publish(uri('alive'))).toBe(true);
      expect(values(await other.events(uri('kept'), 1))).toEqual(['still here']);
      expect(await other.events(uri('revoked'), 0)).toEqual([]);
    },
  },
  {
    name: 'testaments', parts: ALONE,
    async play({ join, uri }) {
      const [heir, testator] = [await join('first'), await join('first')];
      await heir.subscribe(uri('testament'));
      await testator.call('wamp.session.add_testament', [uri('testament'), ['farewell'], { to: 'all' }]);

      await testator.leave();

      expect(await heir.events(uri('testament'), 1)).toMatchObject([{ args: ['farewell'], kwargs: { to: 'all' } }]);
    },
  },
  {
    name: 'event history', parts: ALONE,
    async play({ join, uri }) {
      const [historian, publisher] = [await join('first'), await join('first')];
      await historian.subscribe('interop..history', { match: 'wildcard' });
      for (const value of ['one', 'two', 'three']) await publisher.publish(uri('history'), [value]);
      const [subscription] = (await historian.call('wamp.subscription.lookup', ['interop..history', { match: 'wildcard' }])).args;

      const { args } = await historian.call('wamp.subscription.get_events', [subscription], { limit: 2, reverse: true });

      expect(args).toMatchObject([{ args: ['three'] }, { args: ['two'] }]);
    },
  },
];
