import { NEVER, defer, switchMap, throwError, timer, type Observable, type SchedulerLike } from 'rxjs';
import { ConnectFailedError } from '../errors.ts';
import type { Connection, Transport } from '../transports/transport.ts';
import type { ReadConnection, ReadFrame } from './recording.ts';

/** What came of one dial, and after how many milliseconds. One that was given up has neither. */
interface Dial {
  readonly outcome: 'open' | 'refused' | undefined;
  readonly after: number;
}

/**
 * Has a transport open, or refuse, as long after each dial as was recorded, or at once where pauses are not kept. One that was given up then
 * hangs. Dials behind the last that was recorded open at once.
 */
export function dialledAgain(entries: readonly (ReadFrame | ReadConnection)[], keepsPauses: boolean, scheduler: SchedulerLike): (transport: Transport) => Transport {
  const dials = dialsOf(entries);
  let next = 0;
  return (transport) => defer(() => {
    const dial = dials[next++];
    if (dial === undefined) return transport;
    const outcome = outcomeOf(dial, transport);
    // Without a pause it is synchronous, as it was then.
    return keepsPauses && dial.after > 0 ? timer(dial.after, scheduler).pipe(switchMap(() => outcome)) : outcome;
  });
}

function outcomeOf({ outcome }: Dial, transport: Transport): Observable<Connection> {
  switch (outcome) {
    case 'open': return transport;
    case 'refused': return throwError(() => new ConnectFailedError('connection was refused when it was recorded'));
    case undefined: return NEVER;
  }
}

// A client dials one after the other, but what it left before may end in between.
function dialsOf(entries: readonly (ReadFrame | ReadConnection)[]): readonly Dial[] {
  const dials: Dial[] = [];
  let since: number | undefined;
  for (const { kind, at } of entries) {
    if (kind === 'dial') {
      dials.push({ outcome: undefined, after: 0 });
      since = at;
    } else if (since !== undefined && (kind === 'open' || kind === 'refused')) {
      dials[dials.length - 1] = { outcome: kind, after: at - since };
      since = undefined;
    }
  }
  return dials;
}
