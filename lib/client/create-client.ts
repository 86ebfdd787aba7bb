import { EMPTY, filter, isObservable, type Observable } from 'rxjs';
import { checkBackoff } from '../operators/retry-backoff.ts';
import { assertLooseUri } from '../protocol/uri.ts';
import type { ApiDefinition } from '../contract/api-types.ts';
import { show } from '../protocol/fields.ts';
import type { Serializer } from '../serializers/serializer.ts';
import { checkCount, checkDuration, checkOneOf, checksOf } from '../session/checks.ts';
import { ErrorMapping } from '../session/error-mapping.ts';
import { reportUnhandled } from '../session/report.ts';
import { webSocketUrl } from '../transports/url.ts';
import { Client } from './client.ts';
import { Credentials } from './credentials.ts';
import type { HeartbeatOptions, Probe } from './heartbeat.ts';
import type { Hint } from './hints.ts';
import { livesOf, type Dial } from './lives.ts';
import type { ClientOptions } from './options.ts';
import type { ClientParts } from './parts.ts';

/** What a runtime brings to a client. */
export interface ClientRuntime {
  readonly dial: (url: string, options: { readonly subprotocols: readonly string[]; readonly openTimeout: number | undefined; readonly scheduler: ClientOptions['scheduler'] }) => ReturnType<Dial>;
  /** Throws where it cannot dial a URL. @default webSocketUrl */
  readonly checkUrl?: (url: string) => void;
  readonly serializers: () => readonly Serializer[];
  /** How a router is found dead where nothing else does so. Absent: something else does. */
  readonly heartbeat?: HeartbeatOptions;
  /** What the runtime tells of network and page. Absent: nothing. */
  readonly hints?: () => Observable<Hint>;
}

/** Makes a client on the transports and serializers of a runtime. Throws where an option cannot be right. */
export function clientOf<D extends ApiDefinition>(options: ClientOptions<D>, runtime: ClientRuntime): Client<D> {
  return new Client<D>(partsOf(options, runtime));
}

/** Reads the options of a client. Throws where one cannot be right. */
export function partsOf(options: ClientOptions, runtime: ClientRuntime): ClientParts {
  checkOptions(options);
  const errors = new ErrorMapping(options.errors);
  if (options.url !== undefined) checkUrl(options.url, runtime.checkUrl);
  const { url, auth, serializers = runtime.serializers(), timeouts = {}, scheduler, retry = {}, stableAfter = 5000, lazy = true, idleClose = 0 } = options;
  const { offline = 'wait', queue = {}, random = Math.random, renewal = 'handover', closeWhenHidden, resume = false, api, validate } = options;
  if (serializers.length === 0) throw new RangeError('serializers must name at least one, got an empty list');
  const dial: Dial = (at, subprotocols) => runtime.dial(at, { subprotocols, openTimeout: timeouts.open, scheduler });
  const credentials = new Credentials({ auth, timeout: timeouts.join, scheduler });
  // Of a transport that was given the runtime knows nothing.
  const { heartbeat = (url === undefined ? undefined : runtime.heartbeat) ?? false, hints$ = hintsFor(url, runtime.hints) } = options;
  return {
    lives: livesOf(options, serializers, dial, credentials), credentials, renewal, heartbeat: readHeartbeat(heartbeat), hints$, closeWhenHidden,
    resume: resume === true ? {} : resume === false ? undefined : resume, retry, stableAfter, lazy, idleClose, offline, queueLimit: queue.limit ?? 1000, scheduler, random, checks: checksOf(api, validate), errors, onUnhandled: reportUnhandled,
  };
}

/** Routers on this machine are there without a network. */
const LOCAL = /^\w+:\/\/(([\w-]+\.)*localhost|127\.[\d.]+|\[::1\])([:/?]|$)/i;

function hintsFor(url: ClientOptions['url'], hints: ClientRuntime['hints']): Observable<Hint> {
  if (url === undefined || hints === undefined) return EMPTY;
  const isLocal = [url].flat().every((each) => typeof each === 'string' && LOCAL.test(each));
  return isLocal ? hints().pipe(filter((hint) => hint !== 'offline')) : hints();
}

function readHeartbeat(heartbeat: HeartbeatOptions | Probe | false): ClientParts['heartbeat'] {
  const probe = typeof heartbeat === 'function' ? heartbeat : undefined;
  const { interval = 25_000, timeout = 10_000 } = typeof heartbeat === 'object' ? heartbeat : {};
  checkDuration(interval, 'heartbeat.interval');
  checkDuration(timeout, 'heartbeat.timeout');
  return { interval: heartbeat === false ? 0 : interval, timeout, probe };
}

function checkOptions({ url, transport, realm, retry, stableAfter, idleClose, offline, queue, renewal, hints$, closeWhenHidden, timeouts = {}, redact, resume }: ClientOptions): void {
  assertLooseUri(realm, 'realm');
  if ((url === undefined) === (transport === undefined)) throw new TypeError(`client must have either a url or a transport, got ${url === undefined ? 'neither' : 'both'}`);
  if (retry !== undefined) checkBackoff(retry, 'retry');
  checkDuration(stableAfter, 'stableAfter');
  checkDuration(idleClose, 'idleClose');
  checkOneOf(offline, ['wait', 'fail'], 'offline');
  checkOneOf(renewal, ['handover', 'next-join'], 'renewal');
  checkDuration(closeWhenHidden, 'closeWhenHidden');
  if (hints$ !== undefined && !isObservable(hints$)) throw new TypeError(`hints$ must be an Observable, got ${show(hints$)}`);
  checkCount(queue?.limit, 'queue.limit');
  if (redact !== undefined && typeof redact !== 'function') throw new TypeError(`redact must be a function, got ${show(redact)}`);
  checkResume(resume);
  for (const name of ['open', 'join', 'call', 'leave'] as const) checkDuration(timeouts[name], `timeouts.${name}`);
}

function checkResume(resume: ClientOptions['resume']): void {
  if (resume === undefined || typeof resume === 'boolean') return;
  if (typeof resume !== 'object' || resume === null) throw new TypeError(`resume must be true, false or an object, got ${show(resume)}`);
  checkDuration(resume.timeout, 'resume.timeout');
  checkCount(resume.messages, 'resume.messages');
  checkCount(resume.bytes, 'resume.bytes');
}

function checkUrl(url: NonNullable<ClientOptions['url']>, check: (url: string) => void = webSocketUrl): void {
  if (typeof url === 'function' || isObservable(url)) return;
  const list: readonly string[] = typeof url === 'string' ? [url] : url;
  if (!Array.isArray(list) || list.length === 0) throw new TypeError(`url must be a string, a list with at least one, a function or an Observable, got ${show(url)}`);
  for (const one of list) check(one);
}
