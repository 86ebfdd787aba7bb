/**
 * The procedures of the registration and of the subscription meta API, which are the same ones over other tables. Arguments are hostile: what they may
 * not be is a ProtocolError, which the router answers with `invalid_argument`.
 */
import { own, readId, readOptionalDict, refuse } from '../../../protocol/fields.ts';
import { isUri, type MatchPolicy } from '../../../protocol/uri.ts';
import * as WampUri from '../../../protocol/wamp-uris.ts';
import type { Dict, Id, List, Uri } from '../../../types.ts';
import type { Directory } from '../directory.ts';
import type { Member, Outbound } from '../outbound.ts';
import { Refusal, type ProcedureCall, type ProcedureResult, type ProcedureTable } from '../procedure.ts';

/** The URIs of one of both. */
export interface DirectoryUris {
  readonly list: Uri;
  readonly lookup: Uri;
  readonly match: Uri;
  readonly get: Uri;
  readonly listMembers: Uri;
  readonly countMembers: Uri;
  readonly removeMember: Uri;
}

/** Options of {@link directoryProcedures}. */
export interface DirectoryProceduresOptions<M extends Member, T> {
  readonly uris: DirectoryUris;
  /** What one of them is called in sentences. */
  readonly noun: string;
  /** The error where there is none of an id. */
  readonly missing: Uri;
  readonly directory: Directory<T>;
  readonly sessions: ReadonlyMap<Id, M>;
  /** Reads the policy from options as in the request that makes one. */
  readonly readMatch: (options: Dict) => MatchPolicy | undefined;
  /** What a message of this URI goes to. */
  readonly match: (uri: Uri) => Id | readonly Id[] | null;
  readonly describe: (target: T) => Dict;
  readonly membersOf: (target: T) => readonly M[];
  readonly revoke: (member: M, id: Id, reason: string | undefined) => readonly Outbound<M>[] | undefined;
}

/** What both have of what they are about. */
interface Described {
  readonly id: Id;
  readonly match: MatchPolicy;
}

/** The procedures of one of both, by URI. */
export function directoryProcedures<M extends Member, T extends Described>(options: DirectoryProceduresOptions<M, T>): ProcedureTable<M> {
  const { uris, noun, directory, readMatch, match, describe, membersOf } = options;
  const found = (call: ProcedureCall<M>): T => find(options, readId(call.args, 0, noun));
  return [
    [uris.list, () => ({ args: [idsByPolicy(directory)] })],
    [uris.lookup, ({ args }) => {
      const by = readMatch(args[1] === null ? {} : readOptionalDict(args, 1, 'options') ?? {}) ?? 'exact';
      return { args: [directory.byPattern(readPattern(args, by), by)?.id ?? null] };
    }],
    [uris.match, ({ args }) => ({ args: [match(readPattern(args, 'exact'))] })],
    [uris.get, (call) => ({ args: [describe(found(call))] })],
    [uris.listMembers, (call) => ({ args: [membersOf(found(call)).map(({ id }) => id)] })],
    [uris.countMembers, (call) => ({ args: [membersOf(found(call)).length] })],
    [uris.removeMember, (call) => remove(options, call)],
  ];
}

/** Says when something was made: ISO 8601, in whole seconds. */
export function timestamp(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length)}Z`;
}

function find<T>({ directory, missing, noun }: Pick<DirectoryProceduresOptions<never, T>, 'directory' | 'missing' | 'noun'>, id: Id): T {
  const target = directory.get(id);
  if (target === undefined) throw new Refusal(missing, [`there is no ${noun} ${id}`]);
  return target;
}

function remove<M extends Member, T extends Described>(options: DirectoryProceduresOptions<M, T>, { args, kwargs }: ProcedureCall<M>): ProcedureResult<M> {
  const { noun, missing, sessions, revoke } = options;
  const { id } = find(options, readId(args, 0, noun));
  const session = readId(args, 1, 'session');
  const reason = readReason(kwargs);
  const member = sessions.get(session);
  if (member === undefined) throw new Refusal(WampUri.noSuchSession, [`there is no session ${session}`]);
  const follows = revoke(member, id, reason);
  if (follows === undefined) throw new Refusal(missing, [`session ${session} does not have ${noun} ${id}`]);
  return { follows };
}

function idsByPolicy(directory: Directory<Described>): { readonly [P in MatchPolicy]: readonly Id[] } {
  const ids: { readonly [P in MatchPolicy]: Id[] } = { exact: [], prefix: [], wildcard: [] };
  for (const { id, match } of directory.values()) ids[match].push(id);
  return ids;
}

function readPattern(args: List, match: MatchPolicy): Uri {
  const [uri] = args;
  return isUri(uri, { match }) ? uri : refuse('uri', match === 'exact' ? 'a URI' : `a URI with ${match} matching`, uri);
}

function readReason(kwargs: Dict): string | undefined {
  const reason = own(kwargs, 'reason') ?? undefined;
  return reason === undefined || typeof reason === 'string' ? reason : refuse('reason', 'a string', reason);
}
