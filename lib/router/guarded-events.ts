import type { Logger } from '../log.ts';
import type { RealmEvents } from './core/events/event-store.ts';

/** The same events, of a store that may be anybody's: what it throws over a publication is reported to the log, and no publisher hears of it. */
export function guardedEvents(events: RealmEvents, log: Logger | undefined): RealmEvents {
  const guarded = (write: () => void): void => {
    try {
      write();
    } catch (error) {
      log?.warn('the store of events failed', error);
    }
  };
  return {
    append: (history, event) => guarded(() => events.append(history, event)),
    retain: (topic, kept) => guarded(() => events.retain(topic, kept)),
    close: () => guarded(() => events.close()),
    scan: (history, from, reverse) => events.scan(history, from, reverse),
    retained: () => events.retained(),
  };
}
