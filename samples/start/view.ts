/** What there is to see at one moment, made from all changes up to it. */
import type { ClientState } from 'rxwamp';
import type { Change } from './changes.ts';
import { noteOf } from './notes.ts';
import type { Checksum, Memory, Progress } from './topics.ts';

export interface View {
  /** Where the router listens. */
  readonly router: string;
  /** Where the page for a browser is. */
  readonly page: string;
  readonly state: ClientState;
  /** The load of each core, sample by sample; `undefined` where one was missed. */
  readonly cpu: readonly (readonly number[] | undefined)[];
  readonly delay: readonly (number | undefined)[];
  readonly memory: Memory | undefined;
  readonly checksum: { readonly path: string; readonly progress: Progress | undefined; readonly done: Checksum | undefined; readonly error: Error | undefined } | undefined;
  readonly notes: readonly Note[];
}

export interface Note {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

/** Samples and notes that are kept: more than the widest terminal shows. */
const KEPT = 500;

export const EMPTY_VIEW: View = { router: '', page: '', state: { kind: 'idle' }, cpu: [], delay: [], memory: undefined, checksum: undefined, notes: [] };

/** The view after a change that came `at` milliseconds since 1970. */
export function reduceView(view: View, change: Change, at: number): View {
  const text = noteOf(change);
  const notes = text === undefined ? view.notes : [...view.notes, { at, text }].slice(-KEPT);
  return { ...view, notes, ...partOf(view, change) };
}

function partOf(view: View, change: Change): Partial<View> {
  switch (change.kind) {
    case 'listening':
      return { router: change.url, page: change.page };
    case 'state':
      return { state: change.state };
    case 'cpu':
      return { cpu: [...view.cpu, change.value].slice(-KEPT) };
    case 'delay':
      return { delay: [...view.delay, change.value].slice(-KEPT) };
    case 'missed':
      return { cpu: withHole(view.cpu, change), delay: withHole(view.delay, change) };
    case 'memory':
      return { memory: change.value };
    case 'progress':
      return { checksum: { path: change.path, progress: change.progress, done: undefined, error: undefined } };
    case 'checksum':
      return { checksum: { path: change.path, progress: view.checksum?.progress, done: change.checksum, error: undefined } };
    case 'failed':
      return { checksum: { path: change.path, progress: view.checksum?.progress, done: undefined, error: change.error } };
    default:
      return {};
  }
}

function withHole<T>(samples: readonly T[], { from, to }: { readonly from: number; readonly to: number }): readonly (T | undefined)[] {
  return [...samples, ...Array<undefined>(to - from + 1).fill(undefined)].slice(-KEPT);
}
