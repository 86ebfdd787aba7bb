import { Subscription, type BehaviorSubject } from 'rxjs';
import { NotJoinedError } from '../errors.ts';
import type { SessionDetails } from '../session/options.ts';
import type { ClientState } from './state.ts';

/** Resolves when a client has joined; rejects with the cause when it is closed before that. */
export function onceJoined(state$: BehaviorSubject<ClientState>): Promise<SessionDetails> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: unknown): void => reject(cause ?? new NotJoinedError('client was closed'));
    // What is complete does not tell its last value any more.
    if (state$.value.kind === 'closed') return refuse(state$.value.cause);
    const watching = new Subscription();
    watching.add(state$.subscribe((state) => {
      if (state.kind === 'joined') resolve(state.details);
      else if (state.kind === 'closed') refuse(state.cause);
      else return;
      // The state may have been there already, before the subscription was.
      watching.unsubscribe();
    }));
  });
}
