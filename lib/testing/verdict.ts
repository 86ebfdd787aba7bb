import type { TimedNotification } from './letters.ts';

/** Two lists of notifications that differ. */
export interface Differing {
  readonly expected: readonly TimedNotification[];
  readonly actual: readonly TimedNotification[];
  /** Up to here they are the same. */
  readonly at: number;
  /** The frame at which the test unsubscribed; `Infinity` where it did not. */
  readonly unsubscribed: number;
}

/** What is wrong, in words: `it completed too early, at 4 ms instead of 6 ms`. */
export function verdict(differing: Differing): string {
  const { expected, actual, at } = differing;
  const wanted = expected[at];
  const got = actual[at];
  if (got === undefined) return missing(differing);
  if (expected.length === 0) return `it ${did(got)} at ${ms(got.frame)}, where nothing should come`;
  if (wanted === undefined) return got.notification.kind === 'N' ? `more came, at ${ms(got.frame)}` : `it ${did(got)}, at ${ms(got.frame)}`;
  if (got.notification.kind === 'N') return `they differ at ${ms(Math.min(wanted.frame, got.frame))}`;
  if (wanted.notification.kind === 'N') return `it ${did(got)} at ${ms(got.frame)}, before all values had come`;
  return ending(wanted, got);
}

/** Milliseconds for people: `4 ms`. */
export function ms(frame: number): string {
  return `${Math.round(frame * 1000) / 1000} ms`;
}

// They agree as far as the actual ones go.
function missing({ expected, actual, at, unsubscribed }: Differing): string {
  const wanted = expected[at];
  const tooSoon = wanted !== undefined && unsubscribed <= wanted.frame;
  const last = actual.at(-1);
  if (wanted === undefined || wanted.notification.kind === 'N') {
    const what = last === undefined ? 'nothing came' : `nothing came after ${ms(last.frame)}`;
    return tooSoon ? `${what}, since it was unsubscribed at ${ms(unsubscribed)}` : what;
  }
  const never = last === undefined ? 'nothing came, and it never' : 'it never';
  return tooSoon ? `it was unsubscribed at ${ms(unsubscribed)}, before it ${did(wanted)}` : `${never} ${did(wanted)}`;
}

// Both are ends.
function ending(wanted: TimedNotification, got: TimedNotification): string {
  if (wanted.notification.kind !== got.notification.kind) return `it ${did(got)} at ${ms(got.frame)} instead of ${wanted.notification.kind === 'C' ? 'completing' : 'failing'}`;
  if (wanted.frame === got.frame) return `it failed with another error, at ${ms(got.frame)}`;
  return `it ${did(got)} too ${got.frame < wanted.frame ? 'early' : 'late'}, at ${ms(got.frame)} instead of ${ms(wanted.frame)}`;
}

function did({ notification: { kind } }: TimedNotification): string {
  if (kind === 'N') return 'emitted';
  return kind === 'C' ? 'completed' : 'failed';
}
