/** A sheet of text that is written line by line: labels on the left, charts in the middle, values on the right. */
import { fit } from './shapes.ts';

export type Style = 'dim' | 'bold' | 'cyan' | 'green' | 'yellow' | 'red';

/** Dresses a text, or gives it back as it is where there are no colours. */
export type Paint = (style: Style, text: string) => string;

const LABEL = 12;
const VALUE = 9;

export class Sheet {
  readonly lines: string[] = [];
  /** Characters that a chart has. */
  readonly room: number;
  readonly #width: number;
  readonly #paint: Paint;

  constructor(width: number, paint: Paint) {
    this.#width = width;
    this.room = Math.max(0, width - LABEL - VALUE);
    this.#paint = paint;
  }

  blank(): void {
    this.lines.push('');
  }

  title(left: string, right: string): void {
    this.lines.push(this.#paint('bold', fit(left, this.#width - right.length - 1).padEnd(this.#width - right.length)) + this.#paint('dim', right));
  }

  text(label: string, text: string, style?: Style): void {
    const fitted = fit(text, this.#width - LABEL);
    this.lines.push(this.#label(label) + (style === undefined ? fitted : this.#paint(style, fitted)));
  }

  chart(label: string, shape: string, value: string): void {
    this.lines.push(this.#label(label) + this.#paint('cyan', shape) + value.padStart(VALUE));
  }

  note(time: string, text: string): void {
    this.lines.push(this.#paint('dim', time.padStart(7)) + fit(`  ${text}`, this.#width - 7));
  }

  #label(label: string): string {
    return this.#paint('dim', fit(label, LABEL - 1).padEnd(LABEL));
  }
}
