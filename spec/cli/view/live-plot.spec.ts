import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject } from 'rxjs';
import { LivePlot } from '../../../lib/cli/view/live-plot.ts';
import { terminal, type Terminal } from '../../support/terminal.ts';
import { inVirtualTime, type At } from '../../support/virtual-time.ts';

const plain = (_: unknown, text: string): string => text;

/** A plot of the last second in a terminal, and its last screen as lines. */
function plotIn(plan: (plot: LivePlot, opened: Terminal & { readonly screen: () => readonly string[] }, at: At) => void): void {
  inVirtualTime((at) => {
    const opened = terminal({ isTTY: ['stdout'], columns: 60, rows: 24 });
    const screen = (): readonly string[] => opened.written.stdout.split('\u001b[H').at(-1)!.replaceAll('\u001b[K', '').replace('\u001b[J', '').split('\n');
    plan(new LivePlot(opened.io, plain, 1000), { ...opened, screen }, at);
  });
}

describe('LivePlot', () => {
  it('draws ten times a second at most, however many numbers come', () => {
    plotIn((plot, { written }, at) => {
      const drawing = plot.during(NEVER, NEVER).subscribe();
      for (let ms = 1; ms < 500; ms++) at(ms, () => plot.add('com.x', ms));

      at(510, () => {
        expect(written.stdout.split('\u001b[H')).toHaveLength(2 + 5);
        drawing.unsubscribe();
      });
    });
  });

  it('draws the first twelve topics, and counts what others have', () => {
    plotIn((plot, { screen }, at) => {
      const drawing = plot.during(NEVER, NEVER).subscribe();
      for (let topic = 0; topic < 20; topic++) plot.add(`com.x${topic}`, topic);

      at(150, () => {
        expect(screen().filter((line) => line.includes('com.x'))).toHaveLength(12);
        expect(screen().at(-1)).toBe('8 events of other topics are not drawn  Ctrl-C ends');
        drawing.unsubscribe();
      });
    });
  });

  it('shows the last while alone', () => {
    plotIn((plot, { screen }, at) => {
      const drawing = plot.during(NEVER, NEVER).subscribe();
      at(50, () => plot.add('com.x', 1000));
      at(1500, () => plot.add('com.x', 5));

      at(1650, () => {
        expect(screen().find((line) => line.includes('com.x'))).toContain('last 5  min 5  max 5');
        drawing.unsubscribe();
      });
    });
  });

  it('gives the terminal back before an error goes on, and once', () => {
    plotIn((plot, { written }) => {
      const source$ = new Subject<never>();
      const left: number[] = [];
      const leavings = (): number => written.stdout.split('\u001b[?1049l').length - 1;
      plot.during(source$, NEVER).subscribe({ error: () => left.push(leavings()) });

      source$.error(new Error('lost'));

      expect([...left, leavings()]).toEqual([1, 1]);
    });
  });

  it('draws at once when the terminal has another size', () => {
    plotIn((plot, { written, resized$ }) => {
      const drawing = plot.during(NEVER, resized$).subscribe();

      resized$.next(undefined);

      expect(written.stdout.split('\u001b[H')).toHaveLength(3);
      drawing.unsubscribe();
    });
  });

  it('takes from names and from its foot what a terminal would obey', () => {
    plotIn((plot, { written }) => {
      plot.status = 'a\u001b[2J';
      plot.add('com.\u0007x', 1);

      plot.during(NEVER, NEVER).subscribe().unsubscribe();

      expect(written.stdout).not.toContain('\u0007');
      expect(written.stdout.slice(written.stdout.indexOf('\u001b[H'))).not.toContain('a\u001b[2J');
    });
  });
});
