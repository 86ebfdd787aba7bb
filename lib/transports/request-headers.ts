import { defer, first, from, isObservable, map, of, type Observable } from 'rxjs';
import { show } from '../protocol/show.ts';

/** Headers of HTTP requests, by name. */
export type Headers = Readonly<Record<string, string>>;

/** Headers, or what is asked for each attempt to connect, so that they are fresh: a token that expires. Of an Observable the first value counts. */
export type HeadersOption = Headers | (() => Headers | PromiseLike<Headers> | Observable<Headers>);

/** Asks on each subscription, and emits the headers: at once where they are there. Errors with whatever is thrown, and with TypeError where they are none. */
export function headersOf(option: HeadersOption): Observable<Headers> {
  if (typeof option !== 'function') return of(checked(option));
  return defer(() => {
    const answer = option();
    if (isObservable(answer)) return answer.pipe(first());
    return isPromise(answer) ? from(answer) : of(answer);
  }).pipe(map(checked));
}

function isPromise(answer: Headers | PromiseLike<Headers>): answer is PromiseLike<Headers> {
  return typeof answer === 'object' && answer !== null && typeof answer['then'] === 'function';
}

function checked(headers: Headers): Headers {
  if (typeof headers !== 'object' || headers === null) throw new TypeError(`headers must be an object of texts, got ${show(headers)}`);
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') throw new TypeError(`header ${show(name)} must be a text, got ${show(value)}`);
  }
  return headers;
}

/** Headers with the cookies of a jar behind those that they have. */
export function withCookies(headers: Headers, cookies: string | undefined): Headers {
  if (cookies === undefined) return headers;
  const name = Object.keys(headers).find((each) => each.toLowerCase() === 'cookie') ?? 'Cookie';
  const given = headers[name];
  return { ...headers, [name]: given === undefined ? cookies : `${given}; ${cookies}` };
}
