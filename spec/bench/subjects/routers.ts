import { FLOOR, FLOOR_CORK, RXWAMP } from './subject.ts';

/** Each loads its own modules only, so that the memory of one says nothing about another. */
const ROUTERS: Readonly<Record<string, () => Promise<string>>> = {
  [FLOOR]: async () => (await import('./floor-router.ts')).listenFloor({ cork: false }),
  [FLOOR_CORK]: async () => (await import('./floor-router.ts')).listenFloor({ cork: true }),
  [RXWAMP]: async () => (await import('./rxwamp-router.ts')).listenRxwamp(),
};

/** Loads a router and starts it; gives its URL. */
export async function listen(subject: string): Promise<string> {
  const load = ROUTERS[subject];
  if (load === undefined) throw new Error(`no router ${subject}; there are ${Object.keys(ROUTERS).join(', ')}`);
  return load();
}
