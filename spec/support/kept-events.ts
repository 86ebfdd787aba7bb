import type { KeptEvent } from '../../lib/router/core/events/event-store.ts';

/** An event as a broker would have kept it. */
export function kept(event: Partial<KeptEvent> = {}): KeptEvent {
  return {
    publication: 1, topic: 'com.a', time: 0, details: {}, args: undefined, kwargs: undefined, payload: undefined, lists: undefined, rkey: undefined,
    size: 1, ...event,
  };
}

/** So many of them, with the publications 1, 2, 3, ... */
export function keptEvents(count: number): readonly KeptEvent[] {
  return Array.from({ length: count }, (_, at) => kept({ publication: at + 1, args: [at + 1] }));
}
