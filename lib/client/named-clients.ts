import type { NoApi } from '../contract/api-types.ts';
import type { Api } from '../contract/define-api.ts';
import { show } from '../protocol/show.ts';
import type { Client } from './client.ts';
import type { ClientOptions } from './options.ts';

/** Options of several clients, by name; what all of them have in common may stand in the defaults. */
export interface NamedOptions {
  readonly [name: string]: Partial<ClientOptions>;
}

/** What is no option must not be there: `ofline` is none. */
export type Known<C> = { readonly [N in keyof C]: { readonly [O in keyof C[N]]: O extends keyof ClientOptions ? C[N][O] : never } };

/** The clients of {@link NamedOptions}, by the same names, each with the types of its `api`. */
export type NamedClients<C> = { readonly [N in keyof C]: Client<C[N] extends { readonly api: Api<infer D> } ? D : NoApi> };

/**
 * Makes several clients. What one says itself goes before the defaults; a `url` also before a `transport` of theirs, and the other way round. Where one
 * cannot be made those before it are closed, and it throws what `create` does.
 */
export function namedClients<C extends NamedOptions>(create: (options: ClientOptions) => Client, named: C, defaults: Partial<ClientOptions> = {}): NamedClients<C> {
  if (typeof named !== 'object' || named === null) throw new TypeError(`clients must be an object with the options of each, got ${show(named)}`);
  const made: [string, Client][] = [];
  try {
    for (const [name, options] of Object.entries(named)) made.push([name, create(withDefaults(defaults, options))]);
  } catch (error) {
    for (const [, client] of made) void client.close();
    throw error;
  }
  return Object.fromEntries(made) as NamedClients<C>;
}

function withDefaults({ url, transport, ...defaults }: Partial<ClientOptions>, options: Partial<ClientOptions>): ClientOptions {
  const own = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const way = 'url' in own || 'transport' in own ? {} : { url, transport };
  return { ...defaults, ...way, ...own } as ClientOptions;
}
