import { isObservable } from 'rxjs';
import { checkBackoff } from '../operators/retry-backoff.ts';
import { assertUri } from '../protocol/uri.ts';
import { show } from '../protocol/fields.ts';
import type { Serializer } from '../serializers/serializer.ts';
import { checkCount, checkDuration, checkOneOf } from '../session/checks.ts';
import { reportUnhandled } from '../session/report.ts';
import { parseUrl } from '../transports/url.ts';
import { Client, type ClientParts } from './client.ts';
import { livesOf, type Dial } from './lives.ts';
import type { ClientOptions } from './options.ts';

/** What a runtime brings to a client. */
export interface ClientRuntime {
  readonly dial: (url: string, options: { readonly subprotocols: readonly string[]; readonly openTimeout: number | undefined; readonly scheduler: ClientOptions['scheduler'] }) => ReturnType<Dial>;
  readonly serializers: () => readonly Serializer[];
}

/** Makes a client on the transports and serializers of a runtime. Throws where an option cannot be right. */
export function clientOf(options: ClientOptions, runtime: ClientRuntime): Client {
  return new Client(partsOf(options, runtime));
}

/** Reads the options of a client. Throws where one cannot be right. */
export function partsOf(options: ClientOptions, runtime: ClientRuntime): ClientParts {
  checkOptions(options);
  const { serializers = runtime.serializers(), timeouts = {}, scheduler, retry = {}, stableAfter = 5000, lazy = true, idleClose = 0, offline = 'wait', queue = {}, random = Math.random } = options;
  if (serializers.length === 0) throw new RangeError('serializers must name at least one, got an empty list');
  const dial: Dial = (url, subprotocols) => runtime.dial(url, { subprotocols, openTimeout: timeouts.open, scheduler });
  return {
    lives: livesOf(options, serializers, dial),
    retry, stableAfter, lazy, idleClose, offline, queueLimit: queue.limit ?? 1000, scheduler, random, onUnhandled: reportUnhandled,
  };
}

function checkOptions({ url, transport, realm, retry, stableAfter, idleClose, offline, queue, timeouts = {} }: ClientOptions): void {
  assertUri(realm, 'realm');
  if ((url === undefined) === (transport === undefined)) throw new TypeError(`client must have either a url or a transport, got ${url === undefined ? 'neither' : 'both'}`);
  if (url !== undefined) checkUrl(url);
  if (retry !== undefined) checkBackoff(retry, 'retry');
  checkDuration(stableAfter, 'stableAfter');
  checkDuration(idleClose, 'idleClose');
  checkOneOf(offline, ['wait', 'fail'], 'offline');
  checkCount(queue?.limit, 'queue.limit');
  for (const name of ['open', 'join', 'call', 'leave'] as const) checkDuration(timeouts[name], `timeouts.${name}`);
}

function checkUrl(url: NonNullable<ClientOptions['url']>): void {
  if (typeof url === 'function' || isObservable(url)) return;
  const list: readonly string[] = typeof url === 'string' ? [url] : url;
  if (!Array.isArray(list) || list.length === 0) throw new TypeError(`url must be a string, a list with at least one, a function or an Observable, got ${show(url)}`);
  for (const one of list) parseUrl(one);
}
