import { concat, mergeMap, of, switchMap, take, type Observable } from 'rxjs';
import { exitCodeOfSignal } from '../client/signals.ts';
import type { ListeningRouter } from '../router/node.ts';
import type { ShutdownOptions } from '../router/router.ts';
import { ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';

/** Closes a router at the first signal, also one that comes while it starts, and emits the exit code; at the second at once. */
export function untilSignal(running$: Observable<ListeningRouter>, shutdown: ShutdownOptions, io: Pick<Io, 'signals'>): Observable<number> {
  return io.signals('SIGTERM', 'SIGINT').pipe(
    mergeMap((signal, index) => (index === 0 ? running$.pipe(switchMap((running) => concat(running.shutdown(shutdown), of(ExitCode.done)))) : of(exitCodeOfSignal(signal)))),
    take(1),
  );
}
