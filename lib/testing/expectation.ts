import { MarbleMismatchError, type Mismatch } from './mismatch-error.ts';

/** Something that was watched, and what is said of it. */
export class Expectation<E> {
  readonly #compare: (expected: E) => Mismatch | undefined;
  readonly #unfinished: Error;
  #said: { readonly expected: E; readonly site: Error } | undefined;

  /** `unfinished` is what is thrown where nothing is ever said. */
  constructor(compare: (expected: E) => Mismatch | undefined, unfinished: Error) {
    this.#compare = compare;
    this.#unfinished = unfinished;
  }

  get ready(): boolean { return this.#said !== undefined; }

  is(expected: E, site: Error): void {
    this.#said = { expected, site };
  }

  check(): void {
    if (this.#said === undefined) return;
    const mismatch = this.#compare(this.#said.expected);
    if (mismatch !== undefined) throw new MarbleMismatchError(mismatch, this.#said.site);
  }

  /** Throws where nothing was said. */
  finish(): void {
    if (this.#said === undefined) throw this.#unfinished;
  }
}

/** An error whose stack begins where `expectation` was called, in runtimes that can cut it. */
export function siteOf(expectation: (...args: never) => unknown, message?: string): Error {
  const site = new Error(message);
  Error.captureStackTrace?.(site, expectation);
  return site;
}
