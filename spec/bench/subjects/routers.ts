import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLOOR, FLOOR_CORK, RXWAMP, RXWAMP_RAW, RXWAMP_UNIX } from './subject.ts';

/** Each loads its own modules only, so that the memory of one says nothing about another. */
const ROUTERS: Readonly<Record<string, () => Promise<string>>> = {
  [FLOOR]: async () => (await import('./floor-router.ts')).listenFloor({ cork: false }),
  [FLOOR_CORK]: async () => (await import('./floor-router.ts')).listenFloor({ cork: true }),
  [RXWAMP]: async () => (await import('./rxwamp-router.ts')).listenRxwamp('ws://127.0.0.1:0/'),
  [RXWAMP_RAW]: async () => (await import('./rxwamp-router.ts')).listenRxwamp('rs://127.0.0.1:0'),
  [RXWAMP_UNIX]: async () => (await import('./rxwamp-router.ts')).listenRxwamp(`rs+unix://${join(tmpdir(), `rxwamp-bench-${process.pid}.sock`)}`),
};

/** Loads a router and starts it; gives its URL. */
export async function listen(subject: string): Promise<string> {
  const load = ROUTERS[subject];
  if (load === undefined) throw new Error(`no router ${subject}; there are ${Object.keys(ROUTERS).join(', ')}`);
  return load();
}
