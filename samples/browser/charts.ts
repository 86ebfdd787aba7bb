/** Three charts of the last minute, drawn by uPlot: one axis of time, one cursor, and a band where the line was down. */
import uPlot from 'uplot';
import type { ChartName } from './changes.ts';
import { KEPT, type Cut, type Dashboard } from './dashboard.ts';

const COLOURS = ['#38bdf8', '#a78bfa', '#34d399', '#fbbf24', '#f472b6', '#60a5fa', '#f87171', '#a3e635'];
const LOST = '#ef44442e';
const RECOVERED = '#22c55e24';
/** Milliseconds that a chart shows. */
const SPAN = (KEPT - 10) * 250;

interface Kind {
  readonly unit: string;
  readonly digits: number;
  /** The top of the axis, where it does not follow the data. */
  readonly most?: number;
}

const KINDS: { readonly [N in ChartName]: Kind } = {
  cpu: { unit: '%', digits: 0, most: 100 },
  memory: { unit: 'GiB', digits: 2 },
  delay: { unit: 'ms', digits: 1 },
};

/** One chart in the element of its name. It fills the width that it has. */
export class Chart {
  readonly #name: ChartName;
  readonly #place: HTMLElement;
  #plot: uPlot | undefined;
  #lines = 0;
  #cuts: readonly Cut[] = [];
  #now = 0;

  constructor(name: ChartName) {
    this.#name = name;
    this.#place = document.querySelector<HTMLElement>(`#${name}`)!;
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.#place);
  }

  /** Draws what there is at `now`, in milliseconds since 1970. */
  draw({ charts, cuts }: Pick<Dashboard, 'charts' | 'cuts'>, now: number): void {
    const points = charts[this.#name];
    const lines = points.at(-1)?.values.length ?? 0;
    this.#cuts = cuts;
    this.#now = now;
    if (lines !== this.#lines || this.#plot === undefined) this.#renew(lines);
    const columns = Array.from({ length: lines }, (_, line) => points.map(({ values }) => values[line] ?? null));
    this.#plot?.batch(() => {
      this.#plot?.setData([points.map(({ at }) => at / 1000), ...columns], false);
      this.#plot?.setScale('x', { min: (now - SPAN) / 1000, max: now / 1000 });
    });
  }

  #renew(lines: number): void {
    const { unit, most } = KINDS[this.#name];
    this.#lines = lines;
    this.#plot?.destroy();
    const ink = getComputedStyle(this.#place).color;
    const axis = { stroke: ink, grid: { stroke: '#8883', width: 1 }, ticks: { show: false }, font: '11px system-ui' };
    this.#plot = new uPlot({
      ...this.#size(),
      cursor: { sync: { key: 'machine' }, points: { show: false }, drag: { x: false, y: false } },
      legend: { show: false },
      scales: { x: { auto: false }, y: { range: (_, __, max) => [0, most ?? Math.max(1, max * 1.1)] } },
      axes: [{ ...axis, size: 24, values: (_, ticks) => ticks.map(clock) }, { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => `${tick} ${unit}`) }],
      series: [{}, ...Array.from({ length: lines }, (_, line) => ({ stroke: COLOURS[line % COLOURS.length]!, width: 1.5, points: { show: false }, ...(lines === 1 && { fill: `${COLOURS[0]}22` }) }))],
      hooks: { drawClear: [(plot) => this.#drawCuts(plot)] },
    }, [[]], this.#place);
  }

  #drawCuts({ ctx, bbox, valToPos }: uPlot): void {
    for (const { from, to, recovered } of this.#cuts) {
      const [left, right] = [from, to ?? this.#now].map((at) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, valToPos(at / 1000, 'x', true))));
      ctx.fillStyle = recovered > 0 ? RECOVERED : LOST;
      ctx.fillRect(left!, bbox.top, right! - left!, bbox.height);
    }
  }

  #size(): { readonly width: number; readonly height: number } {
    return { width: this.#place.clientWidth, height: this.#place.clientHeight };
  }
}

/** What a chart shows last, line by line, as text and in its colour. */
export function newest(name: ChartName, { charts }: Pick<Dashboard, 'charts'>): readonly { readonly text: string; readonly colour: string }[] {
  const { unit, digits } = KINDS[name];
  return (charts[name].at(-1)?.values ?? []).map((value, line) => ({ text: `${value.toFixed(digits)} ${unit}`, colour: COLOURS[line % COLOURS.length]! }));
}

function clock(second: number): string {
  return new Date(second * 1000).toLocaleTimeString([], { hour12: false });
}
