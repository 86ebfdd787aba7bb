import { show } from '../protocol/show.ts';

/** Something to be done, and when: milliseconds from the beginning. */
export interface Step {
  readonly at: number;
  readonly letter: string;
}

const MS: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000 };

/** A time progression stands for itself; every other character but the space is one frame. */
const TOKEN = /(?<=^|\s)(?<amount>\d+(?:\.\d+)?)(?<unit>ms|s|m)(?=\s|$)|(?<blank>\s)|(?<mark>.)/gsu;

/** What other diagrams have and this one cannot: they say that something ends or begins. */
const FOREIGN = ['|', '#', '^', '!'];

/**
 * Reads a diagram of things to be done, in the marbles of RxJS's run mode: `-` is 1 ms, a letter is something to do and 1 ms, a group
 * `(xo)` is done at the time of its parenthesis, `2s`, `10ms` or `1.5m` between spaces pass so long. Throws TypeError where it is none, or
 * has a letter that is not `known`.
 */
export function linkMarbles(diagram: string, known: readonly string[]): readonly Step[] {
  if (typeof diagram !== 'string') throw new TypeError(`diagram must be a string, got ${show(diagram)}`);
  const steps: Step[] = [];
  let now = 0;
  let group: number | undefined;
  for (const { groups: { amount, unit = '', mark } = {} } of diagram.matchAll(TOKEN)) {
    if (amount !== undefined) now += Number(amount) * (MS[unit] ?? 0);
    if (mark === undefined) continue;
    if (mark === '(' && group === undefined) group = now;
    else if (mark === ')' && group !== undefined) group = undefined;
    else if (mark !== '-') steps.push({ at: group ?? now, letter: readLetter(mark, known) });
    now += 1;
  }
  if (group !== undefined) throw new TypeError(`diagram must close the group that it opens, got ${show(diagram)}`);
  return steps;
}

function readLetter(mark: string, known: readonly string[]): string {
  if (FOREIGN.includes(mark)) throw new TypeError(`diagram of a link must neither begin nor end anything, got ${show(mark)}`);
  if (!known.includes(mark)) throw new TypeError(`letters of the diagram must be of ${known.join(', ')}, got ${show(mark)}`);
  return mark;
}
