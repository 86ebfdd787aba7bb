import type { Bench, Measure, Sample } from './bench.ts';
import { median } from './statistics.ts';

/** How long a run takes. */
export interface Plan {
  /** Rounds of each case; in a round each subject has its turn. */
  readonly rounds: number;
  /** How long each subject is warmed up for a case, in milliseconds. */
  readonly warmUpMs: number;
  /** What a round of a case without a fixed count lasts, in milliseconds, for each subject. */
  readonly roundMs: number;
}

/** One line of the table: a figure of the reference, and what the others are to it. */
export interface Row {
  readonly measure: Measure;
  /** Median of the reference's rounds. */
  readonly reference: number;
  /** Median of the ratios of each round, by subject, in the order of the subjects after the reference. */
  readonly ratios: readonly number[];
  /** Whether all subjects that are judged hold the target; `undefined` where there is none. */
  readonly ok: boolean | undefined;
}

const FIRST_COUNT = 64;
const MAX_GROWTH = 4;
const MAX_COUNT = 1_000_000;

/** Opens every subject, runs every case in interleaved rounds, and ends what it opened. */
export async function runBench(bench: Bench, plan: Plan): Promise<readonly Row[]> {
  const fixtures: Awaited<ReturnType<Bench['open']>>[] = [];
  try {
    for (const subject of bench.subjects) fixtures.push(await bench.open(subject));
    const rows: Row[] = [];
    for (const [caseAt, { measures, count, maxCount = MAX_COUNT }] of bench.cases.entries()) {
      const runs = fixtures.map((fixture) => (operations: number) => fixture.run(caseAt, operations));
      const counts: number[] = [];
      for (const run of runs) counts.push(count ?? (await countFor(run, plan, maxCount)));
      const rounds: Sample[][] = [];
      for (let round = 0; round < plan.rounds; round++) {
        const samples: Sample[] = [];
        for (const [at, run] of runs.entries()) samples.push(await run(counts[at]!));
        rounds.push(samples);
      }
      for (const measure of measures) rows.push(rowOf(bench, measure, rounds));
    }
    return rows;
  } finally {
    for (const fixture of fixtures) fixture.close();
  }
}

/** Warms the subject up with more and more operations, and finds how many of them fill a round. */
async function countFor(run: (count: number) => Promise<Sample>, { warmUpMs, roundMs }: Plan, maxCount: number): Promise<number> {
  let count = FIRST_COUNT;
  for (let spent = 0; spent < warmUpMs; ) {
    const start = performance.now();
    await run(count);
    const elapsed = performance.now() - start;
    spent += elapsed;
    const filling = Math.round((count * roundMs) / elapsed);
    count = Math.max(1, Math.min(filling, count * MAX_GROWTH, maxCount));
  }
  return count;
}

function rowOf({ subjects, judged }: Bench, measure: Measure, rounds: readonly (readonly Sample[])[]): Row {
  const { key, target } = measure;
  const figure = (sample: Sample | undefined): number => sample?.[key] ?? NaN;
  const ratios = subjects.slice(1).map((_, at) => median(rounds.map((samples) => figure(samples[at + 1]) / figure(samples[0]))));
  const ok =
    target &&
    ratios.every((ratio, at) => {
      if (!judged.includes(subjects[at + 1]!)) return true;
      return 'atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost;
    });
  return { measure, reference: median(rounds.map((samples) => figure(samples[0]))), ratios, ok };
}
