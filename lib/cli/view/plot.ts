import type { Style } from './paint.ts';

/** A number, and when it came. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** The numbers of one topic, oldest first. */
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

/** What is drawn, and into how much room. */
export interface PlotOptions {
  readonly columns: number;
  readonly rows: number;
  /** The time at the left, and at the right. */
  readonly from: number;
  readonly to: number;
  readonly paint: (style: Style, text: string) => string;
}

const COLOURS: readonly Style[] = ['green', 'yellow', 'cyan', 'magenta', 'blue', 'red'];
const LEAST_ROWS = 3;
const LEAST_COLUMNS = 10;

/**
 * Draws numbers as lines of braille, which has eight dots in each letter: values at the left, time below, and a legend with the last, least and
 * greatest value of each series. Gives lines that fit into the room; where there is too little of it, the legend alone.
 */
export function drawPlot(series: readonly Series[], { columns, rows, from, to, paint }: PlotOptions): readonly string[] {
  const visible = series.map(({ name, points }) => ({ name, points: points.filter(({ at }) => at >= from && at <= to) }));
  const [least, greatest] = boundsOf(visible.flatMap(({ points }) => points.map(({ value }) => value)));
  const legend = visible.map((each, index) => legendOf(each, columns, (text) => paint(colourOf(index), text))).slice(0, Math.max(1, rows));
  const height = rows - legend.length - 1;
  const labels = [greatest, (least + greatest) / 2, least].map(label);
  const margin = Math.max(...labels.map(({ length }) => length));
  const width = columns - margin - 2;
  if (height < LEAST_ROWS || width < LEAST_COLUMNS) return legend;
  const canvas = new Canvas(width, height);
  visible.forEach(({ points }, index) => canvas.line(points.map(({ at, value }) => ({
    x: ((at - from) / (to - from)) * (width * 2 - 1), y: (1 - (value - least) / (greatest - least)) * (height * 4 - 1),
  })), index));
  const axis = new Map([[0, labels[0]!], [Math.floor((height - 1) / 2), labels[1]!], [height - 1, labels[2]!]]);
  const lines = canvas.rows((index, text) => paint(colourOf(index), text)).map((line, row) => `${(axis.get(row) ?? '').padStart(margin)} ${axis.has(row) ? '┤' : '│'}${line}`);
  return [...lines, `${' '.repeat(margin + 1)}└${timeline(to - from, width)}`, ...legend];
}

function colourOf(index: number): Style {
  return COLOURS[index % COLOURS.length]!;
}

function boundsOf(values: readonly number[]): readonly [least: number, greatest: number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  if (least > greatest) return [0, 1];
  // A line that does not move runs in the middle.
  const room = least === greatest ? Math.abs(least) / 10 || 1 : 0;
  return [least - room, greatest + room];
}

function label(value: number): string {
  return Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

function timeline(span: number, width: number): string {
  const past = `-${span >= 120_000 ? `${Math.round(span / 60_000)} min` : `${Math.round(span / 1000)} s`}`;
  return `${past}${'─'.repeat(Math.max(1, width - past.length - 3))}now`.slice(0, width);
}

function legendOf({ name, points }: Series, columns: number, colour: (text: string) => string): string {
  const values = points.map(({ value }) => value);
  const [least, greatest] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const last = values.at(-1);
  const numbers = last === undefined ? 'nothing of late' : `last ${label(last)}  min ${label(least)}  max ${label(greatest)}`;
  const room = Math.max(4, columns - numbers.length - 5);
  const shortened = name.length > room ? `…${name.slice(1 - room)}` : name;
  return `${colour('━━')} ${`${shortened}  ${numbers}`.slice(0, columns - 3)}`;
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** The dots of a letter, by column and row: U+2800 and these bits. */
const DOTS = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]] as const;
const EMPTY = 0x2800;

/** Letters of braille, each with two by four dots, and of one colour. */
class Canvas {
  readonly #width: number;
  readonly #height: number;
  readonly #dots: Uint8Array;
  /** By letter, which line went through it last: its index and one, or 0. */
  readonly #owners: Uint8Array;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#dots = new Uint8Array(width * height);
    this.#owners = new Uint8Array(width * height);
  }

  line(spots: readonly Spot[], index: number): void {
    spots.forEach((spot, at) => {
      const before = spots[at - 1] ?? spot;
      const steps = Math.max(1, Math.ceil(Math.max(Math.abs(spot.x - before.x), Math.abs(spot.y - before.y))));
      for (let step = 1; step <= steps; step++) {
        this.#dot(before.x + ((spot.x - before.x) * step) / steps, before.y + ((spot.y - before.y) * step) / steps, index);
      }
    });
  }

  rows(paint: (index: number, text: string) => string): readonly string[] {
    return Array.from({ length: this.#height }, (_, row) => {
      const letters = Array.from({ length: this.#width }, (__, column) => {
        const at = row * this.#width + column;
        const dots = this.#dots[at]!;
        return dots === 0 ? ' ' : paint(this.#owners[at]! - 1, String.fromCharCode(EMPTY + dots));
      });
      return letters.join('');
    });
  }

  #dot(x: number, y: number, index: number): void {
    const [column, row] = [Math.round(x), Math.round(y)];
    const at = Math.floor(row / 4) * this.#width + Math.floor(column / 2);
    this.#dots[at]! |= DOTS[column % 2 as 0 | 1][row % 4 as 0 | 1 | 2 | 3];
    this.#owners[at] = index + 1;
  }
}
