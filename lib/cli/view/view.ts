import type { Given } from '../input/options.ts';
import type { SessionOptions } from '../input/connection-options.ts';
import type { Io } from '../io.ts';
import { explain, explainAsJson } from './explain.ts';
import { paintFor, type Paint } from './paint.ts';
import { asJson, printable } from './show-payload.ts';

/** How a command tells what comes: values on stdout, all else on stderr, for persons or as lines of JSON. */
export class View {
  readonly isJson: boolean;
  readonly paint: Paint;
  readonly #io: Pick<Io, 'stdout' | 'stderr'>;
  readonly #isQuiet: boolean;
  readonly #paintNote: Paint;
  #divertTo: ((sentence: string) => void) | undefined;

  constructor(io: Pick<Io, 'stdout' | 'stderr' | 'env'>, given: Pick<Given<SessionOptions>, 'json' | 'quiet' | 'no-color'>) {
    this.#io = io;
    this.isJson = given.json;
    this.#isQuiet = given.quiet;
    this.paint = paintFor(io.stdout, io, given['no-color']);
    this.#paintNote = paintFor(io.stderr, io, given['no-color']);
  }

  /** Prints what was asked for, on a line of its own. What a terminal would obey is taken out there; files get it as it is. */
  print(line: string): void {
    this.#io.stdout.write(`${this.#io.stdout.isTTY ? printable(line) : line}\n`);
  }

  /** Prints parts of a line, each in its style. */
  printPainted(parts: readonly (readonly [style: Parameters<Paint>[0] | undefined, text: string])[]): void {
    const { isTTY } = this.#io.stdout;
    const painted = parts.map(([style, text]) => [style, isTTY ? printable(text) : text] as const).map(([style, text]) => (style === undefined ? text : this.paint(style, text)));
    this.#io.stdout.write(`${painted.join('')}\n`);
  }

  /** Prints a line of JSON. */
  printJson(value: unknown): void {
    this.#io.stdout.write(`${asJson(value)}\n`);
  }

  /** Says something about what goes on, unless it is to be quiet. */
  note(sentence: string): void {
    if (this.#divertTo !== undefined) this.#divertTo(sentence);
    else if (!this.#isQuiet) this.#io.stderr.write(`${this.#paintNote('dim', printable(sentence))}\n`);
  }

  /** Says something that has to be known, also where it is to be quiet. */
  warn(sentence: string): void {
    this.#io.stderr.write(`${this.#paintNote('yellow', printable(sentence))}\n`);
  }

  /** Has notes shown elsewhere, while the terminal belongs to a drawing. */
  divert(to: (sentence: string) => void): void {
    this.#divertTo = to;
  }

  /** Says something that was asked for, and is no value. */
  trace(line: string): void {
    this.#io.stderr.write(`${this.#paintNote('dim', printable(line))}\n`);
  }

  /** Says what failed, always. */
  complain(error: unknown): void {
    if (this.isJson) return this.#io.stderr.write(`${explainAsJson(error)}\n`);
    for (const line of explain(error).split('\n')) this.#io.stderr.write(`${this.#paintNote('red', printable(line))}\n`);
  }
}
