/** What the compiler has to say about mapped errors. Nothing of this runs. */
import { ApplicationError } from '../../lib/errors.ts';
import { CanceledError, NotAuthorizedError } from '../../lib/session/application-errors.ts';
import { mapError, type ErrorMap, type MappedError } from '../../lib/session/error-mapping.ts';
import type { Payload, Uri } from '../../lib/types.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A>() => <B>(_: B, ..._same: Same<A, B> extends true ? [] : [never]): void => {};

class SoldOutError extends ApplicationError<[item: string]> {
  constructor(payload: Payload<[item: string]>) { super('com.shop.sold_out', payload); }
}
class ShopError extends ApplicationError {
  constructor(payload?: Partial<Payload>, uri: Uri = 'com.shop.failed') { super(uri, payload); }
}
class Late extends Error {
  readonly minutes: number;
  constructor(minutes: number) { super('late'); this.minutes = minutes; }
}

// mapError: the class tells what write gets and read has to give.
const late = mapError({ type: Late, read: ({ args: [minutes] }) => new Late(Number(minutes)), write: ({ minutes }) => [minutes] });
same<MappedError<Late>>()(late);
// @ts-expect-error: read has to give an instance
mapError({ type: Late, read: ({ uri }) => new Error(uri), write: ({ minutes }) => [minutes] });
// @ts-expect-error: a Late has no hours
mapError({ type: Late, read: () => new Late(1), write: ({ hours }) => [hours] });
// @ts-expect-error: nothing would be answered
mapError({ type: Late, read: () => new Late(1) });

export const errors: ErrorMap = { 'com.shop.sold_out': SoldOutError, 'com.shop.failed': ShopError, 'com.late': late, 'com.no': NotAuthorizedError, 'com.gone': CanceledError };
// @ts-expect-error: it takes a URI first, and no payload
export const itself: ErrorMap = { 'com.x': ApplicationError };
// @ts-expect-error: a class that is not ours needs mapError
export const foreign: ErrorMap = { 'com.x': Late };
