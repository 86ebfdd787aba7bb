/** What is said of two sides that differ. */
export interface Mismatch {
  readonly message: string;
  /** Each side's diagram and what its letters stand for. */
  readonly expected: string;
  readonly actual: string;
}

/**
 * Marbles are not as a test expects them. The message draws both under each other; `expected` and `actual` are for runners that show the
 * difference of the two.
 */
export class MarbleMismatchError extends Error {
  override readonly name = 'MarbleMismatchError';
  readonly expected: string;
  readonly actual: string;

  /** `site` is an error whose stack is to be shown, that of the line which expected the marbles. */
  constructor({ message, expected, actual }: Mismatch, site?: Error) {
    super(message);
    this.expected = expected;
    this.actual = actual;
    if (site?.stack !== undefined) this.stack = `${this.name}: ${message}\n${site.stack.replace(/^Error.*\n/, '')}`;
  }
}
