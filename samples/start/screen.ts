/** The demonstration in a terminal: redrawn in place, and the terminal is given back as it was on every way out. */
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { combineLatest, connect, endWith, fromEvent, ignoreElements, interval, merge, scan, startWith, takeUntil, tap, using, type Observable, type Unsubscribable } from 'rxjs';
import type { Change } from './changes.ts';
import { frame } from './frame.ts';
import type { Paint } from './sheet.ts';
import { EMPTY_VIEW, reduceView } from './view.ts';

/** Milliseconds between two looks at the clock; what is published is drawn when it comes. */
const TICK = 100;
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const CLEAR = '\x1b[2J';

/** Draws what happens. */
export function showOn(terminal: WriteStream, changes: Observable<Change>): Observable<never> {
  // hasColors() knows of NO_COLOR.
  const paint: Paint = terminal.hasColors() ? styleText : (_, text) => text;
  const start = Date.now();
  const view$ = changes.pipe(scan((view, change) => reduceView(view, change, Date.now()), EMPTY_VIEW), startWith(EMPTY_VIEW));

  return using(() => new Screen(terminal), (resource) => {
    const screen = resource as Screen;
    const clock$ = merge(interval(TICK), fromEvent(terminal, 'resize').pipe(tap(() => screen.clear()))).pipe(startWith(0));
    return view$.pipe(
      connect((shared$) => combineLatest([shared$, clock$.pipe(takeUntil(shared$.pipe(ignoreElements(), endWith(0))))])),
      tap(([view]) => screen.draw(frame(view, { width: terminal.columns, height: terminal.rows, start, now: Date.now(), paint }))),
      ignoreElements(),
    );
  });
}

/** The other screen of a terminal, without its cursor. Unsubscribing gives the first one back, with what was drawn last. */
class Screen implements Unsubscribable {
  readonly #terminal: WriteStream;
  readonly #leave = (): void => this.unsubscribe();
  readonly #suspend = (): void => this.#stop();
  readonly #resume = (): void => this.#enter();
  #drawn: readonly string[] = [];
  #left = false;

  constructor(terminal: WriteStream) {
    this.#terminal = terminal;
    process.on('exit', this.#leave).on('uncaughtExceptionMonitor', this.#leave).on('SIGTSTP', this.#suspend).on('SIGCONT', this.#resume);
    this.#enter();
  }

  /** Writes the lines that are not there already. */
  draw(lines: readonly string[]): void {
    const changed = lines.map((line, at) => (line === this.#drawn[at] ? '' : `\x1b[${at + 1};1H${line}\x1b[K`));
    const rest = lines.length < this.#drawn.length ? `\x1b[${lines.length + 1};1H\x1b[J` : '';
    this.#drawn = lines;
    const text = changed.join('') + rest;
    if (text !== '') this.#terminal.write(text);
  }

  /** The next lines are all new. */
  clear(): void {
    this.#drawn = [];
    this.#terminal.write(CLEAR);
  }

  unsubscribe(): void {
    if (this.#left) return;
    this.#left = true;
    process.off('exit', this.#leave).off('uncaughtExceptionMonitor', this.#leave).off('SIGTSTP', this.#suspend).off('SIGCONT', this.#resume);
    this.#terminal.write(`${LEAVE}${this.#drawn.join('\n')}\n`);
  }

  #enter(): void {
    this.#terminal.write(ENTER);
    this.clear();
  }

  #stop(): void {
    this.#terminal.write(LEAVE);
    process.kill(process.pid, 'SIGSTOP');
  }
}
