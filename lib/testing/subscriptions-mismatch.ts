import { diagram, labelled, type Mark, type Place } from './diagram.ts';
import type { Mismatch } from './mismatch-error.ts';
import { ms } from './verdict.ts';

/** One subscription to a source; the frames are milliseconds, `Infinity` for never. As TestScheduler logs them. */
export interface SubscriptionLog {
  readonly subscribedFrame: number;
  readonly unsubscribedFrame: number;
}

const MOST_LOGS = 8;

/** What is wrong with the subscriptions to a source, if anything is. */
export function subscriptionsMismatch(expected: readonly SubscriptionLog[], actual: readonly SubscriptionLog[]): Mismatch | undefined {
  const length = Math.max(expected.length, actual.length);
  for (let at = 0; at < length; at++) {
    const [wanted, got] = [marksOf(expected[at]), marksOf(actual[at])];
    const index = [0, 1].find((mark) => wanted[mark]?.frame !== got[mark]?.frame);
    if (index === undefined) continue;
    const frame = Math.min(wanted[index]?.frame ?? Infinity, got[index]?.frame ?? Infinity);
    return describeSubscriptions(expected, actual, at, { frame, index: wanted[0]?.frame === frame || got[0]?.frame === frame ? index : 0 });
  }
  return undefined;
}

function describeSubscriptions(expected: readonly SubscriptionLog[], actual: readonly SubscriptionLog[], at: number, place: Place): Mismatch {
  const from = Math.max(0, at - MOST_LOGS + 1);
  const shown = Array.from({ length: Math.min(MOST_LOGS, Math.max(expected.length, actual.length) - from) }, (_, index) => from + index);
  const { rows, caret } = diagram(shown.flatMap((index) => [marksOf(expected[index]), marksOf(actual[index])]), place);
  const many = Math.max(expected.length, actual.length) > 1;
  const labels = shown.flatMap((index) => many ? [`${ordinal(index).padEnd(5)}expected`, '     actual'] : ['expected', 'actual']);
  const side = (offset: number): string => rows.filter((_, index) => index % 2 === offset).map((row) => row.trimEnd()).join('\n');
  return {
    message: [
      `subscriptions must be as expected, and ${subscriptionVerdict(expected[at], actual[at], many ? `the ${ordinal(at)}` : 'it')}`,
      '',
      ...labelled(labels, rows, caret, 2 * shown.indexOf(at) + 1),
    ].join('\n'),
    expected: side(0),
    actual: side(1),
  };
}

function subscriptionVerdict(expected: SubscriptionLog | undefined, actual: SubscriptionLog | undefined, it: string): string {
  if (actual === undefined) return `${it} never came`;
  if (expected === undefined) return `${it} should not have come, at ${ms(actual.subscribedFrame)}`;
  if (actual.subscribedFrame !== expected.subscribedFrame) return `${it} came at ${ms(actual.subscribedFrame)} instead of ${ms(expected.subscribedFrame)}`;
  if (actual.unsubscribedFrame === Infinity) return `${it} was never unsubscribed`;
  return `${it} was unsubscribed at ${ms(actual.unsubscribedFrame)}${expected.unsubscribedFrame === Infinity ? '' : ` instead of ${ms(expected.unsubscribedFrame)}`}`;
}

function marksOf(log: SubscriptionLog | undefined): readonly Mark[] {
  if (log === undefined) return [];
  return [{ frame: log.subscribedFrame, sign: '^' }, { frame: log.unsubscribedFrame, sign: '!' }].filter(({ frame }) => frame !== Infinity);
}

function ordinal(index: number): string {
  const number = index + 1;
  const suffix = number % 100 > 10 && number % 100 < 14 ? 'th' : ['th', 'st', 'nd', 'rd'][number % 10] ?? 'th';
  return `${number}${suffix}`;
}
