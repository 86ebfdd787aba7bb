/** The demonstration for files and pipes: a line for each thing that happens. */
import { distinctUntilChanged, filter, ignoreElements, map, merge, share, tap, throttleTime, type Observable } from 'rxjs';
import type { Change } from './changes.ts';
import { noteOf } from './notes.ts';
import { bytes, percent, seconds } from './shapes.ts';

/** Milliseconds between two lines about the load of the cores. */
const LOAD_PERIOD = 4000;

/** Writes the lines. */
export function showPlain(changes: Observable<Change>, write: (line: string) => void): Observable<never> {
  const start = Date.now();
  const shared = changes.pipe(share());
  return merge(
    shared.pipe(map(noteOf)),
    shared.pipe(filter((change) => change.kind === 'cpu'), throttleTime(LOAD_PERIOD), map(({ seq, value }) => `sample ${seq}: cores at ${value.map(percent).join(', ')}`)),
    quarters(shared),
  ).pipe(
    filter((text) => text !== undefined),
    tap((text) => write(`${seconds(Date.now() - start).padStart(7)}  ${text}`)),
    ignoreElements(),
  );
}

function quarters(changes: Observable<Change>): Observable<string> {
  return changes.pipe(
    filter((change) => change.kind === 'progress'),
    map(({ path, progress }) => ({ path, progress, quarter: Math.floor((4 * progress.files) / progress.allFiles) })),
    filter(({ quarter }) => quarter > 0 && quarter < 4),
    distinctUntilChanged((a, b) => a.quarter === b.quarter),
    map(({ path, progress }) => `checksum of ${path}: ${progress.files} of ${progress.allFiles} files, ${bytes(progress.bytes)}`),
  );
}
