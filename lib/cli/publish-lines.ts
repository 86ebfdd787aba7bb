import { catchError, defer, endWith, identity, ignoreElements, map, takeUntil, tap, type MonoTypeOperatorFunction, type Observable, type SchedulerLike } from 'rxjs';
import { publishTo, type PublishingPeer } from '../operators/publish-to.ts';
import { rateLimit } from '../operators/rate-limit.ts';
import type { Publication, PublishOptions } from '../session/options.ts';
import type { Payload } from '../types.ts';
import { linesOf, sayWhatIsRead } from './input/lines.ts';
import { readValue } from './input/values.ts';
import { ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import type { Work } from './with-client.ts';

/** How many publications may be on their way to the router. */
const WINDOW = 64;
/** Lines that wait, above which stdin is not read any more, and below which it is again. */
const [MANY, FEW] = [256, 64];
/** More than there are lines in what is read from stdin at a time. */
const LIMIT = 2 ** 20;

/** What becomes of a line. */
export interface LinesOptions {
  readonly uri: string;
  /** What every event has; the line is one argument more. */
  readonly payload: Payload;
  readonly options: PublishOptions;
  /** Lines in a second. @default no limit */
  readonly rate: number | undefined;
}

/** Publishes each line of stdin, as fast as the router acknowledges, and reads no faster than that. */
export function publishLines({ client, view, stopped$ }: Work, io: Io, { uri, payload, options, rate }: LinesOptions): Observable<number> {
  return defer(() => {
    sayWhatIsRead(io, view);
    const peer: PublishingPeer<Publication> = { publish: (topic, event) => client.publish(topic, event, options) };
    let [read, published, isPaused] = [0, 0, false];
    const pace = (): void => {
      const waiting = read - published;
      if (isPaused ? waiting >= FEW : waiting <= MANY) return;
      isPaused = !isPaused;
      if (isPaused) io.stdin.pause();
      else io.stdin.resume();
    };
    return linesOf(io.stdin).pipe(
      takeUntil(stopped$),
      tap(() => { read += 1; pace(); }),
      rate === undefined ? identity : paced(rate, io.scheduler),
      map((line) => ({ ...payload, args: [...payload.args, readValue(line)] })),
      publishTo(peer, uri, { acknowledge: true, resend: true, window: WINDOW, limit: LIMIT }),
      tap(() => { published += 1; pace(); }),
      catchError((error: unknown) => {
        view.note(`${published} lines were published, and ${read - published} of those that were read were not`);
        throw error;
      }),
      ignoreElements(), endWith(ExitCode.done),
    );
  });
}

const SLICE = 10;

// One after the other where there is time between them, and slice by slice of a second where there are too many for timers.
function paced<T>(rate: number, scheduler: SchedulerLike): MonoTypeOperatorFunction<T> {
  const count = Math.max(1, Math.floor((rate * SLICE) / 1000));
  return rateLimit(count, (count * 1000) / rate, { limit: LIMIT, scheduler });
}
