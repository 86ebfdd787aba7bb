import { Observable, interval, merge, tap, type SchedulerLike, type Subscription } from 'rxjs';
import type { Io, Output } from '../io.ts';
import type { Paint } from './paint.ts';
import { drawPlot, type Point } from './plot.ts';
import { printable } from './show-payload.ts';

const FRAME = 100;
const MOST_SERIES = 12;
const MOST_POINTS = 4000;
/** Of the drawing that stays. */
const LAST_ROWS = 20;

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[2J';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const TO_END_OF_LINE = '\u001b[K';
const TO_END_OF_SCREEN = '\u001b[J';

/** Numbers of topics, drawn as they come on a screen of their own. The last drawing stays in the terminal. */
export class LivePlot {
  /** The line at the foot of the screen. */
  status = '';
  readonly #series = new Map<string, Point[]>();
  readonly #output: Output;
  readonly #scheduler: SchedulerLike;
  readonly #paint: Paint;
  readonly #span: number;
  #began: number | undefined;
  #others = 0;

  /** @param span the longest time that is shown, in milliseconds */
  constructor({ stdout, scheduler }: Pick<Io, 'stdout' | 'scheduler'>, paint: Paint, span: number) {
    this.#output = stdout;
    this.#scheduler = scheduler;
    this.#paint = paint;
    this.#span = span;
  }

  /** Adds a number. Of very many topics the first are drawn. */
  add(name: string, value: number): void {
    const at = this.#scheduler.now();
    this.#began ??= at;
    let points = this.#series.get(name);
    if (points === undefined && this.#series.size >= MOST_SERIES) {
      this.#others += 1;
      return;
    }
    if (points === undefined) this.#series.set(name, points = []);
    points.push({ at, value });
    if (points.length > 2 * MOST_POINTS) points.splice(0, points.length - MOST_POINTS);
  }

  /** Draws for as long as a source is subscribed to, which adds what is drawn. */
  during<T>(source$: Observable<T>, resized$: Observable<unknown>): Observable<T> {
    return new Observable((subscriber) => {
      const screen = this.#open(resized$);
      subscriber.add(screen);
      // What failed is told on the screen of before.
      subscriber.add(source$.pipe(tap({ error: () => screen.unsubscribe() })).subscribe(subscriber));
    });
  }

  #open(resized$: Observable<unknown>): Subscription {
    this.#output.write(ENTER);
    this.#draw();
    const screen = merge(interval(FRAME, this.#scheduler), resized$).subscribe(() => this.#draw());
    screen.add(() => {
      const { columns, rows } = this.#output;
      this.#output.write(`${LEAVE}${this.#lines(columns, Math.min(rows - 2, LAST_ROWS)).join('\n')}\n`);
    });
    return screen;
  }

  #draw(): void {
    const { columns, rows } = this.#output;
    // The last line stays free, so that nothing scrolls.
    const lines = [...this.#lines(columns, rows - 2), this.#paint('dim', printable(this.#foot()).slice(0, columns))];
    this.#output.write(`${HOME}${lines.map((line) => `${line}${TO_END_OF_LINE}`).join('\n')}${TO_END_OF_SCREEN}`);
  }

  #foot(): string {
    return [this.status, ...(this.#others > 0 ? [`${this.#others} events of other topics are not drawn`] : []), 'Ctrl-C ends'].filter((each) => each !== '').join('  ');
  }

  #lines(columns: number, rows: number): readonly string[] {
    const now = this.#scheduler.now();
    const from = Math.max(this.#began ?? now, now - this.#span);
    const series = [...this.#series].map(([name, points]) => ({ name: printable(name), points }));
    return drawPlot(series, { columns, rows, from: Math.min(from, now - 1000), to: now, paint: this.#paint });
  }
}
