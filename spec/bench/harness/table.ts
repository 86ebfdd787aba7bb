import type { Bench, Target, Unit } from './bench.ts';
import type { Row } from './rounds.ts';

const MEASURE_WIDTH = 46;
const COLUMN_WIDTH = 15;

/** The lines of a bench's table: a title with the subjects' names, then a line for each measure. */
export function table({ title, subjects }: Bench, rows: readonly Row[]): string {
  const head = line(title, [...subjects, 'target', '']);
  return [head, '-'.repeat(head.length), ...rows.map(rowLine), ''].join('\n');
}

function rowLine({ measure, reference, ratios, ok }: Row): string {
  const verdict = ok === undefined ? '' : ok ? 'ok' : 'below';
  const cells = [figure(reference, measure.unit), ...ratios.map(times), target(measure.target), verdict];
  return line(measure.title, cells);
}

function line(first: string, cells: readonly string[]): string {
  return (first.padEnd(MEASURE_WIDTH) + cells.map((cell) => cell.padStart(COLUMN_WIDTH)).join('')).trimEnd();
}

function figure(value: number, unit: Unit): string {
  if (unit === '/s' && value >= 10_000) return `${(value / 1000).toFixed(value < 100_000 ? 1 : 0)} k/s`;
  return `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`.replace(' /s', '/s');
}

function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : 1)}x`;
}

function target(target: Target | undefined): string {
  if (target === undefined) return '-';
  return 'atLeast' in target ? `>= ${target.atLeast}x` : `<= ${target.atMost}x`;
}
