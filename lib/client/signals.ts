// [node]
import { constants } from 'node:os';
import { Observable } from 'rxjs';

/** What signals are heeded unless the options say otherwise. */
export const STOPPING: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/** Throws TypeError where one is no name of a signal. */
export function checkSignals(signals: readonly NodeJS.Signals[]): void {
  for (const signal of signals) if (!(signal in constants.signals)) throw new TypeError(`signals must be names of signals, got ${String(signal)}`);
}

/** The exit code of a process that a signal has ended, as shells and supervisors know it. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** The signals of the process, as they come. While nobody looks they do what they always do. */
export function signalsOf(names: readonly NodeJS.Signals[]): Observable<NodeJS.Signals> {
  return new Observable((subscriber) => {
    const tell = (signal: NodeJS.Signals): void => subscriber.next(signal);
    for (const name of names) process.on(name, tell);
    return () => { for (const name of names) process.off(name, tell); };
  });
}

/**
 * Ends the process by a signal that was handled. Where somebody else listens to it the process is left to them: the exit code is set, and it ends when nothing
 * keeps it up.
 */
export function endBy(signal: NodeJS.Signals): void {
  const code = exitCodeOfSignal(signal);
  if (process.listenerCount(signal) > 0) process.exitCode = code;
  else process.exit(code);
}
