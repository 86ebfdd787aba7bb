import { constants } from 'node:os';
import { NEVER, fromEvent, merge } from 'rxjs';
import type { Logger } from '../../log.ts';
import { jsonLog, textLog } from '../../router/log-lines.ts';
import { createRouter, type ListeningRouter, type ListenOptions } from '../../router/node.ts';
import { changesOf, readConfigFile, tlsFiles } from '../config/config-file.ts';
import { CONFIG_SCHEMA } from '../config/config-schema.ts';
import type { Config, ListenConfig } from '../config/config.ts';
import { revise } from '../config/revision.ts';
import { UsageError } from '../usage-error.ts';
import { ROUTER_USAGE, readRouterArguments } from './router-arguments.ts';

const DEFAULT_URL = 'ws://127.0.0.1:8080/ws';
const DEFAULT_CONFIG: Config = { realms: { realm1: {} } };
const DEFAULT_SHUTDOWN = { calls: 5_000, retryAfter: 5 };

/** `rxwamp router`: runs until it is told to end. */
export async function router(args: readonly string[]): Promise<void> {
  const { config: file, port, watch, schema, help } = readRouterArguments(args);
  if (help) return void process.stdout.write(ROUTER_USAGE);
  if (schema) return void process.stdout.write(`${JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...CONFIG_SCHEMA }, undefined, 2)}\n`);

  const config = file === undefined ? DEFAULT_CONFIG : readConfigFile(file).config;
  const listeners = listenersOf(config, port, file ?? '');
  const log = logOf(config);
  const started = createRouter({ realms: config.realms, limits: config.limits, timeouts: config.timeouts, log });
  try {
    for (const [url, options] of listeners) announce(await started.listen(url, options), options);
  } catch (error) {
    await started.close();
    throw error;
  }
  if (file !== undefined) reloadOnDemand(started, file, { config, watch, log });
  endOnSignal(started, { ...DEFAULT_SHUTDOWN, ...config.shutdown });
}

type Listening = readonly [url: string, options: ListenOptions];

// Every file is read before the first port is taken.
function listenersOf({ listen = [DEFAULT_URL], status = true }: Config, port: number | undefined, file: string): readonly Listening[] {
  if (port !== undefined && listen.length > 1) throw new UsageError(`--port must come with one URL, got ${listen.length} in the configuration`);
  return listen.map((each): Listening => {
    const { url, tls, ...options }: ListenConfig = typeof each === 'string' ? { url: each } : each;
    const target = new URL(url);
    if (port !== undefined) target.port = String(port);
    return [target.href, { ...options, ...(isWebSocket(target) && { status }), ...(tls && { tls: tlsFiles(tls, file) }) }];
  });
}

function isWebSocket({ protocol }: URL): boolean {
  return protocol === 'ws:' || protocol === 'wss:';
}

function announce({ url }: { readonly url: string }, { status = false }: ListenOptions): void {
  process.stdout.write(`listening on ${url}\n`);
  if (status === false) return;
  const path = typeof status === 'object' ? status.path : undefined;
  process.stdout.write(`status at ${new URL(path ?? '/', url.replace(/^ws/, 'http')).href}\n`);
}

function logOf({ log: { level, format = 'text' } = {} }: Config): Logger {
  const write = (line: string): void => void process.stderr.write(`${line}\n`);
  return format === 'json' ? jsonLog(write, { level }) : textLog(write, { level });
}

/** Has the router ruled by the file again at SIGHUP. A file that is wrong is reported, and changes nothing. */
function reloadOnDemand(running: ListeningRouter, file: string, { config, watch, log }: { config: Config; watch: boolean; log: Logger }): void {
  let current = config;
  merge(fromEvent(process, 'SIGHUP'), watch ? changesOf(file) : NEVER).subscribe(() => {
    try {
      const { rules, waiting, config: next } = revise(current, readConfigFile(file), file);
      running.reload({ realms: rules });
      current = next;
      log.info?.('configuration read', { file });
      if (waiting.length > 0) log.warn('changes of the configuration wait for a restart', { keys: waiting.join(', ') });
    } catch (error) {
      const lines = (error as Error).message.split('\n');
      for (const detail of lines) log.warn('configuration cannot be used, and changes nothing', { detail });
    }
  });
}

/** Closes the router at the first signal; the second ends the process at once. */
function endOnSignal(running: ListeningRouter, shutdown: Config['shutdown']): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (running.isClosing) process.exit(128 + constants.signals[signal]);
      running.shutdown(shutdown).subscribe({ complete: () => process.exit() });
    });
  }
}
