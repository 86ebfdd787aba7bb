import { expect } from '@jest/globals';
import type { Dict } from '../../../lib/types.ts';
import { ARGS, KWARGS, USERS, values, type Scenario } from './scenario.ts';

const EVENTS = ['subscriber', 'publisher'] as const;

/** Topics and their events. */
export const publishing: readonly Scenario[] = [
  {
    name: 'events with args and kwargs', parts: EVENTS,
    async play({ join, uri }) {
      const [subscriber, publisher] = [await join('first'), await join('second')];
      await subscriber.subscribe(uri('topic'));

      await publisher.publish(uri('topic'), ARGS, KWARGS, {});
      expect(await publisher.publish(uri('topic'), [2])).toBe(true);
      await publisher.publish(uri('topic'), [], {}, {});

      expect(await subscriber.events(uri('topic'), 3)).toMatchObject([{ args: ARGS, kwargs: KWARGS }, { args: [2], kwargs: {} }, { args: [], kwargs: {} }]);
    },
  },
  {
    name: 'pattern-based subscription', parts: EVENTS,
    async play({ join, uri }) {
      const [subscriber, publisher] = [await join('first'), await join('second')];
      await subscriber.subscribe(uri('prefix'), { match: 'prefix' });
      await subscriber.subscribe(uri('wild..card'), { match: 'wildcard' });

      for (const topic of ['prefix.one.two', 'wild.any.card', 'other']) await publisher.publish(uri(topic), [topic]);

      expect(await subscriber.events(uri('prefix'), 1)).toMatchObject([{ args: ['prefix.one.two'], topic: uri('prefix.one.two') }]);
      expect(await subscriber.events(uri('wild..card'), 1)).toMatchObject([{ args: ['wild.any.card'], topic: uri('wild.any.card') }]);
    },
  },
  {
    name: 'unsubscribing', parts: EVENTS,
    async play({ join, uri }) {
      const [subscriber, publisher] = [await join('first'), await join('second')];
      await subscriber.subscribe(uri('topic'));
      await subscriber.subscribe(uri('fence'));
      await subscriber.unsubscribe(uri('topic'));

      await publisher.publish(uri('topic'));
      await publisher.publish(uri('fence'));

      await subscriber.events(uri('fence'), 1);
      expect(await subscriber.events(uri('topic'), 0)).toEqual([]);
    },
  },
  {
    name: 'exclusion of the publisher', parts: EVENTS,
    async play({ join, uri }) {
      const [subscriber, publisher] = [await join('first'), await join('second')];
      await subscriber.subscribe(uri('topic'));
      await publisher.subscribe(uri('topic'));

      await publisher.publish(uri('topic'), ['to others']);
      await publisher.publish(uri('topic'), ['to all'], {}, { acknowledge: true, exclude_me: false });

      expect(values(await subscriber.events(uri('topic'), 2))).toEqual(['to others', 'to all']);
      expect(values(await publisher.events(uri('topic'), 1))).toEqual(['to all']);
    },
  },
  {
    name: 'black and white lists', parts: EVENTS,
    async play({ join, uri }) {
      const [one, two, publisher] = [await join('first'), await join('first', USERS.ticket), await join('second')];
      await one.subscribe(uri('topic'));
      await two.subscribe(uri('topic'));
      const publish = (value: string, options: Dict): Promise<boolean> => publisher.publish(uri('topic'), [value], {}, { acknowledge: true, ...options });

      await publish('exclude', { exclude: [one.details.id] });
      await publish('exclude_authid', { exclude_authid: [two.details.authid] });
      await publish('exclude_authrole', { exclude_authrole: ['anonymous'] });
      await publish('eligible', { eligible: [one.details.id] });
      await publish('eligible_authid', { eligible_authid: [two.details.authid] });
      await publish('eligible_authrole', { eligible_authrole: ['user'] });
      await publish('end', {});

      expect(values(await one.events(uri('topic'), 3))).toEqual(['exclude_authid', 'eligible', 'end']);
      expect(values(await two.events(uri('topic'), 5))).toEqual(['exclude', 'exclude_authrole', 'eligible_authid', 'eligible_authrole', 'end']);
    },
  },
  {
    name: 'an empty white list', parts: EVENTS,
    async play({ join, uri }) {
      const [subscriber, publisher] = [await join('first'), await join('second')];
      await subscriber.subscribe(uri('topic'));

      await publisher.publish(uri('topic'), ['nobody'], {}, { acknowledge: true, eligible: [] });
      await publisher.publish(uri('topic'), ['end']);

      expect(values(await subscriber.events(uri('topic'), 1))).toEqual(['end']);
    },
  },
  {
    name: 'retained events', parts: EVENTS,
    async play({ join, uri }) {
      const [subscriber, publisher] = [await join('first'), await join('second')];

      await publisher.publish(uri('topic'), ['kept'], {}, { acknowledge: true, retain: true });
      await subscriber.subscribe(uri('topic'), { get_retained: true });
      await subscriber.events(uri('topic'), 1);
      await publisher.publish(uri('topic'), ['new']);

      const events = await subscriber.events(uri('topic'), 2);
      expect(events).toMatchObject([{ args: ['kept'], retained: true }, { args: ['new'] }]);
      expect(events[1]?.retained ?? false).toBe(false);
    },
  },
  {
    name: 'an event with a payload passed through', parts: [''],
    async play({ join, uri }) {
      const [subscriber, publisher] = [await join('first'), await join('first')];
      await subscriber.subscribe(uri('topic'));

      await publisher.publish(uri('topic'), ARGS, KWARGS, { acknowledge: true, ppt_scheme: 'x_interop', ppt_serializer: 'json' });

      expect(await subscriber.events(uri('topic'), 1)).toMatchObject([{ args: ARGS, kwargs: KWARGS }]);
    },
  },
  {
    name: 'disclosure of the publisher', parts: EVENTS,
    async play({ join, uri }) {
      const [subscriber, publisher] = [await join('first'), await join('second')];
      await subscriber.subscribe(uri('topic'));
      const { id: disclosed, authid } = publisher.details;

      await publisher.publish(uri('topic'), [], {}, { acknowledge: true, disclose_me: true });
      await publisher.publish(uri('topic'));

      const [first, second] = await subscriber.events(uri('topic'), 2);
      expect(first).toMatchObject({ publisher: disclosed, authid });
      expect(second?.publisher ?? undefined).toBeUndefined();
    },
  },
];
