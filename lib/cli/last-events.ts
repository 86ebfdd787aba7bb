import { catchError, map, throwError, type Observable } from 'rxjs';
import type { Client } from '../client/client.ts';
import { applicationErrorOf } from '../errors.ts';
import { isDict, isList } from '../protocol/fields.ts';
import * as WampMetaUri from '../protocol/wamp-meta-uris.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Dict, Id, List, Uri } from '../types.ts';

/** An event that was published before. */
export interface PastEvent {
  readonly topic: Uri;
  readonly publication: unknown;
  /** As the router wrote it. */
  readonly timestamp: string | undefined;
  readonly args: List;
  readonly kwargs: Dict;
}

const FINAL: ReadonlySet<string> = new Set([WampUri.historyUnavailable, WampUri.noSuchProcedure, WampUri.notAuthorized]);

/**
 * The newest events of a subscription that the router kept, oldest first. It is asked as the specification has it, and then as Crossbar.io
 * does: both answer with the newest first.
 */
export function lastEvents(client: Pick<Client, 'call'>, topic: Uri, subscription: Id, limit: number): Observable<readonly PastEvent[]> {
  const uri = WampMetaUri.subscriptionGetEvents;
  return client.call(uri, { args: [subscription], kwargs: { limit, reverse: true } }).pipe(
    catchError((error: unknown) => (FINAL.has(applicationErrorOf(error)?.uri ?? '') ? throwError(() => error) : client.call(uri, [subscription, limit]))),
    map(({ args }) => itemsOf(args).filter(isDict).slice(0, limit).map((item) => readPast(item, topic)).reverse()),
  );
}

function itemsOf(args: List): List {
  const [first] = args;
  return args.length === 1 && isList(first) ? first : args;
}

function readPast(item: Dict, subscribed: Uri): PastEvent {
  const details = isDict(item['details']) ? item['details'] : item;
  const { topic, timestamp } = { topic: details['topic'], timestamp: item['timestamp'] };
  return {
    topic: typeof topic === 'string' ? topic : subscribed,
    publication: item['publication'],
    timestamp: typeof timestamp === 'string' ? timestamp : undefined,
    args: isList(item['args']) ? item['args'] : [],
    kwargs: isDict(item['kwargs']) ? item['kwargs'] : {},
  };
}
