import type { SchedulerLike } from 'rxjs';
import type { Output } from '../io.ts';
import { payloadLine, printable, type Shown } from './show-payload.ts';

/** How far something has come: a part of a whole, or a count of which nobody knows the end. */
export interface Progress {
  readonly done: number;
  readonly total: number | undefined;
  readonly isPercentage: boolean;
}

/**
 * Reads progress from a progressive result, in any of the forms that procedures use: `{ done, total }` as an argument or as keywords, two numbers,
 * or one: of a whole of 100 where it is not more than that and `percent` says so, and else a count. `undefined` where it is a value of its own.
 */
export function readProgress({ args, kwargs }: Shown): Progress | undefined {
  const [first, second] = args;
  const named = { ...kwargs, ...(isRecord(first) && first) } as { readonly done?: unknown; readonly total?: unknown; readonly percent?: unknown };
  if (isCount(named.done)) return { done: named.done, total: isCount(named.total) ? named.total : undefined, isPercentage: false };
  if (isCount(named.percent)) return { done: named.percent, total: 100, isPercentage: true };
  if (!isCount(first) || args.length > 2) return undefined;
  if (args.length === 2) return isCount(second) && second >= first ? { done: first, total: second, isPercentage: false } : undefined;
  return { done: first, total: undefined, isPercentage: false };
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

const EIGHTHS = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const WIDEST = 40;

/** Draws a bar no wider than `columns`: ` 42 % ████▎      420/1000  3 s left`. */
export function drawBar({ done, total, isPercentage }: Progress, elapsed: number, columns: number): string {
  if (total === undefined || total === 0) return `${done}${elapsed >= 1000 ? `  ${rounded((done * 1000) / elapsed)}/s` : ''}`.slice(0, columns);
  const part = Math.min(1, done / total);
  const left = elapsed >= 1000 && part > 0 && part < 1 ? `  ${Math.ceil((elapsed * (1 - part)) / part / 1000)} s left` : '';
  const text = `${isPercentage ? '' : `  ${done}/${total}`}${left}`;
  const percent = `${String(Math.floor(part * 100)).padStart(3)} % `;
  const width = Math.max(0, Math.min(WIDEST, columns - percent.length - text.length - 1));
  const eighths = Math.floor(part * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8));
  return `${percent}${`${full}${eighths % 8 === 0 ? '' : EIGHTHS[eighths % 8]!}`.padEnd(width)}${text}`.slice(0, columns);
}

function rounded(value: number): string {
  return value >= 10 ? String(Math.round(value)) : value.toFixed(1);
}

/** Milliseconds between two drawings: as fast as an eye follows. */
const FRAME = 50;

/** A bar at the foot of a terminal, drawn over itself. */
export class ProgressBar {
  readonly #output: Output;
  readonly #scheduler: SchedulerLike;
  readonly #began: number;
  #drawn = '';
  #drawnAt = -Infinity;

  constructor(output: Output, scheduler: SchedulerLike) {
    this.#output = output;
    this.#scheduler = scheduler;
    this.#began = scheduler.now();
  }

  /** Shows how far it has come, and beside it what else the payload says. */
  show(progress: Progress, payload: Shown): void {
    const now = this.#scheduler.now();
    if (now - this.#drawnAt < FRAME && progress.done !== progress.total) return;
    const words = payloadLine({ args: payload.args.filter((value) => typeof value === 'string'), kwargs: {} });
    const bar = `${drawBar(progress, now - this.#began, this.#output.columns - 1)}${words === '' ? '' : `  ${words}`}`;
    this.#drawnAt = now;
    this.#drawn = printable(bar).slice(0, this.#output.columns - 1);
    this.#output.write(`\r\u001b[K${this.#drawn}`);
  }

  /** Takes the bar away, so that something else can be written. */
  clear(): void {
    if (this.#drawn === '') return;
    this.#drawn = '';
    this.#drawnAt = -Infinity;
    this.#output.write('\r\u001b[K');
  }
}
