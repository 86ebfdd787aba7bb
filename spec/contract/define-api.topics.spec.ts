import { describe, expect, it } from '@jest/globals';
import { Observable, Subject, of } from 'rxjs';
import { z } from 'zod';
import { defineApi } from '../../lib/contract/define-api.ts';
import type { TopicEvent } from '../../lib/session/options.ts';
import { checkedSession } from '../support/checked-session.ts';
import { heard } from '../support/scripted-router.ts';

const RETAINED = { retained: true };
const DROPPED = { _dropped: 3 };

const api = defineApi({ topics: { 'com.price': { args: z.tuple([z.string().regex(/^\d+$/).transform(Number)]) } } });

/** An event as who subscribed would see it, with one argument. */
const eventOf = (value: unknown): TopicEvent => ({ topic: 'com.price', publication: 1, params: {}, details: {}, retained: false, recovered: false, args: [value], kwargs: {} });

describe('defineApi', () => {
  it('shows retainedKey events as their schemas read them, and none that are left out', () => {
    const { router, session, reports } = checkedSession(api);
    const keys: unknown[] = [];
    const { log } = heard(session.topic('com.price', { retained: true, retainedKey: ({ args: [price] }) => { keys.push(price); return price; } }));
    router.send(33, 1, 80);

    router.send(36, 80, 90, RETAINED, ['7']);
    router.send(36, 80, 91, RETAINED, ['007']);
    router.send(36, 80, 92, RETAINED, ['x']);

    expect(keys).toEqual([7, 7]);
    expect(log).toMatchObject([{ publication: 90, args: [7] }]);
    expect(reports).toMatchObject([{ code: 'type-check' }]);
  });

  it.each(['topic', 'topicStatus'] as const)('hands what onGap puts in the place of a gap on as it is (%s)', (verb) => {
    const { router, session, reports } = checkedSession(api);
    const events$: Observable<unknown> = session[verb]('com.price', { onGap: () => of(eventOf(5), eventOf('5')) });
    const { log } = heard(events$);
    router.send(33, 1, 80);

    router.send(36, 80, 90, DROPPED, ['7']);

    const values = log.map((one) => ('event' in (one as object) ? (one as { readonly event: TopicEvent }).event : one as Partial<TopicEvent>).args?.[0]);
    expect(values.filter((value) => value !== undefined)).toEqual([5, '5', 7]);
    expect(reports).toEqual([]);
  });

  it('leaves events out when they come, and not when what onGap gives has ended', () => {
    const { router, session, reports } = checkedSession(api);
    const fill = new Subject<TopicEvent>();
    const { log } = heard(session.topic('com.price', { onGap: () => fill }));
    router.send(33, 1, 80);
    router.send(36, 80, 90, DROPPED, ['7']);

    router.send(36, 80, 91, {}, ['x']);

    expect([log, reports.length]).toEqual([[], 1]);
    fill.complete();
    expect(log).toMatchObject([{ args: [7] }]);
  });

  it('ends a topic with onGap at a gap, whatever its next event is', () => {
    const { router, session } = checkedSession(api);
    const { log } = heard(session.topic('com.price', { onGap: 'error' }));
    router.send(33, 1, 80);

    router.send(36, 80, 90, DROPPED, ['x']);

    expect(log).toMatchObject([{ code: 'gap' }]);
  });
});
