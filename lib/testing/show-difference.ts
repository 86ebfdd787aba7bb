import { differences, isMatcher, type Difference } from './alike.ts';
import { FramePattern } from './frame-pattern.ts';
import { showValue } from './show-value.ts';

const MOST_LINES = 5;
const BEFORE = 10;
const BEHIND = 30;

/**
 * The parts in which a value is not what was expected, a line for each: `args[0].price  expected 3, got 4`. None where the values as a
 * whole say it.
 */
export function showDifferences(actual: unknown, expected: unknown): readonly string[] {
  const found = partsOf(actual, expected).map(line).filter((text) => text !== undefined);
  return found.length > MOST_LINES ? [...found.slice(0, MOST_LINES), '...'] : found;
}

function partsOf(actual: unknown, expected: unknown): readonly Difference[] {
  if (expected instanceof FramePattern) return expected.differences(actual, MOST_LINES + 1);
  return isMatcher(expected) ? [] : differences(actual, expected, MOST_LINES + 1);
}

function line({ path, actual, expected }: Difference): string | undefined {
  const [wanted, got] = [shown(expected), shown(actual)];
  const part = path === '' ? '' : `${path}  `;
  if (wanted !== got) return path === '' ? undefined : `${part}expected ${wanted}, got ${got}`;
  // Too long to be shown as a whole.
  if (typeof actual === 'string' && typeof expected === 'string') {
    let at = 0;
    while (expected[at] === actual[at]) at += 1;
    return `${part}from character ${at}: expected ${around(expected, at)}, got ${around(actual, at)}`;
  }
  return `${part}expected ${wanted}, got another`;
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : showValue(value);
}

function around(text: string, at: number): string {
  const end = at + BEHIND;
  return showValue(`${at > BEFORE ? '…' : ''}${text.slice(Math.max(0, at - BEFORE), end)}${text.length > end ? '…' : ''}`);
}
