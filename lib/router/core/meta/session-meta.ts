import { own, readId, readString, refuse, show } from '../../../protocol/fields.ts';
import { isUri } from '../../../protocol/uri.ts';
import * as WampMetaUri from '../../../protocol/wamp-meta-uris.ts';
import * as WampUri from '../../../protocol/wamp-uris.ts';
import type { Dict, Id, List, Uri } from '../../../types.ts';
import type { Member } from '../outbound.ts';
import { Refusal, type ProcedureTable } from '../procedure.ts';

/** What a session that is ended is told in GOODBYE. */
export interface Farewell {
  readonly reason: Uri;
  readonly details: Dict;
  /** Whether the session leaves without an event of it, and without its testaments. */
  readonly quietly: boolean;
}

/** What the session meta API knows of its realm. */
export interface SessionMetaOptions<M extends Member> {
  readonly sessions: ReadonlyMap<Id, M>;
  /** Ends sessions with GOODBYE. */
  readonly kill: (victims: readonly M[], farewell: Farewell) => void;
}

/** The procedures of the session meta API ("Session Meta API"), by URI. Those that end sessions never end the caller's own. */
export function sessionProcedures<M extends Member>({ sessions, kill }: SessionMetaOptions<M>): ProcedureTable<M> {
  const others = (caller: M, is: (session: M) => boolean): readonly M[] =>
    [...sessions.values()].filter((session) => session !== caller && is(session));
  const end = (victims: readonly M[], kwargs: Dict, quietly = false): readonly Id[] => {
    kill(victims, readFarewell(kwargs, quietly));
    return victims.map(({ id }) => id);
  };
  return [
    [WampMetaUri.sessionCount, ({ args }) => {
      const counts = readFilter(args);
      return { args: [counts === undefined ? sessions.size : [...sessions.values()].filter(counts).length] };
    }],
    [WampMetaUri.sessionList, ({ args }) => ({ args: [[...sessions.values()].filter(readFilter(args) ?? (() => true)).map(({ id }) => id)] })],
    [WampMetaUri.sessionGet, ({ args }) => ({ args: [sessionDetails(find(sessions, readId(args, 0, 'session')))] })],
    [WampMetaUri.sessionKill, ({ caller, args, kwargs }) => {
      const id = readId(args, 0, 'session');
      // "Specifying the caller's own session will result in a wamp.error.no_such_session since no other session with that ID exists."
      end([find(sessions, id, caller)], kwargs);
      return {};
    }],
    [WampMetaUri.sessionKillByAuthid, ({ caller, args, kwargs }) => {
      const authid = readString(args, 0, 'authid');
      return { args: [end(others(caller, (session) => session.authid === authid), kwargs)] };
    }],
    [WampMetaUri.sessionKillByAuthrole, ({ caller, args, kwargs }) => {
      const authrole = readString(args, 0, 'authrole');
      return { args: [end(others(caller, (session) => session.authrole === authrole), kwargs).length] };
    }],
    // "Closing all sessions in the realm will not generate session meta events or testament events."
    [WampMetaUri.sessionKillAll, ({ caller, kwargs }) => ({ args: [end(others(caller, () => true), kwargs, true).length] })],
  ];
}

/** What everybody may know of a session: of its way here no more than the kind of it, the subprotocol and the peer. */
export function sessionDetails({ id, authid, authrole, authmethod, authprovider, transport }: Omit<Member, 'has'>): Dict {
  const { type, protocol, peer } = transport;
  return {
    session: id, authid, authrole, authmethod, authprovider,
    transport: { ...(type !== undefined && { type }), ...(protocol !== undefined && { protocol }), ...(peer !== undefined && { peer }) },
  };
}

function find<M extends Member>(sessions: ReadonlyMap<Id, M>, id: Id, except?: M): M {
  const session = sessions.get(id);
  if (session === undefined || session === except) throw new Refusal(WampUri.noSuchSession, [`there is no ${except === undefined ? '' : 'other '}session ${id}`]);
  return session;
}

function readFilter(args: List): ((session: Member) => boolean) | undefined {
  const roles = args[0] ?? undefined;
  if (roles === undefined) return undefined;
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string')) return refuse('filter_authroles', 'a list of strings', roles);
  const wanted = new Set<string>(roles);
  return ({ authrole }) => wanted.has(authrole);
}

function readFarewell(kwargs: Dict, quietly: boolean): Farewell {
  const reason = own(kwargs, 'reason') ?? WampUri.killed;
  const message = own(kwargs, 'message') ?? undefined;
  if (!isUri(reason)) throw new Refusal(WampUri.invalidUri, [`reason must be a URI, got ${show(reason)}`]);
  if (message !== undefined && typeof message !== 'string') return refuse('message', 'a string', message);
  return { reason, details: message === undefined ? {} : { message }, quietly };
}
