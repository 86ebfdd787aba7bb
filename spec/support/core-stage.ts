/** What specs of the client of `rxwamp/core` in virtual time begin with. */
import { map, throwError, type Observable } from 'rxjs';
import { createClient, type Client, type ClientOptions, type ClientState } from '../../lib/core/index.ts';
import { ConnectFailedError } from '../../lib/errors.ts';
import type { ScriptedRouter } from '../../lib/testing/scripted-router.ts';

export const RETRY = { initialDelay: 100, jitter: 'none' } as const;

/** A router that keeps what it is sent, for the spec to look at. */
export const KEEP = { unexpected: 'keep' } as const;

/** One that does not even welcome by itself. */
export const SILENT = { unexpected: 'keep', handshake: 'script' } as const;

/** A transport that never comes about. */
export const NOBODY: NonNullable<ClientOptions['transport']> = throwError(() => new ConnectFailedError('nobody is there'));

/** How ERROR ends that a taken procedure is refused with. */
export const TAKEN = [{}, 'wamp.error.procedure_already_exists'] as const;

export function clientOf(router: Pick<ScriptedRouter, 'transport'>, options: Partial<ClientOptions> = {}): Client {
  return createClient({ transport: router.transport, realm: 'realm1', retry: RETRY, ...options });
}

/** One that is joined; the router has nothing of that left to be looked at. */
export function joinedTo(router: Pick<ScriptedRouter, 'transport'> & Partial<Pick<ScriptedRouter, 'take'>>, options: Partial<ClientOptions> = {}): Client {
  const client = clientOf(router, options);
  client.connect().catch(() => {});
  router.take?.();
  return client;
}

/** The states of a client by their kinds. */
export function kinds({ state$ }: Client): Observable<ClientState['kind']> {
  return state$.pipe(map(({ kind }) => kind));
}

/** Where the outcome of a promise will stand. */
export function settled(promise: Promise<unknown>): unknown[] {
  const log: unknown[] = [];
  promise.then((value) => log.push(value), (error: unknown) => log.push(error));
  return log;
}
