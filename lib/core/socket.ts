import { Observable, NEVER, distinctUntilChanged, interval, map, startWith, timer, type SchedulerLike, type Subscriber } from 'rxjs';
import { ConnectFailedError, TransportLostError } from '../errors.ts';
import type { Frame } from '../transports/transport.ts';
import type { Way } from './life.ts';

/** Bytes that may wait to be sent. */
const HIGH_WATER_MARK = 65_536;

/** What the browser's WebSocket has no event for is looked at so often, in milliseconds. */
const LOOK = 10;

/**
 * A transport over the WebSocket of the runtime, for JSON and one reader that is there when it is open. Each subscription dials once; errors
 * with ConnectFailedError where no connection comes about within `openTimeout` ms.
 */
export function dial(url: string, openTimeout: number, scheduler: SchedulerLike): Way {
  const { protocol, host, pathname } = new URL(url);
  // Without user, password and query, which may be secrets.
  const label = `${protocol}//${host}${pathname}`;
  return new Observable((subscriber) => {
    let reader: Subscriber<Frame> | undefined;
    const fail = (why: string): void => subscriber.error(new ConnectFailedError(`connection to ${label} cannot be opened${why}`));
    const socket = new WebSocket(url, 'wamp.2.json');
    const deadline = (openTimeout === 0 ? NEVER : timer(openTimeout, scheduler)).subscribe(() => fail(`: it must open within ${openTimeout} ms`));
    socket.onopen = () => {
      deadline.unsubscribe();
      subscriber.next(Object.assign(new Observable<Frame>((frames) => { reader = frames; }), {
        subprotocol: socket.protocol,
        writable$: interval(LOOK, scheduler).pipe(startWith(0), map(() => socket.bufferedAmount <= HIGH_WATER_MARK), distinctUntilChanged()),
        next: (frame: string) => socket.send(frame),
        complete: () => socket.close(1000),
      }));
    };
    socket.onmessage = ({ data }) => reader?.next(data as string);
    // Followed by a close. Some throw it where nobody listens.
    socket.onerror = () => {};
    socket.onclose = ({ code, reason }) => {
      const why = reason === '' ? ` with code ${code}` : `: ${reason.slice(0, 200)}`;
      if (reader === undefined) fail(why);
      else reader.error(new TransportLostError(`connection to ${label} was lost${why}`));
    };
    return () => {
      deadline.unsubscribe();
      reader = undefined;
      socket.close();
    };
  });
}
