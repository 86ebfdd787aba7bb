import { filter, map, type OperatorFunction } from 'rxjs';
import type { List } from '../types.ts';

/** What {@link progressOf} works on: the results of a call with `progress: true`, or anything of that shape. */
export interface ProgressLike {
  readonly progress: boolean;
  readonly args: List;
}

/** Those of the results whose `progress` is `P`. */
export type Half<T extends ProgressLike, P extends boolean> =
  [Extract<T, { readonly progress: P }>] extends [never] ? T & { readonly progress: P } : Extract<T, { readonly progress: P }>;

/** What to make of progressive results, and of the final one. */
export interface ProgressHandlers<T extends ProgressLike, B, D> {
  /** What to emit for a progressive result. @default nothing: they are dropped */
  readonly bar?: ((progress: Half<T, true>) => B) | undefined;
  /** What to emit for the final result. @default nothing: it is dropped */
  readonly done?: ((result: Half<T, false>) => D) | undefined;
}

/**
 * Tells the progressive results of a call from its final one. With both functions the two become one stream of what they return, such as
 * the state of a view; with one of them that half is left, and the other dropped.
 *
 * What a function throws fails the stream. Throws TypeError where there is neither.
 *
 * With `{ bar: ({ args: [percent] }) => percent, done: ({ args: [file] }) => file }`, where p is a progressive result of 50 and r the
 * result `'a.pdf'`:
 *
 * ```
 * in   --p---(r|)
 * out  --50--('a.pdf'|)
 * ```
 *
 * ```ts
 * client.call<string, number>('com.office.print', [], { progress: true }).pipe(
 *   progressOf({ bar: ({ args: [page] }) => `page ${page}`, done: ({ args: [file] }) => `printed ${file}` }),
 * ).subscribe(console.log);
 * // => page 1, page 2, printed a.pdf
 * ```
 */
export function progressOf<T extends ProgressLike, B = never, D = never>({ bar, done }: ProgressHandlers<T, B, D>): OperatorFunction<T, B | D> {
  if (bar === undefined && done === undefined) throw new TypeError('progressOf: bar or done must be a function, got neither');
  const isWanted = ({ progress }: T): boolean => (progress ? bar : done) !== undefined;

  const handle = (result: T): unknown => (result.progress ? bar?.(result as Half<T, true>) : done?.(result as Half<T, false>));

  return (source) => source.pipe(filter(isWanted), map((result) => handle(result) as B | D));
}
