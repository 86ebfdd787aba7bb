// [node]
import type { IncomingMessage } from 'node:http';
import type { Observable } from 'rxjs';

/** What a body is held to. */
export interface BodyBounds {
  /** Bytes. */
  readonly most: number;
  /** Emits when it should be there. */
  readonly deadline: Observable<unknown>;
}

/** Statuses of HTTP for a body that is too long, or too slow. */
export type BodyRefusal = 413 | 408;

/** Reads the body of a request, and tells it once it is there, or why it is not taken. Of a request that goes away nothing is told. */
export function readBody(request: IncomingMessage, { most, deadline }: BodyBounds, done: (body: Buffer | BodyRefusal) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const tell = (body: Buffer | BodyRefusal | undefined): void => {
    late.unsubscribe();
    request.removeListener('data', take).removeListener('end', end).removeListener('close', forget);
    // What still comes of it is let pass until the answer is there.
    if (typeof body === 'number') request.resume();
    if (body !== undefined) done(body);
  };
  const take = (chunk: Buffer): void => {
    chunks.push(chunk);
    length += chunk.length;
    if (length > most) tell(413);
  };
  const end = (): void => tell(Buffer.concat(chunks));
  const forget = (): void => tell(undefined);
  const late = deadline.subscribe(() => tell(408));
  request.on('error', () => {}); // a close follows
  if (Number(request.headers['content-length'] ?? 0) > most) tell(413);
  else request.on('data', take).once('end', end).once('close', forget);
}
