import { WampMetaUri } from '../../../protocol/uri.ts';
import type { Dict, Uri } from '../../../types.ts';
import type { Member } from '../outbound.ts';
import type { ProcedureCall, ProcedureResult } from '../procedure.ts';

/** What the session meta API knows of its realm. */
export interface SessionMetaOptions<M extends Member> {
  readonly sessions: ReadonlySet<M>;
}

/** The procedures of the session meta API ("Session Meta API"), by URI. */
export function sessionProcedures<M extends Member>(
  { sessions }: SessionMetaOptions<M>,
): readonly (readonly [Uri, (call: ProcedureCall<M>) => ProcedureResult])[] {
  return [
    [WampMetaUri.sessionCount, () => ({ args: [sessions.size] })],
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
