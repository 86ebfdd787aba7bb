import { NEVER, defer, from, ignoreElements, map, merge, of, shareReplay, switchMap, take, tap, type Observable } from 'rxjs';
import type { Logger } from '../../log.ts';
import { jsonLog, textLog } from '../../router/log-lines.ts';
import { createRouter, type Listener, type ListeningRouter, type ListenOptions } from '../../router/node.ts';
import { command, type Command } from '../command.ts';
import { changesOf, readConfigFile, tlsFiles, type TlsFiles } from '../config/config-file.ts';
import { CONFIG_SCHEMA } from '../config/config-schema.ts';
import type { Config, ListenConfig } from '../config/config.ts';
import { revise } from '../config/revision.ts';
import { ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { untilSignal } from '../until-signal.ts';
import { UsageError } from '../usage-error.ts';

const DEFAULT_URL = 'ws://127.0.0.1:8080/ws';
const DEFAULT_CONFIG: Config = { realms: { realm1: {} } };
const DEFAULT_SHUTDOWN = { calls: 5_000, retryAfter: 5 };

/** `rxwamp router`: runs until it is told to end. */
export const router: Command = command({
  name: 'router',
  summary: 'starts a router',
  about: `Starts a router, and a page that shows what it does. Without a configuration there is one realm, realm1, in which everybody
may do everything, and nobody but this machine can reach it.

SIGTERM and Ctrl-C let open calls end, tell clients when to come back, and end it; the second time at once.`,
  words: [],
  options: {
    config: { type: 'file', value: 'file', about: 'what it serves, as JSON; read again at SIGHUP: realms, roles, users, limits and certificates change then, and sessions stay' },
    watch: { type: 'flag', about: 'reads the configuration again when the file changes' },
    port: { type: 'count', value: 'number', least: 0, most: 65_535, about: 'where it listens; 0 takes a free one (8080, or that of the configuration)' },
    schema: { type: 'flag', about: 'prints the JSON Schema of the configuration, for editors' },
  },
  examples: [
    { line: 'rxwamp router', shows: 'listens at ws://127.0.0.1:8080/ws' },
    { line: 'rxwamp router --port 0', shows: 'takes a free port, and says which' },
    { line: 'rxwamp router --schema > router.schema.json', shows: 'has an editor complete router.json' },
  ],
  exits: [ExitCode.failed],
  run({ config: file, port, watch, schema }, _words, io) {
    if (watch && file === undefined) throw new UsageError('--watch must come with --config, got none');
    if (schema) {
      io.stdout.write(`${JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...CONFIG_SCHEMA }, undefined, 2)}\n`);
      return of(ExitCode.done);
    }
    const config = file === undefined ? DEFAULT_CONFIG : readConfigFile(file).config;
    const listeners = listenersOf(config, port, file ?? '');
    const log = logOf(config, io);
    return defer(() => {
      const started$ = from(start(config, listeners, log, io)).pipe(shareReplay(1));
      return merge(
        started$.pipe(switchMap((started) => (file === undefined ? NEVER : reloads(started, file, { config, watch, log }, io)))),
        untilSignal(started$.pipe(map(({ running }) => running)), { ...DEFAULT_SHUTDOWN, ...config.shutdown }, io),
      ).pipe(take(1));
    });
  },
});

interface Started {
  readonly running: ListeningRouter;
  /** Its listeners, in the order of the configuration. */
  readonly listening: readonly Listener[];
}

async function start({ realms, limits, timeouts }: Config, listeners: readonly Listening[], log: Logger, io: Io): Promise<Started> {
  const started = createRouter({ realms, limits, timeouts, log });
  try {
    const listening: Listener[] = [];
    for (const { url, options } of listeners) {
      const listener = await started.listen(url, options);
      announce(listener, options, io);
      listening.push(listener);
    }
    return { running: started, listening };
  } catch (error) {
    await started.close();
    throw error;
  }
}

interface Listening {
  readonly url: string;
  readonly options: ListenOptions;
}

// Every file is read before the first port is taken.
function listenersOf({ listen = [DEFAULT_URL], status = true }: Config, port: number | undefined, file: string): readonly Listening[] {
  if (port !== undefined && listen.length > 1) throw new UsageError(`--port must come with one URL, got ${listen.length} in the configuration`);
  return listen.map((each): Listening => {
    const { url, tls, ...options }: ListenConfig = typeof each === 'string' ? { url: each } : each;
    const target = new URL(url);
    if (port !== undefined) target.port = String(port);
    return { url: target.href, options: { ...options, ...(isHttp(target) && { status }), ...(tls && { tls: tlsFiles(tls, file) }) } };
  });
}

function isHttp({ protocol }: URL): boolean {
  return !protocol.startsWith('rs');
}

function announce({ url }: { readonly url: string }, { status = false }: ListenOptions, { stdout }: Io): void {
  stdout.write(`listening on ${url}\n`);
  if (status === false) return;
  const path = typeof status === 'object' ? status.path : undefined;
  stdout.write(`status at ${new URL(path ?? '/', url.replace(/^ws/, 'http')).href}\n`);
}

function logOf({ log: { level, format = 'text' } = {} }: Config, { stderr }: Io): Logger {
  const write = (line: string): void => stderr.write(`${line}\n`);
  return format === 'json' ? jsonLog(write, { level }) : textLog(write, { level });
}

interface Reloading {
  readonly config: Config;
  readonly watch: boolean;
  readonly log: Logger;
}

/** Has the router be as the file says at SIGHUP, with the certificates that are there then. A file that is wrong is reported, and changes nothing. */
function reloads({ running, listening }: Started, file: string, { config, watch, log }: Reloading, io: Io): Observable<never> {
  let current = config;
  return merge(io.signals('SIGHUP'), watch ? changesOf(file) : NEVER).pipe(
    tap(() => {
      try {
        const { reload, waiting, config: next } = revise(current, readConfigFile(file), file);
        const renewed = certificatesOf(next, listening, file);
        const { messageSize } = running;
        running.reload(reload);
        for (const [listener, files] of renewed) listener.setSecureContext(files);
        current = next;
        log.info?.('configuration read', { file });
        const late = running.messageSize > messageSize ? [...waiting, 'limits.messageSize'] : waiting;
        if (late.length > 0) log.warn('changes of the configuration wait for a restart', { keys: late.join(', ') });
      } catch (error) {
        const lines = (error as Error).message.split('\n');
        for (const detail of lines) log.warn('configuration cannot be used, and changes nothing', { detail });
      }
    }),
    ignoreElements(),
  );
}

// Every file is read before the first is used.
function certificatesOf({ listen = [] }: Config, listening: readonly Listener[], file: string): readonly (readonly [Listener, TlsFiles])[] {
  return listen.flatMap((each, at) => (typeof each === 'string' || each.tls === undefined ? [] : [[listening[at]!, tlsFiles(each.tls, file)] as const]));
}
