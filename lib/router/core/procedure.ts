import type { Dict, List, Uri } from '../../types.ts';
import * as WampUri from '../../protocol/wamp-uris.ts';
import type { Member, Outbound } from './outbound.ts';

/** A call of a procedure that the router itself answers. */
export interface ProcedureCall<M> {
  readonly caller: M;
  readonly procedure: Uri;
  readonly args: List;
  readonly kwargs: Dict;
}

/** What such a procedure gives. */
export interface ProcedureResult<M extends Member = never> {
  readonly args?: List | undefined;
  readonly kwargs?: Dict | undefined;
  /** What is sent behind the answer. */
  readonly follows?: readonly Outbound<M>[] | undefined;
}

/** Procedures that answer at once, by URI. */
export type ProcedureTable<M extends Member> = readonly (readonly [Uri, (call: ProcedureCall<M>) => ProcedureResult<M>])[];

/** Thrown by a procedure of the router: the ERROR that the caller gets. */
export class Refusal extends Error {
  readonly uri: Uri;
  readonly args: List | undefined;

  constructor(uri: Uri, args?: List) {
    super(uri);
    this.name = 'Refusal';
    this.uri = uri;
    this.args = args;
  }
}

/** Refuses arguments that are not as the procedure wants them: ERROR `invalid_argument`. The sentence says expected before got. */
export function invalidArgument(sentence: string): Refusal {
  return new Refusal(WampUri.invalidArgument, [sentence]);
}
