// [node]
import { Subscription, map } from 'rxjs';
import { show } from '../protocol/show.ts';
import { checkDuration } from '../session/checks.ts';
import type { Client } from './client.ts';
import { component, type ComponentWork } from './component.ts';
import type { DrainOptions } from './drain.ts';
import { namedClients, type Known, type NamedClients, type NamedOptions } from './named-clients.ts';
import type { ClientOptions } from './options.ts';
import { STOPPING, checkSignals, endBy, exitCodeOfSignal, signalsOf } from './signals.ts';

/** Options of `run`. */
export interface RunOptions<C extends NamedOptions = NamedOptions> extends DrainOptions {
  /** The clients of the component: options of `createClient`, by name. */
  readonly clients: C & Known<C>;
  /** What all clients have in common. */
  readonly defaults?: Partial<ClientOptions> | undefined;
  /**
   * What the component does, once all clients are joined. An Observable, a promise or an AsyncIterable is its work, and the component ends with it;
   * without one it runs until it is told to stop. It is called once, and not for each session: topics and registrations outlive those.
   */
  readonly main: (clients: NamedClients<C>) => ComponentWork;
  /** @default ['SIGTERM', 'SIGINT'] */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
}

/** Runs a component in this process, with clients made by `create`. See `run`. */
export function runWith<C extends NamedOptions>(create: (options: ClientOptions) => Client, { clients: named, defaults, main, signals = STOPPING, timeout }: RunOptions<C>): Subscription {
  checkDuration(timeout, 'timeout');
  checkSignals(signals);
  if (typeof main !== 'function') throw new TypeError(`main must be a function, got ${show(main)}`);
  const clients = namedClients(create, named, defaults);
  const all = Object.values<Client>(clients);
  if (all.length === 0) throw new TypeError('clients must have at least one, got none');
  const running = new Subscription();
  let last: NodeJS.Signals | undefined;
  let count = 0;
  const stop$ = signalsOf(signals).pipe(map((signal) => {
    last = signal;
    count += 1;
    return exitCodeOfSignal(signal);
  }));
  running.add(component({ clients: all, main: () => main(clients), stop$, timeout }).subscribe(({ code, error }) => {
    running.unsubscribe();
    if (error !== undefined) console.error(error);
    process.exitCode = code;
    if (count > 1) process.exit(code);
    if (last !== undefined && code === exitCodeOfSignal(last)) endBy(last);
  }));
  return running;
}
