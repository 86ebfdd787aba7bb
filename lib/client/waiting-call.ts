import type { SchedulerLike } from 'rxjs';
import { TimeoutError } from '../errors.ts';
import { CallBounds, isBounded } from '../session/call-bounds.ts';
import type { CallRequest } from '../session/caller.ts';
import type { Sink } from '../session/direct-observable.ts';
import type { CallProgress, CallResult } from '../session/options.ts';
import type { Session } from '../session/session.ts';

/**
 * Bounds a call while it waits for a session: by its signal, and with `includeQueue` by its times. Gives what makes the call when there is
 * one, with what is left of them.
 */
export function waitingCall(request: CallRequest, sink: Sink<CallResult | CallProgress>, scheduler: SchedulerLike): (session: Session) => void {
  const { uri, options: { timeout, deadline, signal, includeQueue = false } } = request;
  const bounds = includeQueue ? { timeout, deadline, signal } : { signal };
  if (!isBounded(bounds)) return (session) => session.startCall(request, sink);
  if (signal?.aborted === true) {
    sink.error(signal.reason);
    return () => {};
  }

  const since = scheduler.now();
  const watch = new CallBounds({
    timedOut: (_, ms) => sink.error(new TimeoutError(`no session for ${uri} within ${ms} ms`, { effect: 'none', operation: { verb: 'call', uri } })),
    aborted: (reason) => sink.error(reason),
  }, bounds, scheduler);
  sink.add(() => watch.stop());
  return (session) => {
    watch.stop();
    session.startCall(includeQueue ? { ...request, waited: scheduler.now() - since } : request, sink);
  };
}
