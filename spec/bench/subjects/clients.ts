import { FLOOR, FLOOR_CORK, RXWAMP, RXWAMP_RAW, RXWAMP_UNIX, type SubjectClient } from './subject.ts';

/** Each loads its own modules only, so that time and memory of one say nothing about another. */
const CLIENTS: Readonly<Record<string, (url: string) => Promise<SubjectClient>>> = {
  [FLOOR]: async (url) => (await import('./floor-client.ts')).connectFloor(url, { cork: false }),
  [FLOOR_CORK]: async (url) => (await import('./floor-client.ts')).connectFloor(url, { cork: true }),
  [RXWAMP]: async (url) => (await import('./rxwamp-client.ts')).connectRxwamp(url),
  [RXWAMP_RAW]: async (url) => (await import('./rxwamp-client.ts')).connectRxwamp(url),
  [RXWAMP_UNIX]: async (url) => (await import('./rxwamp-client.ts')).connectRxwamp(url),
};

/** Loads a client and joins. */
export async function connect(subject: string, url: string): Promise<SubjectClient> {
  const load = CLIENTS[subject];
  if (load === undefined) throw new Error(`no client ${subject}; there are ${Object.keys(CLIENTS).join(', ')}`);
  return load(url);
}
