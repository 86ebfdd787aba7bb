import type { AuthorizeOptions, RealmOptions, RouterLimits, RouterTimeouts } from '../../router/options.ts';
import type { ListenOptions } from '../../router/node.ts';
import type { ShutdownOptions } from '../../router/router.ts';
import type { StatusPageOptions } from '../../router/listeners/status-page.ts';
import type { LogLevel } from '../../router/log-lines.ts';

/** What the configuration file says. */
export interface Config {
  readonly listen?: readonly (string | ListenConfig)[];
  readonly status?: boolean | StatusPageOptions;
  readonly log?: LogConfig;
  readonly shutdown?: ShutdownOptions;
  readonly timeouts?: RouterTimeouts;
  readonly limits?: RouterLimits;
  readonly realms: { readonly [name: string]: RealmConfig };
}

/** What of {@link RealmOptions} can be written down: who decides is a procedure, and no function. */
export interface RealmConfig extends Omit<RealmOptions, 'authorize' | 'store'> {
  readonly authorize?: string | (Omit<AuthorizeOptions, 'by'> & { readonly by: string }) | undefined;
}

/** A URL, and how it is listened at: what of {@link ListenOptions} can be written down. */
export interface ListenConfig extends Omit<ListenOptions, 'tls' | 'server' | 'status' | 'scheduler'> {
  readonly url: string;
  readonly tls?: TlsConfig;
}

/** Files, found from the folder of the configuration file. */
export interface TlsConfig {
  readonly cert: string;
  readonly key: string;
  /** Whoever issues the certificates of clients. Where it is there they are asked for one, and need none. */
  readonly ca?: string;
}

export interface LogConfig {
  readonly level?: LogLevel;
  readonly format?: 'text' | 'json';
}
