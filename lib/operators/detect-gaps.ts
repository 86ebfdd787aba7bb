import { concatMap, defer, type MonoTypeOperatorFunction, type OperatorFunction } from 'rxjs';
import { GapError } from '../errors.ts';

/** What {@link detectGaps} emits: the values as they came, and what is missing between them. */
export type SequenceSignal<T> = SequenceValue<T> | LateValue<T> | SequenceGap;

/** A value that comes next, or next behind a gap. */
export interface SequenceValue<T> {
  readonly kind: 'value';
  readonly value: T;
  /** Its number; `undefined` where it has none. */
  readonly seq: number | undefined;
}

/** A value from behind: it was overtaken by another, or is repeated. Nobody can tell which. */
export interface LateValue<T> {
  readonly kind: 'late';
  readonly value: T;
  readonly seq: number;
}

/** Values are missing here, or the count began anew and nobody can say how many. */
export interface SequenceGap {
  readonly kind: 'gap';
  /** The last number before the gap. */
  readonly after: number;
  /** The number that came instead of the next one. */
  readonly before: number;
  /** How many numbers are missing; `undefined` where the count began anew. */
  readonly missed: number | undefined;
}

/** A number that falls back by so many is no late one: the count began anew. */
const RESTART = 256;

/**
 * Watches the sequence numbers of values, and tells in place where some are missing. Routers may drop events for a slow subscriber, and
 * nothing in WAMP would let it know: let publishers count.
 *
 * Numbers count up by one; the first that comes is where counting begins.
 *
 * - One above the next is a gap: it is told before the value.
 * - One that is not above the highest is late or a repetition: told as `late`, and it changes nothing. A gap that it belongs to has been
 *   told already.
 * - One that falls back to 0 or 1, or by 256 or more, is a publisher that began anew: a gap of unknown size, behind which counting
 *   goes on from it. In doubt a gap is told, since one too many costs a fresh snapshot, and one too few the truth.
 * - What is no safe integer is no number: the value passes, and nothing is concluded.
 *
 * With `onGap: 'error'` the values come as they are and the first gap fails the stream with GapError, fit for `retry`; late ones, which
 * without a gap are repetitions, are left out. What `seqOf` throws fails the stream.
 *
 * ```
 * in   --1--2--5--4--6--|
 * out  --1--2-(g5)l--6--|    g: { after: 2, before: 5, missed: 2 }, l: 4 is late
 * ```
 *
 * ```ts
 * client.topic('com.shop.price').pipe(detectGaps(({ kwargs }) => kwargs['seq'])).subscribe((signal) => {
 *   if (signal.kind === 'value') show(signal.value);
 *   if (signal.kind === 'gap') refresh();
 * });
 * // 1, 2 and 5 came => shows 1 and 2, refreshes, shows 5
 * ```
 */
export function detectGaps<T>(seqOf: (value: T) => unknown, options: { readonly onGap: 'error' }): MonoTypeOperatorFunction<T>;
export function detectGaps<T>(seqOf: (value: T) => unknown, options?: { readonly onGap?: 'notify' | undefined }): OperatorFunction<T, SequenceSignal<T>>;
export function detectGaps<T>(seqOf: (value: T) => unknown, { onGap = 'notify' }: { readonly onGap?: 'notify' | 'error' | undefined } = {}): OperatorFunction<T, SequenceSignal<T> | T> {
  if (onGap !== 'notify' && onGap !== 'error') throw new RangeError(`detectGaps: onGap must be 'notify' or 'error', got ${String(onGap)}`);

  return (source) => defer(() => {
    const sequence = new Sequence();
    // concatMap lets a `next` inside a `next` wait until both signals of the value before are out.
    return source.pipe(concatMap((value): readonly (SequenceSignal<T> | T)[] => {
      const signals = sequence.judge(value, seqOf(value));
      return onGap === 'notify' ? signals : bareOrThrow(signals);
    }));
  });
}

/** The highest number so far, and what another says beside it. */
class Sequence {
  #highest: number | undefined;

  judge<T>(value: T, seq: unknown): readonly SequenceSignal<T>[] {
    if (!isSeq(seq)) return [{ kind: 'value', value, seq: undefined }];
    const highest = this.#highest;
    const restarts = highest !== undefined && seq < highest && (seq === 0 || seq === 1 || highest - seq >= RESTART);
    if (highest !== undefined && seq <= highest && !restarts) return [{ kind: 'late', value, seq }];

    this.#highest = seq;
    const next: SequenceValue<T> = { kind: 'value', value, seq };
    if (highest === undefined || seq === highest + 1) return [next];
    return [{ kind: 'gap', after: highest, before: seq, missed: restarts ? undefined : seq - highest - 1 }, next];
  }
}

function isSeq(seq: unknown): seq is number {
  return Number.isSafeInteger(seq);
}

function gapError({ after, before }: SequenceGap): GapError {
  return new GapError(`sequence number must be ${after + 1}, got ${before}`, { from: after, to: before });
}

function bareOrThrow<T>(signals: readonly SequenceSignal<T>[]): readonly T[] {
  return signals.flatMap((signal) => {
    if (signal.kind === 'gap') throw gapError(signal);
    return signal.kind === 'value' ? [signal.value] : [];
  });
}
