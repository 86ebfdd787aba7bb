import { catchError, concatMap, defer, from, isObservable, map, of, switchMap, take, throwIfEmpty, type Observable } from 'rxjs';
import { ConnectFailedError } from '../errors.ts';
import { joining } from '../session/join.ts';
import type { Session } from '../session/session.ts';
import type { Serializer } from '../serializers/serializer.ts';
import type { Transport } from '../transports/transport.ts';
import type { LifeContext } from './parts.ts';
import type { Credentials } from './credentials.ts';
import type { Attempt, ClientOptions, UrlOption } from './options.ts';
import { isRejection } from './reconnect.ts';

/** How far a life of a client has come. */
export type ClientStage =
  | { readonly kind: 'connecting'; readonly url: string | undefined }
  | { readonly kind: 'authenticating'; readonly method: string | undefined }
  | { readonly kind: 'joined'; readonly session: Session };

/** Makes the transport to a URL. */
export type Dial = (url: string, subprotocols: readonly string[]) => Transport;

/** The lives of a client: asks for the URL and the credentials of each attempt, dials, and joins. */
export function livesOf(
  options: ClientOptions, serializers: readonly Serializer[], dial: Dial, credentials: Credentials,
): (context: LifeContext) => Observable<ClientStage> {
  const { url, transport, realm, timeouts, scheduler, log, redact, payloadCodec } = options;
  const subprotocols = serializers.map(({ subprotocol }) => subprotocol);
  const nextUrl = url === undefined ? undefined : urls(url);
  // An attempt that is given no URL has failed like any other, and counts.
  const url$ = (attempt: Attempt): Observable<string | undefined> => defer(() => (nextUrl === undefined ? of(undefined) : nextUrl(attempt))).pipe(
    catchError((cause: unknown) => { throw new ConnectFailedError('no url was given for the attempt', { cause }); }),
  );
  return ({ tap, session, ...known }) => {
    const attempt: Attempt = { ...known, rejected: isRejection(known.previousError) };
    return url$(attempt).pipe(
      concatMap((at) => credentials.ask(attempt).pipe(map((given) => ({ at, given })))),
      switchMap(({ at, given }) => {
        const way = at === undefined ? transport : dial(at, subprotocols);
        if (way === undefined) throw new TypeError('client must have a url or a transport');
        return joining(way, { realm, auth: given, serializers, timeouts, scheduler, log, tap, redact, payloadCodec, report: session.report }, session).pipe(
          map((stage): ClientStage => (stage.kind === 'connecting' ? { kind: 'connecting', url: at } : stage)),
        );
      }),
    );
  };
}

function urls(option: UrlOption): (attempt: Attempt) => Observable<string> {
  if (typeof option === 'string') return () => of(option);
  if (typeof option === 'function') return (attempt) => from(option(attempt)).pipe(take(1), throwIfEmpty());
  if (isObservable(option)) return () => option.pipe(take(1), throwIfEmpty());
  const list: readonly string[] = option;
  let next = 0;
  return () => of(list[next++ % list.length] ?? '');
}
