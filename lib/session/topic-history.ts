/**
 * The event history of a router, read by `wamp.subscription.get_events` ("Event History"). Two dialects of it are spoken: the
 * specification's, with filters by name and oldest first, and Crossbar.io's, with a limit alone and newest first. Who speaks which cannot
 * be known from WELCOME, as Crossbar.io announces nothing: it is tried, once for each session.
 */
import { Observable, catchError, map, tap, throwError } from 'rxjs';
import { applicationErrorOf } from '../errors.ts';
import { isDict, readArgs, readDict, readId, readKwargs, readPayload, refuse } from '../protocol/fields.ts';
import type { EventMessage } from '../protocol/messages.ts';
import * as WampMetaUri from '../protocol/wamp-meta-uris.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Dict, Id, List, Uri } from '../types.ts';
import { startCall } from './caller.ts';
import type { CallProgress, CallResult } from './options.ts';
import { NO_KWARGS } from './payload.ts';
import type { RoleHost } from './role-host.ts';

/** One event of the history. */
export type PastEvent = Pick<EventMessage, 'publication' | 'details' | 'args' | 'kwargs' | 'payload'>;

/** What one call brought. */
export interface HistoryPage {
  /** Oldest first. */
  readonly events: readonly PastEvent[];
  /** How it ends: with the newest event there is, or with the last one that found room, so that there may be more. */
  readonly end: 'present' | 'limit';
}

/** Refusals that do not come from the way in which it was asked. */
const FINAL_REFUSALS: ReadonlySet<Uri> = new Set(['wamp.error.history_unavailable', WampUri.noSuchProcedure, WampUri.notAuthorized]);

/** The event history as one session can read it. */
export class History {
  readonly #host: RoleHost;
  #dialect: 'filtered' | 'newest' | undefined;

  constructor(host: RoleHost) {
    this.#host = host;
  }

  /**
   * Events of a subscription from a publication on, that one included where the history still has it, and at most `limit` of them. In the
   * dialect that cannot be asked so, the newest ones instead. Cold: one CALL, or two while the dialect is not known; unsubscribing sends
   * CANCEL. Errors with ApplicationError, with ProtocolError where the answer makes no sense, with TransportLostError.
   */
  page(subscription: Id, from: Id, limit: number): Observable<HistoryPage> {
    if (this.#dialect === 'newest') return this.#newest(subscription, limit);
    const filtered = this.#call([subscription], { from_publication: from, limit }).pipe(
      tap(() => { this.#dialect = 'filtered'; }),
      map((result): HistoryPage => {
        const events = readEvents(itemsOf(result.args));
        // Our router says `more` where its answer had no room for what the limit would have let pass.
        return { events, end: events.length < limit && result.kwargs['more'] !== true ? 'present' : 'limit' };
      }),
    );
    if (this.#dialect === 'filtered') return filtered;
    return filtered.pipe(catchError((error: unknown) => (mayBeDialect(error) ? this.#newest(subscription, limit) : throwError(() => error))));
  }

  #newest(subscription: Id, limit: number): Observable<HistoryPage> {
    return this.#call([subscription, limit], undefined).pipe(
      tap(() => { this.#dialect = 'newest'; }),
      map(({ args }): HistoryPage => {
        const events = readEvents(itemsOf(args));
        // Crossbar.io answers with one value, a list. Who answers with the events themselves took no notice of the limit, and kept its order.
        return { events: isListed(args) ? events.reverse() : events, end: 'present' };
      }),
    );
  }

  #call(args: List, kwargs: Dict | undefined): Observable<CallResult | CallProgress> {
    // Whoever reads has a time of their own.
    const request = { uri: WampMetaUri.subscriptionGetEvents, payload: { args, kwargs }, options: { timeout: 0 } };
    return new Observable((subscriber) => startCall(this.#host, request, subscriber));
  }
}

function mayBeDialect(error: unknown): boolean {
  const refusal = applicationErrorOf(error);
  return refusal !== undefined && !FINAL_REFUSALS.has(refusal.uri);
}

function isListed(args: List): args is readonly [List] {
  return args.length === 1 && Array.isArray(args[0]);
}

// The specification has the events as the arguments. A procedure that returns a list answers with one argument, the list.
function itemsOf(args: List): List {
  return isListed(args) ? args[0] : args;
}

function readEvents(items: List): PastEvent[] {
  return items.map((item) => readEvent(isDict(item) ? item : refuse('get_events: an event', 'a dictionary', item)));
}

function readEvent(item: Dict): PastEvent {
  const payload = [item['args'], item['kwargs']];
  return {
    publication: readId([item['publication']], 0, 'get_events: publication'),
    details: item['details'] == null ? topicOf(item) : readDict([item['details']], 0, 'get_events: details'),
    args: readArgs(payload, 0, 'get_events: args'),
    kwargs: readKwargs(payload, 1, 'get_events: kwargs'),
    payload: readPayload([item['payload']], 0),
  };
}

// Crossbar.io gives no details, but the topic.
function topicOf({ topic }: Dict): Dict {
  return typeof topic === 'string' ? { topic } : NO_KWARGS;
}
