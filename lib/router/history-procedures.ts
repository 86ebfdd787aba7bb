import { isObservable, map } from 'rxjs';
import type { MaybeLater } from '../auth/authenticator.ts';
import { MessageType } from '../protocol/messages.ts';
import * as WampMetaUri from '../protocol/wamp-meta-uris.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Dict, Id, Uri } from '../types.ts';
import type { Attachment } from './attachment.ts';
import type { Authorizer, Ruling } from './authorizer.ts';
import type { Broker } from './core/broker.ts';
import type { KeptEvent } from './core/events/event-store.ts';
import { readHistoryQuery, selectEvents } from './core/events/history-query.ts';
import { Refusal, type ProcedureCall, type ProcedureResult } from './core/procedure.ts';
import type { RouterProcedure } from './router-procedures.ts';

/** What the event history knows of its realm. */
export interface HistoryProceduresOptions {
  readonly broker: Broker<Attachment>;
  /** Tells whether a member may subscribe. */
  readonly rule: Authorizer['rule'];
}

/**
 * The procedure of the event history, by URI ("Event History"). `wamp.subscription.get_events` answers with the events as arguments, and
 * with `more: true` where the answer had no room for all of them. It refuses with `no_such_subscription`; with Crossbar.io's
 * `wamp.error.history_unavailable` where the subscription has no history; and as a SUBSCRIBE would be refused that asks for the same.
 */
export function historyProcedures({ broker, rule }: HistoryProceduresOptions): readonly (readonly [Uri, RouterProcedure<Attachment>])[] {
  return [[WampMetaUri.subscriptionGetEvents, (call) => getEvents(broker, rule, call)]];
}

function getEvents(broker: Broker<Attachment>, rule: Authorizer['rule'], { caller, args, kwargs }: ProcedureCall<Attachment>): MaybeLater<ProcedureResult> {
  const [id, query] = readHistoryQuery(args, kwargs);
  const found = broker.historyOf(id);
  if (found === undefined) throw new Refusal(WampUri.noSuchSubscription);
  const { topic, match, history } = found;

  const answer = ({ error }: Ruling): ProcedureResult => {
    if (error !== undefined) throw new Refusal(error);
    if (history === undefined) throw new Refusal(WampUri.historyUnavailable);
    const { events, more } = selectEvents(history, query, caller);
    return { args: events.map((event) => eventDict(id, event, match === 'exact' ? event.details : { topic: event.topic, ...event.details })), kwargs: { more } };
  };
  // "In order to request event history, a peer must be allowed to subscribe to a desired subscription first."
  const ruling = rule(caller, { type: MessageType.SUBSCRIBE, request: 0, options: { match }, topic });
  return isObservable(ruling) ? ruling.pipe(map(answer)) : answer(ruling);
}

function eventDict(subscription: Id, { publication, time, args, kwargs, payload }: KeptEvent, details: Dict): Dict {
  return {
    timestamp: new Date(time).toISOString(), subscription, publication, details,
    ...(args !== undefined && { args }), ...(kwargs !== undefined && { kwargs }), ...(payload !== undefined && { payload }),
  };
}
