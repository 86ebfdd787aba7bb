import { expect } from '@jest/globals';
import { timer } from 'rxjs';
import { TestScheduler, type RunHelpers } from 'rxjs/testing';
import { createClient } from '../../lib/index.ts';
import type { Client } from '../../lib/client/client.ts';
import type { ClientOptions } from '../../lib/client/options.ts';
import { createRouter } from '../../lib/router/index.ts';
import type { Router } from '../../lib/router/router.ts';
import type { RouterOptions } from '../../lib/router/options.ts';
import { Line } from './line.ts';

/** A client on a line of its own. */
export interface LinkedClient {
  readonly client: Client;
  readonly line: Line;
}

/** Does something so many milliseconds from now; `now()` tells the time. */
export interface At {
  (ms: number, act: () => void): void;
  now(): number;
}

/** What {@link virtually} hands to its callback beside the helpers of TestScheduler.run. */
export interface VirtualHelpers extends RunHelpers {
  readonly router: Router;
  readonly scheduler: TestScheduler;
  /** A client in realm1 over a link that takes `latency` ms each way, without jitter in its retries. */
  link(options?: Partial<ClientOptions> & { readonly latency?: number | undefined }): LinkedClient;
  readonly at: At;
}

/** Runs client, router and network in one TestScheduler: 1 frame is 1 ms. */
export function virtually(run: (helpers: VirtualHelpers) => void, options: RouterOptions = { realms: { realm1: {} } }): void {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run((helpers) => {
    const router = createRouter(options);
    run({
      ...helpers,
      router,
      scheduler,
      link: ({ latency, ...given } = {}) => {
        const line = new Line(router.link({ latency }));
        return { line, client: createClient({ transport: line.transport, realm: 'realm1', retry: { initialDelay: 100, jitter: 'none' }, ...given }) };
      },
      at: Object.assign((ms: number, act: () => void) => { timer(ms).subscribe(act); }, { now: () => scheduler.now() }),
    });
  });
}

