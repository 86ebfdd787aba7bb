import { MarbleMismatchError, type Mismatch } from './mismatch-error.ts';

/** Something that was watched, and what is said of it. */
export class Expectation<E> {
  readonly #compare: (expected: E) => Mismatch | undefined;
  #said: { readonly expected: E; readonly site: Error } | undefined;

  constructor(compare: (expected: E) => Mismatch | undefined) {
    this.#compare = compare;
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
}

/** An error whose stack begins where `expectation` was called, in runtimes that can cut it. */
export function siteOf(expectation: (...args: never) => void): Error {
  const site = new Error();
  Error.captureStackTrace?.(site, expectation);
  return site;
}
