/** What one round of one subject gave, by measure: rates per second, times in µs, sizes in bytes. */
export type Sample = Readonly<Record<string, number>>;

/** What the ratio to the reference has to be. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

export type Unit = '/s' | 'µs' | 'ms' | 'B';

/** One line of the table. */
export interface Measure {
  /** Where the figure stands in the {@link Sample}. */
  readonly key: string;
  readonly title: string;
  readonly unit: Unit;
  /** Nothing is promised where it is left out; the figures are printed all the same. */
  readonly target?: Target | undefined;
}

/** One kind of work, and what is read off it. */
export interface Case<F> {
  readonly measures: readonly Measure[];
  /** Operations in each round. Left out, they are found so that a round lasts as long as the plan says. */
  readonly count?: number | undefined;
  /** Most operations in a round, where memory sets a bound. @default 1000000 */
  readonly maxCount?: number | undefined;
  /** Does the work `count` times. */
  run(fixture: F, count: number): Promise<Sample>;
}

/** What a subject's processes are held by, and ended with. */
export interface Fixture {
  close(): void;
}

/** Some cases over the same processes, for subjects that are measured side by side. */
export interface BenchOf<F extends Fixture> {
  readonly title: string;
  /** Measured in turn, round by round. The first is the reference that ratios are to. */
  readonly subjects: readonly string[];
  /** The subjects that the targets are for. */
  readonly judged: readonly string[];
  readonly cases: readonly Case<F>[];
  open(subject: string): Promise<F>;
}

/** A {@link BenchOf} whose fixture is its own business. */
export type Bench = Omit<BenchOf<Fixture>, 'cases' | 'open'> & {
  readonly cases: readonly Omit<Case<Fixture>, 'run'>[];
  open(subject: string): Promise<Fixture & { run(caseAt: number, count: number): Promise<Sample> }>;
};

/** What a file of benchmarks exports as its default: its benches for the subject that is held against the floors. */
export type BenchFile = (subject: string) => readonly Bench[];

/** Keeps the fixture inside. */
export function bench<F extends Fixture>({ open, cases, ...rest }: BenchOf<F>): Bench {
  return {
    ...rest,
    cases,
    open: async (subject) => {
      const fixture = await open(subject);
      return { close: () => fixture.close(), run: (caseAt, count) => cases[caseAt]!.run(fixture, count) };
    },
  };
}
