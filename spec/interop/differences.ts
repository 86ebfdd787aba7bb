/** A scenario that another router plays otherwise, and why that is its right or its fault and not ours. */
export interface Difference {
  /** The name of the spec, or enough of it. */
  readonly spec: string;
  readonly why: string;
}

/** Crossbar.io 26.10.1 */
export const CROSSBAR: readonly Difference[] = [
  { spec: 'an empty white list lets nobody hear', why: 'it takes an empty `eligible` for none at all, so that everybody gets the event' },
];
