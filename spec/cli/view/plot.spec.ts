import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { drawPlot, type Series } from '../../../lib/cli/view/plot.ts';

const plain = (_: unknown, text: string): string => text;
const seriesOf = (name: string, ...values: readonly number[]): Series => ({ name, points: values.map((value, at) => ({ at: at * 1000, value })) });

describe('drawPlot', () => {
  it('draws lines between the numbers, with values at the left and time below', () => {
    expect(drawPlot([seriesOf('com.x', 0, 8, 4)], { columns: 32, rows: 6, from: 0, to: 2000, paint: plain })).toEqual([
      '8 ┤           ⢀⡠⠔⠊⠒⠒⠤⠤⣀⣀        ',
      '4 ┤       ⢀⡠⠔⠊⠁         ⠉⠉⠒⠒⠤⠤⣀⡀',
      '  │   ⢀⡠⠔⠊⠁                    ⠈',
      '0 ┤⡠⠔⠊⠁                         ',
      '  └-2 s──────────────────────now',
      '━━ com.x  last 4  min 0  max 8',
    ]);
  });

  it('runs a number that does not change through the middle', () => {
    expect(drawPlot([seriesOf('com.x', 5, 5)], { columns: 32, rows: 5, from: 0, to: 1000, paint: plain })).toEqual([
      '5.5 ┤                           ',
      '  5 ┤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤',
      '4.5 ┤                           ',
      '    └-1 s────────────────────now',
      '━━ com.x  last 5  min 5  max 5',
    ]);
  });

  it('gives each series a colour, in the drawing and in the legend', () => {
    const lines = drawPlot([seriesOf('a', 1, 2), seriesOf('b', 2, 1)], { columns: 32, rows: 8, from: 0, to: 1000, paint: (colour, text) => `<${colour} ${text}>` });

    expect(lines.slice(-2)).toEqual(['<green ━━> a  last 2  min 1  max 2', '<yellow ━━> b  last 1  min 1  max 2']);
    expect(lines[0]).toMatch(/^ {2}2 ┤<yellow ⠉>.* <green ⣀>/);
  });

  it('forgets what is older than its span, in the bounds too', () => {
    const lines = drawPlot([seriesOf('com.x', 1000, 1, 2)], { columns: 40, rows: 6, from: 500, to: 2000, paint: plain });

    expect(lines[0]).toMatch(/^ *2 ┤/);
    expect(lines.at(-1)).toBe('━━ com.x  last 2  min 1  max 2');
  });

  it('is the legend alone where there is no room, and nothing where there is nothing', () => {
    expect(drawPlot([seriesOf('com.x', 1)], { columns: 32, rows: 3, from: 0, to: 1, paint: plain })).toEqual(['━━ com.x  last 1  min 1  max 1']);
    expect(drawPlot([{ name: 'com.x', points: [] }], { columns: 32, rows: 1, from: 0, to: 1, paint: plain })).toEqual(['━━ com.x  nothing of late']);
  });

  it('fits into any room, whatever the numbers', () => {
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }), fc.integer());
    const series = fc.array(fc.record({ name: fc.string({ maxLength: 60 }), points: fc.array(fc.record({ at: fc.nat(10_000), value }), { maxLength: 30 }) }), { maxLength: 14 });
    fc.assert(fc.property(series, fc.integer({ min: 12, max: 120 }), fc.integer({ min: 1, max: 50 }), (all, columns, rows) => {
      const sorted = all.map(({ name, points }) => ({ name, points: [...points].sort((a, b) => a.at - b.at) }));
      const lines = drawPlot(sorted, { columns, rows, from: 0, to: 10_000, paint: plain });

      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(Math.max(0, ...lines.map(({ length }) => length))).toBeLessThanOrEqual(columns);
    }));
  });
});
