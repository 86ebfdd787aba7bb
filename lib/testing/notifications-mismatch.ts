import { alike } from './alike.ts';
import { diagram, labelled, type Mark } from './diagram.ts';
import { Letters, type TimedNotification } from './letters.ts';
import type { Mismatch } from './mismatch-error.ts';
import { showDifferences } from './show-difference.ts';
import { showValue } from './show-value.ts';
import { verdict, type Differing } from './verdict.ts';

const MOST_LETTERS = 24;
const INDENT = '  ';

type Legend = readonly { readonly sign: string; readonly text: string }[];

/** What is wrong with notifications, if anything is. `what` they are: marbles, frames. */
export function notificationsMismatch(what: string, { expected, actual, unsubscribed }: Omit<Differing, 'at'>): Mismatch | undefined {
  const length = Math.max(expected.length, actual.length);
  for (let at = 0; at < length; at++) {
    if (!isSame(actual[at], expected[at])) return describe(what, { expected, actual, unsubscribed, at });
  }
  return undefined;
}

function isSame(actual: TimedNotification | undefined, expected: TimedNotification | undefined): boolean {
  return actual !== undefined && expected !== undefined && actual.frame === expected.frame
    && actual.notification.kind === expected.notification.kind && alike(valueOf(actual), valueOf(expected));
}

function valueOf({ notification }: TimedNotification): unknown {
  return notification.kind === 'N' ? notification.value : notification.kind === 'E' ? notification.error : undefined;
}

function describe(what: string, differing: Differing): Mismatch {
  const { expected, actual, at } = differing;
  const letters = new Letters(expected);
  const marks = [expected.map((each) => new LetterMark(each, letters)), actual.map((each, index) => new LetterMark(each, letters, expected[index]))];
  const frame = Math.min(expected[at]?.frame ?? Infinity, actual[at]?.frame ?? Infinity);
  const index = (expected[at]?.frame === frame ? expected : actual).slice(0, at).filter((each) => each.frame === frame).length;
  const { rows, caret, drawn } = diagram(marks, { frame, index });
  const legends = [legendOf(drawn[0] ?? [], expected, letters), legendOf(drawn[1] ?? [], actual, letters)] as const;
  return {
    message: [
      `${what} must be as expected, and ${verdict(differing)}`,
      '',
      ...labelled(['expected', 'actual'], rows, caret, 1),
      ...merged(...legends, alike(errorOf(actual), errorOf(expected))),
      ...leftOut(drawn, differing),
      ...parts(expected[at], actual[at]),
    ].join('\n'),
    expected: sideOf(rows[0], legends[0]),
    actual: sideOf(rows[1], legends[1]),
  };
}

/** A notification as it is drawn; its letter is made when it is asked for. */
class LetterMark implements Mark {
  readonly frame: number;
  readonly #notification: TimedNotification;
  readonly #letters: Letters;
  readonly #beside: TimedNotification | undefined;

  constructor(notification: TimedNotification, letters: Letters, beside?: TimedNotification) {
    this.frame = notification.frame;
    this.#notification = notification;
    this.#letters = letters;
    this.#beside = beside;
  }

  get sign(): string { return this.#letters.signOf(this.#notification, this.#beside?.letter); }
}

/** What the signs of one row stand for, where they do not speak for themselves. */
function legendOf(drawn: readonly Mark[], side: readonly TimedNotification[], letters: Letters): Legend {
  const texts = new Map(drawn.map(({ sign }) => [sign, sign === '#' ? showValue(errorOf(side)) : letters.legend(sign)]));
  return [...texts].flatMap(([sign, text]) => (text === undefined || sign === '|' ? [] : [{ sign, text }]));
}

function merged(expected: Legend, actual: Legend, sameError: boolean): readonly string[] {
  const shares = (legend: Legend, sign: string): boolean => legend.some((entry) => entry.sign === sign) && (sign !== '#' || sameError);
  const lines = [
    ...expected.map(({ sign, text }) => `${INDENT}${sign}  ${shares(actual, sign) ? 'both    ' : 'expected'}  ${text}`),
    ...actual.filter(({ sign }) => !shares(expected, sign)).map(({ sign, text }) => `${INDENT}${sign}  actual    ${text}`),
  ];
  return lines.length > MOST_LETTERS ? [...lines.slice(0, MOST_LETTERS), `${INDENT}... and ${lines.length - MOST_LETTERS} more`] : lines;
}

function sideOf(row: string | undefined, legend: Legend): string {
  return [row?.trimEnd(), ...legend.map(({ sign, text }) => `${sign}  ${text}`)].join('\n');
}

function leftOut([expected = [], actual = []]: readonly (readonly Mark[])[], all: Differing): readonly string[] {
  const rows = [{ drawn: expected, side: all.expected, what: 'expected' }, { drawn: actual, side: all.actual, what: 'actual' }];
  const counts = rows.filter(({ drawn, side }) => drawn.length < side.length).map(({ drawn, side, what }) => `${side.length - drawn.length} of ${side.length} ${what}`);
  return counts.length === 0 ? [] : [`${INDENT}... leaves out ${counts.join(', and ')}`];
}

function errorOf(side: readonly TimedNotification[]): unknown {
  const last = side.at(-1);
  return last?.notification.kind === 'E' ? last.notification.error : undefined;
}

function parts(expected: TimedNotification | undefined, actual: TimedNotification | undefined): readonly string[] {
  if (expected === undefined || actual === undefined || expected.frame !== actual.frame || expected.notification.kind !== actual.notification.kind) return [];
  const found = showDifferences(valueOf(actual), valueOf(expected));
  return found.length === 0 ? [] : ['', ...found.map((text) => INDENT + text)];
}
