import { describe, expect, it } from '@jest/globals';
import { MessageType, type EventMessage } from '../../lib/protocol/messages.ts';
import { OwnEvents } from '../../lib/shared/own-events.ts';
import type { Tab } from '../../lib/shared/tab.ts';

const subscriptionOf = (id: number, uri: string, match: 'exact' | 'prefix' = 'exact') => ({ id, topic: { uri, match } });
const PRICE = subscriptionOf(1, 'com.price');
const ALL = subscriptionOf(2, 'com', 'prefix');
const STOCK = subscriptionOf(3, 'com.stock');
const TAB = { name: 'tab' } as unknown as Tab;

const event = (publication: number): EventMessage => ({ type: MessageType.EVENT, subscription: 1, publication, details: {}, args: undefined, kwargs: undefined });

function ownEvents() {
  const seen: string[] = [];
  const own = new OwnEvents<typeof PRICE>(({ id }, { publication }, except) => seen.push(`${id}:${publication}${except === undefined ? '' : ' but tab'}`));
  return { own, seen };
}

describe('OwnEvents', () => {
  it('delivers at once where nothing is on its way', () => {
    const { own, seen } = ownEvents();
    own.event(PRICE, event(7));
    expect(seen).toEqual(['1:7']);
  });

  it('holds what may be of a publication on its way, and what comes behind it, until that is known', () => {
    const { own, seen } = ownEvents();
    const flight = own.begin(TAB, 'com.price');
    own.event(PRICE, event(7));
    own.event(ALL, event(7));
    own.event(STOCK, event(8));
    own.event(PRICE, event(9));
    expect(seen).toEqual(['3:8']);

    own.end(flight, 9, [PRICE, ALL, STOCK]);

    expect(seen).toEqual(['3:8', '1:7', '1:9 but tab', '2:7']);
  });

  it('knows an event that comes behind its acknowledgement', () => {
    const { own, seen } = ownEvents();
    own.end(own.begin(TAB, 'com.price'), 9, [PRICE]);
    own.event(PRICE, event(9));
    expect(seen).toEqual(['1:9 but tab']);
  });

  it('waits for all that are on their way', () => {
    const { own, seen } = ownEvents();
    const [first, second] = [own.begin(TAB, 'com.price'), own.begin(TAB, 'com.price')];
    own.event(PRICE, event(7));
    own.end(second, undefined, [PRICE]);
    expect(seen).toEqual([]);
    own.end(first, 7, [PRICE]);
    expect(seen).toEqual(['1:7 but tab']);
  });

  it('forgets what waits for a subscription that has gone', () => {
    const { own, seen } = ownEvents();
    const flight = own.begin(TAB, 'com.price');
    own.event(PRICE, event(7));
    own.end(flight, 7, []);
    expect(own.census()).toEqual({ 'publications of tabs': 0, 'held events of tabs': 0 });
    expect(seen).toEqual([]);
  });

  it('holds 10,000 events at most, and delivers in order what is more', () => {
    const { own, seen } = ownEvents();
    own.begin(TAB, 'com.price');
    for (let publication = 1; publication <= 10_001; publication++) own.event(PRICE, event(publication));
    expect([seen.length, seen[0], seen.at(-1)]).toEqual([10_001, '1:1', '1:10001']);
  });

  it('remembers the last 1,000 publications', () => {
    const { own, seen } = ownEvents();
    for (let publication = 1; publication <= 1001; publication++) own.end(own.begin(TAB, 'com.price'), publication, []);
    for (const publication of [1, 2, 1001]) own.event(PRICE, event(publication));
    expect(seen).toEqual(['1:1', '1:2 but tab', '1:1001 but tab']);
  });
});
