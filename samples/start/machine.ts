/** What the machine is doing, as Observables, and as topics that anybody can subscribe to. */
import { cpus, freemem, totalmem, type CpuInfo } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { defer, finalize, interval, map, merge, mergeMap, pairwise, startWith, type Observable } from 'rxjs';
import type { Peer } from 'rxwamp';
import { CPU, DELAY, MEMORY, type Cpu, type Delay, type Memory, type Numbered } from './topics.ts';

/** What is published at one moment. */
export interface Sample extends Numbered {
  readonly cpu: Cpu;
  readonly memory: Memory;
  readonly delay: Delay;
}

/** Milliseconds between the looks at the event loop. */
const RESOLUTION = 10;

/** Publishes a sample every `period` ms for as long as it is subscribed to: three topics, with the number and the time of the sample. */
export function publishMachine(peer: Peer, period: number): Observable<unknown> {
  return samples(period).pipe(
    mergeMap(({ seq, at, cpu, memory, delay }) => merge(
      peer.publish(CPU, { args: [cpu], kwargs: { seq, at } }),
      peer.publish(MEMORY, { args: [memory], kwargs: { seq, at } }),
      peer.publish(DELAY, { args: [delay], kwargs: { seq, at } }),
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
        return { seq, at: Date.now(), cpu: now.map((core, place) => busy(before[place] ?? core, core)), memory: memory(), delay };
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
