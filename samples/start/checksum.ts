/** The procedure `com.example.checksum`: hashes a folder, and says how far it is. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { catchError, concat, concatMap, defer, from, ignoreElements, map, of, scan, throttleTime, throwError, timer, type Observable } from 'rxjs';
import { ApplicationError, WampUri, type Invocation } from 'rxwamp';
import type { Checksum, Progress } from './topics.ts';

interface File {
  readonly path: string;
  readonly size: number;
}

/** Milliseconds between two words of progress. */
const PROGRESS_PERIOD = 50;

/**
 * Makes the procedure. Its argument is `root`, a folder in it, or nothing, which is `root` too. It takes about `duration` ms, since a bar that is full at
 * once shows nothing; where there is more to read it takes as long as that takes. Register it with `final: 'last'`.
 */
export function checksum(root: string, duration: number): (invocation: Invocation) => Observable<Progress | Checksum> {
  return ({ args: [path = root] }) => {
    // Whoever reaches the router can call it: nothing is known of what comes.
    const folder = typeof path === 'string' ? resolve(path) : '';
    if (folder !== resolve(root) && !folder.startsWith(resolve(root) + sep)) {
      return throwError(() => new ApplicationError(WampUri.invalidArgument, { args: [`path must be ${root} or in it, got ${JSON.stringify(path)}`] }));
    }
    return defer(() => filesOf(folder)).pipe(
      concatMap((files) => hash(files, duration / files.length)),
      catchError((error: Error) => throwError(() => new ApplicationError('com.example.error.unreadable', { args: [error.message] }))),
    );
  };
}

function hash(files: readonly File[], pause: number): Observable<Progress | Checksum> {
  const sha256 = createHash('sha256');
  const allBytes = files.reduce((bytes, { size }) => bytes + size, 0);
  const start: Progress = { files: 0, bytes: 0, allFiles: files.length, allBytes };
  let last = start;

  const progress = from(files).pipe(
    concatMap(({ path }) => concat(
      defer(() => from(createReadStream(path) as AsyncIterable<Buffer>)).pipe(map((chunk) => {
        sha256.update(chunk);
        return { files: 0, bytes: chunk.length };
      })),
      of({ files: 1, bytes: 0 }),
      pause < 1 ? [] : timer(pause).pipe(ignoreElements()),
    )),
    scan((sum, { files: more, bytes }) => (last = { ...sum, files: sum.files + more, bytes: sum.bytes + bytes }), start),
    throttleTime(PROGRESS_PERIOD, undefined, { leading: true, trailing: true }),
  );
  return concat(progress, defer(() => of({ sha256: sha256.digest('hex'), files: last.files, bytes: last.bytes })));
}

async function filesOf(folder: string): Promise<readonly File[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sorted = paths.sort((a, b) => (key(folder, a) < key(folder, b) ? -1 : 1));
  return Promise.all(sorted.map(async (path) => ({ path, size: (await stat(path)).size })));
}

// The same order whatever the system's separator is.
function key(folder: string, path: string): string {
  return relative(folder, path).replaceAll(sep, '/');
}
