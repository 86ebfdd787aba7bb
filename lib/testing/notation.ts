import { Subscription, type SchedulerLike } from 'rxjs';
import { show } from '../protocol/show.ts';

/** What a marble diagram says at one time: milliseconds from its beginning. */
export type Marble =
  | { readonly kind: 'next'; readonly frame: number; readonly letter: string }
  | { readonly kind: 'error'; readonly frame: number }
  | { readonly kind: 'complete'; readonly frame: number };

const MS: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000 };

/** A time progression stands for itself; every other character but the space is one frame. */
const TOKEN = /(?<=^|\s)(?<amount>\d+(?:\.\d+)?)(?<unit>ms|s|m)(?=\s|$)|(?<blank>\s)|(?<mark>.)/gsu;

/**
 * Reads a diagram in the marbles of RxJS's run mode: `-` is 1 ms, a letter is something that happens and 1 ms, a group `(ab|)` happens at the
 * time of its parenthesis, `2s`, `10ms` or `1.5m` between spaces pass so long, `|` is the end and `#` an error. Throws TypeError where it is none.
 *
 * It takes time in proportion to the length of the diagram; RxJS's own reader looks at the rest of the diagram at each digit.
 */
export function marblesOf(diagram: string): readonly Marble[] {
  if (typeof diagram !== 'string') throw new TypeError(`marbles must be a string, got ${show(diagram)}`);
  const marbles: Marble[] = [];
  let now = 0;
  let group: number | undefined;
  for (const { groups: { amount, unit = '', mark } = {} } of diagram.matchAll(TOKEN)) {
    if (amount !== undefined) now += Number(amount) * (MS[unit] ?? 0);
    if (mark === undefined) continue;
    if (mark === '(' && group === undefined) group = now;
    else if (mark === ')' && group !== undefined) group = undefined;
    else if (mark !== '-') marbles.push(marbleOf(mark, group ?? now));
    now += 1;
  }
  if (group !== undefined) throw new TypeError(`marbles must close the group that they open, got ${show(diagram)}`);
  return marbles;
}

function marbleOf(mark: string, frame: number): Marble {
  if (mark === '^' || mark === '!') throw new TypeError(`marbles of what happens must not have ^ and !, which are for subscriptions, got ${show(mark)}`);
  if (mark === '|') return { kind: 'complete', frame };
  return mark === '#' ? { kind: 'error', frame } : { kind: 'next', frame, letter: mark };
}

/** What a letter stands for: itself where no values are given. Throws TypeError where there are some, and it is none of them. */
export function meaningOf<T>(letter: string, values: { readonly [letter: string]: T } | undefined): T | string {
  if (values === undefined) return letter;
  if (!Object.hasOwn(values, letter)) throw new TypeError(`values must have one for each letter of the marbles, got none for ${show(letter)}`);
  return values[letter] as T;
}

/**
 * Acts at the times of the marbles, counted from now. Unsubscribing stops it.
 *
 * One action is scheduled at a time: a virtual scheduler sorts all it has whenever one is added. And it is a new one each time: one that
 * schedules itself again in virtual time holds on to all that it was.
 */
export function playMarbles<M extends { readonly frame: number }>(marbles: readonly M[], act: (marble: M) => void, scheduler: SchedulerLike): Subscription {
  const playing = new Subscription();
  const start = scheduler.now();
  let next = 0;
  let action = Subscription.EMPTY;
  const schedule = (): void => {
    const marble = marbles[next];
    if (marble === undefined) return playing.unsubscribe();
    playing.remove(action);
    action = scheduler.schedule(play, Math.max(0, start + marble.frame - scheduler.now()));
    playing.add(action);
  };
  const play = (): void => {
    const due = marbles[next]!.frame;
    while (next < marbles.length && marbles[next]!.frame <= due && !playing.closed) act(marbles[next++]!);
    if (!playing.closed) schedule();
  };
  schedule();
  return playing;
}
