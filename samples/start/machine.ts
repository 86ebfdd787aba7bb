/** What the machine is doing, as Observables, and as topics that anybody can subscribe to. */
import { cpus, freemem, totalmem, type CpuInfo } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { defer, finalize, interval, map, merge, mergeMap, pairwise, startWith, type Observable } from 'rxjs';
import type { Peer } from 'rxwamp';

export const CPU = 'com.example.machine.cpu';
export const MEMORY = 'com.example.machine.memory';
export const DELAY = 'com.example.machine.delay';

/** Bytes. */
export interface Memory {
  readonly used: number;
  readonly total: number;
}

export interface Sample {
  /** Counts the samples, so that a subscriber knows what it missed. */
  readonly seq: number;
  /** How busy each core was, from 0 to 1. */
  readonly cpu: readonly number[];
  readonly memory: Memory;
  /** The longest time that the event loop came late, in milliseconds. */
  readonly delay: number;
}

/** Milliseconds between the looks at the event loop. */
const RESOLUTION = 10;

/** Publishes a sample every `period` ms for as long as it is subscribed to: three topics, the number of the sample as `seq`. */
export function publishMachine(peer: Peer, period: number): Observable<unknown> {
  return samples(period).pipe(
    mergeMap(({ seq, cpu, memory, delay }) => merge(
      peer.publish(CPU, { args: [cpu], kwargs: { seq } }),
      peer.publish(MEMORY, { args: [memory], kwargs: { seq } }),
      peer.publish(DELAY, { args: [delay], kwargs: { seq } }),
    )),
  );
}

/** A sample every `period` ms. */
export function samples(period: number): Observable<Sample> {
  return defer(() => {
    const lateness = monitorEventLoopDelay({ resolution: RESOLUTION });
    lateness.enable();
    return interval(period).pipe(
      map(() => cpus()),
      startWith(cpus()),
      pairwise(),
      map(([before, now], seq): Sample => {
        const delay = Math.max(0, lateness.max / 1e6 - RESOLUTION);
        lateness.reset();
        return { seq, cpu: now.map((core, at) => busy(before[at] ?? core, core)), memory: memory(), delay };
      }),
      finalize(() => lateness.disable()),
    );
  });
}

function memory(): Memory {
  return { used: totalmem() - freemem(), total: totalmem() };
}

function busy({ times: before }: CpuInfo, { times: now }: CpuInfo): number {
  const total = sum(now) - sum(before);
  return total > 0 ? 1 - (now.idle - before.idle) / total : 0;
}

function sum(times: CpuInfo['times']): number {
  return times.user + times.nice + times.sys + times.idle + times.irq;
}
