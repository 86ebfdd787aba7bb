import type { Sample } from './bench.ts';

/** What a process has used so far. */
export interface Usage {
  /** µs of user and system time. */
  readonly cpu: number;
  /** Bytes of the heap and of the whole process, after a collection. */
  readonly heap: number;
  readonly rss: number;
}

/** µs of user and system time of this process. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Collects garbage first, where sizes are asked for. */
export function usage(options: { readonly collect: boolean }): Usage {
  if (options.collect) for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { cpu: cpuTime(), heap: heapUsed, rss };
}

/** Times work of `count` operations: how many a second, and the CPU of this process for each. */
export async function timed(count: number, work: () => Promise<void>): Promise<Sample> {
  const cpu = cpuTime();
  const start = performance.now();
  await work();
  return { rate: (count / (performance.now() - start)) * 1000, cpu: (cpuTime() - cpu) / count };
}
